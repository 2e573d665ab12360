import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ProcessStatus, processesOf } from '../../src/app/processes.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { StateEngine } from '../../src/state/engine.ts';
import { openPostgresqlState } from '../../src/state/postgresql/store.ts';
import { type Deployment, prepare } from '../kill/deployment.ts';
import { kafkaBrokers, postgresDatabase, registryUrl, type TestDatabase } from '../support/servers/servers.ts';
import { Processes } from './processes.ts';

const PATIENCE = { timeout: 120_000 };

let folder: string;
let database: TestDatabase;
let deployment: Deployment;
let state: StateEngine;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'changeover-processes-'));
  database = await postgresDatabase();
  deployment = await prepare(join(folder, 'deployment'), {
    // Topics of its own: others on these brokers have a source of this name, too, and a state of their own.
    settings: `kafka: { brokers: ${JSON.stringify(await kafkaBrokers())}, partitions: 2, topicPrefix: processes-${randomUUID().slice(0, 8)} }
registry: { url: ${await registryUrl()} }
state: { leaseSeconds: 3 }
`,
    environment: { STATE_URL: database.url },
  });
  state = await openPostgresqlState({ url: database.url, clock: systemClock(), logger: silentLogger() });
});
afterAll(async () => {
  await state?.close();
  await deployment?.sandbox.close();
  await database?.drop();
  await rm(folder, { recursive: true, force: true });
});

const shown = () => state.read((tx) => processesOf(tx, systemClock().now()));
const doing = (all: readonly ProcessStatus[]) => all.map(({ roles, writing }) => `${roles} ${writing}`).sort();

test('every process of a deployment is known, with who writes and who stands by, and what becomes of them', async () => {
  const processes = new Processes(deployment, join(folder, 'data'));
  try {
    const members = (['source', 'sink', 'sink', 'control'] as const).map((role) => processes.start(role));
    // One reading for all that follows: at another moment another one may write.
    let all: readonly ProcessStatus[] = [];
    await expect
      .poll(async () => {
        all = await shown();
        return doing(all);
      }, PATIENCE)
      .toEqual(['control null', 'sink stands by', 'sink writer', 'source null']);
    expect(all.map(({ pid }) => pid).sort()).toEqual(members.map(({ process: one }) => one.pid).sort());
    for (const one of all) expect(one).toMatchObject({ host: hostname(), state: 'alive' });
    expect(all.find(({ roles }) => roles.includes('source'))?.sources).toHaveLength(1);

    // Killed, it is still told of for a while, but writes no more: the one that stood by does.
    const writer = all.find(({ writing }) => writing === 'writer');
    const dead = processes.withPid(writer?.pid ?? 0);
    dead?.process.kill('SIGKILL');
    await dead?.ended;
    await expect
      .poll(async () => (await shown()).filter(({ writing }) => writing === 'writer').map(({ name }) => name), PATIENCE)
      .toEqual(all.filter(({ writing }) => writing === 'stands by').map(({ name }) => name));
    expect((await shown()).map(({ name }) => name)).toContain(writer?.name);

    // Asked to stop, it is gone at once.
    const control = members[3];
    control?.process.kill('SIGTERM');
    await control?.ended;
    expect((await shown()).flatMap(({ roles }) => roles)).not.toContain('control');
    expect(processes.failures).toEqual([]);
  } finally {
    await processes.stop();
  }
}, 300_000);
