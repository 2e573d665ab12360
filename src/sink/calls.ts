import { asChangeoverError } from '../core/errors.ts';
import type { Logger } from '../core/ports.ts';
import type { Desk } from './desk.ts';
import type { LeftRecords } from './left.ts';
import { FAILED_MS, type Pauses } from './pauses.ts';
import { unitsOf } from './refusal.ts';
import type { Signal } from './signal.ts';
import type { Task } from './write.ts';

interface CallsParts {
  readonly parallel: number;
  readonly desk: Desk;
  readonly left: LeftRecords;
  readonly pauses: Pauses;
  readonly signal: Signal;
  readonly stopping: AbortSignal;
  readonly logger: Logger;
  fail(error: unknown): void;
}

/** What is under way beside the writer's turns: writes, settlements, polls; so many at once. */
export class Calls {
  readonly #parts: CallsParts;
  readonly #underWay = new Set<Promise<void>>();

  constructor(parts: CallsParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#underWay.size;
  }

  get full(): boolean {
    return this.#underWay.size >= this.#parts.parallel;
  }

  /**
   * Runs one beside the others. What it throws ends the writer only where the state or the lease is gone; else the lane waits, and
   * the records of these tasks are planned again.
   */
  start(work: () => Promise<void>, tasks: readonly Task[]): void {
    const { left, signal } = this.#parts;
    const running = work()
      .catch((thrown: unknown) => this.#failed(thrown, tasks))
      .finally(() => {
        this.#underWay.delete(running);
        left.committed();
        signal.raise();
      });
    this.#underWay.add(running);
  }

  #failed(thrown: unknown, tasks: readonly Task[]): void {
    const { desk, pauses, logger, stopping, fail } = this.#parts;
    const error = asChangeoverError(thrown);
    const { code, message } = error;
    const ends = code.startsWith('STATE_') || code === 'INTERNAL' || code === 'CANCELLED';
    // Broken off by us: whatever it was about is due, or read again, in the next life.
    if (stopping.aborted && (thrown === stopping.reason || code === 'CANCELLED' || !ends)) return;
    if (ends) {
      fail(error);
      return;
    }
    desk.abandon(unitsOf(tasks));
    logger.warn({ code, message }, 'a call failed; its records are planned again');
    pauses.lane('outage', error.retryAfterMs ?? FAILED_MS);
  }

  /** Once all of them have come to their end. */
  async ended(): Promise<void> {
    await Promise.allSettled([...this.#underWay]);
  }
}
