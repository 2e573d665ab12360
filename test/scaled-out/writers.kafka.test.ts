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
import { type Member, Processes } from './processes.ts';
import { atRest, told, untilRest } from './rest.ts';

const SEED = Number(process.env.SEED ?? 7);
const CALLS_PER_MINUTE = 900;
const LEASE_SECONDS = 3;
/** A writer is disturbed once it has been at work for so long: it must have come to something, however slow the machine is. */
const AT_WORK_MS = 4_000;
/** What happens to them, in turns; and how often in all, to how many at least. */
const HAPPENINGS = ['killed', 'stopped', 'frozen'] as const;
const DISTURBANCES = 9;
const WRITERS = 4;
const MOST_EXPORTS = 40;
const LONGEST_MS = 300_000;

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

test('writers that die, stop and freeze after a few seconds of work leave what one process alone leaves, within the limit', async () => {
  const exports: ExportSet[] = [];
  shared.sandbox.setLimits({ short: null, long: { tokens: CALLS_PER_MINUTE, windowMs: 60_000 } });
  shared.sandbox.clearCalls();
  const state = await openPostgresqlState({ url: database.url, clock: systemClock(), logger: silentLogger() });
  const processes = new Processes(shared, join(folder, 'data'));
  try {
    for (const role of ['source', 'sink', 'sink', 'sink'] as const) processes.start(role);
    const unrest = new Unrest(processes, state, new SeededRandom(SEED));
    // As many exports as the unrest needs: how many that are depends on the machine, what they leave does not.
    for (const set of makeExports(SEED, MOST_EXPORTS)) {
      if (unrest.isEnough) break;
      exports.push(set);
      dropExport(set, shared.drop);
      // What a deleted parent leaves depends on whether it was written before: each export is written before the next.
      await unrest.until(() => atRest(state, set));
    }
    await unrest.over();
    await untilRest(state, exports.at(-1));
    await undisturbed(exports);
    expect(processes.failures).toEqual([]);
    expect(unrest.isEnough, JSON.stringify(unrest.counts)).toBe(true);
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

/** Does something to whoever writes, or to another, after every few seconds of work. */
class Unrest {
  readonly counts = { killed: 0, stopped: 0, frozen: 0, writers: new Set<number>() };
  readonly #processes: Processes;
  readonly #state: StateStore;
  readonly #random: SeededRandom;
  readonly #thawing: Promise<unknown>[] = [];
  /** Asked to stop already: asked twice, a process stops at once and says so by its exit code. */
  readonly #leaving = new Set<Member>();
  /** Calls to the workspace at the last disturbance, and when there were more; null: there were none yet. */
  #calls = 0;
  #atWorkSince: number | null = null;

  constructor(processes: Processes, state: StateStore, random: SeededRandom) {
    this.#processes = processes;
    this.#state = state;
    this.#random = random;
  }

  get isEnough(): boolean {
    const { writers } = this.counts;
    return this.#disturbances >= DISTURBANCES && writers.size >= WRITERS;
  }

  get #disturbances(): number {
    return HAPPENINGS.reduce((sum, what) => sum + this.counts[what], 0);
  }

  /** Goes on until what is waited for has come. */
  async until(done: () => Promise<boolean>): Promise<void> {
    const begun = Date.now();
    for (;;) {
      if (await done()) return;
      if (Date.now() - begun > LONGEST_MS) throw new Error(await this.#complaint());
      if (this.#atWorkSince === null && writeCalls() > this.#calls) this.#atWorkSince = Date.now();
      if (this.#atWorkSince !== null && Date.now() - this.#atWorkSince >= AT_WORK_MS) {
        await this.#disturb();
        [this.#calls, this.#atWorkSince] = [writeCalls(), null];
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
    const sinks = this.#processes.members.filter((one) => one.role === 'sink' && !this.#leaving.has(one));
    const member = sinks.find((one) => one.process.pid === pid) ?? this.#random.pick(sinks);
    const what = HAPPENINGS[this.#disturbances % HAPPENINGS.length] ?? 'killed';
    this.counts[what] += 1;
    if (what === 'frozen') {
      member.process.kill('SIGSTOP');
      this.#thawing.push(sleep((LEASE_SECONDS + 3) * 1_000).then(() => member.process.kill('SIGCONT')));
      return;
    }
    member.process.kill(what === 'killed' ? 'SIGKILL' : 'SIGTERM');
    // One that is frozen at present ends once it goes on.
    this.#leaving.add(member);
    this.#processes.start('sink');
  }

  async #complaint(): Promise<string> {
    const rows = await this.#state.read((tx) => balances(tx));
    return `no rest: ${JSON.stringify(rows)}\n${this.#processes.members.map((one) => one.complaint()).join('\n---\n')}`;
  }
}

/** Calls that wrote something in the workspace so far. */
function writeCalls(): number {
  return shared.sandbox
    .counters()
    .filter(({ operation }) => /^(create|upsert|update|delete|destroy|restore)/.test(operation))
    .reduce((sum, { calls }) => sum + calls, 0);
}

/** Who has the writer's lease now; its name holds the process. */
async function writerPid(state: StateStore): Promise<number | null> {
  const workspace = sha256(shared.sandbox.url).slice(0, 16);
  const leases = await state.read((tx) => tx.leases.all());
  const lease = leases.find(({ name }) => name === writerLease(workspace));
  return lease === undefined ? null : Number(lease.holder.split(':')[1]);
}
