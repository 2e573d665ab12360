import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { backupConformance, type OpenEngine } from '../../../test/conformance/state/backup.ts';
import { codeOf } from '../../../test/conformance/state/samples.ts';
import { postgresDatabase, type TestDatabase } from '../../../test/support/servers/servers.ts';
import { SimulatedClock, systemClock } from '../../core/clock.ts';
import { openSqliteState } from '../sqlite/store.ts';
import { openPostgresqlState } from './store.ts';

let database: TestDatabase;
let schemas = 0;

beforeAll(async () => {
  database = await postgresDatabase();
});

afterAll(async () => {
  await database.drop();
});

const openPostgresql: OpenEngine = async (options = {}) => {
  schemas += 1;
  const schema = `state_${schemas}`;
  const store = await openPostgresqlState({ url: database.url, schema, clock: new SimulatedClock(), ...options });
  onTestFinished(() => store.close());
  return store;
};

const openSqlite: OpenEngine = async (options = {}) => {
  const folder = mkdtempSync(join(tmpdir(), 'state-'));
  const store = await openSqliteState({ file: join(folder, 'state.db'), clock: new SimulatedClock(), ...options });
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  return store;
};

backupConformance('from PostgreSQL to PostgreSQL', openPostgresql, openPostgresql);
backupConformance('from SQLite to PostgreSQL', openSqlite, openPostgresql);
backupConformance('from PostgreSQL to SQLite', openPostgresql, openSqlite);

describe('restoring into a state that several share', () => {
  it('is refused while anybody has a lease, and whoever had one before finds it lost', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'backup-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const schema = 'shared';
    const [operator, worker] = [
      await openPostgresqlState({ url: database.url, schema, clock: systemClock() }),
      await openPostgresqlState({ url: database.url, schema, clock: systemClock() }),
    ];
    onTestFinished(async () => {
      await operator.close();
      await worker.close();
    });
    const { file } = await operator.backup(join(folder, 'backup'));
    const take = (forMs: number) =>
      worker.transaction((state) => state.leases.take('writer:w', 'worker', Date.now(), forMs));
    const lease = await take(60_000);
    await expect(operator.restore(file, { replace: true })).rejects.toThrow(/worker is at work.*writer:w/);
    await worker.transaction((state) => state.leases.release('writer:w', 'worker', lease?.epoch ?? 0));
    const late = await take(1);
    while ((await codeOf(operator.restore(file, { replace: true }))) === 'STATE_BUSY');
    const commit = worker.transaction((state) => state.leases.verify('writer:w', 'worker', late?.epoch ?? 0));
    expect(await codeOf(commit)).toBe('STATE_LEASE_LOST');
  });
});
