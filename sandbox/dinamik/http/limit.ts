import type { Clock } from '../../../src/core/ports.ts';

/** A limit that nobody documents: its kind, too, is unknown to whoever calls. */
export type HiddenLimit =
  /** So many calls in any span of that length. */
  | { readonly kind: 'sliding'; readonly calls: number; readonly seconds: number }
  /** So many calls from one full span to the next. */
  | { readonly kind: 'fixed'; readonly calls: number; readonly seconds: number }
  /** So many calls a second, and a few more at once after a rest. */
  | { readonly kind: 'bucket'; readonly perSecond: number; readonly burst: number };

/** Calls a second that the limit allows for ever. */
export function rateOf(limit: HiddenLimit): number {
  return limit.kind === 'bucket' ? limit.perSecond : limit.calls / limit.seconds;
}

export interface LimiterFigures {
  readonly granted: number;
  readonly refused: number;
}

/** Grants or refuses calls. A refused call does not count against the limit. */
export class Limiter {
  readonly #clock: Clock;
  #limit: HiddenLimit | null;
  #atOnce: number | null = null;
  #running = 0;
  #granted: number[] = [];
  #tokens = 0;
  #filledAt: number;
  #total = 0;
  #refused = 0;

  constructor(clock: Clock, limit: HiddenLimit | null) {
    this.#clock = clock;
    this.#limit = limit;
    this.#tokens = limit?.kind === 'bucket' ? limit.burst : 0;
    this.#filledAt = clock.now();
  }

  /** What was granted before goes on counting. */
  configure(limit: HiddenLimit | null, atOnce: number | null = this.#atOnce): void {
    if (limit?.kind === 'bucket' && this.#limit?.kind !== 'bucket') this.#tokens = limit.burst;
    this.#limit = limit;
    this.#atOnce = atOnce;
  }

  figures(): LimiterFigures {
    return { granted: this.#total, refused: this.#refused };
  }

  /** Null: granted, and `leave` must be called once it is answered. Else the seconds until a call would be granted. */
  enter(): number | null {
    const wait = this.#wait();
    if (wait !== null) {
      this.#refused += 1;
      return wait;
    }
    this.#total += 1;
    this.#running += 1;
    this.#granted.push(this.#clock.now());
    this.#tokens -= 1;
    return null;
  }

  leave(): void {
    this.#running -= 1;
  }

  #wait(): number | null {
    const limit = this.#limit;
    if (this.#atOnce !== null && this.#running >= this.#atOnce) return 1;
    if (limit === null) return null;
    const now = this.#clock.now();
    if (limit.kind === 'bucket') {
      this.#tokens = Math.min(limit.burst, this.#tokens + ((now - this.#filledAt) / 1000) * limit.perSecond);
      this.#filledAt = now;
      return this.#tokens >= 1 ? null : (1 - this.#tokens) / limit.perSecond;
    }
    const span = limit.seconds * 1000;
    const from = limit.kind === 'sliding' ? now - span : Math.floor(now / span) * span - 1;
    while ((this.#granted[0] ?? Number.POSITIVE_INFINITY) <= from) this.#granted.shift();
    if (this.#granted.length < limit.calls) return null;
    const free = limit.kind === 'sliding' ? (this.#granted[0] ?? now) + span : (Math.floor(now / span) + 1) * span;
    return (free - now) / 1000;
  }
}
