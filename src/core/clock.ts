import { performance } from 'node:perf_hooks';
import type { Clock } from './ports.ts';

/** The machine's clock. */
export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    sleep: (ms, signal) =>
      new Promise<void>((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason);
        const stop = () => {
          clearTimeout(timer);
          reject(signal?.reason);
        };
        // setTimeout treats anything above 2^31-1 as 1 ms.
        const timer = setTimeout(
          () => {
            signal?.removeEventListener('abort', stop);
            resolve();
          },
          Math.min(Math.max(0, ms), 0x7fffffff),
        );
        signal?.addEventListener('abort', stop, { once: true });
      }),
  };
}

interface Sleeper {
  readonly wakeAt: number;
  readonly order: number;
  readonly wake: () => void;
}

export interface SimulatedClockOptions {
  /** Milliseconds since 1970 at which it starts; 2026-01-01 UTC unless given. */
  readonly start?: number;
  /** False: time moves only by `advance`. True (the default): it jumps to the next sleeper once everybody waits. */
  readonly automatic?: boolean;
}

/** Turns of the event loop without any activity after which everybody is taken to be waiting. */
const QUIET_TURNS = 3;

/**
 * A clock for tests and benchmarks. Sleepers wake one at a time, earliest first and in the order they went to sleep,
 * and each runs until it waits again before the next one wakes: the same program takes the same course every time.
 * Work that waits for the real world (a socket) goes through `busy`, during which time stands still.
 */
export class SimulatedClock implements Clock {
  #now: number;
  readonly #start: number;
  readonly #automatic: boolean;
  readonly #sleepers: Sleeper[] = [];
  #order = 0;
  #busy = 0;
  #activity = 0;
  #watching = false;

  constructor(options: SimulatedClockOptions = {}) {
    this.#start = options.start ?? Date.UTC(2026, 0, 1);
    this.#now = this.#start;
    this.#automatic = options.automatic ?? true;
  }

  now(): number {
    return Math.floor(this.#now);
  }

  monotonic(): number {
    return this.#now - this.#start;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      this.#activity += 1;
      const stop = () => {
        const at = this.#sleepers.indexOf(sleeper);
        if (at >= 0) this.#sleepers.splice(at, 1);
        this.#activity += 1;
        reject(signal?.reason);
      };
      const sleeper: Sleeper = {
        wakeAt: this.#now + Math.max(0, ms),
        order: this.#order++,
        wake: () => {
          signal?.removeEventListener('abort', stop);
          resolve();
        },
      };
      signal?.addEventListener('abort', stop, { once: true });
      let at = this.#sleepers.length;
      while (at > 0 && (this.#sleepers[at - 1]?.wakeAt ?? 0) > sleeper.wakeAt) at -= 1;
      this.#sleepers.splice(at, 0, sleeper);
      if (this.#automatic) this.#watch();
    });
  }

  /** Runs work that waits for the real world; simulated time does not move meanwhile. */
  async busy<T>(work: () => Promise<T>): Promise<T> {
    this.#busy += 1;
    try {
      return await work();
    } finally {
      this.#busy -= 1;
      this.#activity += 1;
      if (this.#automatic) this.#watch();
    }
  }

  /** Moves time by `ms`, waking everybody whose time comes, in order. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      await quiet();
      const next = this.#sleepers[0];
      if (next === undefined || next.wakeAt > until) break;
      this.#wakeNext();
    }
    this.#now = until;
    await quiet();
  }

  #wakeNext(): void {
    const next = this.#sleepers.shift();
    if (next === undefined) return;
    this.#now = Math.max(this.#now, next.wakeAt);
    next.wake();
  }

  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    let seen = this.#activity;
    let turns = 0;
    const look = () => {
      if (this.#busy > 0 || this.#sleepers.length === 0) {
        this.#watching = false;
        return;
      }
      if (seen !== this.#activity) {
        seen = this.#activity;
        turns = 0;
      }
      turns += 1;
      if (turns >= QUIET_TURNS) {
        turns = 0;
        this.#wakeNext();
      }
      setImmediate(look);
    };
    setImmediate(look);
  }
}

async function quiet(): Promise<void> {
  for (let turn = 0; turn < QUIET_TURNS; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}
