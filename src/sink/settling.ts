import { type Fence, type Unanswered, waitFor } from './caller.ts';
import { settleIntent } from './settle.ts';
import { planned, type WriterParts } from './writer-parts.ts';

/** Calls of which nobody knows what they did: read back once their deadline has passed (SPEC.md §4, I11). */
export class Settling {
  readonly #parts: WriterParts;
  readonly #unanswered = new Map<string, Unanswered>();

  constructor(parts: WriterParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#unanswered.size;
  }

  /** What whoever wrote before us left open: these rows get no other write before they were read back. */
  async takeOver(): Promise<void> {
    const { deps, desk } = this.#parts;
    for (const intent of await deps.state.read((tx) => tx.intents.all())) {
      this.await({ intent, tasks: [], until: waitFor(intent, deps.clock) });
      const keys = intent.rows.flatMap((row) => [row.target.targetKey, ...row.recordKeys]);
      desk.block(intent.id, keys);
    }
  }

  await({ intent, tasks, until }: Unanswered): void {
    this.#unanswered.set(intent.id, { intent, tasks, until });
  }

  /** Reads back those whose deadline has passed. */
  expired(fence: Fence): void {
    const { deps, desk, calls } = this.#parts;
    const now = deps.clock.monotonic();
    for (const [id, one] of [...this.#unanswered]) {
      if (now < one.until || calls.full) continue;
      this.#unanswered.delete(id);
      const lane = desk.lane(one.intent.rows[0]?.target.targetKey.split('/')[0] ?? '');
      calls.start(async () => {
        try {
          planned(this.#parts, await settleIntent(desk, fence, one.intent, one.tasks, lane));
        } catch (thrown) {
          // Whatever failed: nobody else would read it back, and its rows would get no other write in this life.
          this.await(one);
          throw thrown;
        }
      }, []);
    }
  }

  /** When the next deadline passes, by the monotonic clock; infinite where none is waited for. */
  get nextAt(): number {
    return Math.min(...[...this.#unanswered.values()].map(({ until }) => until));
  }
}
