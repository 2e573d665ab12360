import type { StateTransaction } from '../state/state.ts';

/** Who shares no row with whom, because people said so (SPEC.md §14). */
export interface KeptApart {
  are(one: string, other: string): boolean;
}

export const NOBODY_APART: KeptApart = { are: () => false };

/** The decisions among these records. */
export async function keptApart(tx: StateTransaction, keys: readonly string[]): Promise<KeptApart> {
  if (keys.length < 2) return NOBODY_APART;
  const pairs = new Set<string>();
  for (const { takenOut, from } of await tx.apart.of(keys)) {
    pairs.add(JSON.stringify([takenOut, from]));
    pairs.add(JSON.stringify([from, takenOut]));
  }
  return pairs.size === 0 ? NOBODY_APART : { are: (one, other) => pairs.has(JSON.stringify([one, other])) };
}
