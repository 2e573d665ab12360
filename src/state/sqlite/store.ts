import { resolve } from 'node:path';
import { ChangeoverError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import { restoreBackup, whatIsThere } from '../backup/restore.ts';
import { writeBackup } from '../backup/write.ts';
import type { BackupSummary, RestoreRequest, StateEngine } from '../engine.ts';
import { transactionOf } from '../repositories/transaction.ts';
import { type Builder, sqliteBuilder } from '../schema/dialects.ts';
import type { Migration } from '../schema/migrations.ts';
import type { StateTransaction } from '../state.ts';
import { Turns } from '../turns.ts';
import { SqliteConnection } from './connection.ts';
import { guarded, stateError } from './errors.ts';
import { createPrivately, prepare, refuseStrangers } from './file.ts';
import { SqliteSession } from './session.ts';
import { SqliteTables } from './tables.ts';

export interface SqliteStateOptions {
  /** Path of the state file; made where it is missing. */
  readonly file: string;
  readonly clock: Clock;
  /** Whose state it is. Left out: whoever's. */
  readonly deployment?: string;
  /** The file may not grow beyond this many pages of 4 KiB, as with a quota. */
  readonly pageLimit?: number;
  /** Another list of migrations than the program's own: for tests. */
  readonly migrations?: readonly Migration[];
}

/** Readers kept open between reads; more are opened while more reads run at once. */
const READERS_KEPT = 4;

/**
 * Opens the state file, and brings its tables up to this version.
 * @throws STATE_NOT_A_STATE, STATE_TOO_NEW, STATE_OTHER_DEPLOYMENT, STATE_CORRUPT, STATE_IO, STATE_DISK_FULL, STATE_BUSY, STATE_READ_ONLY
 */
export async function openSqliteState(options: SqliteStateOptions): Promise<StateEngine> {
  const file = resolve(options.file);
  const builder = sqliteBuilder();
  try {
    createPrivately(file);
  } catch (thrown) {
    throw new ChangeoverError('STATE_IO', `${file} cannot be opened: ${String(thrown)}`, {
      place: { file },
      cause: thrown,
    });
  }
  return guarded(file, () => {
    const writer = new SqliteConnection(file, builder, 'write');
    try {
      refuseStrangers(writer);
      writer.prepareForWriting(options.pageLimit);
      const { clock, deployment, migrations } = options;
      prepare(writer, { clock, deployment, migrations });
      return new Store(writer, builder, options);
    } catch (thrown) {
      writer.close();
      throw thrown;
    }
  });
}

class Store implements StateEngine {
  readonly #writer: SqliteConnection;
  readonly #builder: Builder;
  readonly #options: SqliteStateOptions;
  readonly #turns: Turns;
  readonly #readers: SqliteConnection[] = [];

  constructor(writer: SqliteConnection, builder: Builder, options: SqliteStateOptions) {
    this.#writer = writer;
    this.#builder = builder;
    this.#options = options;
    this.#turns = new Turns(writer.file);
  }

  transaction<Result>(work: (state: StateTransaction) => Promise<Result>): Promise<Result> {
    return this.#turns.transaction(() =>
      this.#transact(new SqliteSession(this.#writer), (session) => work(transactionOf(session))),
    );
  }

  read<Result>(work: (state: StateTransaction) => Promise<Result>): Promise<Result> {
    return this.#turns.read(() => this.#read(work));
  }

  contents(): Promise<readonly string[]> {
    const { clock } = this.#options;
    return this.#turns.read(() => this.#withReader((reader) => whatIsThere(new SqliteTables(reader, clock))));
  }

  backup(file: string): Promise<BackupSummary> {
    const { clock } = this.#options;
    return this.#turns.read(() =>
      this.#withReader((reader) => writeBackup(new SqliteTables(reader, clock), file, clock.now())),
    );
  }

  restore(file: string, request: RestoreRequest): Promise<BackupSummary> {
    const { clock, deployment, migrations } = this.#options;
    const tables = new SqliteTables(this.#writer, clock);
    const place = this.#writer.file;
    return this.#turns.transaction(() =>
      this.#transact(tables.session, () =>
        restoreBackup(tables, file, { ...request, deployment, place, now: clock.now(), migrations }),
      ),
    );
  }

  close(): Promise<void> {
    return this.#turns.close(async () => {
      for (const reader of this.#readers) reader.close();
      this.#writer.close();
    });
  }

  async #transact<Result>(session: SqliteSession, work: (session: SqliteSession) => Promise<Result>): Promise<Result> {
    const { database, file } = this.#writer;
    guarded(file, () => database.exec('BEGIN IMMEDIATE'));
    try {
      const result = await work(session);
      session.end();
      guarded(file, () => database.exec('COMMIT'));
      return result;
    } catch (thrown) {
      // SQLite has taken some transactions back by itself: on a full disk, for one.
      if (database.inTransaction) guarded(file, () => database.exec('ROLLBACK'));
      throw stateError(thrown, file);
    } finally {
      session.close();
    }
  }

  #read<Result>(work: (state: StateTransaction) => Promise<Result>): Promise<Result> {
    return this.#withReader(async (reader) => {
      const session = new SqliteSession(reader);
      try {
        return await work(transactionOf(session));
      } finally {
        session.close();
      }
    });
  }

  /** Lends a connection that sees one moment from begin to end. */
  async #withReader<Result>(work: (reader: SqliteConnection) => Promise<Result>): Promise<Result> {
    const { file } = this.#writer;
    const reader = this.#readers.pop() ?? guarded(file, () => new SqliteConnection(file, this.#builder, 'read'));
    try {
      guarded(file, () => {
        reader.database.exec('BEGIN');
        // The moment is that of the first read, so it is made now.
        reader.prepare('SELECT count(*) FROM migrations').get();
      });
      return await work(reader);
    } finally {
      if (reader.database.inTransaction) reader.database.exec('ROLLBACK');
      if (this.#readers.length < READERS_KEPT && !this.#turns.closed) this.#readers.push(reader);
      else reader.close();
    }
  }
}
