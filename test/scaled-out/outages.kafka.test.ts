import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type KafkaCluster, startKafka } from '../../scripts/servers/kafka.ts';
import { type Postgresql, startPostgresql } from '../../scripts/servers/postgresql.ts';
import { type Registry, startRegistry } from '../../scripts/servers/registry.ts';
import type { ServerProcess } from '../../scripts/servers/server.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { balances } from '../../src/sink/index.ts';
import { openPostgresqlState } from '../../src/state/postgresql/store.ts';
import type { StateStore } from '../../src/state/state.ts';
import { compareContents } from '../kill/compare.ts';
import { type Deployment, prepare } from '../kill/deployment.ts';
import { dropExport, type ExportSet, makeExports } from '../kill/exports.ts';
import { live, Nursery } from '../kill/process.ts';
import { Processes } from './processes.ts';
import { atRest, told, untilRest } from './rest.ts';

const SEED = Number(process.env.SEED ?? 11);
const LONGEST_MS = 240_000;
/** How long a server is away. */
const AWAY_MS = 4_000;

let folder: string;
let kafka: KafkaCluster;
let registry: Registry;
let postgresql: Postgresql;
let shared: Deployment;
let alone: Deployment;
let nursery: Nursery;
/** Times from here on are the workspaces' own. */
const since = Date.now();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'changeover-outages-'));
  [kafka, registry, postgresql] = await Promise.all([startKafka({ brokers: 3 }), startRegistry(), startPostgresql()]);
  nursery = new Nursery(join(folder, 'compiled'));
  shared = await prepare(join(folder, 'shared'), {
    settings: `kafka: { brokers: ${JSON.stringify(kafka.addresses)}, partitions: 3 }
registry: { url: ${registry.url} }
state: { leaseSeconds: 3 }
`,
    environment: { STATE_URL: postgresql.url },
    timeoutSeconds: 2,
  });
  alone = await prepare(join(folder, 'alone'));
}, 240_000);
afterAll(async () => {
  nursery.close();
  await shared.sandbox.close();
  await alone.sandbox.close();
  await Promise.all([kafka.stop(), registry.stop(), postgresql.stop()]);
  await rm(folder, { recursive: true, force: true });
}, 120_000);

/** What happens to which server while an export is on its way; the last broker stays away. */
function outages(): readonly { readonly name: string; readonly happen: () => Promise<void> }[] {
  const [first, second, third] = kafka.brokers.map((broker) => broker.process);
  if (first === undefined || second === undefined || third === undefined) throw new Error('three brokers are needed');
  const away = async (server: ServerProcess, signal: 'SIGKILL' | 'SIGTERM' | 'SIGINT') => {
    await server.kill(signal);
    await sleep(AWAY_MS);
    await server.start();
  };
  return [
    { name: 'a broker is killed and comes back', happen: () => away(first, 'SIGKILL') },
    { name: 'the registry is killed and comes back', happen: () => away(registry.process, 'SIGKILL') },
    { name: 'PostgreSQL is killed and comes back', happen: () => away(postgresql.process, 'SIGKILL') },
    { name: 'a broker is restarted in good order', happen: () => away(second, 'SIGTERM') },
    { name: 'PostgreSQL is restarted in good order', happen: () => away(postgresql.process, 'SIGINT') },
    { name: 'one broker of three is lost for good', happen: () => third.kill('SIGKILL') },
  ];
}

test('brokers, the registry and PostgreSQL go and come in the middle of a load: nothing is lost, doubled or stale, and no process ends', async () => {
  const happenings = outages();
  const exports = makeExports(SEED, happenings.length - 1);
  for (const set of exports) {
    dropExport(set, alone.drop);
    await live(nursery, alone, null, 0);
  }
  const state = await openPostgresqlState({ url: postgresql.url, clock: systemClock(), logger: silentLogger() });
  const processes = new Processes(shared, join(folder, 'data'));
  try {
    for (const role of ['source', 'sink', 'sink', 'control'] as const) processes.start(role);
    for (const [index, set] of exports.entries()) {
      dropExport(set, shared.drop);
      await until(() => underWay(state, set), processes, `${set.name} is under way`);
      await happenings[index]?.happen();
      await until(() => atRest(state, set), processes, `${set.name} is written, although ${happenings[index]?.name}`);
    }
    await untilRest(state, exports.at(-1));
    expect(processes.failures).toEqual([]);
    const found = compareContents({ sandbox: alone.sandbox, since }, { sandbox: shared.sandbox, since });
    expect(found.differences.map(told)).toEqual([]);
    expect([...found.rows.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(500);
    const rows = await state.read((tx) => balances(tx));
    expect(rows.map(({ residue }) => residue)).toEqual(rows.map(() => 0));
    expect(await state.read((tx) => tx.intents.all())).toEqual([]);
  } finally {
    await processes.stop();
    await state.close();
  }
}, 900_000);

/** Something of the export was read, and not all of it is written. */
async function underWay(state: StateStore, set: ExportSet): Promise<boolean> {
  return state.read(async (tx) => {
    const marks = await tx.watermarks.latest(null);
    const begun = marks.some(({ snapshot }) => snapshot.startsWith(set.name));
    const rows = await tx.ledger.rows(null);
    return begun || rows.some(({ classes }) => classes['on-the-way'] > 0);
  });
}

async function until(done: () => Promise<boolean>, processes: Processes, what: string): Promise<void> {
  const begun = Date.now();
  // While PostgreSQL is away the question itself fails.
  while (!(await done().catch(() => false))) {
    if (Date.now() - begun > LONGEST_MS) {
      const complaints = processes.members.map((one) => `${one.role}: ${one.complaint().slice(-2_000)}`);
      throw new Error(`not so in ${LONGEST_MS} ms: ${what}\n${complaints.join('\n---\n')}`);
    }
    await sleep(100);
  }
}
