import type { Selectable } from 'kysely';
import { fromJson, fromJsonOrNull, toJson, toJsonOrNull } from '../json.ts';
import type { OutboxTable } from '../schema/tables.ts';
import type { Outbox, OutboxRow } from '../state.ts';
import { parts, type Session } from './session.ts';

export function outboxOf(session: Session): Outbox {
  const { builder } = session;
  return {
    add: async (rows) => {
      for (const some of parts(rows)) {
        await session.change(
          builder.insertInto('outbox').values(
            some.map((row) => ({
              source: row.source,
              topic: row.topic,
              record_key: row.notice.kind === 'outcome' ? row.notice.key : null,
              notice: toJson(row.notice),
              payload: toJsonOrNull(row.payload),
            })),
          ),
        );
      }
    },
    first: async (limit) => {
      const rows = await session.rows(builder.selectFrom('outbox').selectAll().orderBy('number').limit(limit));
      return rows.map(outboxRow);
    },
    of: async (topic, keys) => {
      const found: OutboxRow[] = [];
      for (const some of parts(keys)) {
        const query = builder.selectFrom('outbox').selectAll().where('topic', '=', topic);
        const rows = await session.rows(query.where('record_key', 'in', some));
        found.push(...rows.map(outboxRow));
      }
      return found.sort((a, b) => a.number - b.number);
    },
    remove: async (numbers) => {
      for (const some of parts(numbers)) {
        await session.change(builder.deleteFrom('outbox').where('number', 'in', some));
      }
    },
    count: async () => {
      const [row] = await session.rows(
        builder.selectFrom('outbox').select(({ fn }) => fn.countAll<number>().as('rows')),
      );
      return row?.rows ?? 0;
    },
  };
}

function outboxRow(row: Selectable<OutboxTable>): OutboxRow {
  return {
    number: row.number,
    source: row.source,
    topic: row.topic as OutboxRow['topic'],
    notice: fromJson(row.notice),
    payload: fromJsonOrNull(row.payload),
  };
}
