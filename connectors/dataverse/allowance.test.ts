import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../src/core/clock.ts';
import { Allowance } from './allowance.ts';

describe('OPX-S1 what the licence allows', () => {
  it('is never overrun in any window, however calls come, and is used when they keep coming', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.integer({ min: 0, max: 40_000 }), { minLength: 1, maxLength: 60 }),
        async (calls, pauses) => {
          const windowMs = 60_000;
          const clock = new SimulatedClock();
          const allowance = new Allowance(clock, [{ calls, windowMs }]);
          const made: number[] = [];
          for (const pause of pauses) {
            await clock.sleep(pause);
            for (let wait = allowance.take(); wait > 0; wait = allowance.take()) await clock.sleep(wait);
            made.push(clock.monotonic());
          }
          for (const at of made)
            expect(made.filter((other) => other >= at && other < at + windowMs).length).toBeLessThanOrEqual(calls);
          // Nobody waits for longer than the window and the part that is counted as a whole.
          const busiest = pauses.reduce((sum, pause) => sum + pause, 0);
          expect(made.at(-1)).toBeLessThanOrEqual(busiest + Math.ceil(pauses.length / calls) * windowMs * (1 + 1 / 60));
        },
      ),
      { numRuns: 50 },
    ));

  it('holds for each of several windows', async () => {
    const clock = new SimulatedClock();
    const allowance = new Allowance(clock, [
      { calls: 2, windowMs: 1_000 },
      { calls: 3, windowMs: 60_000 },
    ]);
    expect([allowance.take(), allowance.take()]).toEqual([0, 0]);
    await clock.sleep(allowance.take());
    expect(allowance.take()).toBe(0);
    expect(allowance.take()).toBeGreaterThan(50_000);
  });
});
