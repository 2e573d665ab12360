import { expect, test } from 'vitest';
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

test('nothing measured is nothing promised', () => {
  const progress = new Progress(clockAt().port);
  expect(progress.numbers().perSecond).toBeNull();
  expect(progress.secondsFor(5)).toBeNull();
  expect(progressLine(progress.numbers(), 5, progress.secondsFor(5))).toBe('0 read, 0 settled, 5 on the way, 0 calls');
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
