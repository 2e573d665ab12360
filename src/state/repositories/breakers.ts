import { fromJson, toJson } from '../json.ts';
import type { BreakerRow, Breakers } from '../state.ts';
import type { Session } from './session.ts';

export function breakersOf(session: Session): Breakers {
  const { builder } = session;
  return {
    get: async (source, objects) => {
      if (objects.length === 0) return new Map();
      const rows = await session.rows(
        builder
          .selectFrom('breakers')
          .selectAll()
          .where('source', '=', source)
          .where('object', 'in', [...objects]),
      );
      return new Map(rows.map((row): [string, BreakerRow] => [row.object, fromJson(row.state)]));
    },
    put: async (rows) => {
      for (const row of rows) {
        const values = { open: row.open === null ? 0 : 1, state: toJson(row) };
        await session.change(
          builder
            .insertInto('breakers')
            .values({ source: row.source, object: row.object, ...values })
            .onConflict((on) => on.columns(['source', 'object']).doUpdateSet(values)),
        );
      }
    },
    open: async (source) => {
      let query = builder
        .selectFrom('breakers')
        .select('state')
        .where('open', '=', 1)
        .orderBy('source')
        .orderBy('object');
      if (source !== null) query = query.where('source', '=', source);
      return (await session.rows(query)).map((row) => fromJson<BreakerRow>(row.state));
    },
  };
}
