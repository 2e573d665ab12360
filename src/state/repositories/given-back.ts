import { fromJson, toJson } from '../json.ts';
import type { GivenBackTable } from '../schema/tables.ts';
import type { GivenBack, GivenBackRow } from '../state.ts';
import { parts, type Session } from './session.ts';

type Stored = Readonly<GivenBackTable>;

export function givenBackOf(session: Session): GivenBack {
  const { builder } = session;
  const forget = async (object: string, id: string) => {
    await session.change(builder.deleteFrom('given_back').where('object', '=', object).where('id', '=', id));
    await session.change(builder.deleteFrom('given_back_records').where('object', '=', object).where('id', '=', id));
  };
  return {
    ofRecords: async (recordKeys) => {
      if (recordKeys.length === 0) return new Map();
      const rows = await session.all<Stored & { record_key: string }>(
        `SELECT g.*, r.record_key FROM given_back_records r JOIN given_back g ON g.object = r.object AND g.id = r.id
         WHERE r.record_key IN :list`,
        recordKeys,
      );
      return new Map(rows.map((row) => [row.record_key, givenBack(row)]));
    },
    ofRows: async (object, ids) => {
      if (ids.length === 0) return new Map();
      const rows = await session.all<Stored>('SELECT * FROM given_back WHERE object = ? AND id IN :list', object, ids);
      return new Map(rows.map((row) => [row.id, givenBack(row)]));
    },
    put: async (rows) => {
      for (const row of rows) {
        const { object, id, targetKey, records, by, reason, at, doneAt, kept } = row;
        await forget(object, id);
        await session.change(
          builder.insertInto('given_back').values({
            object,
            id,
            target_key: targetKey,
            records: toJson(records),
            decided_by: by,
            reason,
            at,
            done_at: doneAt,
            kept: toJson(kept),
          }),
        );
        for (const some of parts(records))
          await session.change(
            builder
              .insertInto('given_back_records')
              .values(some.map((record) => ({ record_key: record, object, id })))
              .onConflict((on) => on.column('record_key').doUpdateSet({ object, id })),
          );
      }
    },
    remove: forget,
    list: async (limit) => {
      const query = builder
        .selectFrom('given_back')
        .selectAll()
        .orderBy('at', 'desc')
        .orderBy('object')
        .orderBy('id')
        .limit(limit);
      return (await session.rows(query)).map(givenBack);
    },
    counts: async () =>
      session.all<{ object: string; rows: number }>(
        'SELECT object, count(*) AS rows FROM given_back GROUP BY object ORDER BY object',
      ),
  };
}

function givenBack(row: Stored): GivenBackRow {
  return {
    object: row.object,
    id: row.id,
    targetKey: row.target_key,
    records: fromJson(row.records),
    by: row.decided_by,
    reason: row.reason,
    at: row.at,
    doneAt: row.done_at,
    kept: fromJson(row.kept),
  };
}
