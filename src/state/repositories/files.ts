import type { Selectable } from 'kysely';
import { CLASS_OF_STATE, FILE_CLASSES, type FileClass, type FileState } from '../file-states.ts';
import { fromJsonOrNull, toJsonOrNull } from '../json.ts';
import type { FileTable } from '../schema/tables.ts';
import type { FileLedgerRow, FileRow, Files } from '../state.ts';
import { type BulkWrite, replacing } from './bulk.ts';
import { first, type Session } from './session.ts';

const COLUMNS = [
  'file_key',
  'source',
  'object',
  'record_key',
  'reference',
  'fingerprint',
  'name',
  'source_name',
  'state',
  'declared_type',
  'declared_size',
  'target',
  'content',
  'upload',
  'attached',
  'reason_code',
  'reason',
  'due_at',
  'attempt',
  'touches',
  'since',
] as const satisfies readonly (keyof FileTable)[];

const SELECT = `SELECT ${COLUMNS.join(', ')} FROM files`;

const PUT: BulkWrite = {
  kind: 'insert',
  table: 'files',
  columns: COLUMNS,
  key: ['file_key'],
  known: replacing(COLUMNS.slice(1)),
};

const REMOVE: BulkWrite = { kind: 'delete', table: 'files', key: ['file_key'] };

/** Under which the ledger counts what the source has, whatever became of it. */
const KNOWN = 'known';

const COUNT: BulkWrite = {
  kind: 'insert',
  table: 'file_ledger',
  columns: ['source', 'object', 'class', 'files', 'bytes'],
  key: ['source', 'object', 'class'],
  known: ['files = file_ledger.files + excluded.files', 'bytes = file_ledger.bytes + excluded.bytes'],
};

type StoredFile = Readonly<Selectable<FileTable>>;

export function filesOf(session: Session): Files {
  const read = async (keys: readonly string[]): Promise<ReadonlyMap<string, FileRow>> => {
    if (keys.length === 0) return new Map();
    const rows = await session.all<StoredFile>(`${SELECT} WHERE file_key IN :list`, keys);
    return new Map(rows.map((row) => [row.file_key, fileRow(row)]));
  };
  return {
    get: read,
    ofRecords: async (recordKeys) => {
      if (recordKeys.length === 0) return new Map();
      const rows = await session.all<StoredFile>(`${SELECT} WHERE record_key IN :list ORDER BY file_key`, recordKeys);
      return Map.groupBy(rows.map(fileRow), (row) => row.recordKey);
    },
    put: async (rows) => {
      if (rows.length === 0) return;
      const last = new Map(rows.map((row) => [row.key, row]));
      const before = await read([...last.keys()]);
      await session.write(PUT, [...last.values()].map(values));
      await count(session, [...before.values()], [...last.values()]);
    },
    remove: async (keys) => {
      const before = await read([...new Set(keys)]);
      await session.write(
        REMOVE,
        [...before.keys()].map((key) => [key]),
      );
      await count(session, [...before.values()], []);
    },
    due: async ({ states, now, limit, except }) => {
      const found: FileRow[] = [];
      for (const state of states) {
        const wanted = limit - found.length;
        if (wanted <= 0) break;
        const rows = await session.all<StoredFile>(
          `${SELECT} WHERE state = ? AND due_at <= ? ORDER BY state, due_at, since, file_key LIMIT ?`,
          state,
          now,
          // Those in hand are few: reading past them costs less than naming them.
          wanted + except.size,
        );
        found.push(
          ...rows
            .filter((row) => !except.has(row.file_key))
            .slice(0, wanted)
            .map(fileRow),
        );
      }
      return found;
    },
    dueCount: async (states, now) => {
      const row = await first<{ files: number }>(
        session,
        'SELECT count(*) AS files FROM files WHERE state IN :list AND due_at <= ?',
        states,
        now,
      );
      return row?.files ?? 0;
    },
    nextDueAt: async (states, after) => {
      const row = await first<{ due: number | null }>(
        session,
        'SELECT min(due_at) AS due FROM files WHERE state IN :list AND due_at > ?',
        states,
        after,
      );
      return row?.due ?? null;
    },
    page: async ({ source, object, state, after, limit }) => {
      const conditions = ['file_key > ?'];
      const given: (string | number)[] = [after ?? ''];
      for (const [column, value] of [
        ['source', source],
        ['object', object],
        ['state', state],
      ] as const) {
        if (value === undefined) continue;
        conditions.push(`${column} = ?`);
        given.push(value);
      }
      const text = `${SELECT} WHERE ${conditions.join(' AND ')} ORDER BY file_key LIMIT ?`;
      return (await session.all<StoredFile>(text, ...given, limit)).map(fileRow);
    },
    reasons: async (source) => {
      const only = source === null ? '' : 'AND source = ?';
      return session.all(
        `SELECT source, object, state, reason_code AS code, count(*) AS files FROM files
         WHERE reason_code IS NOT NULL AND state IN ('blocked', 'held', 'refused', 'excluded') ${only}
         GROUP BY source, object, state, reason_code ORDER BY source, object, state, reason_code`,
        ...(source === null ? [] : [source]),
      );
    },
    ledger: async (source) => {
      const only = source === null ? '' : 'WHERE source = ?';
      return ledgerRows(
        await session.all<Count>(
          `SELECT source, object, class, files, bytes FROM file_ledger ${only} ORDER BY source, object, class`,
          ...(source === null ? [] : [source]),
        ),
      );
    },
    recount: async (source) => {
      const counts = new Counts();
      for (let after = ''; ; ) {
        const only = source === null ? '' : 'AND source = ?';
        const rows = await session.all<StoredFile>(
          `${SELECT} WHERE file_key > ? ${only} ORDER BY file_key LIMIT 1000`,
          after,
          ...(source === null ? [] : [source]),
        );
        for (const row of rows) counts.add(fileRow(row), 1);
        const last = rows.at(-1);
        if (last === undefined || rows.length < 1000) break;
        after = last.file_key;
      }
      return ledgerRows(counts.all());
    },
  };
}

