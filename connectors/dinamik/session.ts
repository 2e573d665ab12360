import { ChangeoverError } from '../../src/core/errors.ts';
import { isObject, type JsonObject, textOf } from '../../src/core/exact-json.ts';
import type { Clock, Http, HttpResponse } from '../../src/core/ports.ts';
import { readEnvelope } from './envelope.ts';
import type { Settings } from './settings.ts';

/** A token is renewed once this share of its life is over. */
const RENEW_AT = 0.8;

interface Held {
  readonly token: string;
  /** By the monotonic clock, so that a wrong wall clock does not matter. */
  readonly renewAt: number;
}

export interface SessionParts {
  readonly http: Http;
  readonly clock: Clock;
  readonly settings: Settings;
  readonly apiKey: () => string;
  readonly apiSecret: () => string;
}

/** Logs in with key and secret, and again before the token may end. How long it lives is not documented. */
export class Session {
  readonly #parts: SessionParts;
  #held: Held | null = null;
  #coming: Promise<Held> | null = null;
  #address: string | null = null;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** Where the login was answered; null before the first. */
  get address(): string | null {
    return this.#address;
  }

  async token(): Promise<string> {
    if (this.#held !== null && this.#parts.clock.monotonic() < this.#held.renewAt) return this.#held.token;
    this.#coming ??= this.#login().finally(() => {
      this.#coming = null;
    });
    this.#held = await this.#coming;
    return this.#held.token;
  }

  /** The source refused this token, whatever its age. */
  refused(token: string): void {
    if (this.#held?.token === token) this.#held = null;
  }

  async #login(): Promise<Held> {
    const asked = this.#parts.clock.monotonic();
    for (const url of this.#addresses()) {
      const answer = await this.#send(url);
      const told = readEnvelope(answer, this.#parts.settings);
      if (told.kind === 'absent' && told.route) continue;
      const token = told.kind === 'entity' ? tokenIn(told.entity) : null;
      if (token !== null) {
        this.#address = url;
        return { token, renewAt: asked + this.#lifeMs(token) * RENEW_AT };
      }
      if (told.kind === 'throttled' || (told.kind === 'failed' && told.status >= 500) || told.kind === 'garbled') {
        throw new ChangeoverError('DINAMIK_UNAVAILABLE', `the login was answered with status ${answer.status}`, {
          place: { url },
        });
      }
      const why = 'message' in told ? told.message : 'the answer has no token';
      throw new ChangeoverError('DINAMIK_CREDENTIALS', `no login: ${why}`, { place: { url } });
    }
    throw new ChangeoverError('DINAMIK_NO_LOGIN', `no login at ${this.#addresses().join(', ')}`);
  }

  #addresses(): readonly string[] {
    if (this.#address !== null) return [this.#address];
    const { url, loginPaths } = this.#parts.settings;
    const bases = [...new Set([url, new URL(url).origin])];
    return bases.flatMap((base) => loginPaths.map((path) => `${base}${path}`));
  }

  #send(url: string): Promise<HttpResponse> {
    const { http, apiKey, apiSecret } = this.#parts;
    return http.send({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ apiKey: apiKey(), apiSecret: apiSecret() }),
    });
  }

  /** As a JSON web token tells it, else as the settings assume. */
  #lifeMs(token: string): number {
    const assumed = this.#parts.settings.tokenMinutes * 60_000;
    try {
      const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
      const end = isObject(claims) ? claims.exp : null;
      return typeof end === 'number' ? Math.max(1000, end * 1000 - this.#parts.clock.now()) : assumed;
    } catch {
      return assumed;
    }
  }
}

function tokenIn(entity: JsonObject): string | null {
  const token = textOf(entity.token) ?? textOf(entity.accessToken) ?? textOf(entity.access_token);
  if (token !== null) return token;
  for (const inside of [entity.entity, entity.data, entity.result]) {
    const found = isObject(inside) ? tokenIn(inside) : null;
    if (found !== null) return found;
  }
  return null;
}
