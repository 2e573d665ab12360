import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../../core/ports.ts';

/** For tests: the time is what was set, and sleeping takes a few real milliseconds, however long it was to be. */
export function testClock(start = 1_000_000): Clock & { set(now: number): void } {
  let now = start;
  return {
    now: () => now,
    monotonic: () => now,
    sleep: (ms, signal) => wait(Math.min(ms, 5), undefined, signal === undefined ? {} : { signal }),
    set: (to) => {
      now = to;
    },
  };
}
