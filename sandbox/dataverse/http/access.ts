import type { Clock, Random } from '../../../src/core/ports.ts';
import { Tokens } from '../../simulator/tokens.ts';
import { CODE, Refusal } from '../errors.ts';
import { IDENTITY } from '../store/identity.ts';
import type { Switches } from '../switches.ts';

export interface TokenAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface AccessOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly switches: Switches;
  readonly secret: string;
  /** The environment's address: the only scope that a token is given for. */
  readonly scope: () => string;
}

/** Issues tokens by client credentials, and says who calls. */
export class Access {
  readonly #options: AccessOptions;
  readonly #tokens: Tokens;
  #seconds: number;
  /** Whether the registration is an application user of the environment. */
  applicationUser = true;

  constructor(options: AccessOptions) {
    this.#options = options;
    this.#tokens = new Tokens(options.clock);
    this.#seconds = options.switches.tokenSeconds;
  }

  /** Tokens given out so far. */
  get issued(): number {
    return this.#tokens.issued;
  }

  setLifetime(seconds: number): void {
    this.#seconds = seconds;
  }

  /** Makes every token that is out there invalid. */
  revoke(): void {
    this.#tokens.revoke();
  }

  /** `POST /{tenant}/oauth2/v2.0/token`. */
  issue(tenant: string, form: URLSearchParams): TokenAnswer {
    const { random, secret, scope } = this.#options;
    if (tenant !== IDENTITY.tenant) {
      return refused(400, 'invalid_request', `AADSTS90002: Tenant '${tenant}' not found.`);
    }
    if (form.get('grant_type') !== 'client_credentials') {
      return refused(400, 'unsupported_grant_type', 'AADSTS70003: The app requested an unsupported grant type.');
    }
    if (form.get('client_id') !== IDENTITY.client) {
      return refused(
        400,
        'unauthorized_client',
        `AADSTS700016: Application '${form.get('client_id') ?? ''}' was not found.`,
      );
    }
    if (form.get('client_secret') !== secret) {
      return refused(401, 'invalid_client', 'AADSTS7000215: Invalid client secret provided.');
    }
    if (form.get('scope') !== `${scope()}/.default`) {
      return refused(400, 'invalid_scope', `AADSTS70011: The scope '${form.get('scope') ?? ''}' is not valid.`);
    }
    const token = Buffer.from(`dataverse/${random.uuid()}/${random.uuid()}`).toString('base64url');
    this.#tokens.issue(token, this.#seconds);
    return {
      status: 200,
      body: { token_type: 'Bearer', expires_in: this.#seconds, ext_expires_in: this.#seconds, access_token: token },
    };
  }

  /** Throws for a caller that is not let in. */
  check(authorization: string | undefined): void {
    const found = this.#tokens.check(authorization);
    if (found !== 'valid') {
      const why = found === 'unknown' ? 'invalid_token' : 'The token expired';
      throw new Refusal(401, '', why, {
        'www-authenticate': `Bearer error="invalid_token", error_description="${why}"`,
      });
    }
    if (!this.applicationUser) {
      throw new Refusal(403, CODE.notAMember, 'The user is not a member of the organization.');
    }
  }
}

function refused(status: number, error: string, description: string): TokenAnswer {
  return { status, body: { error, error_description: description, error_codes: [] } };
}
