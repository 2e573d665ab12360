import type { Selectable } from 'kysely';
import type { ForeignMessageTable } from '../schema/tables.ts';
import type { ForeignMessage, ForeignMessages } from '../state.ts';
import { parts, type Session } from './session.ts';

export function foreignMessagesOf(session: Session): ForeignMessages {
  const { builder } = session;
  return {
    put: async (rows) => {
      for (const some of parts(rows, 100)) {
        await session.change(
          builder
            .insertInto('foreign_messages')
            .values(some.map(tableRow))
            .onConflict((on) => on.columns(['topic', 'partition_number', 'log_offset']).doNothing()),
        );
      }
    },
    get: async ({ topic, partition, offset }) => {
      const [row] = await session.rows(
        builder
          .selectFrom('foreign_messages')
          .selectAll()
          .where('topic', '=', topic)
          .where('partition_number', '=', partition)
          .where('log_offset', '=', offset),
      );
      return row === undefined ? null : messageRow(row);
    },
    list: async ({ source, after, limit }) => {
      let query = builder
        .selectFrom('foreign_messages')
        .selectAll()
        .where('status', '=', 'open')
        .orderBy('topic')
        .orderBy('partition_number')
        .orderBy('log_offset')
        .limit(limit);
      if (source !== undefined) query = query.where('source', '=', source);
      if (after !== undefined) {
        query = query.where(({ eb, or, and }) =>
          or([
            eb('topic', '>', after.topic),
            and([eb('topic', '=', after.topic), eb('partition_number', '>', after.partition)]),
            and([
              eb('topic', '=', after.topic),
              eb('partition_number', '=', after.partition),
              eb('log_offset', '>', after.offset),
            ]),
          ]),
        );
      }
      return (await session.rows(query)).map(messageRow);
    },
    settle: async ({ topic, partition, offset }, status) => {
      await session.change(
        builder
          .updateTable('foreign_messages')
          .set({ status })
          .where('topic', '=', topic)
          .where('partition_number', '=', partition)
          .where('log_offset', '=', offset),
      );
    },
    counts: async (source) => {
      const columns = ['source', 'object', 'code'] as const;
      let query = builder
        .selectFrom('foreign_messages')
        .select(columns)
        .select(({ fn }) => fn.countAll<number>().as('messages'))
        .where('status', '=', 'open')
        .groupBy(columns)
        .orderBy('source')
        .orderBy('code');
      if (source !== null) query = query.where('source', '=', source);
      return session.rows(query);
    },
  };
}

function tableRow(row: ForeignMessage): Selectable<ForeignMessageTable> {
  return {
    topic: row.topic,
    partition_number: row.partition,
    log_offset: row.offset,
    source: row.source,
    object: row.object,
    message_key: row.key,
    code: row.code,
    message: row.message,
    size: row.size,
    bytes: row.bytes,
    at: row.at,
    status: row.status,
  };
}

function messageRow(row: Selectable<ForeignMessageTable>): ForeignMessage {
  return {
    topic: row.topic,
    partition: row.partition_number,
    offset: row.log_offset,
    source: row.source,
    object: row.object,
    key: row.message_key,
    code: row.code,
    message: row.message,
    size: row.size,
    bytes: row.bytes,
    at: row.at,
    status: row.status as ForeignMessage['status'],
  };
}
