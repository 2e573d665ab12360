import { resolve } from 'node:path';
import { ChangeoverError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import { transactionOf } from '../repositories/transaction.ts';
import { type Builder, sqliteBuilder } from '../schema/dialects.ts';
import type { Migration } from '../schema/migrations.ts';
import type { StateStore, StateTransaction } from '../state.ts';
import { Turns } from '../turns.ts';
import { backupTo } from './backup.ts';
import { SqliteConnection } from './connection.ts';
import { guarded, stateError } from './errors.ts';
import { createPrivately, migrate, refuseStrangers } from './file.ts';
import { SqliteSession } from './session.ts';

export interface SqliteStateOptions {
  /** Path of the state file; made where it is missing. */
  readonly file: string;
  readonly clock: Clock;
  /** The file may not grow beyond this many pages of 4 KiB, as with a quota. */
  readonly pageLimit?: number;
  /** Another list of migrations than the program's own: for tests. */
  readonly migrations?: readonly Migration[];
}

export interface SqliteStateStore extends StateStore {
  /** Copies the state as it is at this moment into a file, while work goes on. @throws STATE_BACKUP_TARGET, STATE_DISK_FULL, STATE_IO */
  backup(file: string): Promise<void>;
}

/** Readers kept open between reads; more are opened while more reads run at once. */
const READERS_KEPT = 4;

/**
 * Opens the state file, and brings its tables up to this version.
 * @throws STATE_NOT_A_STATE, STATE_TOO_NEW, STATE_CORRUPT, STATE_IO, STATE_DISK_FULL, STATE_BUSY, STATE_READ_ONLY
 */
export async function openSqliteState(options: SqliteStateOptions): Promise<SqliteStateStore> {
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
      migrate(writer, options.clock, options.migrations);
      return new Store(writer, builder);
    } catch (thrown) {
      writer.close();
      throw thrown;
    }
  });
}

class Store implements SqliteStateStore {
  readonly #writer: SqliteConnection;
  readonly #builder: Builder;
  readonly #turns: Turns;
  readonly #readers: SqliteConnection[] = [];

  constructor(writer: SqliteConnection, builder: Builder) {
    this.#writer = writer;
    this.#builder = builder;
    this.#turns = new Turns(writer.file);
  }

  transaction<Result>(work: (state: StateTransaction) => Promise<Result>): Promise<Result> {
    return this.#turns.transaction(() => this.#transact(work));
  }

  read<Result>(work: (state: StateTransaction) => Promise<Result>): Promise<Result> {
    return this.#turns.read(() => this.#read(work));
  }

  backup(file: string): Promise<void> {
    return this.#turns.read(() => this.#withReader((reader) => backupTo(reader, file)));
  }

  close(): Promise<void> {
    return this.#turns.close(async () => {
      for (const reader of this.#readers) reader.close();
      this.#writer.close();
    });
  }

  async #transact<Result>(work: (state: StateTransaction) => Promise<Result>): Promise<Result> {
    const { database, file } = this.#writer;
    guarded(file, () => database.exec('BEGIN IMMEDIATE'));
    const session = new SqliteSession(this.#writer);
    try {
      const result = await work(transactionOf(session));
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
