import type { RecordKey } from '../../core/identifiers.ts';
import type { Lookups } from '../state.ts';
import type { SqliteSession } from './session.ts';

interface Entry {
  readonly record_key: string;
  readonly index_name: string;
  readonly value: string;
  readonly source: string;
  readonly object: string;
  readonly source_time: number | null;
}

const GIVEN = '(SELECT value FROM json_each(?))';

export function lookupsOf(session: SqliteSession): Lookups {
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
      const rows = session.all<Entry>(
        `SELECT record_key, value, source_time FROM lookups
         WHERE source = ? AND object = ? AND index_name = ? AND value IN ${GIVEN}
         ORDER BY source_time DESC NULLS LAST, record_key`,
        source,
        object,
        index,
        JSON.stringify(values),
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
function replace(
  session: SqliteSession,
  keys: readonly string[],
  after: ReadonlyMap<string, Entry>,
): readonly string[] {
  const before = new Map(
    session
      .all<Entry>(
        `SELECT record_key, index_name, value, source, object, source_time FROM lookups WHERE record_key IN ${GIVEN}`,
        JSON.stringify(keys),
      )
      .map((row) => [nameOf(row), row]),
  );
  const changed = new Set<string>();
  const gone = [...before].filter(([name]) => !after.has(name)).map(([, entry]) => entry);
  const fresh = [...after].filter(([name]) => !before.has(name)).map(([, entry]) => entry);
  const moved = [...after].filter(
    ([name, entry]) => (before.get(name)?.source_time ?? null) !== entry.source_time && before.has(name),
  );
  for (const entry of [...gone, ...fresh]) changed.add(lookupName(entry));
  for (const [, entry] of moved) if (isShared(session, entry)) changed.add(lookupName(entry));

  session.executeEach(
    'DELETE FROM lookups WHERE record_key = ? AND index_name = ? AND value = ?',
    gone.map((entry) => [entry.record_key, entry.index_name, entry.value]),
  );
  session.executeEach(
    `INSERT INTO lookups (record_key, index_name, value, source, object, source_time) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (record_key, index_name, value) DO UPDATE SET source_time = excluded.source_time`,
    [...fresh, ...moved.map(([, entry]) => entry)].map((entry) => [
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
function isShared(session: SqliteSession, entry: Entry): boolean {
  const other = session.first(
    `SELECT 1 FROM lookups WHERE source = ? AND object = ? AND index_name = ? AND value = ? AND record_key <> ? LIMIT 1`,
    entry.source,
    entry.object,
    entry.index_name,
    entry.value,
    entry.record_key,
  );
  return other !== undefined;
}

function nameOf(entry: Entry): string {
  return JSON.stringify([entry.record_key, entry.index_name, entry.value]);
}

function lookupName(entry: Entry): string {
  return `lookup:${entry.source}/${entry.object}/${entry.index_name}/${entry.value}`;
}
