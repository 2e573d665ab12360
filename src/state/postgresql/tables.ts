import type { PoolClient } from 'pg';
import type { Clock } from '../../core/ports.ts';
import { BACKUP_TABLES, type BackupTable, type Cell, PRIMARY_KEYS, type TableWriter } from '../backup/tables.ts';
import { quoted, quotedList } from '../repositories/bulk.ts';
import { postgresDialect } from '../schema/columns.ts';
import type { Builder } from '../schema/dialects.ts';
import { type AppliedMigration, type Migration, migrationsTable } from '../schema/migrations.ts';
import { stateError } from './errors.ts';
import { migrate } from './prepare.ts';
import { PostgresqlSession } from './session.ts';

const ROWS_AT_ONCE = 500;
const CURSOR = 'backup_rows';

/** The tables as a connection sees them that holds a transaction, or a read. */
export class PostgresqlTables implements TableWriter {
  readonly session: PostgresqlSession;
  readonly #client: PoolClient;
  readonly #builder: Builder;
  readonly #clock: Clock;
  readonly #place: string;

  constructor(client: PoolClient, builder: Builder, clock: Clock, place: string) {
    this.#client = client;
    this.#builder = builder;
    this.#clock = clock;
    this.#place = place;
    this.session = new PostgresqlSession(client, builder, place);
  }

  applied(): Promise<readonly AppliedMigration[]> {
    return this.session.all('SELECT number, name FROM migrations ORDER BY number');
  }

  async columns(table: BackupTable): Promise<readonly string[]> {
    const rows = await this.session.all<{ name: string }>(
      `SELECT a.attname::text AS name FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
       JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = current_schema() AND c.relname = ? AND a.attnum > 0 AND NOT a.attisdropped
       ORDER BY a.attname::text COLLATE "C"`,
      table,
    );
    return rows.map((row) => row.name);
  }

  get broken(): boolean {
    return this.session.broken;
  }

  end(): Promise<void> {
    return this.session.end();
  }

  close(): Promise<void> {
    return this.session.close();
  }

  async *read(table: BackupTable, columns: readonly string[]): AsyncGenerator<readonly (readonly Cell[])[]> {
    const rows = `SELECT ${quotedList(columns)} FROM ${quoted(table)} ORDER BY ${quotedList(PRIMARY_KEYS[table])}`;
    await this.#query(`DECLARE ${CURSOR} NO SCROLL CURSOR FOR ${rows}`);
    for (;;) {
      const some = await this.#query(`FETCH ${ROWS_AT_ONCE} FROM ${CURSOR}`);
      if (some.length > 0) yield some;
      if (some.length < ROWS_AT_ONCE) break;
    }
    await this.#query(`CLOSE ${CURSOR}`);
  }

  async lastNumber(table: BackupTable): Promise<number> {
    const sequence = await this.#sequence(table);
    const rows = await this.session.all<{ last: number }>(
      `SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS last FROM ${sequence}`,
    );
    return rows[0]?.last ?? 0;
  }

  async recreate(migrations: readonly Migration[]): Promise<void> {
    // Those that point at others go before them.
    const tables = [...BACKUP_TABLES].reverse().map(quoted);
    await this.#query(`DROP TABLE IF EXISTS ${tables.join(', ')}, migrations`);
    await this.#query(migrationsTable(postgresDialect(this.#builder)).sql);
    await this.migrate(migrations);
  }

  async migrate(migrations: readonly Migration[]): Promise<void> {
    try {
      await migrate(this.#client, { builder: this.#builder, clock: this.#clock }, migrations);
    } catch (thrown) {
      throw stateError(thrown, this.#place);
    }
  }

  async setLastNumber(table: BackupTable, last: number): Promise<void> {
    if (last > 0) await this.session.all(`SELECT setval(?::regclass, ?)`, await this.#sequence(table), last);
  }

  /** As the server itself quotes it. */
  async #sequence(table: BackupTable): Promise<string> {
    const rows = await this.session.all<{ name: string }>("SELECT pg_get_serial_sequence(?, 'number') AS name", table);
    return rows[0]?.name ?? '';
  }

  /** Statements of this class alone, one at a time: nobody uses the session meanwhile. */
  async #query(text: string): Promise<readonly Cell[][]> {
    try {
      return (await this.#client.query<Cell[]>({ text, rowMode: 'array' })).rows;
    } catch (thrown) {
      throw stateError(thrown, this.#place);
    }
  }
}
