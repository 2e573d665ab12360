import { ChangeoverError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import type { ExportProfile } from './profile.ts';
import { type ExportSet, listSets } from './set.ts';

/** What a drop folder holds. */
export interface FolderState {
  /** The newest set that is complete and keeps still; null where none is. */
  readonly newest: ExportSet | null;
  /** Complete sets, newest first. */
  readonly complete: readonly ExportSet[];
  /** Why sets newer than `newest` are not read. */
  readonly problems: readonly ChangeoverError[];
}

export interface WatchOptions {
  readonly folder: string;
  readonly profile: ExportProfile;
  readonly looks: number;
  readonly intervalMs: number;
  readonly largestTotal: number;
}

/**
 * Finds complete sets: all that the manifest promises is there, and no file changed its size or time over so many looks.
 * Signatures seen to keep still are remembered, so a poll of an unchanged folder waits for nothing.
 */
export class FolderWatch {
  readonly #options: WatchOptions;
  readonly #clock: Clock;
  #still = new Set<string>();

  constructor(clock: Clock, options: WatchOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  async look(signal?: AbortSignal): Promise<FolderState> {
    const { folder, profile, largestTotal, looks, intervalMs } = this.#options;
    let listed = await listSets(folder, profile, largestTotal);
    const moving = listed.sets.some((set) => !this.#still.has(set.signature));
    let still = new Set(listed.sets.map((set) => set.signature));
    for (let look = 1; moving && look < looks; look += 1) {
      await this.#clock.sleep(intervalMs, signal);
      listed = await listSets(folder, profile, largestTotal);
      const seen = new Set(listed.sets.map((set) => set.signature));
      still = new Set([...still].filter((signature) => seen.has(signature)));
    }
    this.#still = still;
    return this.#judge(listed.sets, listed.damaged, still);
  }

  #judge(sets: readonly ExportSet[], damaged: readonly ChangeoverError[], still: ReadonlySet<string>): FolderState {
    const complete: ExportSet[] = [];
    const problems: ChangeoverError[] = [...damaged];
    for (const set of sets) {
      const place = { file: set.path };
      if (!still.has(set.signature))
        problems.push(new ChangeoverError('EXPORT_INCOMPLETE', `${set.name} is still changing`, { place }));
      else if (set.lacks === null) complete.push(set);
      else if (complete.length === 0)
        problems.push(new ChangeoverError('EXPORT_INCOMPLETE', `${set.name}: ${set.lacks}`, { place }));
    }
    return { newest: complete[0] ?? null, complete, problems };
  }
}
