import { createHash } from 'node:crypto';
import type { Compilable } from 'kysely';
import type { PoolClient, QueryResult } from 'pg';
import { type BulkWrite, bulkColumns, conflictClause, quoted, quotedList } from '../repositories/bulk.ts';
import type { Parameter, Session } from '../repositories/session.ts';
import type { Builder } from '../schema/dialects.ts';
import { SessionLife } from '../session-life.ts';
import { isLost, stateError } from './errors.ts';
import { toStored } from './text.ts';

const PLACES = /(NOT )?IN :list|\?/g;

/** One transaction, or one read, on a connection: one statement at a time, in the order of asking. */
export class PostgresqlSession implements Session {
  readonly builder: Builder;
  readonly #client: PoolClient;
  readonly #place: string;
  readonly #life = new SessionLife();
  #last: Promise<unknown> = Promise.resolve();

  constructor(client: PoolClient, builder: Builder, place: string) {
    this.#client = client;
    this.builder = builder;
    this.#place = place;
  }

  async all<Row>(text: string, ...parameters: readonly Parameter[]): Promise<Row[]> {
    return (await this.#kept(withPlaces(text), parameters)).rows as Row[];
  }

  async execute(text: string, ...parameters: readonly Parameter[]): Promise<number> {
    return (await this.#kept(withPlaces(text), parameters)).rowCount ?? 0;
  }

  async write(bulk: BulkWrite, rows: Iterable<readonly (string | number | null)[]>): Promise<void> {
    const given = rowsAsJson(bulk, rows);
    if (given !== null) await this.#kept(bulkText(bulk), [given]);
  }

  async rows<Row>(query: Compilable<Row>): Promise<readonly Row[]> {
    const { sql, parameters } = query.compile();
    return (await this.#run(sql, parameters, null)).rows as Row[];
  }

  async change(query: Compilable): Promise<number> {
    const { sql, parameters } = query.compile();
    return (await this.#run(sql, parameters, null)).rowCount ?? 0;
  }

  /** No more statements; waits for those under way. @throws what failed in between, even where the work caught it. */
  async end(): Promise<void> {
    this.#life.end();
    await this.#last;
    this.#life.assertWhole();
  }

  /** No more statements, however it ended; waits for those under way. */
  async close(): Promise<void> {
    this.#life.end();
    await this.#last;
  }

  /** The connection went with it. */
  get broken(): boolean {
    return isLost(this.#life.failure);
  }

  /** A text that comes again and again: the server keeps its plan under this name. */
  #kept(text: string, parameters: readonly unknown[]): Promise<QueryResult> {
    return this.#run(text, parameters, createHash('sha1').update(text).digest('hex'));
  }

  async #run(text: string, parameters: readonly unknown[], name: string | null): Promise<QueryResult> {
    this.#life.check();
    const values = parameters.map(stored);
    const answer = this.#last.then(async () => {
      // One before it may have failed while this one waited.
      this.#life.assertWhole();
      try {
        return await this.#client.query(name === null ? { text, values } : { name, text, values });
      } catch (thrown) {
        const error = stateError(thrown, this.#place);
        this.#life.fail(error);
        throw error;
      }
    });
    this.#last = answer.catch(() => undefined);
    return answer;
  }
}

function stored(value: unknown): unknown {
  if (typeof value === 'string') return toStored(value);
  return Array.isArray(value) ? value.map(stored) : value;
}

/** `?` as `$1`, `$2` …, and lists as arrays. */
function withPlaces(text: string): string {
  let count = 0;
  return text.replace(PLACES, (place: string, not: string | undefined) => {
    count += 1;
    if (place === '?') return `$${count}`;
    return not === undefined ? `= ANY ($${count}::text[])` : `<> ALL ($${count}::text[])`;
  });
}

/** All rows as one parameter; null where there are none. PostgreSQL refuses a statement that meets one row twice: the last counts. */
function rowsAsJson(bulk: BulkWrite, rows: Iterable<readonly (string | number | null)[]>): string | null {
  const columns = bulkColumns(bulk);
  const places = bulk.key.map((column) => columns.indexOf(column));
  const last = new Map<string, Record<string, unknown>>();
  for (const row of rows) {
    const key = JSON.stringify(places.map((place) => row[place]));
    last.set(key, Object.fromEntries(columns.map((column, index) => [column, stored(row[index])])));
  }
  return last.size === 0 ? null : JSON.stringify([...last.values()]);
}

function bulkText(bulk: BulkWrite): string {
  const table = quoted(bulk.table);
  const given = `json_populate_recordset(NULL::${table}, $1::json)`;
  const same = bulk.key.map((column) => `${table}.${quoted(column)} = given.${quoted(column)}`).join(' AND ');
  switch (bulk.kind) {
    case 'insert': {
      const columns = quotedList(bulk.columns);
      return `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM ${given} ${conflictClause(bulk)}`;
    }
    case 'update': {
      const changes = bulk.columns.map((column) => `${quoted(column)} = given.${quoted(column)}`).join(', ');
      return `UPDATE ${table} SET ${changes} FROM ${given} AS given WHERE ${same}`;
    }
    case 'delete':
      return `DELETE FROM ${table} USING ${given} AS given WHERE ${same}`;
  }
}
