import { EditWatch, type WatchResult } from './edit-watch.ts';
import { pollMembers } from './owners.ts';
import { forgetDestroyed, indexedObjects, refreshUniques, wakeWaiters } from './unique-index.ts';
import type { WriterParts } from './writer-parts.ts';

/** Reads members, unique values and edits by people: before anything is planned, and now and then. */
export class Polls {
  readonly #parts: WriterParts;
  readonly #watch: EditWatch;
  #last = 0;
  #running = false;
  /** Nothing was read yet in this life: nothing is planned before. */
  #pending = false;
  /** Somebody asked for everything to be read again at once. */
  #asked = false;
  /** Rows were removed of which nobody knew which unique values they held. */
  #askedAtRest = false;

  constructor(parts: WriterParts) {
    this.#parts = parts;
    this.#watch = new EditWatch(parts.deps, (memberId) => parts.desk.book.nameOf(memberId));
  }

  get pending(): boolean {
    return this.#pending;
  }

  begin(): void {
    this.#pending = true;
  }

  /** At the next opportunity. */
  ask(): void {
    this.#asked = true;
  }

  /** Once everything else is done. */
  askAtRest(): void {
    this.#askedAtRest = true;
  }

  /** True: now that everything else is done, there is something to read after all. */
  takeAskedAtRest(): boolean {
    if (!this.#askedAtRest) return false;
    this.#askedAtRest = false;
    this.#asked = true;
    return true;
  }

  ifTime(): void {
    const { options, deps, calls } = this.#parts;
    const { pollMs } = options;
    const time = pollMs !== null && deps.clock.now() - this.#last >= pollMs;
    if (!this.#pending && !time && !this.#asked) return;
    if (this.#running) return;
    this.#running = true;
    const all = this.#asked;
    this.#asked = false;
    calls.start(async () => {
      try {
        await this.members();
        await this.uniques();
        await this.edits(all);
        this.#pending = false;
      } catch (thrown) {
        // Whoever asked did so for a reason that is still there.
        this.#asked ||= all;
        throw thrown;
      } finally {
        this.#running = false;
        // From its end: a poll slower than its interval would else never let the writer come to rest.
        this.#last = deps.clock.now();
      }
    }, []);
  }

  async members(): Promise<number> {
    const { deps, desk, signal, stopping } = this.#parts;
    const { state, twenty, clock } = deps;
    const settings = { lane: 'live', now: clock.now(), signal: stopping } as const;
    const released = await pollMembers({ state, twenty, book: desk.book }, settings);
    signal.raise();
    return released;
  }

  async uniques(): Promise<number> {
    const { deps, signal, stopping } = this.#parts;
    const { state, twenty, clock } = deps;
    const objects = deps.mappings().flatMap((mapping) => [...mapping.objects.values()].map((object) => object.target));
    let rows = 0;
    for (const object of indexedObjects(twenty.workspace(), objects)) {
      rows += await refreshUniques({ state, twenty }, object, { lane: 'live', now: clock.now(), signal: stopping });
    }
    await forgetDestroyed({ state, twenty }, { lane: 'live', signal: stopping });
    await wakeWaiters(state);
    signal.raise();
    return rows;
  }

  /** `all`: every object is asked, whether anybody works there or not. */
  async edits(all: boolean): Promise<WatchResult> {
    const { deps, signal } = this.#parts;
    const result = await this.#watch.poll('live', all);
    if (result.lost > 0)
      deps.logger.warn({ edits: result.lost }, 'edits by people were written over before they were seen');
    signal.raise();
    return result;
  }
}
