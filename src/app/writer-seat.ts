import { asChangeoverError, ChangeoverError } from '../core/errors.ts';
import type { Clock, Logger } from '../core/ports.ts';
import type { WatchResult, Writer } from '../sink/index.ts';

type WriterStatus = ReturnType<Writer['status']>;

export interface WriterSeatParts {
  /** A writer works once: the next life gets a new one. */
  readonly create: () => Writer;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** After a life that ended because the state was out of reach; doubling, milliseconds. */
const FIRST_WAIT_MS = 1_000;
const LAST_WAIT_MS = 30_000;

/**
 * Keeps a writer in this process. One that lost its lease, or the state, is followed by another, which waits for the lease
 * again: so a process that was frozen stands by afterwards, and whatever it had in flight is settled by who took over.
 *
 * ```
 * standing by ──lease──▶ writing ──lease lost, state out of reach──▶ waiting ──▶ standing by
 *                            └──any other fault──▶ the process ends
 * ```
 */
export class WriterSeat implements Writer {
  readonly #parts: WriterSeatParts;
  readonly #stopping = new AbortController();
  #writer: Writer;
  #running: Promise<void> | null = null;
  #pausedByOperator = false;
  /** Why the life before ended, where that keeps the next one from beginning; a lost lease does not. */
  #left: ChangeoverError | null = null;

  constructor(parts: WriterSeatParts) {
    this.#parts = parts;
    this.#writer = parts.create();
  }

  run(signal: AbortSignal): Promise<void> {
    if (this.#running !== null) throw new ChangeoverError('INTERNAL', 'the writer runs already');
    this.#running = this.#run(AbortSignal.any([signal, this.#stopping.signal]));
    return this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; ; ) {
      const begun = this.#parts.clock.monotonic();
      try {
        await this.#writer.run(signal);
        return;
      } catch (thrown) {
        const error = asChangeoverError(thrown);
        if (signal.aborted || !goesOn(error)) throw thrown;
        const longLived = this.#parts.clock.monotonic() - begun > LAST_WAIT_MS;
        failures = longLived ? 1 : failures + 1;
        this.#parts.logger.warn(
          { code: error.code, message: error.message, hint: error.hint },
          'this process is the writer no longer; it stands by',
        );
        this.#left = error.code === 'STATE_LEASE_LOST' ? null : error;
        // At once, so that whoever asks it to come to rest meanwhile asks the one that will.
        this.#writer = this.#parts.create();
        if (this.#pausedByOperator) this.#writer.pause();
        const wait = Math.min(LAST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1));
        await this.#parts.clock.sleep(wait, signal).catch(() => undefined);
        if (signal.aborted) return;
        this.#left = null;
      }
    }
  }

  async idle(signal?: AbortSignal): Promise<void> {
    for (;;) {
      const writer = this.#writer;
      try {
        await writer.idle(signal);
        return;
      } catch (thrown) {
        if (signal?.aborted === true || this.#stopping.signal.aborted || !goesOn(asChangeoverError(thrown)))
          throw thrown;
        await this.#parts.clock.sleep(FIRST_WAIT_MS, signal);
      }
    }
  }

  wake(): void {
    this.#writer.wake();
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new ChangeoverError('CANCELLED', 'the writer was stopped'));
    await this.#writer.stop();
    await this.#running?.catch(() => undefined);
  }

  pause(): void {
    this.#pausedByOperator = true;
    this.#writer.pause();
  }

  resume(): void {
    this.#pausedByOperator = false;
    this.#writer.resume();
  }

  get paused(): boolean {
    return this.#pausedByOperator;
  }

  pollMembers(): Promise<number> {
    return this.#writer.pollMembers();
  }

  pollUniques(): Promise<number> {
    return this.#writer.pollUniques();
  }

  pollSoon(): void {
    this.#writer.pollSoon();
  }

  pollEdits(): Promise<WatchResult> {
    return this.#writer.pollEdits();
  }

  status(): WriterStatus {
    const status = this.#writer.status();
    return this.#left === null ? status : { ...status, reason: this.#left.message };
  }
}

/** What another life can do better: the lease is somebody else's, or the state is out of reach for now. */
function goesOn(error: ChangeoverError): boolean {
  return error.code === 'STATE_LEASE_LOST' || (error.code.startsWith('STATE_') && error.retry === 'later');
}
