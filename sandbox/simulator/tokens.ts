import type { Clock } from '../../src/core/ports.ts';

/** Access tokens that a simulated system gave out. */
export class Tokens {
  readonly #clock: Clock;
  readonly #expiry = new Map<string, number>();
  #issued = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Tokens given out so far. */
  get issued(): number {
    return this.#issued;
  }

  issue(token: string, seconds: number): string {
    this.#expiry.set(token, this.#clock.now() + seconds * 1_000);
    this.#issued += 1;
    return token;
  }

  /** What a caller's `Authorization: Bearer …` is worth. */
  check(authorization: string | undefined): 'valid' | 'expired' | 'unknown' {
    const expires = this.#expiry.get(/^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '');
    if (expires === undefined) return 'unknown';
    return expires > this.#clock.now() ? 'valid' : 'expired';
  }

  /** Makes every token that is out there invalid. */
  revoke(): void {
    this.#expiry.clear();
  }
}
