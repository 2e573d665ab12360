import { asChangeoverError } from '../core/errors.ts';
import type { Fence } from './caller.ts';
import { FAILED_MS } from './pauses.ts';
import { suspectAll } from './placeholders.ts';
import type { Polls } from './polls.ts';
import { Reclaim } from './reclaim.ts';
import type { WriterParts } from './writer-parts.ts';

const UNREADABLE = 'the state was restored: what stands in Twenty could not be read yet';

/** After a restore nothing is planned before what stands in Twenty is known again (SPEC.md §15, I29). */
export class Restored {
  readonly #parts: WriterParts;
  readonly #polls: Polls;
  readonly #reclaim: Reclaim;
  /** The state came from a backup, and Twenty was not read since. */
  #unread = false;

  constructor(parts: WriterParts, polls: Polls) {
    this.#parts = parts;
    this.#polls = polls;
    this.#reclaim = new Reclaim(parts.deps);
  }

  async begin(): Promise<void> {
    this.#unread = await this.#reclaim.needed();
  }

  /** Reads Twenty where that is to be done and may be. What still stands in the way of planning, in words; null: nothing. */
  async reclaimed(fence: Fence, say: (reason: string) => void): Promise<string | null> {
    if (!this.#unread) return null;
    const { desk, pauses } = this.#parts;
    if (pauses.any) return UNREADABLE;
    const left = await this.#read(fence, say);
    if (left !== null) return left;
    // Placeholders that were made since the backup may have lost the last who pointed at them.
    await suspectAll(desk);
    this.#polls.askAtRest();
    this.#unread = false;
    return null;
  }

  async #read(fence: Fence, say: (reason: string) => void): Promise<string | null> {
    const { deps, pauses, stopping } = this.#parts;
    try {
      const awaited = await this.#reclaim.awaited();
      if (awaited.length > 0)
        return `the state was restored: waiting until ${awaited.join(', ')} is taken in from the log`;
      say('the state was restored: reading what stands in Twenty');
      await this.#reclaim.run(fence, 'live', stopping);
      return null;
    } catch (thrown) {
      if (stopping.aborted) return UNREADABLE;
      const error = asChangeoverError(thrown);
      const { code, message } = error;
      if (code.startsWith('STATE_') || code === 'INTERNAL') throw thrown;
      deps.logger.warn({ code, message }, 'Twenty could not be read after a restore');
      pauses.lane('outage', error.retryAfterMs ?? FAILED_MS);
      return UNREADABLE;
    }
  }
}
