import { z } from 'zod';
import type { StateTransaction } from '../../state/state.ts';

/** Which losses of one kind a list is asked for, in parts. */
export const lossListInput = z.strictObject({
  source: z.string().min(1).optional(),
  /** The source object of the records. */
  object: z.string().min(1).optional(),
  /** Losses of records after the one of this key. */
  after: z.string().min(1).optional(),
  limit: z.int().min(1).max(100_000).default(100),
});

/** The losses of this kind that were asked for. */
export function listLosses(tx: StateTransaction, kind: string, asked: z.infer<typeof lossListInput>) {
  const { source, object, after, limit } = asked;
  return tx.losses.list({
    kind,
    limit,
    ...(source === undefined ? {} : { source }),
    ...(object === undefined ? {} : { object }),
    ...(after === undefined ? {} : { after }),
  });
}
