import { describe, expect, test } from 'vitest';
import type { Clock } from '../core/ports.ts';
import { Progress, progressLine } from './progress.ts';

function clockAt() {
  const clock = { time: 0 };
  const port: Clock = { now: () => clock.time, monotonic: () => clock.time, sleep: async () => undefined };
  return { clock, port };
}

test('the rate is that of the last half minute, and the time left follows from it', () => {
  const { clock, port } = clockAt();
  const progress = new Progress(port);
  progress.settled(1_000_000);
  clock.time = 100_000;
  progress.settled(100);
  clock.time = 110_000;
  progress.settled(100);
  expect(progress.numbers().perSecond).toBe(20);
  expect(progress.secondsFor(200)).toBe(10);
});

test('the line says how fast, and how long for what is on the way and still to be read', () => {
  const { clock, port } = clockAt();
  const progress = new Progress(port);
  progress.read('s', 'contact', 1_234);
  progress.settled(0);
  clock.time = 10_000;
  progress.settled(410);
  const line = (onTheWay: number) => progressLine(progress.numbers(), onTheWay, progress.secondsLeft(onTheWay));
  expect(line(287)).toBe('1,234 read, 410 settled (41/s), 287 on the way, 0 calls, about 7 s left');
  progress.remaining('s', 'deal', 123);
  expect(line(287)).toBe('1,234 read, 123 still to read, 410 settled (41/s), 287 on the way, 0 calls, about 10 s left');
  expect(line(0)).toBe('1,234 read, 123 still to read, 410 settled (41/s), 0 on the way, 0 calls, about 3 s left');
  progress.remaining('s', 'deal', null);
  expect(line(0)).toBe('1,234 read, 410 settled (41/s), 0 on the way, 0 calls');
});

test('nothing measured is nothing promised', () => {
  const progress = new Progress(clockAt().port);
  expect(progress.numbers().perSecond).toBeNull();
  expect(progress.secondsFor(5)).toBeNull();
  expect(progressLine(progress.numbers(), 5, progress.secondsFor(5))).toBe('0 read, 0 settled, 5 on the way, 0 calls');
});

describe('while nothing settles', () => {
  const allowance = { estimate: (calls: number) => calls * 600, batchSize: () => 200 };

  test('the time left is what the rate limit allows, by full calls as long as no record was settled', () => {
    const progress = new Progress(clockAt().port);
    progress.expectBy(allowance);
    expect(progress.secondsFor(1_000)).toBe(3);
    expect(progress.secondsFor(1)).toBe(0.6);
    expect(progressLine(progress.numbers(), 60_000, progress.secondsFor(60_000))).toContain('about 3 min left');
  });

  test('and by what a record cost so far once some were, as when the workspace throttles after a while', () => {
    const { clock, port } = clockAt();
    const progress = new Progress(port);
    progress.expectBy(allowance);
    progress.settled(50);
    for (let call = 0; call < 10; call += 1) progress.called();
    clock.time = 10_000;
    progress.settled(50);
    expect(progress.secondsFor(100)).toBe(10);
    // Nothing for more than half a minute.
    clock.time = 60_000;
    expect(progress.numbers().perSecond).toBeNull();
    expect(progress.secondsFor(100)).toBe(6);
  });
});

test('what is still to be read adds up over objects and goes when it is done', () => {
  const progress = new Progress(clockAt().port);
  progress.remaining('s', 'contact', 500);
  progress.remaining('s', 'deal', 1_000);
  expect(progressLine(progress.numbers(), 0, null)).toBe(
    '0 read, 1,500 still to read, 0 settled, 0 on the way, 0 calls',
  );
  progress.remaining('s', 'contact', null);
  progress.remaining('s', 'deal', null);
  expect(progress.numbers().toRead).toBeNull();
});
