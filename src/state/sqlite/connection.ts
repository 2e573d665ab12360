import Database from 'better-sqlite3';
import type { Builder } from '../schema/dialects.ts';

/** Statements with as many question marks as rows come in many lengths; beyond this the longest unused is let go. */
const STATEMENTS_KEPT = 400;

/** How long SQLite waits for another process's lock, milliseconds. It blocks the process meanwhile. */
const BUSY_TIMEOUT = 5000;

/** One open file with its prepared statements. Knows nothing of transactions: see SqliteSession. */
export class SqliteConnection {
  readonly file: string;
  readonly builder: Builder;
  readonly database: Database.Database;
  readonly #statements = new Map<string, Database.Statement<unknown[], unknown>>();

  constructor(file: string, builder: Builder, access: 'write' | 'read') {
    this.file = file;
    this.builder = builder;
    const readonly = access === 'read';
    this.database = new Database(file, { readonly, fileMustExist: readonly, timeout: BUSY_TIMEOUT });
    this.database.pragma('foreign_keys = ON');
    this.database.pragma('cache_size = -32768');
  }

  /** Changes the file: to be called once it is known to be ours. */
  prepareForWriting(pageLimit: number | undefined): void {
    this.database.pragma('journal_mode = WAL');
    // Without FULL, a commit in WAL mode is not synced, and a power cut would take committed outcomes with it.
    this.database.pragma('synchronous = FULL');
    this.database.pragma('wal_autocheckpoint = 10000');
    this.database.pragma('journal_size_limit = 67108864');
    if (pageLimit !== undefined) this.database.pragma(`max_page_count = ${pageLimit}`);
  }

  prepare<Row>(text: string): Database.Statement<unknown[], Row> {
    const kept = this.#statements.get(text);
    if (kept !== undefined) {
      if (this.#statements.size > STATEMENTS_KEPT / 2) {
        this.#statements.delete(text);
        this.#statements.set(text, kept);
      }
      return kept as Database.Statement<unknown[], Row>;
    }
    const statement = this.database.prepare<unknown[], Row>(text);
    this.#statements.set(text, statement);
    if (this.#statements.size > STATEMENTS_KEPT) {
      for (const oldest of this.#statements.keys()) {
        this.#statements.delete(oldest);
        break;
      }
    }
    return statement;
  }

  close(): void {
    this.#statements.clear();
    if (this.database.open) this.database.close();
  }
}
