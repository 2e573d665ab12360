import { fromJson, fromJsonOrNull, toJson, toJsonOrNull } from '../json.ts';
import type { Intent, Intents, Journal, JournalEntry, Operation } from '../state.ts';
import { parts, type Session } from './session.ts';

/**
 * @param ahead how far the clock that all processes share is ahead of the caller's, milliseconds: a deadline that one
 *   process wrote is waited for by another (src/sink/SPEC.md §4).
 */
export function intentsOf(session: Session, ahead = 0): Intents {
  const { builder } = session;
  return {
    open: async (intent) => {
      await session.change(
        builder.insertInto('intents').values({
          id: intent.id,
          writer_epoch: intent.writerEpoch,
          operation: intent.operation,
          object: intent.object,
          rows: toJson(intent.rows),
          created_at: intent.createdAt + ahead,
          deadline: intent.deadline + ahead,
        }),
      );
    },
    all: async () => {
      const rows = await session.rows(builder.selectFrom('intents').selectAll().orderBy('created_at').orderBy('id'));
      return rows.map(
        (row): Intent => ({
          id: row.id,
          writerEpoch: row.writer_epoch,
          operation: row.operation as Operation,
          object: row.object,
          rows: fromJson(row.rows),
          createdAt: row.created_at - ahead,
          deadline: row.deadline - ahead,
        }),
      );
    },
    settle: async (ids) => {
      for (const some of parts(ids)) await session.change(builder.deleteFrom('intents').where('id', 'in', some));
    },
  };
}

export function journalOf(session: Session): Journal {
  const { builder } = session;
  return {
    append: async (entries) => {
      for (const some of parts(entries)) {
        await session.change(
          builder.insertInto('journal').values(
            some.map((entry) => ({
              at: entry.at,
              run: entry.run,
              target_key: entry.targetKey,
              object: entry.object,
              id: entry.id,
              operation: entry.operation,
              before_image: toJsonOrNull(entry.before),
              after_image: toJsonOrNull(entry.after),
              epoch: entry.order.epoch,
              sequence: entry.order.sequence,
            })),
          ),
        );
      }
    },
    of: async (targetKey) => {
      const rows = await session.rows(
        builder.selectFrom('journal').selectAll().where('target_key', '=', targetKey).orderBy('number'),
      );
      return rows.map(
        (row): JournalEntry => ({
          at: row.at,
          run: row.run,
          targetKey: row.target_key,
          object: row.object,
          id: row.id,
          operation: row.operation as Operation,
          before: fromJsonOrNull(row.before_image),
          after: fromJsonOrNull(row.after_image),
          order: { epoch: row.epoch, sequence: row.sequence },
        }),
      );
    },
    count: async () => {
      const [row] = await session.rows(
        builder.selectFrom('journal').select(({ fn }) => fn.countAll<number>().as('entries')),
      );
      return row?.entries ?? 0;
    },
    began: async () => {
      const [row] = await session.rows(builder.selectFrom('journal').select('at').orderBy('number').limit(1));
      return row?.at ?? null;
    },
  };
}
