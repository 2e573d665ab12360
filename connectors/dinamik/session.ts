import type { ErrorCode } from '../../src/core/error-codes.ts';
import { ChangeoverError } from '../../src/core/errors.ts';
import { isObject, type JsonObject, textOf } from '../../src/core/exact-json.ts';
import { sha256 } from '../../src/core/identifiers.ts';
import type { Clock, HttpRequest, HttpResponse } from '../../src/core/ports.ts';
import { readEnvelope, says, type Told } from './envelope.ts';
import type { Settings } from './settings.ts';

/** A token is renewed once this share of its life is over. */
const RENEW_AT = 0.8;
/** Logins that the source's limit refuses are tried again so often. */
const REFUSALS = 20;

/** Why an address gave no token; one that was asked in vain for good is not asked again. */
interface Failure {
  readonly kind: 'credentials' | 'unavailable' | 'refused' | 'garbled' | 'absent';
  readonly answer: string;
  readonly final: boolean;
}

/** What is said of several addresses that failed in their own ways: the first of these that is among them. */
const MOST_TELLING: readonly Failure['kind'][] = ['credentials', 'unavailable', 'refused', 'garbled', 'absent'];
const CODES: Readonly<Record<Failure['kind'], ErrorCode>> = {
  credentials: 'DINAMIK_CREDENTIALS',
  unavailable: 'DINAMIK_UNAVAILABLE',
  refused: 'DINAMIK_CREDENTIALS',
  garbled: 'DINAMIK_UNAVAILABLE',
  absent: 'DINAMIK_NO_LOGIN',
};

interface Held {
  readonly token: string;
  /** By the monotonic clock, so that a wrong wall clock does not matter. */
  readonly renewAt: number;
}

export interface SessionParts {
  /** Sends when its turn comes: a login counts against the limit like every other call. */
  readonly send: (request: HttpRequest) => Promise<HttpResponse>;
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
  /** Addresses that gave no token to the key and secret of `#given`. */
  readonly #failed = new Map<string, Failure>();
  #given: string | null = null;

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

  /**
   * Each address is asked once with the same key and secret, however often a login is wanted: nobody documents after how many
   * refusals an account is locked. Only one that was not there to answer is asked again.
   */
  async #login(): Promise<Held> {
    const given = sha256(JSON.stringify([this.#parts.apiKey(), this.#parts.apiSecret()]));
    if (given !== this.#given) this.#failed.clear();
    this.#given = given;
    for (const url of this.#addresses()) {
      const before = this.#failed.get(url);
      if (before?.kind === 'credentials') break;
      if (before?.final === true) continue;
      const { answer, told, asked } = await this.#granted(url);
      const token = told.kind === 'entity' ? tokenIn(told.entity) : null;
      if (token !== null) {
        this.#address = url;
        this.#failed.clear();
        return { token, renewAt: asked + this.#lifeMs(token) * RENEW_AT };
      }
      const failed = failureOf(answer, told, this.#parts.settings);
      this.#failed.set(url, failed);
      if (failed.kind === 'credentials') break;
    }
    throw this.#noLogin();
  }

  /** Names every address with what it answered. */
  #noLogin(): ChangeoverError {
    const failed = [...this.#failed].map(([url, failure]) => ({ url, ...failure }));
    const reason = MOST_TELLING.find((kind) => failed.some((one) => one.kind === kind)) ?? 'absent';
    const url = failed.find(({ kind }) => kind === reason)?.url ?? this.#parts.settings.url;
    const answers = failed.map((one) => `${one.url} answered ${one.answer}`).join('; ');
    return new ChangeoverError(CODES[reason], `no login: ${answers}`, { place: { url } });
  }

  /** The answer of a login that the limit let through, or of the last one that it did not. */
  async #granted(url: string): Promise<{ answer: HttpResponse; told: Told; asked: number }> {
    for (let refusals = 0; ; refusals += 1) {
      const asked = this.#parts.clock.monotonic();
      const answer = await this.#send(url);
      const told = readEnvelope(answer, this.#parts.settings);
      if (told.kind !== 'throttled' || refusals === REFUSALS) return { answer, told, asked };
    }
  }

  #addresses(): readonly string[] {
    if (this.#address !== null) return [this.#address];
    const { url, loginPaths } = this.#parts.settings;
    const bases = [...new Set([url, new URL(url).origin])];
    return bases.flatMap((base) => loginPaths.map((path) => `${base}${path}`));
  }

  #send(url: string): Promise<HttpResponse> {
    const { send, apiKey, apiSecret } = this.#parts;
    return send({
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

/**
 * A refusal ends the search only where it speaks of key or secret: an API asks for a token on every path, also on one that
 * does not exist, and then a 401 says nothing of the login.
 */
function failureOf({ status }: HttpResponse, told: Told, settings: Settings): Failure {
  const message = 'message' in told ? told.message : null;
  const answer = [`status ${status}`, ...(message === null || message === `status ${status}` ? [] : [message])].join(
    ': ',
  );
  switch (told.kind) {
    case 'throttled':
      return { kind: 'unavailable', answer, final: false };
    case 'garbled':
      return { kind: 'garbled', answer: `${answer} and no envelope`, final: false };
    case 'list':
    case 'entity':
      return { kind: 'refused', answer: `${answer} without a token`, final: true };
    case 'absent':
    case 'session':
    case 'failed': {
      if (told.kind === 'absent' && told.route) return { kind: 'absent', answer, final: true };
      if (told.kind === 'failed' && status >= 500) return { kind: 'unavailable', answer, final: false };
      const clear = says(told.message, settings.credentialTexts);
      return { kind: clear ? 'credentials' : 'refused', answer, final: true };
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
