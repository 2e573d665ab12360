import type { Clock } from '../../src/core/ports.ts';

/** A token is valid for an hour, and nothing in it is documented: it is renewed well before. */
const LIFE_MS = 3_600_000;
const RENEW_AT = 0.9;

interface Held {
  readonly value: string;
  /** By the monotonic clock, so that a wrong wall clock does not matter. */
  readonly renewAt: number;
}

/** The access token of a registration, renewed before it expires; there is no way to prolong one. */
export class Token {
  readonly #clock: Clock;
  readonly #fetch: () => Promise<string>;
  #held: Held | null = null;
  #coming: Promise<Held> | null = null;

  constructor(clock: Clock, fetch: () => Promise<string>) {
    this.#clock = clock;
    this.#fetch = fetch;
  }

  async value(): Promise<string> {
    if (this.#held !== null && this.#clock.monotonic() < this.#held.renewAt) return this.#held.value;
    this.#coming ??= this.#renew().finally(() => {
      this.#coming = null;
    });
    this.#held = await this.#coming;
    return this.#held.value;
  }

  /** The service refused this token, whatever its age. */
  refused(value: string): void {
    if (this.#held?.value === value) this.#held = null;
  }

  async #renew(): Promise<Held> {
    const asked = this.#clock.monotonic();
    return { value: await this.#fetch(), renewAt: asked + LIFE_MS * RENEW_AT };
  }
}
