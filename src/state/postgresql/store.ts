import type { QueryResult } from 'pg';
import { ChangeoverError } from '../../core/errors.ts';
import type { Clock, Logger } from '../../core/ports.ts';
import { restoreBackup, whatIsThere } from '../backup/restore.ts';
import { writeBackup } from '../backup/write.ts';
import type { BackupSummary, RestoreRequest, StateEngine } from '../engine.ts';
import { transactionOf } from '../repositories/transaction.ts';
import { type Builder, postgresBuilder } from '../schema/dialects.ts';
import type { Migration } from '../schema/migrations.ts';
import type { StateTransaction } from '../state.ts';
import { Turns } from '../turns.ts';
import { Connections, type Lent } from './connections.ts';
import { isLost, stateError } from './errors.ts';
import { lockStatement } from './lock.ts';
import { markQuery, markStatement, openMarks } from './marks.ts';
import { prepare } from './prepare.ts';
import { type PatienceOptions, type Server, type ServerOptions, serverOf } from './server.ts';
import { PostgresqlSession } from './session.ts';
import { PostgresqlTables } from './tables.ts';

export interface PostgresqlStateOptions extends ServerOptions, PatienceOptions {
  /** Where the tables are, inside the database; `changeover` unless given. Made where it is missing. */
  readonly schema?: string;
  /** Whose state it is. Left out: whoever's. */
  readonly deployment?: string;
  readonly clock: Clock;
  readonly logger?: Logger;
  /**
   * How far this machine's clock and the database's may be apart, milliseconds. Leases expire, and calls under way have
   * their deadline, by the database's clock whatever this one says; what is parked is due by the clock of whoever parked
   * it. Left out: any.
   */
  readonly toleranceMs?: number;
  /** How long to ask for the outcome of a commit whose answer was lost, milliseconds; 30 s unless given. */
  readonly settleMs?: number;
  /** Another list of migrations than the program's own: for tests. */
  readonly migrations?: readonly Migration[];
}

/** Between two questions for the outcome of a commit, milliseconds. */
const ASK_AGAIN = 250;

const DATABASE_TIME = 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now';

