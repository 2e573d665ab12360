import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../src/core/clock.ts';
import { Pace, type Verdict } from './pace.ts';

/** Calls as fast as the pace lets them for so long, against a source that judges each by itself. */
async function calls(pace: Pace, clock: SimulatedClock, ms: number, judge: () => Verdict, tookMs = 20): Promise<void> {
  const until = clock.monotonic() + ms;
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (clock.monotonic() < until)
        await pace.run(async () => {
          await clock.sleep(tookMs);
          return { value: null, verdict: judge() };
        });
    }),
  );
}

const granted: Verdict = { kind: 'granted' };
const refused: Verdict = { kind: 'refused', waitMs: null };

describe('the pace of a source whose limit nobody documents', () => {
  it('begins low, rises while calls wait for it, and never exceeds its own most', async () => {
    const clock = new SimulatedClock();
    const pace = new Pace(clock, { start: 2, most: 20, mostAtOnce: 4 });
    expect(pace.state).toMatchObject({ phase: 'rising', callsPerSecond: 2, atOnce: 1, ceilingPerSecond: null });
    await calls(pace, clock, 60_000, () => granted);
    expect(pace.state).toMatchObject({ phase: 'rising', callsPerSecond: 20, refused: 0 });
    expect(pace.state.answered).toBeLessThanOrEqual(60 * 20 + 8);
  });

  it('does not rise where nobody wants more', async () => {
    const clock = new SimulatedClock();
    const pace = new Pace(clock, { start: 2, most: 20, mostAtOnce: 4 });
    for (let call = 0; call < 20; call += 1) {
      await clock.sleep(3_000);
      await pace.run(() => Promise.resolve({ value: null, verdict: granted }));
    }
    expect(pace.state.callsPerSecond).toBe(2);
  });

  it('falls at a refusal, asks with one call alone, and goes on below what was refused', async () => {
    const clock = new SimulatedClock();
    const pace = new Pace(clock, { start: 10, most: 10, mostAtOnce: 4 });
    await calls(pace, clock, 20_000, () => granted);
    let left = 3;
    const during: string[] = [];
    await calls(pace, clock, 8_000, () => {
      during.push(pace.state.phase);
      left -= 1;
      return left >= 0 ? refused : granted;
    });
    expect(pace.state.callsPerSecond).toBeLessThan(10);
    expect(pace.state.ceilingPerSecond).toBeLessThanOrEqual(10);
    expect(pace.state).toMatchObject({ phase: 'below-limit', refused: 3 });
    expect(during).toContain('resting');
  });

  it('waits as long as the source asks', async () => {
    const clock = new SimulatedClock();
    const pace = new Pace(clock, { start: 10, most: 10, mostAtOnce: 4 });
    await pace.run(() => Promise.resolve({ value: null, verdict: { kind: 'refused', waitMs: 17_000 } }));
    const from = clock.monotonic();
    await pace.run(() => Promise.resolve({ value: null, verdict: granted }));
    expect(clock.monotonic() - from).toBeGreaterThanOrEqual(17_000);
  });

  it('falls when answers become slow', async () => {
    const clock = new SimulatedClock();
    const pace = new Pace(clock, { start: 10, most: 10, mostAtOnce: 8 });
    await calls(pace, clock, 20_000, () => granted, 20);
    await calls(pace, clock, 20_000, () => granted, 400);
    expect(pace.state.callsPerSecond).toBeLessThan(9);
    expect(pace.state.refused).toBe(0);
  });
});
