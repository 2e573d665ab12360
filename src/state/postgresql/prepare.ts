import type { PoolClient, QueryConfig } from 'pg';
import { ChangeoverError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import { DEPLOYMENT_SETTING, refuseOtherDeployment } from '../deployment.ts';
import { fromJson, toJson } from '../json.ts';
import { postgresDialect } from '../schema/columns.ts';
import type { Builder } from '../schema/dialects.ts';
import { type AppliedMigration, type Migration, migrationsTable, pendingMigrations } from '../schema/migrations.ts';
import type { Server } from './server.ts';

/** From 14 on long lists of keys are looked up by hash; before, each row was compared with all of them. */
const OLDEST_SERVER = 14;

/** Building an index over millions of rows takes longer than any answer in everyday work, milliseconds. */
const MIGRATION_MS = 3_600_000;

export interface Preparation {
  readonly server: Server;
  readonly builder: Builder;
  readonly clock: Clock;
  readonly deployment: string | undefined;
  readonly migrations: readonly Migration[] | undefined;
}

/**
 * Brings the schema up to this program's version and claims it for the deployment; within a transaction that holds the
 * state's lock. Whatever does not fit is refused before anything is changed.
 * @throws STATE_SERVER_UNFIT, STATE_NO_RIGHT, STATE_NOT_A_STATE, STATE_TOO_NEW, STATE_OTHER_DEPLOYMENT
 */
export async function prepare(client: PoolClient, preparation: Preparation): Promise<void> {
  const { server } = preparation;
  await refuseUnfitServer(client, server);
  const tables = await tablesOf(client, server);
  if (tables !== null && tables.size > 0 && !tables.has('migrations')) {
    throw new ChangeoverError('STATE_NOT_A_STATE', `${server.name} holds tables, but not those of a state`, {
      hint: `Use another schema than ${server.schema}; this one was left as it is.`,
    });
  }
  const applied =
    tables?.has('migrations') === true
      ? (await client.query<AppliedMigration>('SELECT number, name FROM migrations')).rows
      : [];
  const pending = pendingMigrations(applied, server.name, preparation.migrations);
  if (tables?.has('settings') === true) await refuseOthers(client, preparation);
  if (tables === null) await createSchema(client, server);
  if (tables?.has('migrations') !== true) await client.query(migrationsTable(postgresDialect(preparation.builder)).sql);
  await migrate(client, preparation, pending);
  if (preparation.deployment !== undefined) {
    await client.query('INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING', [
      DEPLOYMENT_SETTING,
      toJson(preparation.deployment),
    ]);
  }
}

/** Runs the migrations and notes them. */
export async function migrate(
  client: PoolClient,
  { builder, clock }: Pick<Preparation, 'builder' | 'clock'>,
  migrations: readonly Migration[],
): Promise<void> {
  const dialect = postgresDialect(builder);
  for (const migration of migrations) {
    for (const { sql, parameters } of migration.statements(dialect)) {
      // The client knows this member, and its types do not.
      const patient: QueryConfig & { readonly query_timeout: number } = {
        text: sql,
        values: [...parameters],
        query_timeout: MIGRATION_MS,
      };
      await client.query(patient);
    }
    await client.query('INSERT INTO migrations (number, name, applied_at) VALUES ($1, $2, $3)', [
      migration.number,
      migration.name,
      clock.now(),
    ]);
  }
}

async function refuseUnfitServer(client: PoolClient, server: Server): Promise<void> {
  const { rows } = await client.query<{ version: number; encoding: string }>(
    `SELECT current_setting('server_version_num')::int / 10000 AS version, current_setting('server_encoding') AS encoding`,
  );
  const [found] = rows;
  const problem =
    found === undefined || found.version < OLDEST_SERVER
      ? `runs version ${found?.version}, and ${OLDEST_SERVER} is the oldest that will do`
      : found.encoding !== 'UTF8'
        ? `keeps text as ${found.encoding}, and names of any alphabet need UTF8`
        : null;
  if (problem !== null) throw new ChangeoverError('STATE_SERVER_UNFIT', `${server.name} ${problem}`);
}

/** The tables in our schema; null where there is no such schema. */
async function tablesOf(client: PoolClient, { schema }: Server): Promise<ReadonlySet<string> | null> {
  const schemas = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
  if (schemas.rows.length === 0) return null;
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')`,
    [schema],
  );
  return new Set(rows.map((row) => row.name));
}

async function refuseOthers(client: PoolClient, { server, deployment }: Preparation): Promise<void> {
  if (deployment === undefined) return;
  const { rows } = await client.query<{ value: string }>('SELECT value FROM settings WHERE name = $1', [
    DEPLOYMENT_SETTING,
  ]);
  const [row] = rows;
  refuseOtherDeployment(server.name, row === undefined ? undefined : fromJson(row.value), deployment);
}

async function createSchema(client: PoolClient, { name, schema, config }: Server): Promise<void> {
  const { rows } = await client.query<{ allowed: boolean }>(
    "SELECT has_database_privilege(current_database(), 'CREATE') AS allowed",
  );
  if (rows[0]?.allowed !== true) {
    throw new ChangeoverError('STATE_NO_RIGHT', `${name}: the role ${config.user} may not create the schema`, {
      hint: `Have an administrator run: CREATE SCHEMA ${schema} AUTHORIZATION "${config.user}";`,
    });
  }
  await client.query(`CREATE SCHEMA ${schema}`);
}
