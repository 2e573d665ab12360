import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DEFAULT_LIMITS, WorkspaceLimiter } from '../../sandbox/twenty/limiter.ts';
import { SimulatedClock } from '../core/clock.ts';
import { silentLogger } from '../core/logger.ts';
import { openSqliteState } from '../state/sqlite/store.ts';
import type { StateStore } from '../state/state.ts';
import { RateBudget } from '../twenty/budget.ts';
import { sharedBucket } from './shared-bucket.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-bucket-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const LIMIT = { tokens: 100, windowMs: 60_000 };
const MINUTES = 4;

interface Life {
  readonly from: number;
  readonly to: number;
}

/** Processes that come and go, each with a model of its own that knows nothing of the others. */
async function share(state: StateStore, lives: readonly Life[]) {
  const clock = new SimulatedClock();
  const limiter = new WorkspaceLimiter({ short: DEFAULT_LIMITS.short, long: LIMIT });
  limiter.drain(clock.monotonic());
  const shared = sharedBucket(state, clock, silentLogger());
  let granted = 0;
  let refused = 0;
  const live = async ({ from, to }: Life) => {
    await clock.sleep(from);
    const budget = new RateBudget({ clock, limit: LIMIT, shared });
    const died = new AbortController();
    const caller = async () => {
      for (;;) {
        const permit = await budget.acquire('live', died.signal);
        await clock.sleep(20);
        const verdict = limiter.take(clock.monotonic());
        if (verdict.granted) granted += 1;
        else refused += 1;
        await clock.sleep(20);
        permit.settle(
          verdict.granted ? { kind: 'granted' } : { kind: 'refused', form: 'status 429', limit: verdict.limit },
        );
      }
    };
    const callers = Array.from({ length: 20 }, () => caller().catch(() => undefined));
    await clock.sleep(to - from);
    died.abort();
    await Promise.all(callers);
  };
  await Promise.all(lives.map(live));
  return { granted, refused };
}

it('several processes never overrun the limit together, and leave little of it unused', async () => {
  let run = 0;
  const end = MINUTES * 60_000;
  const life = fc.tuple(fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: 60_000, max: end }));
  await fc.assert(
    fc.asyncProperty(fc.array(life, { minLength: 0, maxLength: 3 }), async (others) => {
      run += 1;
      const state = await openSqliteState({ file: join(folder, `${run}.sqlite`), clock: new SimulatedClock() });
      const lives = [{ from: 0, to: end }, ...others.map(([from, to]) => ({ from, to }))];
      const { granted, refused } = await share(state, lives);
      await state.close();
      expect(refused).toBe(0);
      expect(granted).toBeGreaterThan(0.9 * MINUTES * LIMIT.tokens);
    }),
    { numRuns: 10 },
  );
});

it('keeps what is kept for the cutover from the load of every process, and gives it to whichever carries out the cutover', async () => {
  const state = await openSqliteState({ file: join(folder, 'state.sqlite'), clock: new SimulatedClock() });
  try {
    const clock = new SimulatedClock();
    const shared = sharedBucket(state, clock, silentLogger());
    const process = () => {
      const budget = new RateBudget({ clock, limit: LIMIT, shared });
      budget.keepForCutover(40);
      return budget;
    };
    const [loading, cutting] = [process(), process()];
    const granted = { load: 0, cutover: 0 };
    const call = async (budget: RateBudget, lane: 'load' | 'cutover', signal: AbortSignal) => {
      for (;;) {
        const permit = await budget.acquire(lane, signal);
        granted[lane] += 1;
        permit.settle({ kind: 'granted' });
      }
    };
    // Long enough for the bucket to fill, had nobody called.
    const load = new AbortController();
    const loads = Array.from({ length: 20 }, () => call(loading, 'load', load.signal).catch(() => undefined));
    await clock.advance(10 * 60_000);
    load.abort();
    await Promise.all(loads);
    const cutover = new AbortController();
    const before = granted.cutover;
    const cuts = Array.from({ length: 20 }, () => call(cutting, 'cutover', cutover.signal).catch(() => undefined));
    await clock.advance(2_000);
    cutover.abort();
    await Promise.all(cuts);
    expect(granted.load).toBeGreaterThan(900);
    expect(granted.cutover - before).toBeGreaterThanOrEqual(35);
  } finally {
    await state.close();
  }
});
