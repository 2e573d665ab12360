import { asChangeoverError, ChangeoverError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import type { SubscribeOptions, TopicPartition } from '../bus.ts';
import type { BatchLimit, PartitionLog } from './partition-log.ts';
import { Wake } from './wake.ts';

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

export interface PartitionReaderOptions {
  readonly log: PartitionLog;
  readonly subscribe: SubscribeOptions;
  readonly clock: Clock;
  /** The group has read up to here: a copy to store, and a reason to look whether somebody waits for it. */
  moved(position: number): void;
}

/** Gives one partition's messages to the handler, one batch at a time, in order. */
export class PartitionReader {
  readonly log: PartitionLog;
  readonly #options: PartitionReaderOptions;
  readonly #limit: BatchLimit;
  readonly #wake = new Wake();
  readonly #stopping = new AbortController();
  readonly #ended: Promise<void>;
  #state: ReaderState = { kind: 'unassigned' };
  #paused = false;

  constructor(options: PartitionReaderOptions) {
    this.log = options.log;
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
    this.#check(position);
    if (position === this.log.end) return false;
    await this.#attempt(async () => {
      const messages = this.log.slice(position, this.log.end, this.#limit);
      await this.#options.subscribe.handle({ ...this.#where(), messages });
      this.#moveTo(position + messages.length);
    });
    await turnOfTheLoop();
    return true;
  }

  async #assign(): Promise<void> {
    await this.#attempt(async () => {
      const position = (await this.#options.subscribe.startAt(this.#where())) ?? this.log.start;
      this.#check(position);
      this.#moveTo(position);
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

  #check(position: number): void {
    const { start, end } = this.log;
    if (Number.isInteger(position) && position >= start && position <= end) return;
    throw outOfLog(this.#where(), position, start, end);
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
    return { topic: this.log.topic, partition: this.log.partition };
  }
}

export function outOfLog(where: TopicPartition, position: number, start: number, end: number): ChangeoverError {
  return new ChangeoverError(
    'BUS_POSITION_OUT_OF_LOG',
    `${where.topic}, partition ${where.partition}: position ${position} is not in the log, which holds ${start} to ${end}`,
  );
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
