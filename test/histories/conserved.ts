import type { StateTransaction } from '../../src/state/state.ts';

const LIVE_CLASSES = ['applied', 'merged', 'held', 'dead-lettered', 'excluded', 'on-the-way'] as const;

/** The conservation law (identity A), recounted from the records, at the end of every transaction. */
export async function conserved(tx: StateTransaction): Promise<void> {
  const kept = await tx.ledger.rows(null);
  const counted = await tx.ledger.recount(null);
  if (JSON.stringify(kept) !== JSON.stringify(counted))
    throw new Error(`the ledger says ${JSON.stringify(kept)}, and there are ${JSON.stringify(counted)}`);
  for (const { object, live, classes } of counted) {
    const accounted = LIVE_CLASSES.reduce((sum, one) => sum + classes[one], 0);
    if (accounted !== live) throw new Error(`${live} live records of ${object}, and ${accounted} accounted for`);
  }
}
