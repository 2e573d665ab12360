import pg, { type PoolClient, type QueryResult } from 'pg';
import type { Clock, Logger } from '../../core/ports.ts';
import { isLost, isSilence, stateError } from './errors.ts';
import type { Server } from './server.ts';

/** Far below what servers take (100 unless set otherwise), and above what one process reads at once. */
const MOST = 60;
const IDLE_MS = 30_000;
/** How long to wait for the server's part in closing: it may never answer again. */
const CLOSE_MS = 5_000;

/** A connection in use, with what its first statements answered. */
export interface Lent {
  readonly client: PoolClient;
  readonly results: readonly QueryResult[];
}

/** The connections to one server. What a connection throws comes out as an error of the state. */
export class Connections {
  readonly #pool: pg.Pool;
  readonly #server: Server;
  readonly #clock: Clock;

  constructor(server: Server, clock: Clock, logger: Logger | undefined) {
    this.#server = server;
    this.#clock = clock;
    this.#pool = new pg.Pool({ ...server.config, max: MOST, idleTimeoutMillis: IDLE_MS });
    this.#pool.on('connect', (client) => {
      // A connection that breaks between two statements says so here; the next statement fails, which is what counts.
      client.on('error', () => undefined);
    });
    this.#pool.on('error', (error) =>
      logger?.debug({ message: error.message }, 'an idle connection of the state broke'),
    );
  }

  /**
   * Lends a connection on which the text has just run. One that broke while it lay idle (the server was restarted) is
   * thrown away: nothing has been done on it yet, so that a fresh one does as well.
   */
  async begin(text: string): Promise<Lent> {
    for (let idle = this.#pool.idleCount; ; idle -= 1) {
      const client = await this.#connect();
      try {
        const results = (await client.query(text)) as unknown as QueryResult | readonly QueryResult[];
        return { client, results: Array.isArray(results) ? results : [results as QueryResult] };
      } catch (thrown) {
        client.release(true);
        const error = stateError(thrown, this.#server.name);
        if (idle <= 0 || !isLost(error) || isSilence(thrown)) throw error;
      }
    }
  }

  /** Ends the transaction without keeping anything, and gives the connection back; a broken one is thrown away. */
  async giveBack({ client }: Lent, broken: boolean): Promise<void> {
    if (broken) return client.release(true);
    try {
      await client.query('ROLLBACK');
      client.release();
    } catch {
      client.release(true);
    }
  }

  async close(): Promise<void> {
    const closed = new AbortController();
    const patience = this.#clock.sleep(CLOSE_MS, closed.signal).catch(() => undefined);
    await Promise.race([this.#pool.end(), patience]);
    closed.abort();
  }

  async #connect(): Promise<PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (thrown) {
      throw stateError(thrown, this.#server.name);
    }
  }
}
