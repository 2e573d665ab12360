import { ChangeoverError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import type { ExportProfile } from './profile.ts';
import { type ExportSet, type Listed, listSets } from './set.ts';

/** What a drop folder holds. */
export interface FolderState {
  /** The newest set that is complete and keeps still; null where none is. */
  readonly newest: ExportSet | null;
  /** Complete sets, newest first. */
  readonly complete: readonly ExportSet[];
  /** Why something newer than `newest`, which keeps still, cannot be read; null where there is nothing of the kind. */
  readonly problem: ChangeoverError | null;
  /** Something is still being copied. */
  readonly unready: ChangeoverError | null;
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
    let still = signatures(listed);
    const moving = [...still].some((signature) => !this.#still.has(signature));
    for (let look = 1; moving && look < looks; look += 1) {
      await this.#clock.sleep(intervalMs, signal);
      listed = await listSets(folder, profile, largestTotal);
      const seen = signatures(listed);
      still = new Set([...still].filter((signature) => seen.has(signature)));
    }
    this.#still = still;
    return judge(listed, still);
  }
}

function signatures(listed: Listed): Set<string> {
  return new Set([...listed.sets, ...listed.damaged].map((one) => one.signature));
}

function judge({ sets, damaged }: Listed, still: ReadonlySet<string>): FolderState {
  const complete: ExportSet[] = [];
  let problem = damaged.find((one) => still.has(one.signature))?.error ?? null;
  let unready: ChangeoverError | null = null;
  for (const set of sets) {
    const place = { file: set.path };
    if (!still.has(set.signature))
      unready ??= new ChangeoverError('EXPORT_INCOMPLETE', `${set.name} is still changing`, { place });
    else if (set.lacks === null) complete.push(set);
    else if (complete.length === 0)
      problem ??= new ChangeoverError('EXPORT_INCOMPLETE', `${set.name}: ${set.lacks}`, { place });
  }
  return { newest: complete[0] ?? null, complete, problem, unready };
}
