import { closeSync, openSync } from 'node:fs';
import { ChangeoverError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
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

/** Brings the tables up to this program's version, all in one transaction. @throws STATE_TOO_NEW, STATE_NOT_A_STATE */
export function migrate(connection: SqliteConnection, clock: Clock, known?: readonly Migration[]): void {
  const { database, file, builder } = connection;
  const dialect = sqliteDialect(builder);
  database
    .transaction(() => {
      database.pragma(`application_id = ${APPLICATION_ID}`);
      const exists = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'migrations'").get();
      if (exists === undefined) database.exec(migrationsTable(dialect).sql);
      const applied = database.prepare<[], AppliedMigration>('SELECT number, name FROM migrations').all();
      for (const migration of pendingMigrations(applied, file, known)) {
        for (const statement of migration.statements(dialect))
          database.prepare(statement.sql).run(...statement.parameters);
        database
          .prepare('INSERT INTO migrations (number, name, applied_at) VALUES (?, ?, ?)')
          .run(migration.number, migration.name, clock.now());
      }
    })
    .immediate();
}
