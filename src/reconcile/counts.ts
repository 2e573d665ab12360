import type { StateStore } from '../state/state.ts';
import type { Lane, Twenty } from '../twenty/twenty.ts';

/** The field that tells our records from strangers' (design §8). Objects that only join two others have none. */
const OURS = 'sourceKey';

/** What we wrote beside what Twenty has: reconciliation level 2. Sees missing and surplus records, not which ones. */
export interface CountComparison {
  readonly object: string;
  readonly written: number;
  readonly found: number;
  /** `ours`: only records that carry our sync fields were counted. `all`: strangers' too, so only a shortfall means anything. */
  readonly counted: 'ours' | 'all';
  /** Records missing in Twenty (positive) or there too often (negative, where that can be told). */
  readonly difference: number;
}

export interface CountParts {
  readonly state: StateStore;
  readonly twenty: Twenty;
  /** `cutover` where a person waits for it: then it may use what the budget keeps for that. */
  readonly lane: Extract<Lane, 'verify' | 'cutover'>;
}

/** One call per Twenty object that we wrote to. Exact counts only: Twenty's own estimates said 0 for fresh rows (twenty.md §0). */
export async function compareCounts(parts: CountParts, signal?: AbortSignal): Promise<readonly CountComparison[]> {
  const written = new Map<string, number>();
  for (const row of await parts.state.read((tx) => tx.targets.counts()))
    written.set(row.object, (written.get(row.object) ?? 0) + row.written);
  const compared: CountComparison[] = [];
  for (const [object, expected] of [...written].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const hasMark = parts.twenty.workspace().objects.get(object)?.fields.has(OURS) ?? false;
    const found = await parts.twenty.count(object, {
      lane: parts.lane,
      ...(hasMark ? { having: OURS } : {}),
      ...(signal === undefined ? {} : { signal }),
    });
    const gap = expected - found;
    compared.push({
      object,
      written: expected,
      found,
      counted: hasMark ? 'ours' : 'all',
      difference: hasMark ? gap : Math.max(0, gap),
    });
  }
  return compared;
}
