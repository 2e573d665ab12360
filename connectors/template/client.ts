import { ChangeoverError } from '../../src/core/errors.ts';
import { isObject, parseExactly } from '../../src/core/exact-json.ts';
import { confined } from '../../src/core/http.ts';
import type { Clock, Http, HttpResponse, Random } from '../../src/core/ports.ts';
import { retryAfterMs } from '../../src/core/retry-after.ts';
import type { SourceTraffic } from '../../src/source/connector.ts';
import type { Settings } from './settings.ts';

export interface ClientParts {
  readonly http: Http;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: Settings;
  readonly key: () => string;
  readonly traffic: SourceTraffic | undefined;
}

/** An answer's JSON, and when the service says that it was given. Null where what was asked for is not there. */
export interface Answered {
  readonly body: unknown;
  /** By the service's clock, milliseconds; by ours where it does not say. */
  readonly at: number;
}

/** A call waits no longer than this inside; then its read stops and goes on later from its checkpoint. */
const LONGEST_WAIT_MS = 300_000;
const FIRST_WAIT_MS = 1_000;
/** Where a refusal does not say how long to wait. */
const THROTTLED_WAIT_MS = 10_000;
/** Answers that may be a bad moment are asked for again so often. */
const ATTEMPTS = 4;

/** Calls the API: token, limits, answers that have to be asked for again. Every call but that for a token is a read. */
export class Client {
  readonly #parts: ClientParts;
  readonly #http: Http;
  #token: string | null = null;
  /** No call begins before this, by the monotonic clock: the limit is the key's, so all calls rest. */
  #restUntil = 0;

  constructor(parts: ClientParts) {
    this.#parts = parts;
    this.#http = confined(parts.http, [new URL(parts.settings.url).origin]);
  }

  /** Sends until there is an answer to work with; null for a 404. `path` lies below the address. */
  async get(path: string, signal?: AbortSignal): Promise<Answered | null> {
    let waited = 0;
    let refusals = 0;
    for (let attempt = 1; ; attempt += 1) {
      const rest = this.#restUntil - this.#parts.clock.monotonic();
      if (rest > 0) await this.#parts.clock.sleep(rest, signal);
      const outcome = await this.#once(path, signal);
      if (outcome.kind === 'answer') return outcome.answer;
      // A token that is refused as soon as it was given: it is not the token's age.
      if (outcome.kind === 'token') refusals += 1;
      if (refusals > 1 || (outcome.kind === 'again' && attempt >= ATTEMPTS)) throw outcome.error;
      if (outcome.kind === 'token') continue;
      const wait = outcome.kind === 'throttled' ? outcome.waitMs : this.#backoff(attempt);
      waited += wait;
      if (waited > LONGEST_WAIT_MS) throw outcome.error;
      this.#parts.traffic?.waited(outcome.kind, wait / 1000);
      this.#restUntil = Math.max(this.#restUntil, this.#parts.clock.monotonic() + wait);
    }
  }

  #backoff(attempt: number): number {
    return Math.round(FIRST_WAIT_MS * 2 ** (attempt - 1) * (0.75 + this.#parts.random.next() / 2));
  }

  async #once(path: string, signal: AbortSignal | undefined): Promise<Outcome> {
    const { settings } = this.#parts;
    const place = { place: { url: `${settings.url}/${path.split('?')[0]}` } };
    if (this.#token === null) {
      const told = this.#judge(await this.#send('POST', 'token', { key: this.#parts.key() }, signal), place);
      if (told.kind === 'token')
        throw new ChangeoverError('SOURCE_CREDENTIALS', 'the key was refused', { cause: told.error });
      if (told.kind !== 'answer') return told;
      const token = isObject(told.answer?.body) ? told.answer.body.token : null;
      if (typeof token !== 'string') throw new ChangeoverError('SOURCE_CREDENTIALS', 'the answer has no token', place);
      this.#token = token;
    }
    const outcome = this.#judge(await this.#send('GET', path, null, signal), place);
    if (outcome.kind === 'token') this.#token = null;
    return outcome;
  }

  async #send(
    method: 'GET' | 'POST',
    path: string,
    body: object | null,
    signal: AbortSignal | undefined,
  ): Promise<HttpResponse | ChangeoverError> {
    const { settings, traffic } = this.#parts;
    try {
      const answer = await this.#http.send({
        method,
        url: `${settings.url}/${path}`,
        headers: {
          accept: 'application/json',
          ...(body === null ? { authorization: `Bearer ${this.#token}` } : { 'content-type': 'application/json' }),
        },
        ...(body === null ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      });
      traffic?.requested(String(answer.status));
      return answer;
    } catch (thrown) {
      if (!(thrown instanceof ChangeoverError) || thrown.retry !== 'later' || signal?.aborted === true) throw thrown;
      traffic?.requested('none');
      return thrown;
    }
  }

  #judge(answer: HttpResponse | ChangeoverError, place: { readonly place: { readonly url: string } }): Outcome {
    if (answer instanceof ChangeoverError) return { kind: 'again', error: answer };
    const { status, headers, text } = answer;
    const now = this.#parts.clock.now();
    if (status === 401)
      return { kind: 'token', error: new ChangeoverError('SOURCE_CREDENTIALS', 'a fresh token was refused', place) };
    if (status === 404) return { kind: 'answer', answer: null };
    if (status === 429) {
      const waitMs = retryAfterMs(headers['retry-after'], headers.date, now) ?? THROTTLED_WAIT_MS;
      return { kind: 'throttled', waitMs, error: new ChangeoverError('SOURCE_THROTTLED', 'too many calls', place) };
    }
    if (status >= 500)
      return { kind: 'again', error: new ChangeoverError('SOURCE_UNAVAILABLE', `status ${status}`, place) };
    if (status !== 200) throw new ChangeoverError('SOURCE_REFUSED', `status ${status}: ${text.slice(0, 300)}`, place);
    try {
      const at = Date.parse(headers.date ?? '');
      return { kind: 'answer', answer: { body: parseExactly(text), at: Number.isNaN(at) ? now : at } };
    } catch (cause) {
      const message = `no JSON: ${text.slice(0, 100)}`;
      return { kind: 'again', error: new ChangeoverError('SOURCE_BAD_ANSWER', message, { ...place, cause }) };
    }
  }
}

type Outcome =
  | { readonly kind: 'answer'; readonly answer: Answered | null }
  | { readonly kind: 'throttled'; readonly waitMs: number; readonly error: ChangeoverError }
  | { readonly kind: 'token' | 'again'; readonly error: ChangeoverError };
