import type { RecordKey } from '../../core/identifiers.ts';
import type { Lookups } from '../state.ts';
import { type BulkWrite, replacing } from './bulk.ts';
import type { Session } from './session.ts';

interface Entry {
  readonly record_key: string;
  readonly index_name: string;
  readonly value: string;
  readonly source: string;
  readonly object: string;
  readonly source_time: number | null;
}

const FORGET: BulkWrite = { kind: 'delete', table: 'lookups', key: ['record_key', 'index_name', 'value'] };

const REMEMBER: BulkWrite = {
  kind: 'insert',
  table: 'lookups',
  columns: ['record_key', 'index_name', 'value', 'source', 'object', 'source_time'],
  key: ['record_key', 'index_name', 'value'],
  known: replacing(['source_time']),
};

export function lookupsOf(session: Session): Lookups {
  return {
    set: async (entries) => {
      const after = new Map<string, Entry>();
      const keys = new Set<string>();
      for (const entry of entries) {
        // A record given twice counts as it was given last.
        if (keys.has(entry.key))
          for (const [name, { record_key }] of after) if (record_key === entry.key) after.delete(name);
        keys.add(entry.key);
        for (const { index, value } of entry.values) {
          const row: Entry = {
            record_key: entry.key,
            index_name: index,
            value,
            source: entry.source,
            object: entry.object,
            source_time: entry.sourceTime,
          };
          after.set(nameOf(row), row);
        }
      }
      return replace(session, [...keys], after);
    },
    find: async (source, object, index, values) => {
      const rows = await session.all<Entry>(
        `SELECT record_key, value, source_time FROM lookups
         WHERE source = ? AND object = ? AND index_name = ? AND value IN :list
         ORDER BY source_time DESC NULLS LAST, record_key`,
        source,
        object,
        index,
        values,
      );
      const found = new Map<string, { key: RecordKey; sourceTime: number | null }[]>();
      for (const row of rows) {
        const entry = { key: row.record_key as RecordKey, sourceTime: row.source_time };
        const others = found.get(row.value);
        if (others === undefined) found.set(row.value, [entry]);
        else others.push(entry);
      }
      return found;
    },
  };
}

/** Writes only what differs: most updates of a record leave its names as they were. */
async function replace(
  session: Session,
  keys: readonly string[],
  after: ReadonlyMap<string, Entry>,
): Promise<readonly string[]> {
  const before = new Map(
    (
      await session.all<Entry>(
        'SELECT record_key, index_name, value, source, object, source_time FROM lookups WHERE record_key IN :list',
        keys,
      )
    ).map((row) => [nameOf(row), row]),
  );
  const changed = new Set<string>();
  const gone = [...before].filter(([name]) => !after.has(name)).map(([, entry]) => entry);
  const fresh = [...after].filter(([name]) => !before.has(name)).map(([, entry]) => entry);
  const moved = [...after]
    .filter(([name, entry]) => (before.get(name)?.source_time ?? null) !== entry.source_time && before.has(name))
    .map(([, entry]) => entry);
  for (const entry of [...gone, ...fresh, ...(await sharedAmong(session, moved))]) changed.add(lookupName(entry));

  await session.write(
    FORGET,
    gone.map((entry) => [entry.record_key, entry.index_name, entry.value]),
  );
  await session.write(
    REMEMBER,
    [...fresh, ...moved].map((entry) => [
      entry.record_key,
      entry.index_name,
      entry.value,
      entry.source,
      entry.object,
      entry.source_time,
    ]),
  );
  return [...changed].sort();
}

/** Another time matters only where several records answer to the value: the newest of them may be another now. */
async function sharedAmong(session: Session, entries: readonly Entry[]): Promise<readonly Entry[]> {
  const indexes = Map.groupBy(entries, (entry) => JSON.stringify([entry.source, entry.object, entry.index_name]));
  const shared: Entry[] = [];
  for (const [one, ...others] of indexes.values()) {
    if (one === undefined) continue;
    const rows = await session.all<{ value: string }>(
      `SELECT value FROM lookups WHERE source = ? AND object = ? AND index_name = ? AND value IN :list
       GROUP BY value HAVING count(*) > 1`,
      one.source,
      one.object,
      one.index_name,
      [one, ...others].map((entry) => entry.value),
    );
    const values = new Set(rows.map((row) => row.value));
    shared.push(...[one, ...others].filter((entry) => values.has(entry.value)));
  }
  return shared;
}

function nameOf(entry: Entry): string {
  return JSON.stringify([entry.record_key, entry.index_name, entry.value]);
}

function lookupName(entry: Entry): string {
  return `lookup:${entry.source}/${entry.object}/${entry.index_name}/${entry.value}`;
}
