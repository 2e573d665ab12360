import type { RecordKey } from '../../core/identifiers.ts';
import type { Dependencies, Positions, UniqueRow, Uniques } from '../state.ts';
import { type BulkWrite, replacing } from './bulk.ts';
import { first, type Session } from './session.ts';

const DEPEND: BulkWrite = {
  kind: 'insert',
  table: 'dependencies',
  columns: ['record_key', 'on_name'],
  key: ['record_key', 'on_name'],
  known: 'stays',
};

/** The server keeps a value unique over all rows, deleted ones included (TW-3): who has it now took it from who had it. */
const OWN: BulkWrite = {
  kind: 'insert',
  table: 'uniques',
  columns: ['object', 'field', 'value', 'id', 'deleted'],
  key: ['object', 'field', 'value'],
  known: replacing(['id', 'deleted']),
};

export function dependenciesOf(session: Session): Dependencies {
  return {
    set: async (entries) => {
      const last = new Map(entries.map((entry) => [entry.key, entry.on]));
      await session.execute('DELETE FROM dependencies WHERE record_key IN :list', [...last.keys()]);
      await session.write(DEPEND, dependencyRows(last));
    },
    release: async (on) =>
      session.execute(
        `UPDATE records SET due = 1, due_at = 0, touches = touches + 1
         WHERE key IN (SELECT record_key FROM dependencies WHERE on_name IN :list)`,
        on,
      ),
    named: async (keys) => {
      const rows = await session.all<{ record_key: RecordKey; on_name: string }>(
        'SELECT record_key, on_name FROM dependencies WHERE record_key IN :list',
        keys,
      );
      const found = new Map<string, string[]>();
      for (const row of rows) found.set(row.record_key, [...(found.get(row.record_key) ?? []), row.on_name]);
      return found;
    },
    of: async (on, limit) =>
      (
        await session.all<{ record_key: RecordKey }>(
          'SELECT record_key FROM dependencies WHERE on_name = ? ORDER BY record_key LIMIT ?',
          on,
          limit,
        )
      ).map((row) => row.record_key),
    count: async (on) =>
      (await first<{ records: number }>(session, 'SELECT count(*) AS records FROM dependencies WHERE on_name = ?', on))
        ?.records ?? 0,
    waiting: async (on) =>
      (
        await first<{ records: number }>(
          session,
          `WITH RECURSIVE waiting (record_key) AS (
           SELECT d.record_key FROM dependencies d JOIN records r ON r.key = d.record_key
           WHERE d.on_name = ? AND r.class IN ('held', 'on-the-way')
           UNION
           SELECT d.record_key FROM waiting w
           JOIN dependencies d ON d.on_name = 'record:' || w.record_key
           JOIN records r ON r.key = d.record_key
           WHERE r.class IN ('held', 'on-the-way')
         )
         SELECT count(*) AS records FROM waiting`,
          on,
        )
      )?.records ?? 0,
  };
}

function* dependencyRows(entries: ReadonlyMap<string, readonly string[]>): Generator<readonly string[]> {
  for (const [key, names] of entries) for (const name of names) yield [key, name];
}

export function uniquesOf(session: Session): Uniques {
  return {
    find: async (object, field, values) => {
      const rows = await session.all<{ object: string; field: string; value: string; id: string; deleted: number }>(
        'SELECT object, field, value, id, deleted FROM uniques WHERE object = ? AND field = ? AND value IN :list',
        object,
        field,
        values,
      );
      return new Map(rows.map((row): [string, UniqueRow] => [row.value, { ...row, deleted: row.deleted === 1 }]));
    },
    put: async (object, ids, rows) => {
      await session.execute('DELETE FROM uniques WHERE object = ? AND id IN :list', object, ids);
      await session.write(
        OWN,
        rows.map((row) => [object, row.field, row.value, row.id, row.deleted ? 1 : 0]),
      );
    },
    mark: async (object, ids, deleted) => {
      await session.execute(
        'UPDATE uniques SET deleted = ? WHERE object = ? AND id IN :list',
        deleted ? 1 : 0,
        object,
        ids,
      );
    },
    clear: async (object) => {
      await session.execute('DELETE FROM uniques WHERE object = ?', object);
    },
  };
}

export function positionsOf(session: Session): Positions {
  return {
    get: async (group, topic, partition) =>
      (
        await first<{ next: number }>(
          session,
          'SELECT next FROM positions WHERE group_name = ? AND topic = ? AND partition_number = ?',
          group,
          topic,
          partition,
        )
      )?.next ?? null,
    set: async (group, topic, partition, next) => {
      await session.execute(
        `INSERT INTO positions (group_name, topic, partition_number, next) VALUES (?, ?, ?, ?)
         ON CONFLICT (group_name, topic, partition_number) DO UPDATE SET next = excluded.next`,
        group,
        topic,
        partition,
        next,
      );
    },
    all: async (group) =>
      session.all(
        'SELECT topic, partition_number AS "partition", next FROM positions WHERE group_name = ? ORDER BY topic, partition_number',
        group,
      ),
  };
}
