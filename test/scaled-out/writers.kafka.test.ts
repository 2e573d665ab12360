import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SeededRandom } from '../../sandbox/samples/smart-crm-online/random.ts';
import { systemClock } from '../../src/core/clock.ts';
import { sha256 } from '../../src/core/identifiers.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { balances, writerLease } from '../../src/sink/index.ts';
import { openPostgresqlState } from '../../src/state/postgresql/store.ts';
import type { StateStore } from '../../src/state/state.ts';
import { compareContents } from '../kill/compare.ts';
import { type Deployment, prepare } from '../kill/deployment.ts';
import { dropExport, type ExportSet, makeExports } from '../kill/exports.ts';
import { live, Nursery } from '../kill/process.ts';
import { kafkaBrokers, postgresDatabase, registryUrl, type TestDatabase } from '../support/servers/servers.ts';
import { Processes } from './processes.ts';
import { atRest, told, untilRest } from './rest.ts';

const SEED = Number(process.env.SEED ?? 7);
const CALLS_PER_MINUTE = 900;
const LEASE_SECONDS = 3;
/** How often a writer is disturbed, and how long there must be work to disturb. */
const EVERY_MS = 4_000;
const UNREST_MS = 60_000;
const MOST_EXPORTS = 40;
const LONGEST_MS = 120_000;

let folder: string;
let database: TestDatabase;
let shared: Deployment;
let alone: Deployment;
let nursery: Nursery;
/** Times from here on are the workspaces' own. */
const since = Date.now();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'changeover-writers-'));
  database = await postgresDatabase();
  nursery = new Nursery(join(folder, 'compiled'));
  const settings = `kafka: { brokers: ${JSON.stringify(await kafkaBrokers())}, partitions: 4 }
registry: { url: ${await registryUrl()} }
state: { leaseSeconds: ${LEASE_SECONDS} }
`;
  shared = await prepare(join(folder, 'shared'), {
    settings,
    environment: { STATE_URL: database.url },
    callsPerMinute: CALLS_PER_MINUTE,
    // An unanswered call is read back after three seconds.
    timeoutSeconds: 2,
  });
  alone = await prepare(join(folder, 'alone'));
});
afterAll(async () => {
  nursery.close();
  await shared.sandbox.close();
  await alone.sandbox.close();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

test('writers that die, stop and freeze every few seconds leave what one process alone leaves, within the limit', async () => {
  const exports: ExportSet[] = [];
  shared.sandbox.setLimits({ short: null, long: { tokens: CALLS_PER_MINUTE, windowMs: 60_000 } });
  shared.sandbox.clearCalls();
  const state = await openPostgresqlState({ url: database.url, clock: systemClock(), logger: silentLogger() });
  const processes = new Processes(shared, join(folder, 'data'));
  try {
    for (const role of ['source', 'sink', 'sink', 'sink'] as const) processes.start(role);
    const unrest = new Unrest(processes, state, new SeededRandom(SEED));
    const begun = Date.now();
    // As many exports as the unrest has time for: how many that are depends on the machine, what they leave does not.
    for (const set of makeExports(SEED, MOST_EXPORTS)) {
      if (Date.now() - begun > UNREST_MS) break;
      exports.push(set);
      dropExport(set, shared.drop);
      // What a deleted parent leaves depends on whether it was written before: each export is written before the next.
      await unrest.until(() => atRest(state, set));
    }
    await unrest.over();
    await untilRest(state, exports.at(-1));
    await undisturbed(exports);
    expect(processes.failures).toEqual([]);
    expect(unrest.counts.writers.size).toBeGreaterThanOrEqual(4);
    const found = compareContents({ sandbox: alone.sandbox, since }, { sandbox: shared.sandbox, since });
    expect(found.differences.map(told)).toEqual([]);
    expect([...found.rows.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(500);
    const rows = await state.read((tx) => balances(tx));
    expect(rows.map(({ residue }) => residue)).toEqual(rows.map(() => 0));
    expect(await state.read((tx) => tx.intents.all())).toEqual([]);
    expect(shared.sandbox.limiter().refused).toBe(0);
    process.stdout.write(
      `seed ${SEED}: ${JSON.stringify({ ...unrest.counts, writers: unrest.counts.writers.size })}\n`,
    );
  } finally {
    await processes.stop();
    await state.close();
  }
}, 900_000);

/** What one process alone leaves of the same exports. */
async function undisturbed(exports: readonly ExportSet[]): Promise<void> {
  for (const set of exports) {
    dropExport(set, alone.drop);
    await live(nursery, alone, null, 0);
  }
}

/** Does something to whoever writes, or to another, every few seconds. */
class Unrest {
  readonly counts = { killed: 0, stopped: 0, frozen: 0, writers: new Set<number>() };
  readonly #processes: Processes;
  readonly #state: StateStore;
  readonly #random: SeededRandom;
  readonly #thawing: Promise<unknown>[] = [];

  constructor(processes: Processes, state: StateStore, random: SeededRandom) {
    this.#processes = processes;
    this.#state = state;
    this.#random = random;
  }

  /** Goes on until what is waited for has come. */
  async until(done: () => Promise<boolean>): Promise<void> {
    const begun = Date.now();
    for (let last = Date.now(); ; ) {
      if (await done()) return;
      if (Date.now() - begun > LONGEST_MS) throw new Error(await this.#complaint());
      if (Date.now() - last >= EVERY_MS) {
        await this.#disturb();
        last = Date.now();
      }
      await sleep(200);
    }
  }

  /** Everybody who was frozen goes on. */
  async over(): Promise<void> {
    await Promise.all(this.#thawing);
  }

  async #disturb(): Promise<void> {
    const pid = await writerPid(this.#state);
    if (pid !== null) this.counts.writers.add(pid);
    const sinks = this.#processes.members.filter(({ role }) => role === 'sink');
    const member = sinks.find((one) => one.process.pid === pid) ?? this.#random.pick(sinks);
    const what = this.#random.pick(['killed', 'stopped', 'frozen'] as const);
    this.counts[what] += 1;
    if (what === 'frozen') {
      member.process.kill('SIGSTOP');
      this.#thawing.push(sleep((LEASE_SECONDS + 3) * 1_000).then(() => member.process.kill('SIGCONT')));
      return;
    }
    member.process.kill(what === 'killed' ? 'SIGKILL' : 'SIGTERM');
    // One that is frozen at present ends once it goes on.
    void member.ended;
    this.#processes.start('sink');
  }

  async #complaint(): Promise<string> {
    const rows = await this.#state.read((tx) => balances(tx));
    return `no rest: ${JSON.stringify(rows)}\n${this.#processes.members.map((one) => one.complaint()).join('\n---\n')}`;
  }
}

/** Who has the writer's lease now; its name holds the process. */
async function writerPid(state: StateStore): Promise<number | null> {
  const workspace = sha256(shared.sandbox.url).slice(0, 16);
  const leases = await state.read((tx) => tx.leases.all());
  const lease = leases.find(({ name }) => name === writerLease(workspace));
  return lease === undefined ? null : Number(lease.holder.split(':')[1]);
}
