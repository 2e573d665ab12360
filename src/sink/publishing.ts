import { asChangeoverError } from '../core/errors.ts';
import type { Fence } from './caller.ts';
import { LOOK_MS } from './later.ts';
import { FAILED_MS } from './pauses.ts';
import { Publisher } from './publisher.ts';
import type { WriterParts } from './writer-parts.ts';

/** When the outbox is brought to its topics: beside everything else (SPEC.md §9, I15). */
export class Publishing {
  readonly #parts: WriterParts;
  /** Null: nobody told us where; notices stay in the outbox. */
  readonly #publisher: Publisher | null;
  /** What the topics say of refusals was read: nothing is decided before. */
  #informed: boolean;
  #running: Promise<void> | null = null;
  /** By the monotonic clock. */
  #again = Number.NEGATIVE_INFINITY;
  #failed = false;

  constructor(parts: WriterParts) {
    this.#parts = parts;
    const { log } = parts.deps;
    this.#publisher = log === undefined ? null : new Publisher({ ...parts.deps, events: log });
    this.#informed = this.#publisher === null;
  }

  get informed(): boolean {
    return this.#informed;
  }

  /** Something was decided that is on its way to its topic. */
  get underWay(): boolean {
    if (this.#publisher === null || this.#failed) return false;
    return this.#running !== null || this.#parts.desk.unpublished;
  }

  /** A log that cannot be reached keeps nothing from being written once it was read. */
  ifTime(fence: Fence): void {
    const { deps, desk, signal } = this.#parts;
    const publisher = this.#publisher;
    if (publisher === null || this.#running !== null) return;
    if (deps.clock.monotonic() < this.#again && !(desk.unpublished && !this.#failed)) return;
    desk.unpublished = false;
    this.#running = this.#publish(publisher, fence).finally(() => {
      this.#running = null;
      signal.raise();
    });
  }

  /** Once what is under way is through. */
  async ended(): Promise<void> {
    await this.#running;
  }

  /** At an orderly end, what was decided last is told too. */
  async last(fence: Fence): Promise<void> {
    if (this.#publisher !== null && this.#informed) await this.#publish(this.#publisher, fence);
  }

  async #publish(publisher: Publisher, fence: Fence): Promise<void> {
    const { deps, fail } = this.#parts;
    const { clock, logger, mappings } = deps;
    try {
      if (!this.#informed) {
        const sources = mappings().map(({ source }) => source);
        await publisher.readBack(sources, fence);
        this.#informed = true;
      }
      await publisher.publish(fence);
      this.#failed = false;
      this.#again = clock.monotonic() + LOOK_MS;
    } catch (thrown) {
      const error = asChangeoverError(thrown);
      const { code, message } = error;
      if (code.startsWith('STATE_') || code === 'INTERNAL') {
        fail(error);
        return;
      }
      logger.warn({ code, message }, 'notices wait in the outbox: the log did not take them');
      this.#failed = true;
      this.#again = clock.monotonic() + (error.retryAfterMs ?? FAILED_MS);
    }
  }
}
