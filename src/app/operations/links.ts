import { CUT_KIND } from '../../sink/index.ts';
import { defineOperation } from '../operation.ts';
import { listLosses, lossListInput } from './loss-lists.ts';

/** Links that records stand in Twenty without, because the source deleted the record that they named. */
export const linksCut = defineOperation({
  name: 'links-cut',
  access: 'read',
  input: lossListInput,
  run: ({ app }, asked) =>
    app.state.read(async (tx) => {
      const cut = await listLosses(tx, CUT_KIND, asked);
      const records = await tx.records.get([...new Set(cut.flatMap(({ key, before }) => [key, before]))]);
      return {
        items: cut.map(({ key, field, before }) => ({
          record: key,
          link: field,
          /** The record that the source deleted. */
          to: before,
          /** Where the record that had the link stands now. */
          stands: records.get(key)?.class ?? null,
          /** Since when the other one is gone, milliseconds. */
          since: records.get(before)?.since ?? null,
        })),
        counts: await tx.losses.counts(CUT_KIND),
      };
    }),
});
