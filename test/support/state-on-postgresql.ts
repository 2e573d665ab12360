import { Client } from 'pg';
import { onTestFinished } from 'vitest';
import { SimulatedClock } from '../../src/core/clock.ts';
import type { StateEngine } from '../../src/state/engine.ts';
import { openPostgresqlState, type PostgresqlStateOptions } from '../../src/state/postgresql/store.ts';
import { postgresDatabase } from './servers/servers.ts';

export type OpenPostgresql = Partial<PostgresqlStateOptions> & Pick<PostgresqlStateOptions, 'url'>;

/** Opens a state that is closed after the test. */
export async function openState(options: OpenPostgresql): Promise<StateEngine> {
  const store = await openPostgresqlState({ clock: new SimulatedClock(), ...options });
  onTestFinished(() => store.close());
  return store;
}

/** The address of an empty database that is removed after the test. */
export async function emptyDatabase(): Promise<string> {
  const database = await postgresDatabase();
  onTestFinished(() => database.drop());
  return database.url;
}

/** Asks the server itself. */
export async function ask<Row = Record<string, unknown>>(
  url: string,
  ...statements: readonly string[]
): Promise<readonly Row[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    let rows: readonly Row[] = [];
    for (const statement of statements) rows = (await client.query(statement)).rows as readonly Row[];
    return rows;
  } finally {
    await client.end();
  }
}

/** The same database, seen by another user or at another place. */
export function changed(url: string, change: (address: URL) => void): string {
  const address = new URL(url);
  change(address);
  return address.href;
}
