import type { Selectable } from 'kysely';
import type { MappingTable } from '../schema/tables.ts';
import type { MappingRow, Mappings } from '../state.ts';
import type { Session } from './session.ts';

export function mappingsOf(session: Session): Mappings {
  const { builder } = session;
  const of = (source: string) => builder.selectFrom('mappings').selectAll().where('source', '=', source);
  return {
    confirm: async (row) => {
      await session.change(
        builder.insertInto('mappings').values({
          source: row.source,
          hash: row.hash,
          text: row.text,
          confirmed_by: row.confirmedBy,
          confirmed_at: row.confirmedAt,
        }),
      );
    },
    current: async (source) => {
      // By order of confirmation, not by time: the clock may have jumped in between.
      const [row] = await session.rows(of(source).orderBy('number', 'desc').limit(1));
      return row === undefined ? null : mappingRow(row);
    },
    history: async (source) => (await session.rows(of(source).orderBy('number'))).map(mappingRow),
  };
}

function mappingRow(row: Selectable<MappingTable>): MappingRow {
  return {
    source: row.source,
    hash: row.hash,
    text: row.text,
    confirmedBy: row.confirmed_by,
    confirmedAt: row.confirmed_at,
  };
}
