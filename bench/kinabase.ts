// A Kinabase workspace of 100,000 records, read and followed for an hour of simulated time while people work in it: the calls
// that it took, beside the least that could do, and the most in any minute as the service counted them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnector } from '../connectors/kinabase/index.ts';
import { type KinabaseSandbox, startKinabaseSandbox } from '../sandbox/kinabase/index.ts';
import { SimulatedClock } from '../src/core/clock.ts';
import { createHttp } from '../src/core/http.ts';
import { silentLogger } from '../src/core/logger.ts';
import { NO_STEPS } from '../src/core/ports.ts';
import { seededRandom } from '../src/core/random.ts';
import type { Checkpoint, Connector } from '../src/source/connector.ts';
import type { BenchResult } from './result.ts';

/** One large collection and some small ones. */
const SHARES: Readonly<Record<string, number>> = { people: 0.9, companies: 0.05, deals: 0.04, tickets: 0.01 };
const POLL_MS = 15_000;
const HOUR_MS = 3_600_000;
const SWEEP_SECONDS = 900;
const LIMIT = 100;
const PAGE = 300;
/** What people do between two polls. */
const DEEDS = 5;

export interface KinabaseBenchOptions {
  /** Records in all. Default 100,000. */
  readonly records?: number;
  /** Minutes for which people work. Default 60. */
  readonly minutes?: number;
  readonly seed?: number;
}

interface Figures {
  readonly calls: number;
  readonly leastCalls: number;
  readonly mostInAMinute: number;
  readonly refused: number;
  readonly differences: number;
}

export async function benchKinabase(options: KinabaseBenchOptions = {}): Promise<BenchResult> {
  const records = options.records ?? 100_000;
  const seed = options.seed ?? 1;
  const workMs = (options.minutes ?? 60) * 60_000;
  const whole = await follow(records, seed, true, workMs);
  const paged = await follow(records, seed, false, workMs);
  const named = (prefix: string, figures: Figures): Readonly<Record<string, number>> =>
    Object.fromEntries(
      Object.entries({ ...figures, timesTheLeast: Math.round((figures.calls / figures.leastCalls) * 1000) / 1000 }).map(
        ([name, value]) => [`${prefix}${name.charAt(0).toUpperCase()}${name.slice(1)}`, value],
      ),
    );
  const good = ({ mostInAMinute, refused, differences }: Figures): boolean =>
    mostInAMinute <= LIMIT && refused === 0 && differences === 0;
  return {
    bench: 'kinabase',
    figures: { records, ...named('whole', whole), ...named('paged', paged) },
    goals: {
      wholeMostInAMinute: `<= ${LIMIT}`,
      wholeRefused: '0',
      wholeDifferences: '0',
      wholeTimesTheLeast: '<= 1.1',
      pagedMostInAMinute: `<= ${LIMIT}`,
      pagedRefused: '0',
      pagedDifferences: '0',
    },
    holds: good(whole) && good(paged) && whole.calls <= whole.leastCalls * 1.1,
  };
}

