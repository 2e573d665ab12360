import type { Clock } from '../../../src/core/ports.ts';

const WINDOW_MS = 60_000;

/** So many calls in any minute; what is refused does not count. */
export class Limiter {
  readonly #clock: Clock;
  #perMinute: number | null;
  #served: number[] = [];

  constructor(clock: Clock, perMinute: number | null) {
    this.#clock = clock;
    this.#perMinute = perMinute;
  }

  configure(perMinute: number | null): void {
    this.#perMinute = perMinute;
  }

  /** Milliseconds to wait; 0 where the call is let in. */
  enter(): number {
    if (this.#perMinute === null) return 0;
    const now = this.#clock.now();
    this.#served = this.#served.filter((at) => at > now - WINDOW_MS);
    if (this.#served.length >= this.#perMinute) return (this.#served[0] ?? now) + WINDOW_MS - now;
    this.#served.push(now);
    return 0;
  }
}
