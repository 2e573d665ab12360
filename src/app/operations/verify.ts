import { z } from 'zod';
import { compareCounts } from '../../reconcile/counts.ts';
import { balances } from '../../sink/index.ts';
import { defineOperation } from '../operation.ts';

/** Both identities of the conservation law, and the counts of both sides (design §10, levels 1 and 2). */
export const verify = defineOperation({
  name: 'verify',
  access: 'read',
  input: z.strictObject({}),
  async run({ app, daemon }) {
    const balance = await app.state.read((tx) => balances(tx));
    const counts =
      daemon === null
        ? await compareCounts({ state: app.state, twenty: (await app.twenty()).client, lane: 'cutover' })
        : await daemon.reconcile('cutover');
    return {
      objects: balance,
      residue: balance.reduce((sum, row) => sum + Math.abs(row.residue), 0),
      counts,
      differences: counts.reduce((sum, row) => sum + Math.abs(row.difference), 0),
      unseen: 'Counts see missing and surplus records, not values that were changed behind our back.',
    };
  },
});
