import type { Clock, Random } from '../../../src/core/ports.ts';
import { Tokens } from '../../simulator/tokens.ts';
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
  readonly #tokens: Tokens;
  /** Whether the registration was granted; before that every secret is refused. */
  granted = true;
  /** Whether the registration sees what administrators see. */
  administrator = true;

  constructor(parts: AccessParts) {
    this.#parts = parts;
    this.#tokens = new Tokens(parts.clock);
  }

  get issued(): number {
    return this.#tokens.issued;
  }

  /** Makes every token that is out there invalid. */
  revoke(): void {
    this.#tokens.revoke();
  }

  /** A token; null for what is not known. */
  issue(body: Readonly<Record<string, unknown>>): string | null {
    const { random, switches, appId, secret } = this.#parts;
    if (!this.granted || body.appId !== appId || body[switches.secretField] !== secret) return null;
    const token = Buffer.from(`kinabase/${random.uuid()}/${random.uuid()}`).toString('base64url');
    return this.#tokens.issue(token, switches.tokenSeconds);
  }

  valid(authorization: string | undefined): boolean {
    return this.#tokens.check(authorization) === 'valid';
  }
}
