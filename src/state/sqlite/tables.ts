import type { Clock } from '../../core/ports.ts';
import { BACKUP_TABLES, type BackupTable, type Cell, PRIMARY_KEYS, type TableWriter } from '../backup/tables.ts';
import { quoted, quotedList } from '../repositories/bulk.ts';
import { sqliteDialect } from '../schema/columns.ts';
import { type AppliedMigration, type Migration, migrationsTable } from '../schema/migrations.ts';
import type { SqliteConnection } from './connection.ts';
import { guarded } from './errors.ts';
import { runMigrations } from './file.ts';
import { SqliteSession } from './session.ts';

const ROWS_AT_ONCE = 500;

/** The tables as a connection sees them that holds a transaction, or a read. */
export class SqliteTables implements TableWriter {
  readonly session: SqliteSession;
  readonly #connection: SqliteConnection;
  readonly #clock: Clock;

  constructor(connection: SqliteConnection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
    this.session = new SqliteSession(connection);
  }

  applied(): Promise<readonly AppliedMigration[]> {
    return this.session.all('SELECT number, name FROM migrations ORDER BY number');
  }

  async columns(table: BackupTable): Promise<readonly string[]> {
    const rows = await this.session.all<{ name: string }>('SELECT name FROM pragma_table_info(?) ORDER BY name', table);
    return rows.map((row) => row.name);
  }

  async *read(table: BackupTable, columns: readonly string[]): AsyncGenerator<readonly (readonly Cell[])[]> {
    const text = `SELECT ${quotedList(columns)} FROM ${quoted(table)} ORDER BY ${quotedList(PRIMARY_KEYS[table])}`;
    const { database, file } = this.#connection;
    const rows = guarded(file, () => database.prepare<[], Cell[]>(text).raw().iterate());
    let some: Cell[][] = [];
    for (let next = guarded(file, () => rows.next()); next.done !== true; next = guarded(file, () => rows.next())) {
      some.push(next.value);
      if (some.length < ROWS_AT_ONCE) continue;
      yield some;
      some = [];
    }
    if (some.length > 0) yield some;
  }

  async lastNumber(table: BackupTable): Promise<number> {
    const rows = await this.session.all<{ seq: number }>('SELECT seq FROM sqlite_sequence WHERE name = ?', table);
    return rows[0]?.seq ?? 0;
  }

  async recreate(migrations: readonly Migration[]): Promise<void> {
    // Those that point at others go before them.
    for (const table of [...BACKUP_TABLES].reverse())
      await this.session.execute(`DROP TABLE IF EXISTS ${quoted(table)}`);
    await this.session.execute('DROP TABLE IF EXISTS migrations');
    await this.session.execute(migrationsTable(sqliteDialect(this.#connection.builder)).sql);
    await this.migrate(migrations);
  }

  async migrate(migrations: readonly Migration[]): Promise<void> {
    guarded(this.#connection.file, () => runMigrations(this.#connection, this.#clock, migrations));
  }

  async setLastNumber(table: BackupTable, last: number): Promise<void> {
    await this.session.execute('DELETE FROM sqlite_sequence WHERE name = ?', table);
    await this.session.execute('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)', table, last);
  }
}
