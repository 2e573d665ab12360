import { KEPT_KIND } from '../../sink/index.ts';
import { defineOperation } from '../operation.ts';
import { listLosses, lossListInput } from './loss-lists.ts';

/** Rows that stay in Twenty though the source deleted their record: flagged by the mapping's word, or let go of by a person's. */
export const deletesKept = defineOperation({
  name: 'deletes-kept',
  access: 'read',
  input: lossListInput,
  run: ({ app }, asked) =>
    app.state.read(async (tx) => {
      const kept = await listLosses(tx, KEPT_KIND, asked);
      return {
        items: kept.map((row) => ({
          record: row.key,
          /** The Twenty object, and the id of the row there. */
          object: row.field,
          id: row.before,
          /** What its field sourceDeletedAt says, ISO 8601; null: a person said keep, or the row was there before us. */
          flagged: row.after === '' ? null : row.after,
        })),
        counts: await tx.losses.counts(KEPT_KIND),
      };
    }),
});
