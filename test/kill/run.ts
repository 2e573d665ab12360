import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/core/clock.ts';
import { openSqliteState } from '../../src/state/sqlite/store.ts';
import { type Comparison, compareContents } from './compare.ts';
import { type Deployment, prepare } from './deployment.ts';
import { dropExport, type ExportSet, makeExports } from './exports.ts';
import { Deck, type KillPlan, type Place } from './plan.ts';
import { type Life, landedIn, live, Nursery, type Rest } from './process.ts';
import { type CallTotals, callTotals, untilQuiet, WriteWatch } from './writes.ts';

export interface RunOptions {
  readonly seed: number;
  readonly kills: number;
  readonly say: (line: string) => void;
  /** Leaves both deployments' folders for a look, and says where. */
  readonly keep?: boolean;
}

export interface Kill {
  readonly plan: KillPlan;
  readonly place: Place;
  readonly life: Life;
  /** Name of the newest export at that moment. */
  readonly during: string;
}

/** One deployment's way through all exports. */
export interface Course {
  readonly rest: Rest;
  readonly calls: CallTotals;
  /** Children that were started. */
  readonly starts: number;
  /** Rows that were stored again as they were. */
  readonly wasted: readonly string[];
  readonly seconds: number;
  readonly records: readonly RecordEnd[];
  /** Intents still open at the end. */
  readonly openIntents: number;
}

/** Where a source record stands at the end. */
export interface RecordEnd {
  readonly key: string;
  readonly class: string;
  readonly reason: string | null;
}

export interface Result {
  readonly seed: number;
  readonly exports: number;
  readonly kills: readonly Kill[];
  /** Calls that deaths left open, each counted once: they are read back. */
  readonly openCalls: number;
  /** Their rows: what may be wasted at most. */
  readonly inFlightRows: number;
  readonly undisturbed: Course;
  readonly killed: Course;
  readonly comparison: Comparison;
}

/** Exports after the first: enough for the last kills to find work. */
const FOLLOWING = 16;
/** Of 50 kills, how many the first load gets, and each later export at most: writing deltas is died in too. */
const IN_FIRST = 20;
const IN_OTHERS = 8;
/** Pages of an export after which few are left, so that a step of reading may not come any more; there are 8 at least. */
const ALMOST_READ = 5;
const SOURCE = 'smart-crm';
/**
 * Each child after a death begins so much later than the one before: past the deadline of any intent (90 s with the
 * default time-out), so that they need not be waited out for real. What the dead one sent has landed by then.
 */
const LATER_MS = 120_000;
/** The sandbox has done all it was asked once it answers nothing for so long. */
const QUIET_MS = 100;

/** Runs the same exports with and without kills, into a workspace each, and compares. */
export async function killRun(options: RunOptions): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'changeover-kill-'));
  const deployments: Deployment[] = [];
  const nursery = new Nursery(join(folder, 'compiled'));
  try {
    const exports = makeExports(options.seed, FOLLOWING);
    const since = Date.now();
    const deployment = async (name: string): Promise<Deployment> => {
      const made = await prepare(join(folder, name));
      deployments.push(made);
      return made;
    };
    const one = await deployment('killed');
    const { course: killed, used, ...deaths } = await disturbed(nursery, one, exports, options);
    const other = await deployment('undisturbed');
    const undisturbed = await straight(nursery, other, exports.slice(0, used));
    const comparison = compareContents({ sandbox: other.sandbox, since }, { sandbox: one.sandbox, since });
    return { seed: options.seed, exports: used, ...deaths, undisturbed, killed, comparison };
  } finally {
    nursery.close();
    for (const { sandbox } of deployments) await sandbox.close();
    if (options.keep === true) options.say(`kept in ${folder}`);
    else rmSync(folder, { recursive: true, force: true });
  }
}

async function straight(nursery: Nursery, deployment: Deployment, exports: readonly ExportSet[]): Promise<Course> {
  const begun = begin(deployment);
  let rest: Rest | null = null;
  for (const set of exports) {
    dropExport(set, deployment.drop);
    rest = (await live(nursery, deployment, null, 0)).rest;
  }
  return finish(deployment, begun, rest, exports.length);
}

interface Disturbed {
  readonly kills: readonly Kill[];
  readonly course: Course;
  readonly used: number;
  readonly openCalls: number;
  readonly inFlightRows: number;
}

