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
