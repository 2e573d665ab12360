import { fromJson, toJson } from '../json.ts';
import type { LineageRow, Lineages } from '../state.ts';
import { parts, type Session } from './session.ts';

interface StoredLineage {
  readonly target_key: string;
  readonly object: string;
  readonly id: string;
  readonly fields: string;
  readonly at: number;
}

export function lineageOf(session: Session): Lineages {
  const { builder } = session;
  return {
    get: async (targetKeys) => {
      if (targetKeys.length === 0) return new Map();
      const rows = await session.all<StoredLineage>('SELECT * FROM lineage WHERE target_key IN :list', targetKeys);
      return new Map(rows.map((row) => [row.target_key, lineage(row)]));
    },
    put: async (rows) => {
      for (const { targetKey, object, id, fields, at } of rows) {
        const values = { object, id, fields: toJson(fields), at };
        await session.change(
          builder
            .insertInto('lineage')
            .values({ target_key: targetKey, ...values })
            .onConflict((on) => on.column('target_key').doUpdateSet(values)),
        );
      }
    },
    remove: async (targetKeys) => {
      for (const some of parts(targetKeys))
        await session.change(builder.deleteFrom('lineage').where('target_key', 'in', some));
    },
    page: async (object, after, limit) => {
      let query = builder.selectFrom('lineage').selectAll().orderBy('target_key').limit(limit);
      if (object !== null) query = query.where('object', '=', object);
      if (after !== null) query = query.where('target_key', '>', after);
      return (await session.rows(query)).map(lineage);
    },
    counts: async () =>
      session.all<{ object: string; rows: number }>(
        'SELECT object, count(*) AS rows FROM lineage GROUP BY object ORDER BY object',
      ),
  };
}

function lineage(row: StoredLineage): LineageRow {
  return { targetKey: row.target_key, object: row.object, id: row.id, fields: fromJson(row.fields), at: row.at };
}
