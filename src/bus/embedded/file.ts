import Database from 'better-sqlite3';
import { ChangeoverError } from '../../core/errors.ts';
import { guarded } from './errors.ts';

export type Access = 'write' | 'read';

/** "CHLG": tells the log from any other SQLite file. */
const APPLICATION_ID = 0x43484c47;
const FORMAT = 1;

/**
 * One table of messages per partition (`messages_<id>`), so that every append is at the right-hand end of its tree and
 * retention cuts at the left. The end of a partition is read from its messages; only the start is stored, for a
 * partition that retention emptied.
 */
const SCHEMA = `
  CREATE TABLE topics (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, partitions INTEGER NOT NULL, retention_ms INTEGER
  ) STRICT;
  CREATE TABLE partitions (
    id INTEGER PRIMARY KEY, topic_id INTEGER NOT NULL REFERENCES topics, number INTEGER NOT NULL,
    start_offset INTEGER NOT NULL, UNIQUE (topic_id, number)
  ) STRICT;
  CREATE TABLE time_index (
    partition_id INTEGER NOT NULL, segment INTEGER NOT NULL, latest INTEGER NOT NULL, PRIMARY KEY (partition_id, segment)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE group_positions (
    group_name TEXT NOT NULL, partition_id INTEGER NOT NULL, position INTEGER NOT NULL,
    PRIMARY KEY (group_name, partition_id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE schemas (
    id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL UNIQUE, schema TEXT NOT NULL
  ) STRICT;
  CREATE TABLE subjects (
    subject TEXT NOT NULL, version INTEGER NOT NULL, schema_id INTEGER NOT NULL REFERENCES schemas,
    PRIMARY KEY (subject, version)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE writer (only INTEGER PRIMARY KEY CHECK (only = 1), process INTEGER NOT NULL, since INTEGER NOT NULL) STRICT;
`;

/** Opens the log file, and makes it where it is missing and may be written. */
export function openLogFile(file: string, access: Access): Database.Database {
  return guarded(file, () => {
    const database = new Database(file, {
      readonly: access === 'read',
      fileMustExist: access === 'read',
      timeout: 1000,
    });
    try {
      prepareLogFile(database, file, access);
      return database;
    } catch (thrown) {
      database.close();
      throw thrown;
    }
  });
}

function prepareLogFile(database: Database.Database, file: string, access: Access): void {
  const application = database.pragma('application_id', { simple: true });
  const format = database.pragma('user_version', { simple: true });
  const empty = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
  const fresh = empty && application === 0 && access === 'write';
  if (!fresh && application !== APPLICATION_ID) {
    throw new ChangeoverError('BUS_NOT_A_LOG', `${file} is a SQLite file, but not a log of Changeover`, {
      place: { file },
    });
  }
  if (!fresh && format !== FORMAT) {
    throw new ChangeoverError('BUS_NOT_A_LOG', `${file} has format ${String(format)}; this version reads ${FORMAT}`, {
      place: { file },
    });
  }
  if (access === 'read') return;
  database.pragma('journal_mode = WAL');
  // Without FULL, a commit in WAL mode is not synced, and a power cut would take acknowledged messages with it.
  database.pragma('synchronous = FULL');
  database.pragma('wal_autocheckpoint = 4000');
  if (!fresh) return;
  database.transaction(() => {
    database.exec(SCHEMA);
    database.pragma(`application_id = ${APPLICATION_ID}`);
    database.pragma(`user_version = ${FORMAT}`);
  })();
}

/** The process that last opened the log for writing; null where that cannot be read. */
export function lastWriter(file: string): string | null {
  try {
    const database = new Database(file, { readonly: true, fileMustExist: true, timeout: 0 });
    try {
      const row = database.prepare<[], { process: number; since: number }>('SELECT process, since FROM writer').get();
      return row === undefined ? null : `process ${row.process}, since ${new Date(row.since).toISOString()}`;
    } finally {
      database.close();
    }
  } catch {
    return null;
  }
}