/** Reads everything, then follows while people work; at last they rest until everything must have been seen. */
async function follow(records: number, seed: number, whole: boolean, workMs: number): Promise<Figures> {
  const clock = new SimulatedClock({ start: Date.UTC(2026, 2, 2, 9) });
  const random = seededRandom(seed);
  const sandbox = await startKinabaseSandbox({
    clock,
    random,
    callsPerMinute: LIMIT,
    switches: { all: whole },
  });
  const http = createHttp();
  const folder = mkdtempSync(join(tmpdir(), 'bench-kinabase-'));
  try {
    fill(sandbox, records);
    const connector = createConnector(
      {
        clock,
        random,
        http: { send: (request) => clock.busy(() => http.send(request)) },
        logger: silentLogger(),
        steps: NO_STEPS,
        workFolder: folder,
        secret: () => sandbox.secret,
        answers: () => Promise.resolve(new Map()),
      },
      {
        url: sandbox.url,
        appId: sandbox.appId,
        sweepSeconds: SWEEP_SECONDS,
        deleteRows: records,
        whole: whole ? 'auto' : 'never',
      },
      'bench',
    );
    const reading = new Reading(connector);
    await connector.describe();
    let deletes = 0;
    let polls = 0;
    const began = clock.now();
    // A sweep page by page takes several polls; what is deleted last must have been seen as well.
    const rest = began + workMs;
    for (; clock.now() < rest + 3 * SWEEP_SECONDS * 1000; polls += 1) {
      for (const object of Object.keys(SHARES)) await reading.read(object);
      if (clock.now() < rest) for (let deed = 0; deed < DEEDS; deed += 1) deletes += work(sandbox, random.next());
      await clock.sleep(POLL_MS);
    }
    const calls = sandbox.calls();
    const hours = Math.ceil((clock.now() - began) / HOUR_MS);
    const sweeps = Math.floor((clock.now() - began) / (SWEEP_SECONDS * 1000));
    return {
      calls: calls.length,
      leastCalls: leastOf(sandbox, { whole, polls, hours, sweeps }),
      mostInAMinute: mostInAMinute(calls.map(({ at }) => at)),
      refused: calls.filter(({ status }) => status === 429).length,
      differences: reading.differences(sandbox) + (deletes === 0 ? 1 : 0),
    };
  } finally {
    await http.close();
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Tokens, the list, one look at each collection for its fields, then one call a poll; whole reads in place of polls where one call does. */
function leastOf(
  { workspace }: KinabaseSandbox,
  {
    whole,
    polls,
    hours,
    sweeps,
  }: { readonly whole: boolean; readonly polls: number; readonly hours: number; readonly sweeps: number },
): number {
  const collections = Object.keys(SHARES);
  const pages = collections.reduce((sum, name) => sum + Math.ceil(workspace.records(name).length / PAGE), 0);
  const looked = 1 + collections.length;
  return hours + looked + polls * collections.length + (whole ? 0 : (sweeps + 1) * pages);
}

function fill({ workspace }: KinabaseSandbox, records: number): void {
  for (const [slug, share] of Object.entries(SHARES)) {
    workspace.define({ slug, name: slug });
    for (let at = 0; at < records * share; at += 1)
      workspace.create(slug, {
        name: `${slug} ${at}`,
        email: `${slug}-${at}@bench.example`,
        amount: at,
        open: at % 2 === 0,
      });
  }
}

/** A change, a new record or a delete; gives how many were deleted. */
function work({ workspace }: KinabaseSandbox, chance: number): number {
  const names = Object.keys(SHARES);
  const collection = names[Math.floor(chance * 1000) % names.length] ?? 'people';
  const { records } = workspace.collection(collection);
  const [first] = records.keys();
  if (chance < 0.2 && first !== undefined) {
    workspace.remove(collection, first);
    return 1;
  }
  if (chance < 0.4 || first === undefined) workspace.create(collection, { name: `New ${chance}` });
  else workspace.update(collection, first, { name: `Changed ${chance}` });
  return 0;
}

/** The most calls in any sixty seconds. */
function mostInAMinute(times: readonly number[]): number {
  let first = 0;
  let most = 0;
  for (const [at, time] of times.entries()) {
    while ((times[first] ?? 0) <= time - 60_000) first += 1;
    most = Math.max(most, at - first + 1);
  }
  return most;
}

/** Keeps names by id and checkpoints, as the log would. */
class Reading {
  readonly #connector: Connector;
  readonly #names = new Map<string, Map<string, string>>();
  readonly #checkpoints = new Map<string, Checkpoint>();

  constructor(connector: Connector) {
    this.#connector = connector;
  }

  async read(object: string): Promise<void> {
    const since = this.#checkpoints.get(object);
    const { signal } = new AbortController();
    const pages =
      since === undefined
        ? this.#connector.snapshot(object, null, signal)
        : this.#connector.changes(object, since, signal);
    const names = this.#names.get(object) ?? new Map<string, string>();
    this.#names.set(object, names);
    for await (const { records, checkpoint } of pages) {
      for (const { id, op, after } of records) {
        if (op === 'DELETE') names.delete(id);
        else names.set(id, String(after?.name));
      }
      this.#checkpoints.set(object, checkpoint);
    }
  }

  /** Records that are not as the source has them. */
  differences({ workspace }: KinabaseSandbox): number {
    let differences = 0;
    for (const object of Object.keys(SHARES)) {
      const read = this.#names.get(object) ?? new Map<string, string>();
      const there = workspace.records(object);
      differences += there.filter(({ id, data }) => read.get(id) !== String(data.name)).length;
      const ids = new Set(there.map(({ id }) => id));
      differences += [...read.keys()].filter((id) => !ids.has(id)).length;
    }
    return differences;
  }
}
