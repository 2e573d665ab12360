import type { Clock } from '../../src/core/ports.ts';

/** The service counts calls as they arrive, we as they leave: one that was slow on its way must not make the next one too many. */
const WINDOW_MS = 60_500;

/** Lets no more than so many calls leave in any minute; all others wait in order. */
export class Pace {
  readonly #clock: Clock;
  readonly #perMinute: number;
  #left: number[] = [];
  #restUntil = 0;
  #turn: Promise<void> = Promise.resolve();

  constructor(clock: Clock, perMinute: number) {
    this.#clock = clock;
    this.#perMinute = perMinute;
  }

  get perMinute(): number {
    return this.#perMinute;
  }

  /** Calls that could leave now without waiting. */
  spare(): number {
    this.#forget();
    return this.#restUntil > this.#clock.monotonic() ? 0 : this.#perMinute - this.#left.length;
  }

  /** Milliseconds for which no call leaves: the limit is the registration's, so all rest. */
  rest(ms: number): void {
    this.#restUntil = Math.max(this.#restUntil, this.#clock.monotonic() + ms);
  }

  /** Resolves once a call may leave, and counts it. Gives the milliseconds that were waited. */
  async take(signal: AbortSignal | undefined): Promise<number> {
    const before = this.#turn;
    let done = (): void => undefined;
    this.#turn = new Promise<void>((resolve) => {
      done = resolve;
    });
    await before;
    try {
      let waited = 0;
      for (let wait = this.#wait(); wait > 0; wait = this.#wait()) {
        await this.#clock.sleep(wait, signal);
        waited += wait;
      }
      this.#left.push(this.#clock.monotonic());
      return waited;
    } finally {
      done();
    }
  }

  #wait(): number {
    this.#forget();
    const now = this.#clock.monotonic();
    const full = this.#left.length >= this.#perMinute ? (this.#left[0] ?? now) + WINDOW_MS - now : 0;
    return Math.max(full, this.#restUntil - now);
  }

  #forget(): void {
    const oldest = this.#clock.monotonic() - WINDOW_MS;
    let gone = 0;
    while (gone < this.#left.length && (this.#left[gone] ?? 0) <= oldest) gone += 1;
    if (gone > 0) this.#left = this.#left.slice(gone);
  }
}
