import { asChangeoverError } from '../core/errors.ts';
import type { Logger } from '../core/ports.ts';
import type { Lane } from '../twenty/twenty.ts';
import { pollObject, type WatchParts, writtenObjects } from './edit-poll.ts';
import { listLost, readTimeline, TIMELINE, type Timeline, UNREADABLE } from './edit-window.ts';

/** While nobody works in the workspace, objects are asked only at every so many polls. */
const QUIET_POLLS = 8;

/** What is not open to us, and why: `{ timelineActivity: "…" }`. Shown with the edits. */
export const BLIND_SETTING = 'sink.edits.blind';

/** Refusals that will be the same next time: the rest is looked at all the same. */
const FOR_GOOD: ReadonlySet<string> = new Set([
  'TWENTY_PERMISSION_MISSING',
  'TWENTY_REFUSED',
  'TWENTY_SCHEMA_CHANGED',
  'TWENTY_UNKNOWN_FIELD',
  'TWENTY_UNKNOWN_OBJECT',
  'TWENTY_ANSWER_UNREADABLE',
]);

export interface WatchResult {
  /** Rows of ours that people changed since the last time. */
  readonly changed: number;
  /** Edits that were written over before they were seen. */
  readonly lost: number;
}

/**
 * Looks for what people change in Twenty of what we wrote (SPEC.md §12). A quiet poll is one call, to the timeline; where
 * somebody works there, one per object that we write comes with it, and one for every 200 rows that people changed.
 */
export class EditWatch {
  readonly #parts: WatchParts & { readonly logger: Logger };
  readonly #nameOf: (memberId: string) => string | null;
  readonly #blind = new Map<string, string>();
  #quiet = QUIET_POLLS;

  constructor(parts: WatchParts & { readonly logger: Logger }, nameOf: (memberId: string) => string | null) {
    this.#parts = parts;
    this.#nameOf = nameOf;
  }

  /** `all`: every object is asked, whether anybody works there or not. */
  async poll(lane: Lane, all: boolean): Promise<WatchResult> {
    const timeline: Timeline = await this.#see(TIMELINE, () => readTimeline(this.#parts, lane), UNREADABLE);
    this.#quiet = timeline.busy ? 0 : this.#quiet + 1;
    let changed = 0;
    if (all || this.#quiet === 0 || this.#quiet >= QUIET_POLLS) {
      for (const object of await writtenObjects(this.#parts)) {
        changed += await this.#see(object, () => pollObject(this.#parts, object, lane), 0);
      }
      this.#quiet = 0;
    }
    const { deeds } = timeline;
    const lost =
      deeds.length === 0 ? 0 : await this.#see(TIMELINE, () => listLost(this.#parts, deeds, this.#nameOf, lane), 0);
    return { changed, lost };
  }

  /** What cannot be read is said once, and keeps nothing else from being looked at or written. */
  async #see<Result>(what: string, look: () => Promise<Result>, otherwise: Result): Promise<Result> {
    try {
      const result = await look();
      if (this.#blind.delete(what)) await this.#keep();
      return result;
    } catch (thrown) {
      const error = asChangeoverError(thrown);
      if (!FOR_GOOD.has(error.code)) throw thrown;
      if (!this.#blind.has(what)) {
        this.#parts.logger.warn(
          { object: what, code: error.code, message: error.message },
          'edits cannot be looked for',
        );
        this.#blind.set(what, error.message);
        await this.#keep();
      }
      return otherwise;
    }
  }

  async #keep(): Promise<void> {
    await this.#parts.state.transaction((tx) => tx.settings.set(BLIND_SETTING, Object.fromEntries(this.#blind)));
  }
}
