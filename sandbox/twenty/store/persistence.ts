import Database from 'better-sqlite3';
import type { FileShelf, StoredFile } from '../files.ts';
import type { Model } from '../model/model.ts';
import type { Column } from '../model/shape.ts';
import type { ModelObject } from '../model/types.ts';
import type { Row } from './table.ts';

/** One row put (`row`) or removed (null). */
export interface Change {
  readonly object: string;
  readonly id: string;
  readonly row: Row | null;
}

/** What the sandbox keeps between starts. */
export interface Persistence extends FileShelf {
  model(): readonly ModelObject[] | undefined;
  rows(): Iterable<{ readonly object: string; readonly row: Row }>;
  write(changes: readonly Change[]): void;
  writeModel(model: Model): void;
  setting(name: string): string | undefined;
  writeSetting(name: string, value: string): void;
  close(): void;
}

/**
 * SQLite: table `records(object, id, createdAt, updatedAt, deletedAt, data)` with the row as JSON, and one view per
 * object under its plural name, with one column per field part, for scripts that read the file from outside.
 */
export function openSqlite(file: string): Persistence {
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  database.pragma('cache_size = -65536');
  // Rows have random ids, so a checkpoint touches many pages: better a few large ones than many small ones.
  database.pragma('wal_autocheckpoint = 16384');
  database.exec(`
    CREATE TABLE IF NOT EXISTS records (
      object TEXT NOT NULL, id TEXT NOT NULL, createdAt TEXT NOT NULL, updatedAt TEXT NOT NULL, deletedAt TEXT,
      data TEXT NOT NULL);
    CREATE UNIQUE INDEX IF NOT EXISTS records_id ON records (id, object);
    CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS files (id TEXT PRIMARY KEY, data TEXT NOT NULL, bytes BLOB);
  `);
  const put = database.prepare(
    'INSERT INTO records (object, id, createdAt, updatedAt, deletedAt, data) VALUES (?, ?, ?, ?, ?, ?) ' +
      'ON CONFLICT (id, object) DO UPDATE SET createdAt = excluded.createdAt, updatedAt = excluded.updatedAt, ' +
      'deletedAt = excluded.deletedAt, data = excluded.data',
  );
  const remove = database.prepare('DELETE FROM records WHERE id = ? AND object = ?');
  const all = database.prepare<[], { object: string; data: string }>('SELECT object, data FROM records');
  const read = database.prepare<[string], { value: string }>('SELECT value FROM settings WHERE name = ?');
  const write = database.prepare(
    'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
  );
  const readFiles = database.prepare<[], { data: string; bytes: Buffer | null }>('SELECT data, bytes FROM files');
  const putFile = database.prepare(
    'INSERT INTO files (id, data, bytes) VALUES (?, ?, ?) ' +
      'ON CONFLICT (id) DO UPDATE SET data = excluded.data, bytes = excluded.bytes',
  );
  const apply = database.transaction((changes: readonly Change[]) => {
    for (const { object, id, row } of changes) {
      if (row === null) remove.run(id, object);
      else put.run(object, id, row.createdAt, row.updatedAt, row.deletedAt, JSON.stringify(row));
    }
  });
  return {
    model() {
      const stored = read.get('model')?.value;
      return stored === undefined ? undefined : (JSON.parse(stored) as ModelObject[]);
    },
    *rows() {
      for (const { object, data } of all.iterate()) yield { object, row: JSON.parse(data) as Row };
    },
    write: (changes) => apply(changes),
    writeModel(model) {
      database.transaction(() => {
        write.run('model', JSON.stringify(model.objects()));
        createViews(database, model);
      })();
    },
    setting: (name) => read.get(name)?.value,
    writeSetting: (name, value) => {
      write.run(name, value);
    },
    *files() {
      for (const { data, bytes } of readFiles.all()) {
        yield { ...(JSON.parse(data) as Omit<StoredFile, 'bytes'>), bytes: bytes ?? undefined };
      }
    },
    writeFile: ({ bytes, ...file }) => {
      putFile.run(file.id, JSON.stringify(file), bytes ?? null);
    },
    close: () => {
      database.close();
    },
  };
}

function createViews(database: Database.Database, model: Model): void {
  for (const object of model.objects()) {
    const columns = model.shape(object.nameSingular).columns.flatMap(viewColumns);
    const name = `"${object.namePlural}"`;
    database.exec(`DROP VIEW IF EXISTS ${name}`);
    database.exec(
      `CREATE VIEW ${name} AS SELECT ${columns.join(', ')} FROM records WHERE object = '${object.nameSingular}'`,
    );
  }
}

function viewColumns(column: Column): string[] {
  if (column.kind !== 'composite') return [viewColumn(column.key, column.key)];
  return column.parts.map((part) => viewColumn(`${column.key}.${part}`, `${column.key}.${part}`));
}

function viewColumn(path: string, name: string): string {
  return `json_extract(data, '$.${path}') AS "${name}"`;
}