interface Count {
  readonly source: string;
  readonly object: string;
  readonly class: string;
  readonly files: number;
  readonly bytes: number;
}

class Counts {
  readonly #counts = new Map<string, Count>();

  add(row: FileRow, files: 1 | -1): void {
    const bytes = files * (row.content?.size ?? row.declaredSize ?? 0);
    const inClass = CLASS_OF_STATE[row.state];
    this.#add(row, inClass, files, bytes);
    if (inClass !== 'gone') this.#add(row, KNOWN, files, bytes);
  }

  all(): readonly Count[] {
    return [...this.#counts.values()]
      .filter(({ files, bytes }) => files !== 0 || bytes !== 0)
      .sort((a, b) => (a.source + a.object < b.source + b.object ? -1 : 1));
  }

  #add({ source, object }: FileRow, inClass: string, files: number, bytes: number): void {
    const name = JSON.stringify([source, object, inClass]);
    const known = this.#counts.get(name) ?? { source, object, class: inClass, files: 0, bytes: 0 };
    this.#counts.set(name, { ...known, files: known.files + files, bytes: known.bytes + bytes });
  }
}

async function count(session: Session, before: readonly FileRow[], after: readonly FileRow[]): Promise<void> {
  const counts = new Counts();
  for (const row of before) counts.add(row, -1);
  for (const row of after) counts.add(row, 1);
  await session.write(
    COUNT,
    counts.all().map((one) => [one.source, one.object, one.class, one.files, one.bytes]),
  );
}

function ledgerRows(counts: readonly Count[]): readonly FileLedgerRow[] {
  const groups = Map.groupBy(
    counts.filter(({ class: inClass }) => inClass !== 'gone'),
    ({ source, object }) => JSON.stringify([source, object]),
  );
  const rows = [...groups.values()].map((group): FileLedgerRow => {
    const of = (name: string) => group.find((one) => one.class === name);
    return {
      source: group[0]?.source ?? '',
      object: group[0]?.object ?? '',
      known: of(KNOWN)?.files ?? 0,
      classes: Object.fromEntries(FILE_CLASSES.map((name) => [name, of(name)?.files ?? 0])) as Record<
        FileClass,
        number
      >,
      knownBytes: of(KNOWN)?.bytes ?? 0,
      linkedBytes: of('linked')?.bytes ?? 0,
    };
  });
  // An object whose files are all gone has nothing to account for.
  return rows.filter((row) => row.known !== 0 || Object.values(row.classes).some((files) => files !== 0));
}

function values(row: FileRow): readonly (string | number | null)[] {
  return [
    row.key,
    row.source,
    row.object,
    row.recordKey,
    row.reference,
    row.fingerprint,
    row.name,
    row.sourceName,
    row.state,
    row.declaredType,
    row.declaredSize,
    toJsonOrNull(row.target),
    toJsonOrNull(row.content),
    toJsonOrNull(row.upload),
    toJsonOrNull(row.attached),
    row.reason?.code ?? null,
    toJsonOrNull(row.reason),
    row.dueAt,
    row.attempt,
    row.touches,
    row.since,
  ];
}

function fileRow(row: StoredFile): FileRow {
  return {
    key: row.file_key,
    source: row.source,
    object: row.object,
    recordKey: row.record_key,
    reference: row.reference,
    fingerprint: row.fingerprint,
    name: row.name,
    sourceName: row.source_name,
    state: row.state as FileState,
    declaredType: row.declared_type,
    declaredSize: row.declared_size,
    target: fromJsonOrNull(row.target),
    content: fromJsonOrNull(row.content),
    upload: fromJsonOrNull(row.upload),
    attached: fromJsonOrNull(row.attached),
    reason: fromJsonOrNull(row.reason),
    dueAt: row.due_at,
    attempt: row.attempt,
    touches: row.touches,
    since: row.since,
  };
}