/** A snapshot is that of the first statement. Readers keep nobody waiting, and a backup may be slow. */
const BEGIN_READ = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL idle_in_transaction_session_timeout = '10min'; ${DATABASE_TIME}`;

/**
 * Opens the state in a PostgreSQL database, and brings its tables up to this version.
 * @throws STATE_ADDRESS, STATE_ACCESS_DENIED, STATE_DATABASE_UNKNOWN, STATE_UNREACHABLE, STATE_TLS, STATE_NO_RIGHT,
 *   STATE_SERVER_UNFIT, STATE_CLOCKS_DIFFER, STATE_NOT_A_STATE, STATE_TOO_NEW, STATE_OTHER_DEPLOYMENT, STATE_BUSY, STATE_READ_ONLY
 */
export async function openPostgresqlState(options: PostgresqlStateOptions): Promise<StateEngine> {
  const server = serverOf(options);
  const connections = new Connections(server, options.clock, options.logger);
  const builder = postgresBuilder();
  try {
    const store = new Store(server, connections, builder, options);
    await store.open();
    return store;
  } catch (thrown) {
    await connections.close();
    throw thrown;
  }
}

/** What statements go through on a connection. */
type Used = Pick<PostgresqlSession, 'end' | 'close' | 'broken'>;

class Store implements StateEngine {
  readonly #server: Server;
  readonly #connections: Connections;
  readonly #builder: Builder;
  readonly #options: PostgresqlStateOptions;
  readonly #turns: Turns;
  readonly #beginWrite: string;
  /** Under which number this process marks its commits. */
  #process = 0;
  #commits = 0;

  constructor(server: Server, connections: Connections, builder: Builder, options: PostgresqlStateOptions) {
    this.#server = server;
    this.#connections = connections;
    this.#builder = builder;
    this.#options = options;
    this.#turns = new Turns(server.name);
    // Each statement after the lock sees what the one before us committed: a snapshot of the whole transaction would be
    // older than the lock.
    // What a transaction touches it finds by an index; before the server has counted a table it would rather read all of it.
    this.#beginWrite = `BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL enable_seqscan = off; ${lockStatement(server.schema)}; ${DATABASE_TIME}`;
  }

  async open(): Promise<void> {
    const lent = await this.#connections.begin(this.#beginWrite);
    try {
      this.#refuseOtherTime(this.#ahead(lent));
      await prepare(lent.client, {
        server: this.#server,
        builder: this.#builder,
        clock: this.#options.clock,
        deployment: this.#options.deployment,
        migrations: this.#options.migrations,
      });
      this.#process = await openMarks(lent.client);
      await lent.client.query('COMMIT');
      lent.client.release();
    } catch (thrown) {
      const error = stateError(thrown, this.#server.name);
      await this.#connections.giveBack(lent, isLost(error));
      throw error;
    }
  }

  transaction<Result>(work: (state: StateTransaction) => Promise<Result>): Promise<Result> {
    return this.#turns.transaction(() =>
      this.#transact(
        (lent) => this.#sessionOn(lent),
        (session, lent) => work(transactionOf(session, this.#ahead(lent))),
      ),
    );
  }

  read<Result>(work: (state: StateTransaction) => Promise<Result>): Promise<Result> {
    return this.#turns.read(() =>
      this.#look(
        (lent) => this.#sessionOn(lent),
        (session, lent) => work(transactionOf(session, this.#ahead(lent))),
      ),
    );
  }

  contents(): Promise<readonly string[]> {
    return this.#turns.read(() =>
      this.#look(
        (lent) => this.#tablesOn(lent),
        (tables) => whatIsThere(tables),
      ),
    );
  }

  backup(file: string): Promise<BackupSummary> {
    const { clock } = this.#options;
    return this.#turns.read(() =>
      this.#look(
        (lent) => this.#tablesOn(lent),
        (tables) => writeBackup(tables, file, clock.now()),
      ),
    );
  }

  restore(file: string, request: RestoreRequest): Promise<BackupSummary> {
    const { clock, deployment, migrations } = this.#options;
    return this.#turns.transaction(() =>
      this.#transact(
        (lent) => this.#tablesOn(lent),
        async (tables, lent) => {
          await this.#refuseWhoeverIsAtWork(tables, clock.now() + this.#ahead(lent));
          const place = this.#server.name;
          return restoreBackup(tables, file, { ...request, deployment, place, now: clock.now(), migrations });
        },
      ),
    );
  }

  close(): Promise<void> {
    return this.#turns.close(() => this.#connections.close());
  }

  /** One moment, read on a connection of its own. */
  async #look<On extends Used, Result>(
    use: (lent: Lent) => On,
    work: (on: On, lent: Lent) => Promise<Result>,
  ): Promise<Result> {
    const lent = await this.#connections.begin(BEGIN_READ);
    const on = use(lent);
    try {
      return await work(on, lent);
    } finally {
      await on.close();
      await this.#connections.giveBack(lent, on.broken);
    }
  }

  async #transact<On extends Used, Result>(
    use: (lent: Lent) => On,
    work: (on: On, lent: Lent) => Promise<Result>,
  ): Promise<Result> {
    const lent = await this.#connections.begin(this.#beginWrite);
    const on = use(lent);
    let result: Result;
    try {
      result = await work(on, lent);
      await on.end();
    } catch (thrown) {
      await on.close();
      await this.#connections.giveBack(lent, on.broken);
      throw thrown;
    }
    await this.#commit(lent);
    return result;
  }

  async #commit({ client }: Lent): Promise<void> {
    this.#commits += 1;
    const number = this.#commits;
    try {
      const answers = await client.query(`${markStatement(this.#process, number)}; COMMIT`);
      const last = (answers as unknown as readonly QueryResult[]).at(-1);
      if (last?.command !== 'COMMIT') throw new ChangeoverError('INTERNAL', 'the server took the transaction back');
      client.release();
    } catch (thrown) {
      client.release(true);
      const error = stateError(thrown, this.#server.name);
      if (!isLost(error) || !(await this.#happened(number))) throw error;
    }
  }

  /**
   * Whether a commit happened whose answer was lost. The lock is ours only once the transaction in question is over.
   * @throws STATE_COMMIT_UNKNOWN where the server does not come back in time
   */
  async #happened(number: number): Promise<boolean> {
    const { clock, settleMs = 30_000 } = this.#options;
    const deadline = clock.monotonic() + settleMs;
    for (;;) {
      try {
        const lent = await this.#connections.begin(`${this.#beginWrite}; ${markQuery(this.#process)}`);
        await this.#connections.giveBack(lent, false);
        const row = lent.results.at(-1)?.rows[0] as { number: number } | undefined;
        return row?.number === number;
      } catch (thrown) {
        if (clock.monotonic() >= deadline) {
          throw new ChangeoverError(
            'STATE_COMMIT_UNKNOWN',
            `${this.#server.name}: the connection broke during a commit, and whether it happened could not be asked`,
            { cause: thrown },
          );
        }
        await clock.sleep(ASK_AGAIN);
      }
    }
  }

  /** @throws STATE_BUSY where a lease is alive: whoever has it works on what would be replaced */
  async #refuseWhoeverIsAtWork(tables: PostgresqlTables, now: number): Promise<void> {
    const [lease] = await tables.session.all<{ name: string; holder: string; expires_at: number }>(
      "SELECT name, holder, expires_at FROM leases WHERE holder <> '' AND expires_at > ? ORDER BY name LIMIT 1",
      now,
    );
    if (lease === undefined) return;
    const seconds = Math.ceil((lease.expires_at - now) / 1000);
    throw new ChangeoverError('STATE_BUSY', `${lease.holder} is at work on the state: it has ${lease.name}`, {
      hint: `Stop every process of the deployment first; what was killed counts as stopped in ${seconds} s.`,
    });
  }

  /** @throws STATE_CLOCKS_DIFFER */
  #refuseOtherTime(ahead: number): void {
    const { toleranceMs } = this.#options;
    if (toleranceMs === undefined || Math.abs(ahead) <= toleranceMs) return;
    const seconds = (Math.abs(ahead) / 1000).toFixed(1);
    const which = ahead > 0 ? 'ahead of' : 'behind';
    throw new ChangeoverError('STATE_CLOCKS_DIFFER', `the clock of ${this.#server.name} is ${seconds} s ${which} ours`);
  }

  #tablesOn({ client }: Lent): PostgresqlTables {
    return new PostgresqlTables(client, this.#builder, this.#options.clock, this.#server.name);
  }

  #sessionOn(lent: Lent): PostgresqlSession {
    return new PostgresqlSession(lent.client, this.#builder, this.#server.name);
  }

  /** How far the database's clock is ahead of ours, milliseconds; read when the transaction began. */
  #ahead({ results }: Lent): number {
    const now = results.at(-1)?.rows[0] as { now: number } | undefined;
    return (now?.now ?? 0) - this.#options.clock.now();
  }
}
