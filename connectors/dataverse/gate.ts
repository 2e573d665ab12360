import type { Clock } from '../../src/core/ports.ts';

export { retryAfterMs } from '../../src/core/retry-after.ts';

/** Lets so many calls run at once; all others wait in order. Nobody starts while the environment asked for a rest. */
export class Gate {
  readonly #clock: Clock;
  readonly #most: number;
  #limit: number;
  #running = 0;
  #restUntil = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(clock: Clock, most: number) {
    this.#clock = clock;
    this.#most = most;
    this.#limit = most;
  }

  /** Recommended by the environment (`x-ms-dop-hint`); what was configured is never exceeded. */
  advise(parallel: number): void {
    if (Number.isInteger(parallel) && parallel >= 1) this.#limit = Math.min(this.#most, parallel);
  }

  /** Milliseconds for which no call starts: a limit is the user's, so all calls rest. */
  rest(ms: number): void {
    this.#restUntil = Math.max(this.#restUntil, this.#clock.monotonic() + ms);
  }

  async run<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    await this.#enter();
    try {
      for (let rest = this.#rest(); rest > 0; rest = this.#rest()) await this.#clock.sleep(rest, signal);
      return await work();
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  #rest(): number {
    return this.#restUntil - this.#clock.monotonic();
  }

  async #enter(): Promise<void> {
    while (this.#running >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running += 1;
  }
}
