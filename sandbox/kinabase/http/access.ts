import type { Clock, Random } from '../../../src/core/ports.ts';
import type { Switches } from '../switches.ts';

export interface AccessParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly switches: Switches;
  readonly appId: string;
  readonly secret: string;
}

/** Issues tokens, and says who calls. */
export class Access {
  readonly #parts: AccessParts;
  readonly #expiry = new Map<string, number>();
  #issued = 0;
  /** Whether the registration was granted; before that every secret is refused. */
  granted = true;
  /** Whether the registration sees what administrators see. */
  administrator = true;

  constructor(parts: AccessParts) {
    this.#parts = parts;
  }

  get issued(): number {
    return this.#issued;
  }

  /** Makes every token that is out there invalid. */
  revoke(): void {
    this.#expiry.clear();
  }

  /** A token; null for what is not known. */
  issue(body: Readonly<Record<string, unknown>>): string | null {
    const { clock, random, switches, appId, secret } = this.#parts;
    if (!this.granted || body.appId !== appId || body[switches.secretField] !== secret) return null;
    const token = Buffer.from(`kinabase/${random.uuid()}/${random.uuid()}`).toString('base64url');
    this.#expiry.set(token, clock.now() + switches.tokenSeconds * 1000);
    this.#issued += 1;
    return token;
  }

  valid(authorization: string | undefined): boolean {
    const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '';
    return (this.#expiry.get(token) ?? 0) > this.#parts.clock.now();
  }
}
