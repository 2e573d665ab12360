import { z } from 'zod';
import { balances, CHOICE_KIND, CUT_KIND, KEPT_KIND, ownersWithImpact } from '../../sink/index.ts';
import { defineOperation } from '../operation.ts';

/**
 * What a team wants to know of a load besides the numbers: conversions that lost something with an example each (ALL-4),
 * choices made among several possible links (SCO-5), what is held and refused and why, records of our own making, owners.
 */
export const report = defineOperation({
  name: 'report',
  access: 'read',
  input: z.strictObject({ source: z.string().optional() }),
  async run({ app }, input) {
    const source = input.source ?? null;
    return app.state.read(async (tx) => {
      const listed = await tx.losses.summary(source);
      const targets = await tx.targets.counts();
      return {
        objects: await balances(tx, source),
        losses: listed.filter(({ kind }) => kind !== CHOICE_KIND && kind !== CUT_KIND && kind !== KEPT_KIND),
        choices: listed.filter((row) => row.kind === CHOICE_KIND),
        /** Links to records that the source deleted: `links cut` names each. */
        cutLinks: listed.filter((row) => row.kind === CUT_KIND),
        /** Rows that stay though the source deleted their record: `deletes kept` names each. */
        keptRows: listed.filter((row) => row.kind === KEPT_KIND),
        held: await tx.ledger.heldByReason(source),
        deadLetters: await tx.ledger.deadByReason(source),
        rejects: await tx.rejects.counts(source),
        // Counted apart from source records: nobody exported them (SCO-1).
        placeholders: targets.filter((row) => row.kind === 'placeholder'),
        children: targets.filter((row) => row.kind === 'child'),
        written: targets.filter((row) => row.kind === 'record'),
        /** Rows that were there before us: `adopted list` names each, and what was written over. */
        adopted: await tx.targets.adoptedCounts(),
        /** With how many records wait for each now, whatever the number was when it was decided (LIFE-5). */
        owners: await ownersWithImpact(tx, source),
        /** What people changed in Twenty of what was written: `edits list` names each. */
        edits: await tx.edits.counts(),
        reviews: await tx.reviews.counts(),
        mapping:
          source === null
            ? null
            : await tx.mappings.current(source).then(
                (row) =>
                  row && {
                    hash: row.hash,
                    confirmedBy: row.confirmedBy,
                    confirmedAt: new Date(row.confirmedAt).toISOString(),
                  },
              ),
      };
    });
  },
});
