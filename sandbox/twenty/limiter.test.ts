import { describe, expect, it } from 'vitest';
import { NO_LIMITS, TokenBucket, WorkspaceLimiter } from './limiter.ts';

/** How many of the calls at these times (milliseconds) are granted. */
function granted(limiter: WorkspaceLimiter, times: readonly number[]): number {
  return times.filter((time) => limiter.take(time).granted).length;
}

function every(intervalMs: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => (index + 1) * intervalMs);
}

function emptied(): WorkspaceLimiter {
  const limiter = new WorkspaceLimiter();
  limiter.drain(0);
  return limiter;
}

/** A repeatable stand-in for the time a request takes on its way: exponential with the given mean. */
function travelTimes(meanMs: number, count: number): number[] {
  let state = 1;
  return Array.from({ length: count }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return Math.round(-Math.log(1 - state / 2_147_483_647) * meanMs);
  });
}

describe('the figures measured on the real server (twenty.md §0 "Pacing", O5), bucket empty at the start', () => {
  it('grants 20 of 20 calls every 0.7 s, but only 10 of 20 every 0.5 s', () => {
    expect(granted(emptied(), every(700, 20))).toBe(20);
    expect(granted(emptied(), every(500, 20))).toBe(10);
  });

  it('grants about 94 of 100 calls that are sent every 0.606 s, because their travel times differ', () => {
    const travel = travelTimes(4, 100);
    const arrivals = every(606, 100).map((sent, index) => sent + (travel[index] ?? 0));
    expect(granted(emptied(), arrivals)).toBeGreaterThanOrEqual(93);
    expect(granted(emptied(), arrivals)).toBeLessThanOrEqual(95);
  });

  it('grants 65 of 66 calls that are sent 0.612 s after the previous answer: 97.9 a minute', () => {
    const answerMs = 1;
    const arrivals = Array.from({ length: 66 }, (_, index) => index * (612 + answerMs));
    expect(granted(emptied(), arrivals)).toBe(65);
    expect(60_000 / (612 + answerMs)).toBeCloseTo(97.9, 1);
  });

  it('grants 90 of 90 calls that come ten at a time every 6.05 s: 99.2 a minute', () => {
    const arrivals = every(6_050, 9).flatMap((time) => Array.from({ length: 10 }, () => time));
    expect(granted(emptied(), arrivals)).toBe(90);
    expect((10 / 6_050) * 60_000).toBeCloseTo(99.2, 1);
  });

  it('grants nothing at intervals just under 0.6 s but every second one', () => {
    expect(granted(emptied(), every(599, 20))).toBe(10);
  });
});

describe('the bucket', () => {
  it('lets exactly 100 serial calls of a burst through, whether it takes half a second or fifteen', () => {
    const quick = new WorkspaceLimiter();
    expect(granted(quick, every(2, 300))).toBe(100);
    expect(quick.counters()).toEqual({ granted: 100, refused: 200 });
    expect(granted(new WorkspaceLimiter(), every(150, 101))).toBe(100);
  });

  it('drops the fraction of a token at every grant', () => {
    const bucket = new TokenBucket({ tokens: 100, windowMs: 60_000 });
    bucket.drain(0);
    const check = bucket.check(1_199);
    expect(check.granted).toBe(true);
    if (check.granted) check.commit();
    expect(bucket.available(1_798)).toBe(0);
    expect(bucket.available(1_799)).toBe(1);
  });

  it('charges the one-second bucket for calls that the one-minute bucket refuses', () => {
    const limiter = new WorkspaceLimiter({
      short: { tokens: 10, windowMs: 1_000 },
      long: { tokens: 5, windowMs: 60_000 },
    });
    expect(
      granted(
        limiter,
        Array.from({ length: 10 }, () => 0),
      ),
    ).toBe(5);
    const verdict = limiter.take(0);
    expect(verdict).toEqual({ granted: false, limit: { tokens: 10, windowMs: 1_000 }, nextTokenMs: 100 });
  });

  it('grants more than it holds to calls that are checked at the same time', () => {
    const limiter = new WorkspaceLimiter();
    let passed = 0;
    for (let round = 0; round < 150; round += 1) {
      const checks = [limiter.begin(0), limiter.begin(0)];
      for (const check of checks) {
        if (!check.granted) continue;
        passed += 1;
        check.commit();
      }
    }
    expect(passed).toBe(200);
  });

  it('never refuses where both buckets are off', () => {
    expect(granted(new WorkspaceLimiter(NO_LIMITS), every(1, 5_000))).toBe(5_000);
  });
});
