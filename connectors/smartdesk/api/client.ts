import { ChangeoverError } from '../../../src/core/errors.ts';
import { parseExactly } from '../../../src/core/exact-json.ts';
import { confined } from '../../../src/core/http.ts';
import type { Clock, Http, HttpResponse, Random } from '../../../src/core/ports.ts';
import { retryAfterMs } from '../../../src/core/retry-after.ts';
import type { SourceTraffic } from '../../../src/source/connector.ts';
import type { ApiSettings } from './settings.ts';

export interface ClientParts {
  readonly http: Http;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: ApiSettings;
  readonly key: () => string;
  readonly traffic: SourceTraffic | undefined;
}

/** A call waits no longer than this inside; then the read stops and is made again later. */
const LONGEST_WAIT_MS = 300_000;
const FIRST_WAIT_MS = 1_000;
/** Where a refusal does not say how long to wait. */
const THROTTLED_WAIT_MS = 10_000;
/** Answers that may be a bad moment are asked for again so often. */
const ATTEMPTS = 4;
const MINUTE_MS = 60_000;

type Outcome =
  | { readonly kind: 'answer'; readonly body: unknown }
  | { readonly kind: 'again' | 'throttled'; readonly waitMs: number | null; readonly error: ChangeoverError };

/** Calls of a customer's API: one after the other, within the limit, asked again where that may help. All are reads. */
export class Client {
  readonly #parts: ClientParts;
  readonly #http: Http;
  /** No call begins before this, by the monotonic clock. */
  #restUntil = 0;

  constructor(parts: ClientParts) {
    this.#parts = parts;
    this.#http = confined(parts.http, [new URL(parts.settings.url).origin]);
  }

  /** The JSON of an answer, every digit kept. `path` lies below the address. */
  async get(path: string, signal: AbortSignal): Promise<unknown> {
    const { clock, traffic } = this.#parts;
    let waited = 0;
    for (let attempt = 1; ; attempt += 1) {
      await this.#turn(signal);
      const outcome = await this.#once(path, signal);
      if (outcome.kind === 'answer') return outcome.body;
      if (outcome.kind === 'again' && attempt >= ATTEMPTS) throw outcome.error;
      const wait = outcome.waitMs ?? this.#backoff(attempt);
      waited += wait;
      if (waited > LONGEST_WAIT_MS) throw outcome.error;
      traffic?.waited(outcome.kind, wait / 1000);
      this.#restUntil = Math.max(this.#restUntil, clock.monotonic() + wait);
    }
  }

  /** Calls are spread evenly: so no minute, wherever it begins, holds more than may be made. */
  async #turn(signal: AbortSignal): Promise<void> {
    const { clock, settings } = this.#parts;
    const rest = this.#restUntil - clock.monotonic();
    if (rest > 0) await clock.sleep(rest, signal);
    this.#restUntil = clock.monotonic() + MINUTE_MS / settings.callsPerMinute;
  }

  #backoff(attempt: number): number {
    return Math.round(FIRST_WAIT_MS * 2 ** (attempt - 1) * (0.75 + this.#parts.random.next() / 2));
  }

  async #once(path: string, signal: AbortSignal): Promise<Outcome> {
    const { settings, traffic, key } = this.#parts;
    const place = { place: { url: `${settings.url}/${path.split('?')[0]}` } };
    const credential = settings.scheme === '' ? key() : `${settings.scheme} ${key()}`;
    try {
      const answer = await this.#http.send({
        method: 'GET',
        url: `${settings.url}/${path}`,
        headers: { accept: 'application/json', [settings.header]: credential },
        signal,
      });
      traffic?.requested(String(answer.status));
      return this.#judge(answer, place);
    } catch (thrown) {
      if (!(thrown instanceof ChangeoverError) || thrown.retry !== 'later' || signal.aborted) throw thrown;
      traffic?.requested('none');
      return { kind: 'again', waitMs: null, error: thrown };
    }
  }

  #judge({ status, headers, text }: HttpResponse, place: { readonly place: { readonly url: string } }): Outcome {
    const waitMs = retryAfterMs(headers['retry-after'], headers.date, this.#parts.clock.now());
    if (status === 401 || status === 403)
      throw new ChangeoverError('SOURCE_CREDENTIALS', `the key was refused with status ${status}`, place);
    if (status === 404) throw new ChangeoverError('SOURCE_OBJECT_GONE', 'there is nothing at this path', place);
    if (status === 429) {
      const error = new ChangeoverError('SOURCE_THROTTLED', 'too many calls', place);
      return { kind: 'throttled', waitMs: waitMs ?? THROTTLED_WAIT_MS, error };
    }
    if (status >= 500)
      return { kind: 'again', waitMs, error: new ChangeoverError('SOURCE_UNAVAILABLE', `status ${status}`, place) };
    if (status !== 200) throw new ChangeoverError('SOURCE_REFUSED', `status ${status}: ${text.slice(0, 300)}`, place);
    try {
      return { kind: 'answer', body: parseExactly(text) };
    } catch (cause) {
      const error = new ChangeoverError('SOURCE_BAD_ANSWER', `no JSON: ${text.slice(0, 100)}`, { ...place, cause });
      return { kind: 'again', waitMs: null, error };
    }
  }
}
