import { FLAGGED } from '../sink/index.ts';
import type { StateStore } from '../state/state.ts';
import { DELETION_FIELD } from '../twenty/sync-fields.ts';
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
  /**
   * Rows with our sync fields that nobody answers for: what a person said to keep, what hung on a row that stays, what somebody
   * brought back. Whether they still stand is people's to decide, so they make no difference either way.
   */
  readonly released: number;
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
  const { counts, released } = await parts.state.read(async (tx) => ({
    counts: await tx.targets.counts(),
    released: new Map((await tx.targets.released(FLAGGED)).map(({ object, rows }) => [object, rows])),
  }));
  for (const row of counts) written.set(row.object, (written.get(row.object) ?? 0) + row.written);
  const compared: CountComparison[] = [];
  for (const [object, expected] of [...written].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const described = parts.twenty.workspace().objects.get(object)?.fields;
    const hasMark = described?.has(OURS) ?? false;
    // Flagged rows, which stay though the source deleted their record: nobody answers for them.
    const kept = described?.has(DELETION_FIELD) ?? false;
    const found = await parts.twenty.count(object, {
      lane: parts.lane,
      ...(hasMark ? { having: OURS } : {}),
      ...(hasMark && kept ? { where: { [DELETION_FIELD]: { is: 'NULL' } } } : {}),
      ...(signal === undefined ? {} : { signal }),
    });
    const free = released.get(object) ?? 0;
    const surplus = Math.max(0, found - expected - free);
    compared.push({
      object,
      written: expected,
      found,
      counted: hasMark ? 'ours' : 'all',
      released: free,
      difference: Math.max(0, expected - found) - (hasMark ? surplus : 0),
    });
  }
  return compared;
}
