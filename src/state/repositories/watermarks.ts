import type { WatermarkRow, Watermarks } from '../state.ts';
import type { Session } from './session.ts';

export function watermarksOf(session: Session): Watermarks {
  const { builder } = session;
  return {
    put: async (row, ahead = 0) => {
      const [ledger] = await session.rows(
        builder
          .selectFrom('ledger')
          .select('records')
          .where('source', '=', row.source)
          .where('object', '=', row.object)
          .where('class', '=', 'live'),
      );
      await session.change(
        builder
          .insertInto('watermarks')
          .values({
            source: row.source,
            object: row.object,
            epoch: row.order.epoch,
            sequence: row.order.sequence,
            snapshot: row.snapshot,
            rows: row.rows,
            rejected: row.rejected,
            retained: row.retained,
            observed_at: row.observedAt,
            live: (ledger?.records ?? 0) - ahead,
          })
          // Read again later (a replay), it would meet the live count of another moment: the first stays.
          .onConflict((on) => on.columns(['source', 'object', 'epoch', 'sequence']).doNothing()),
      );
    },
    latest: async (source) => {
      let query = builder
        .selectFrom('watermarks as w')
        .selectAll()
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('watermarks as newer')
                .select('newer.epoch')
                .whereRef('newer.source', '=', 'w.source')
                .whereRef('newer.object', '=', 'w.object')
                .where(({ or, and, eb }) =>
                  or([
                    eb('newer.epoch', '>', eb.ref('w.epoch')),
                    and([eb('newer.epoch', '=', eb.ref('w.epoch')), eb('newer.sequence', '>', eb.ref('w.sequence'))]),
                  ]),
                ),
            ),
          ),
        )
        .orderBy('w.source')
        .orderBy('w.object');
      if (source !== null) query = query.where('w.source', '=', source);
      const rows = await session.rows(query);
      return rows.map(
        (row): WatermarkRow => ({
          source: row.source,
          object: row.object,
          snapshot: row.snapshot,
          order: { epoch: row.epoch, sequence: row.sequence },
          rows: row.rows,
          rejected: row.rejected,
          retained: row.retained,
          observedAt: row.observed_at,
          live: row.live,
        }),
      );
    },
  };
}
