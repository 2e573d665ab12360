import type { Clock } from '../../src/core/ports.ts';

/** So many calls in any window of so long. */
export interface CallLimit {
  readonly calls: number;
  readonly windowMs: number;
}

/** A window is counted in so many parts; a part leaves as a whole, so that a window holds a little less than allowed, never more. */
const PARTS = 60;

interface Part {
  readonly from: number;
  calls: number;
}

/** Counts calls against what the licence allows, so that the environment never has to refuse one for it (OPX-S1). */
export class Allowance {
  readonly #clock: Clock;
  readonly #limits: readonly { readonly limit: CallLimit; parts: Part[] }[];

  constructor(clock: Clock, limits: readonly CallLimit[]) {
    this.#clock = clock;
    this.#limits = limits.map((limit) => ({ limit, parts: [] }));
  }

  /** 0: a call may start now, and is counted. Else the milliseconds after which one may. */
  take(): number {
    const now = this.#clock.monotonic();
    const wait = Math.max(0, ...this.#limits.map((one) => this.#waitFor(one, now)));
    if (wait > 0) return wait;
    for (const { limit, parts } of this.#limits) {
      const length = limit.windowMs / PARTS;
      const last = parts.at(-1);
      if (last !== undefined && now < last.from + length) last.calls += 1;
      else parts.push({ from: now, calls: 1 });
    }
    return 0;
  }

  #waitFor(one: { readonly limit: CallLimit; parts: Part[] }, now: number): number {
    const { calls, windowMs } = one.limit;
    const lives = windowMs + windowMs / PARTS;
    one.parts = one.parts.filter(({ from }) => from + lives > now);
    const used = one.parts.reduce((sum, part) => sum + part.calls, 0);
    const [oldest] = one.parts;
    return used < calls || oldest === undefined ? 0 : oldest.from + lives - now;
  }
}
