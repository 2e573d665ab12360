import type { Compilable } from 'kysely';
import { ChangeoverError } from '../../core/errors.ts';
import type { Session } from '../repositories/session.ts';
import type { Builder } from '../schema/dialects.ts';
import type { SqliteConnection } from './connection.ts';
import { stateError } from './errors.ts';

/**
 * One transaction, or one read, on a connection. After its end, or once SQLite gave an error, it refuses everything:
 * SQLite takes some transactions back by itself, and what came after would be committed statement by statement.
 */
export class SqliteSession implements Session {
  readonly builder: Builder;
  readonly #connection: SqliteConnection;
  #ended = false;
  #failure: unknown;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
    this.builder = connection.builder;
  }

  all<Row>(text: string, ...parameters: readonly unknown[]): Row[] {
    return this.#run(() => this.#connection.prepare<Row>(text).all(...parameters));
  }

  first<Row>(text: string, ...parameters: readonly unknown[]): Row | undefined {
    return this.#run(() => this.#connection.prepare<Row>(text).get(...parameters));
  }

  /** Returns how many rows changed. */
  execute(text: string, ...parameters: readonly unknown[]): number {
    return this.#run(() => this.#connection.prepare(text).run(...parameters).changes);
  }

  /** The same statement for each list of parameters; returns how many rows changed. */
  executeEach(text: string, list: Iterable<readonly unknown[]>): number {
    return this.#run(() => {
      const statement = this.#connection.prepare(text);
      let changes = 0;
      for (const parameters of list) changes += statement.run(...parameters).changes;
      return changes;
    });
  }

  async rows<Row>(query: Compilable<Row>): Promise<readonly Row[]> {
    const { sql, parameters } = query.compile();
    return this.all<Row>(sql, ...parameters);
  }

  async change(query: Compilable): Promise<number> {
    const { sql, parameters } = query.compile();
    return this.execute(sql, ...parameters);
  }

  /** No more statements. @throws what SQLite threw in between, even where the work caught it: half of it must not be committed. */
  end(): void {
    this.#ended = true;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** No more statements, however it ended. */
  close(): void {
    this.#ended = true;
  }

  #run<Result>(work: () => Result): Result {
    if (this.#ended) throw new ChangeoverError('INTERNAL', 'the state was used after the end of the transaction');
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return work();
    } catch (thrown) {
      const error = stateError(thrown, this.#connection.file);
      this.#failure = error;
      throw error;
    }
  }
}
