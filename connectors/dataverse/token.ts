import { ChangeoverError } from '../../src/core/errors.ts';
import { isObject, textOf } from '../../src/core/exact-json.ts';
import type { Clock, Http } from '../../src/core/ports.ts';
import type { Settings } from './settings.ts';

/** A token is renewed once this share of its life is over: long before the environment may refuse it. */
const RENEW_AT = 0.8;

interface Held {
  readonly value: string;
  /** By the monotonic clock, so that a wrong wall clock does not matter. */
  readonly renewAt: number;
}

/** The access token of a registration (client credentials), renewed before it expires. */
export class Token {
  readonly #http: Http;
  readonly #clock: Clock;
  readonly #settings: Settings;
  readonly #secret: () => string;
  #held: Held | null = null;
  #coming: Promise<Held> | null = null;

  constructor(http: Http, clock: Clock, settings: Settings, secret: () => string) {
    this.#http = http;
    this.#clock = clock;
    this.#settings = settings;
    this.#secret = secret;
  }

  async value(): Promise<string> {
    if (this.#held !== null && this.#clock.monotonic() < this.#held.renewAt) return this.#held.value;
    this.#coming ??= this.#fetch().finally(() => {
      this.#coming = null;
    });
    this.#held = await this.#coming;
    return this.#held.value;
  }

  /** The environment refused this token, whatever its age. */
  refused(value: string): void {
    if (this.#held?.value === value) this.#held = null;
  }

  async #fetch(): Promise<Held> {
    const { authority, tenant, clientId, url } = this.#settings;
    const asked = this.#clock.monotonic();
    const answer = await this.#http.send({
      method: 'POST',
      url: `${authority}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: this.#secret(),
        scope: `${url}/.default`,
      }).toString(),
    });
    if (answer.status === 429 || answer.status >= 500) {
      throw new ChangeoverError('DATAVERSE_UNAVAILABLE', `the sign-in service answered ${answer.status}`);
    }
    const body = parsed(answer.text);
    const value = textOf(body.access_token);
    if (answer.status !== 200 || value === null) {
      const why = textOf(body.error_description) ?? textOf(body.error) ?? `status ${answer.status}`;
      throw new ChangeoverError('DATAVERSE_CREDENTIALS', `no token: ${why.split('\n')[0]?.slice(0, 300) ?? ''}`);
    }
    const seconds = typeof body.expires_in === 'number' ? body.expires_in : 300;
    return { value, renewAt: asked + seconds * 1000 * RENEW_AT };
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const body: unknown = JSON.parse(text);
    return isObject(body) ? body : {};
  } catch {
    return {};
  }
}
