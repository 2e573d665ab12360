import type { RecordRow, StateTransaction } from '../state/state.ts';
import { isDead } from './notices.ts';

/**
 * Makes records due at once, at their first attempt. Dead letters are on the way again: were they only touched, a plan
 * that finds the same reason would change nothing, and nobody would be told that they are refused still.
 */
export async function reopen(tx: StateTransaction, rows: readonly RecordRow[], now: number): Promise<void> {
  await tx.records.touch(rows.map(({ key }) => key));
  await tx.records.move(
    rows.filter(isDead).map((row) => ({
      key: row.key,
      order: row.event.order,
      to: row.event.op === 'DELETE' ? 'deleting' : 'on-the-way',
      reason: null,
      due: true,
    })),
    now,
  );
}
