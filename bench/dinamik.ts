// The connector of DinamikCRM against a simulated account whose limit it is not told, and which changes half-way: five
// minutes of simulated time from a cold start, for limits of several kinds. Nothing here depends on this machine's speed.
import { Client } from '../connectors/dinamik/client.ts';
import { parseSettings } from '../connectors/dinamik/settings.ts';
import { type HiddenLimit, makeDinamikSandbox, rateOf } from '../sandbox/dinamik/index.ts';
import { SimulatedClock } from '../src/core/clock.ts';
import { seededRandom } from '../src/core/random.ts';
import type { BenchResult } from './result.ts';

export interface DinamikBenchOptions {
  readonly seed?: number;
  /** Simulated, of each limit. */
  readonly minutes?: number;
}

/** A limit, and what it becomes half-way. */
export interface Change {
  readonly name: string;
  readonly before: HiddenLimit;
  readonly after: HiddenLimit;
}

const sliding = (calls: number): HiddenLimit => ({ kind: 'sliding', calls, seconds: 60 });
const fixed = (calls: number): HiddenLimit => ({ kind: 'fixed', calls, seconds: 60 });
const bucket = (perSecond: number): HiddenLimit => ({ kind: 'bucket', perSecond, burst: perSecond });

export const CHANGES: readonly Change[] = [
  { name: 'slidingFalls', before: sliding(600), after: sliding(300) },
  { name: 'slidingRises', before: sliding(300), after: sliding(600) },
  { name: 'fixedFalls', before: fixed(600), after: fixed(300) },
  { name: 'fixedRises', before: fixed(300), after: fixed(600) },
  { name: 'bucketFalls', before: bucket(10), after: bucket(5) },
  { name: 'bucketRises', before: bucket(5), after: bucket(10) },
];

export interface Measured {
  /** Granted, of what the limit allows in that time. */
  readonly shareUsed: number;
  /** Refused, of all calls. */
  readonly shareRefused: number;
  readonly granted: number;
  readonly allowed: number;
}

/** Reads records one by one, as many as the account lets it, until the time is over. */
export async function measure(change: Change, minutes: number, seed: number): Promise<Measured> {
  const clock = new SimulatedClock();
  const random = seededRandom(seed);
  const { sandbox } = makeDinamikSandbox({ clock, random, limit: change.before, switches: { tokenSeconds: 100_000 } });
  sandbox.account.create('Contact', { values: { firstName: 'Ann' } });
  const client = new Client({
    http: sandbox.http(() => 60 + random.next() * 80),
    clock,
    random,
    settings: parseSettings({ url: sandbox.url, tokenMinutes: 1_000 }),
    apiKey: () => sandbox.apiKey,
    apiSecret: () => sandbox.apiSecret,
    traffic: undefined,
  });
  const end = minutes * 60_000;
  const over = new AbortController();
  const readers = Array.from({ length: 16 }, async () => {
    while (clock.monotonic() < end) await client.get('Contact/GetById/1', over.signal);
  });
  const turn = clock.sleep(end / 2).then(() => sandbox.setLimit(change.after));
  const told = clock.sleep(end).then(() => {
    over.abort();
    return sandbox.limiter();
  });
  await Promise.all([turn, ...readers.map((reader) => reader.catch(() => undefined))]);
  const { granted, refused } = await told;
  const allowed = ((rateOf(change.before) + rateOf(change.after)) * end) / 2_000;
  return { shareUsed: granted / allowed, shareRefused: refused / (granted + refused), granted, allowed };
}

export async function benchDinamik(options: DinamikBenchOptions = {}): Promise<BenchResult> {
  const figures: Record<string, number> = {};
  const goals: Record<string, string> = {};
  let holds = true;
  for (const change of CHANGES) {
    const { shareUsed, shareRefused, granted, allowed } = await measure(
      change,
      options.minutes ?? 5,
      options.seed ?? 1,
    );
    figures[`${change.name}CallsAllowed`] = allowed;
    figures[`${change.name}CallsGranted`] = granted;
    figures[`${change.name}ShareUsed`] = shareUsed;
    figures[`${change.name}ShareRefused`] = shareRefused;
    goals[`${change.name}ShareUsed`] = '>= 0.85';
    goals[`${change.name}ShareRefused`] = '< 0.02';
    holds &&= shareUsed >= 0.85 && shareRefused < 0.02;
  }
  return { bench: 'dinamik', figures, goals, holds };
}
