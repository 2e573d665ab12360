import type { Selectable } from 'kysely';
import type { RecordKey } from '../../core/identifiers.ts';
import type { ApartTable } from '../schema/tables.ts';
import type { Apart, ApartRow } from '../state.ts';
import { parts, type Session } from './session.ts';

export function apartOf(session: Session): Apart {
  const { builder } = session;
  return {
    of: async (keys) => {
      const found = new Map<string, ApartRow>();
      for (const some of parts(keys)) {
        for (const column of ['one_key', 'other_key'] as const) {
          const query = builder.selectFrom('apart').selectAll().where(column, 'in', some);
          for (const row of await session.rows(query))
            found.set(JSON.stringify([row.one_key, row.other_key]), apart(row));
        }
      }
      return [...found.values()];
    },
    put: async (rows) => {
      for (const row of rows) {
        const [one, other] = ordered(row.takenOut, row.from);
        const values = { taken_out: row.takenOut, decided_by: row.by, reason: row.reason, at: row.at };
        await session.change(
          builder
            .insertInto('apart')
            .values({ one_key: one, other_key: other, ...values })
            .onConflict((on) => on.columns(['one_key', 'other_key']).doUpdateSet(values)),
        );
      }
    },
    remove: async (pairs) => {
      for (const pair of pairs) {
        const [one, other] = ordered(...pair);
        await session.change(builder.deleteFrom('apart').where('one_key', '=', one).where('other_key', '=', other));
      }
    },
    list: async (limit) => {
      const query = builder
        .selectFrom('apart')
        .selectAll()
        .orderBy('at', 'desc')
        .orderBy('one_key')
        .orderBy('other_key')
        .limit(limit);
      return (await session.rows(query)).map(apart);
    },
    count: async () =>
      Number(
        (await session.rows(builder.selectFrom('apart').select((of) => of.fn.countAll().as('pairs'))))[0]?.pairs ?? 0,
      ),
  };
}

function ordered(one: string, other: string): readonly [string, string] {
  return one < other ? [one, other] : [other, one];
}

function apart(row: Selectable<ApartTable>): ApartRow {
  return {
    takenOut: row.taken_out as RecordKey,
    from: (row.taken_out === row.one_key ? row.other_key : row.one_key) as RecordKey,
    by: row.decided_by,
    reason: row.reason,
    at: row.at,
  };
}
