import { closeSync, openSync } from 'node:fs';
import { ChangeoverError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import { DEPLOYMENT_SETTING, refuseOtherDeployment } from '../deployment.ts';
import { fromJson, toJson } from '../json.ts';
import { sqliteDialect } from '../schema/columns.ts';
import { type AppliedMigration, type Migration, migrationsTable, pendingMigrations } from '../schema/migrations.ts';
import type { SqliteConnection } from './connection.ts';

/** "CHST": tells the state from any other SQLite file. */
const APPLICATION_ID = 0x43485354;

/** The state holds people's data: a new file is for its owner alone. SQLite gives its -wal and -shm the same rights. */
export function createPrivately(file: string): void {
  closeSync(openSync(file, 'a', 0o600));
}

/**
 * Says no to a file that is not ours, before anything is changed in it.
 * @throws STATE_NOT_A_STATE
 */
export function refuseStrangers(connection: Pick<SqliteConnection, 'database' | 'file'>): void {
  const { database, file } = connection;
  const application = database.pragma('application_id', { simple: true });
  const tables = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get();
  if (application === APPLICATION_ID || (application === 0 && tables === 0)) return;
  throw new ChangeoverError('STATE_NOT_A_STATE', `${file} is a SQLite file, but not a state of Changeover`, {
    place: { file },
  });
}

export interface Preparation {
  readonly clock: Clock;
  /** Whose state it is; undefined: whoever's. */
  readonly deployment: string | undefined;
  readonly migrations: readonly Migration[] | undefined;
}

/**
 * Brings the tables up to this program's version and claims them for the deployment, all in one transaction. Whatever
 * does not fit is refused before anything is changed.
 * @throws STATE_TOO_NEW, STATE_NOT_A_STATE, STATE_OTHER_DEPLOYMENT
 */
export function prepare(connection: SqliteConnection, { clock, deployment, migrations }: Preparation): void {
  const { database, file, builder } = connection;
  const exists = (table: string) =>
    database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(table) !== undefined;
  database
    .transaction(() => {
      database.pragma(`application_id = ${APPLICATION_ID}`);
      if (deployment !== undefined && exists('settings'))
        refuseOtherDeployment(file, deploymentOf(connection), deployment);
      if (!exists('migrations')) database.exec(migrationsTable(sqliteDialect(builder)).sql);
      const applied = database.prepare<[], AppliedMigration>('SELECT number, name FROM migrations').all();
      runMigrations(connection, clock, pendingMigrations(applied, file, migrations));
      if (deployment !== undefined) {
        database
          .prepare('INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING')
          .run(DEPLOYMENT_SETTING, toJson(deployment));
      }
    })
    .immediate();
}

/** Runs the migrations and notes them; within a transaction. */
export function runMigrations(
  { database, builder }: Pick<SqliteConnection, 'database' | 'builder'>,
  clock: Clock,
  migrations: readonly Migration[],
): void {
  const dialect = sqliteDialect(builder);
  for (const migration of migrations) {
    for (const statement of migration.statements(dialect)) database.prepare(statement.sql).run(...statement.parameters);
    database
      .prepare('INSERT INTO migrations (number, name, applied_at) VALUES (?, ?, ?)')
      .run(migration.number, migration.name, clock.now());
  }
}

function deploymentOf({ database }: SqliteConnection): unknown {
  const text = database
    .prepare<[string], string>('SELECT value FROM settings WHERE name = ?')
    .pluck()
    .get(DEPLOYMENT_SETTING);
  return text === undefined ? undefined : fromJson(text);
}
