import { asChangeoverError, ChangeoverError } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import type { StoredMessage, SubscribeOptions, TopicPartition } from './bus.ts';
import { Wake } from './wake.ts';

export interface BatchLimit {
  readonly messages: number;
  /** A batch ends after the message that passes this many bytes of values. */
  readonly bytes: number;
}

/** Messages that follow one another, and the offset to go on from. */
export interface Slice {
  readonly messages: readonly StoredMessage[];
  readonly next: number;
}

/** What a reader takes its messages from. */
export interface PartitionSource extends TopicPartition {
  /**
   * Where to begin: the position given, or the log's beginning for null.
   * @throws BUS_POSITION_OUT_OF_LOG.
   */
  open(position: number | null): number | Promise<number>;
  /**
   * What stands at the position; null where nothing does yet: whoever brings more wakes the reader.
   * @throws BUS_POSITION_OUT_OF_LOG.
   */
  next(position: number, limit: BatchLimit): Slice | null | Promise<Slice | null>;
}

/** A batch ends after 8 MiB of values, however many messages were asked for. */
const BATCH_BYTES = 8 * 1024 * 1024;
/** Waits after a handler's failure: doubling from the first to the last, milliseconds. */
const FIRST_WAIT = 100;
const LAST_WAIT = 10_000;
/** Failures in a row that ask for another try at once, before they wait like the others. */
const AT_ONCE = 5;

/**
 * ```
 * unassigned ──startAt──▶ reading ──handler failed for good, or position outside the log──▶ stopped
 *     ▲                                                                                        │
 *     └─────────────────────────────────────────resume─────────────────────────────────────────┘
 * ```
 * Paused is apart: a paused partition keeps its state, and takes no batch.
 */
type ReaderState =
  | { readonly kind: 'unassigned' }
  | { readonly kind: 'reading'; readonly position: number }
  | { readonly kind: 'stopped' };

export interface PartitionReaderOptions<Source extends PartitionSource> {
  readonly source: Source;
  readonly subscribe: SubscribeOptions;
  readonly clock: Clock;
  /** The group has read up to here: a copy to store, and a reason to look whether somebody waits for it. */
  moved(position: number): void;
}

/** Gives one partition's messages to the handler, one batch at a time, in order. The same for both shapes of the log. */
export class PartitionReader<Source extends PartitionSource = PartitionSource> {
  readonly source: Source;
  readonly #options: PartitionReaderOptions<Source>;
  readonly #limit: BatchLimit;
  readonly #wake = new Wake();
  readonly #stopping = new AbortController();
  readonly #ended: Promise<void>;
  #state: ReaderState = { kind: 'unassigned' };
  #paused = false;

  constructor(options: PartitionReaderOptions<Source>) {
    this.source = options.source;
    this.#options = options;
    this.#limit = { messages: Math.max(1, options.subscribe.maxBatch), bytes: BATCH_BYTES };
    this.#ended = this.#run();
  }

  /** The next offset to read; null while it is not assigned or stands still. */
  get position(): number | null {
    return this.#state.kind === 'reading' ? this.#state.position : null;
  }

  wake(): void {
    this.#wake.wake();
  }

  pause(): void {
    this.#paused = true;
  }

  /** Goes on. One that was stopped is assigned anew, because somebody may have moved the position meanwhile. */
  resume(): void {
    this.#paused = false;
    if (this.#state.kind === 'stopped') this.#state = { kind: 'unassigned' };
    this.#wake.wake();
  }

  /** Resolves when the batch in hand is done. */
  stop(): Promise<void> {
    this.#stopping.abort(new ChangeoverError('CANCELLED', 'the subscription was stopped'));
    this.#wake.wake();
    return this.#ended;
  }

  async #run(): Promise<void> {
    // The caller gets its subscription before the first batch.
    await turnOfTheLoop();
    while (!this.#stopping.signal.aborted) {
      try {
        if (!(await this.#step())) await this.#wake.wait();
      } catch (thrown) {
        this.#stand(asError(thrown));
      }
    }
  }

  /** One step; false where there is nothing to do until woken. */
  async #step(): Promise<boolean> {
    if (this.#paused || this.#state.kind === 'stopped') return false;
    if (this.#state.kind === 'unassigned') {
      await this.#assign();
      return true;
    }
    const { position } = this.#state;
    let found = true;
    await this.#attempt(async () => {
      const slice = await this.source.next(position, this.#limit);
      found = slice !== null;
      if (slice === null || this.#stopping.signal.aborted) return;
      if (slice.messages.length > 0) {
        await this.#options.subscribe.handle({ ...this.#where(), messages: slice.messages });
      }
      this.#moveTo(slice.next);
    });
    if (found) await turnOfTheLoop();
    return found;
  }

  async #assign(): Promise<void> {
    await this.#attempt(async () => {
      const asked = await this.#options.subscribe.startAt(this.#where());
      this.#moveTo(await this.source.open(asked));
    });
  }

  /** Tries until the work is done; ends early where the subscription is stopped or paused. Throws what is for good. */
  async #attempt(work: () => Promise<void>): Promise<void> {
    for (let failures = 1; ; failures += 1) {
      try {
        await work();
        return;
      } catch (thrown) {
        const error = asChangeoverError(thrown);
        if (error.retry === 'never' || error.retry === 'hold') throw error;
        await this.#waitAfter(failures, error);
        if (this.#stopping.signal.aborted || this.#paused) return;
      }
    }
  }

  async #waitAfter(failures: number, error: ChangeoverError): Promise<void> {
    const atOnce = error.retry === 'now' && failures <= AT_ONCE;
    const wait = error.retryAfterMs ?? Math.min(LAST_WAIT, FIRST_WAIT * 2 ** Math.min(failures - 1, 10));
    try {
      if (atOnce) await turnOfTheLoop();
      else await this.#options.clock.sleep(wait, this.#stopping.signal);
    } catch (thrown) {
      if (!this.#stopping.signal.aborted) throw thrown;
    }
  }

  #moveTo(position: number): void {
    this.#state = { kind: 'reading', position };
    this.#options.moved(position);
  }

  #stand(error: Error): void {
    this.#state = { kind: 'stopped' };
    this.#options.subscribe.onStopped(this.#where(), error);
  }

  #where(): TopicPartition {
    return { topic: this.source.topic, partition: this.source.partition };
  }
}

export function outOfLog(where: TopicPartition, position: number, start: number, end: number): ChangeoverError {
  return new ChangeoverError(
    'BUS_POSITION_OUT_OF_LOG',
    `${where.topic}, partition ${where.partition}: position ${position} is not in the log, which holds ${start} to ${end}`,
  );
}

/** @throws BUS_POSITION_OUT_OF_LOG. */
export function mustBeIn(where: TopicPartition, position: number, bounds: { start: number; end: number }): void {
  if (Number.isInteger(position) && position >= bounds.start && position <= bounds.end) return;
  throw outOfLog(where, position, bounds.start, bounds.end);
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : asChangeoverError(thrown);
}

/** Lets timers, signals and other partitions on, however quick the handler is. */
function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
