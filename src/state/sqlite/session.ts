import type { Compilable } from 'kysely';
import { type BulkWrite, bulkColumns, conflictClause, quoted, quotedList } from '../repositories/bulk.ts';
import type { Parameter, Session } from '../repositories/session.ts';
import type { Builder } from '../schema/dialects.ts';
import { SessionLife } from '../session-life.ts';
import type { SqliteConnection } from './connection.ts';
import { stateError } from './errors.ts';

const LISTS = /:list/g;

/** One transaction, or one read, on a connection. Statements run at once, so none is under way when another begins. */
export class SqliteSession implements Session {
  readonly builder: Builder;
  readonly #connection: SqliteConnection;
  readonly #life = new SessionLife();

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
    this.builder = connection.builder;
  }

  async all<Row>(text: string, ...parameters: readonly Parameter[]): Promise<Row[]> {
    return this.#run(() => this.#connection.prepare<Row>(withLists(text)).all(...parameters.map(value)));
  }

  async execute(text: string, ...parameters: readonly Parameter[]): Promise<number> {
    return this.#run(() => this.#connection.prepare(withLists(text)).run(...parameters.map(value)).changes);
  }

  async write(bulk: BulkWrite, rows: Iterable<readonly (string | number | null)[]>): Promise<void> {
    this.#run(() => {
      const statement = this.#connection.prepare(bulkText(bulk));
      for (const row of rows) statement.run(...row);
    });
  }

  async rows<Row>(query: Compilable<Row>): Promise<readonly Row[]> {
    const { sql, parameters } = query.compile();
    return this.#run(() => this.#connection.prepare<Row>(sql).all(...parameters));
  }

  async change(query: Compilable): Promise<number> {
    const { sql, parameters } = query.compile();
    return this.#run(() => this.#connection.prepare(sql).run(...parameters).changes);
  }

  /** No more statements. @throws what SQLite threw in between, even where the work caught it. */
  end(): void {
    this.#life.end();
    this.#life.assertWhole();
  }

  /** No more statements, however it ended. */
  close(): void {
    this.#life.end();
  }

  #run<Result>(work: () => Result): Result {
    this.#life.check();
    try {
      return work();
    } catch (thrown) {
      const error = stateError(thrown, this.#connection.file);
      this.#life.fail(error);
      throw error;
    }
  }
}

function withLists(text: string): string {
  return text.includes(':list') ? text.replace(LISTS, '(SELECT value FROM json_each(?))') : text;
}

function value(parameter: Parameter): string | number | null {
  return typeof parameter === 'object' && parameter !== null ? JSON.stringify(parameter) : parameter;
}

function bulkText(bulk: BulkWrite): string {
  const table = quoted(bulk.table);
  const where = bulk.key.map((column) => `${quoted(column)} = ?`).join(' AND ');
  switch (bulk.kind) {
    case 'insert': {
      const places = bulkColumns(bulk).map(() => '?');
      return `INSERT INTO ${table} (${quotedList(bulk.columns)}) VALUES (${places.join(', ')}) ${conflictClause(bulk)}`;
    }
    case 'update':
      return `UPDATE ${table} SET ${bulk.columns.map((column) => `${quoted(column)} = ?`).join(', ')} WHERE ${where}`;
    case 'delete':
      return `DELETE FROM ${table} WHERE ${where}`;
  }
}