/** Kills until the deck is empty; then everything comes to rest. A child that came to rest unharmed gets the next export. */
async function disturbed(
  nursery: Nursery,
  deployment: Deployment,
  exports: readonly ExportSet[],
  options: RunOptions,
): Promise<Disturbed> {
  const begun = begin(deployment);
  const deck = new Deck(options.seed, options.kills);
  const kills: Kill[] = [];
  const open = new Map<string, number>();
  let used = 0;
  let starts = 0;
  for (;;) {
    const set = exports[used];
    if (set === undefined) throw new Error(`${deck.left} kills found no work in ${used} exports`);
    dropExport(set, deployment.drop);
    used += 1;
    let pages = 0;
    for (let deaths = 0; ; deaths += 1) {
      const plan = deaths < (used === 1 ? IN_FIRST : IN_OTHERS) ? deck.draw(pages < ALMOST_READ) : null;
      const life = await withFault(nursery, deployment, plan, kills.length * LATER_MS);
      starts += 1;
      pages += life.passes.get('after-checkpoint') ?? 0;
      if (life.rest !== null) {
        if (plan !== null) deck.putBack(plan);
        else if (deck.left === 0) {
          const course = await finish(deployment, begun, life.rest, starts);
          return { kills, used, course, openCalls: open.size, inFlightRows: sum(open) };
        }
        break;
      }
      if (plan === null) throw new Error('a child died that nobody killed');
      for (const intent of await openIntents(deployment)) open.set(intent.id, intent.rows);
      const kill = { plan, place: landedIn(plan, life), life, during: set.name };
      kills.push(kill);
      options.say(describe(kill, kills.length, open.size, begun.watch));
    }
  }
}

function describe({ place, life, plan, during }: Kill, count: number, open: number, watch: WriteWatch): string {
  const detail = plan.kind === 'in-flight' ? `, ${plan.write} after ${plan.delayMs} ms` : '';
  const about = `${during}, last step ${life.last ?? 'none'}${detail}`;
  return `kill ${count}: ${place} (${about}); open calls so far ${open}, rows written ${watch.written}, equal ${watch.equal.length}`;
}

/** While a kill in flight is waited for, every write takes its time: before the work, or between it and the answer. */
async function withFault(
  nursery: Nursery,
  deployment: Deployment,
  plan: KillPlan | null,
  aheadMs: number,
): Promise<Life> {
  const { sandbox } = deployment;
  if (plan?.kind !== 'in-flight') return settled(sandbox, 0, live(nursery, deployment, plan, aheadMs));
  const delay = plan.write === 'late' ? { latencyMs: plan.delayMs } : { answerDelayMs: plan.delayMs };
  for (const operation of ['createMany', 'deleteMany', 'destroyMany', 'restoreMany']) {
    sandbox.fault({ match: { operation }, ...delay });
  }
  try {
    return await settled(sandbox, plan.delayMs, live(nursery, deployment, plan, aheadMs));
  } finally {
    sandbox.clearFaults();
  }
}

/** Waits until the workspace has done what the dead child asked for. */
async function settled(sandbox: Deployment['sandbox'], delayMs: number, living: Promise<Life>): Promise<Life> {
  const life = await living;
  await sleep(delayMs);
  await untilQuiet(sandbox, QUIET_MS);
  return life;
}

interface Begun {
  readonly watch: WriteWatch;
  readonly at: number;
}

function begin({ sandbox }: Deployment): Begun {
  sandbox.clearCalls();
  return { watch: new WriteWatch(sandbox), at: performance.now() };
}

async function finish(deployment: Deployment, begun: Begun, rest: Rest | null, starts: number): Promise<Course> {
  if (rest === null) throw new Error('the run did not come to rest');
  return {
    rest,
    calls: callTotals(deployment.sandbox),
    starts,
    wasted: begun.watch.equal,
    seconds: (performance.now() - begun.at) / 1000,
    records: await recordEnds(deployment),
    openIntents: (await openIntents(deployment)).length,
  };
}

/** Looks into the state of a dead process, as the next one will. */
async function inState<Result>(
  deployment: Deployment,
  look: (tx: Parameters<Parameters<Awaited<ReturnType<typeof openSqliteState>>['read']>[0]>[0]) => Promise<Result>,
): Promise<Result> {
  const state = await openSqliteState({
    file: join(deployment.drop, '..', 'data', 'state.sqlite'),
    clock: systemClock(),
  });
  try {
    return await state.read(look);
  } finally {
    await state.close();
  }
}

function openIntents(deployment: Deployment): Promise<readonly { readonly id: string; readonly rows: number }[]> {
  return inState(deployment, async (tx) => (await tx.intents.all()).map(({ id, rows }) => ({ id, rows: rows.length })));
}

function recordEnds(deployment: Deployment): Promise<readonly RecordEnd[]> {
  return inState(deployment, async (tx) => {
    const ends: RecordEnd[] = [];
    for (const object of await tx.records.objects(SOURCE)) {
      for (const row of await tx.records.page(SOURCE, object, null, 100_000)) {
        ends.push({ key: row.key, class: row.class, reason: row.reason?.code ?? null });
      }
    }
    return ends;
  });
}

function sum(rows: ReadonlyMap<string, number>): number {
  return [...rows.values()].reduce((total, count) => total + count, 0);
}
