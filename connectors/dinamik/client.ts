import { ChangeoverError } from '../../src/core/errors.ts';
import type { JsonObject } from '../../src/core/exact-json.ts';
import { confined } from '../../src/core/http.ts';
import type { Clock, Http, HttpRequest, HttpResponse, Random } from '../../src/core/ports.ts';
import { retryAfterMs } from '../../src/core/retry-after.ts';
import type { SourcePace, SourceTraffic } from '../../src/source/connector.ts';
import { readEnvelope, type Told } from './envelope.ts';
import { type Judged, Pace, type Verdict } from './pace.ts';
import { Session } from './session.ts';
import type { Settings } from './settings.ts';

export interface ClientParts {
  readonly http: Http;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: Settings;
  readonly apiKey: () => string;
  readonly apiSecret: () => string;
  readonly traffic: SourceTraffic | undefined;
}

/** What a read of the API may come to; everything else is thrown. */
export type Answer =
  | { readonly kind: 'list'; readonly rows: readonly JsonObject[]; readonly total: number | null }
  | { readonly kind: 'entity'; readonly entity: JsonObject }
  | { readonly kind: 'absent'; readonly route: boolean };

/** A call waits no longer than this inside; then its read stops and goes on later from its checkpoint. */
const LONGEST_WAIT_MS = 900_000;
const FIRST_WAIT_MS = 1_000;
/** Answers that may be a bad moment are asked for again so often. */
const ATTEMPTS = 4;

/** Calls the API: login, pace, envelopes. Every call is a read, so sending it again is safe. */
export class Client {
  readonly #parts: ClientParts;
  readonly #http: Http;
  readonly #session: Session;
  readonly #pace: Pace;

  constructor(parts: ClientParts) {
    this.#parts = parts;
    const { settings, clock } = parts;
    this.#http = confined(parts.http, [new URL(settings.url).origin]);
    this.#session = new Session({ ...parts, send: (request) => this.#paced(request) });
    this.#pace = new Pace(clock, { ...settings.callsPerSecond, mostAtOnce: settings.concurrency });
  }

  get pace(): SourcePace {
    return this.#pace.state;
  }

  /** Where the login was answered; logs in where nobody has yet. */
  async loginAddress(): Promise<string> {
    await this.#session.token();
    return this.#session.address ?? '';
  }

  /** `path` below `/api/`; what is not plain must be encoded already. */
  async get(path: string, signal?: AbortSignal): Promise<Answer> {
    const url = `${this.#parts.settings.url}/api/${path}`;
    let waited = 0;
    for (let attempt = 1; ; attempt += 1) {
      signal?.throwIfAborted();
      const outcome = await this.#once(url, signal);
      if (outcome.kind === 'answer') return outcome.answer;
      // Refused calls are asked again at the pace that came of the refusal: that is a wait of its own.
      const atOnce = outcome.kind === 'throttled' || (outcome.cause === 'session' && attempt === 1);
      const wait = atOnce ? 0 : this.#backoff(attempt);
      waited += outcome.kind === 'throttled' ? outcome.waitedMs : wait;
      const hopeless = outcome.kind === 'again' && attempt >= ATTEMPTS;
      if (hopeless || waited > LONGEST_WAIT_MS) throw outcome.error;
      if (wait === 0) continue;
      this.#parts.traffic?.waited(outcome.cause, wait / 1000);
      await this.#parts.clock.sleep(wait, signal);
    }
  }

  #backoff(attempt: number): number {
    return Math.round(FIRST_WAIT_MS * 2 ** (attempt - 1) * (0.75 + this.#parts.random.next() / 2));
  }

  async #once(url: string, signal: AbortSignal | undefined): Promise<Outcome> {
    const { traffic, clock } = this.#parts;
    const asked = clock.monotonic();
    const token = await this.#session.token();
    const outcome = await this.#pace.run(() => this.#sent(url, token, signal), signal);
    traffic?.paced?.(this.#pace.state);
    if (outcome.kind !== 'throttled') return outcome;
    const waitedMs = clock.monotonic() - asked;
    traffic?.waited('throttled', waitedMs / 1000);
    return { ...outcome, waitedMs };
  }

  /** A login, in its turn. */
  #paced(request: HttpRequest): Promise<HttpResponse> {
    return this.#pace.run(async () => {
      const answer = await this.#http.send(request);
      return { value: answer, verdict: this.#verdict(answer, readEnvelope(answer, this.#parts.settings)) };
    });
  }

  #verdict({ headers }: HttpResponse, told: Told): Verdict {
    if (told.kind !== 'throttled') return { kind: 'granted' };
    return { kind: 'refused', waitMs: retryAfterMs(headers['retry-after'], headers.date, this.#parts.clock.now()) };
  }

  async #sent(url: string, token: string, signal: AbortSignal | undefined): Promise<Judged<Outcome>> {
    const { traffic, settings } = this.#parts;
    let answer: HttpResponse;
    try {
      answer = await this.#http.send({
        method: 'GET',
        url,
        headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (thrown) {
      if (!(thrown instanceof ChangeoverError) || thrown.retry !== 'later' || signal?.aborted === true) throw thrown;
      traffic?.requested('none');
      return { value: { kind: 'again', cause: 'unanswered', error: thrown }, verdict: { kind: 'unknown' } };
    }
    traffic?.requested(String(answer.status));
    const told = readEnvelope(answer, settings);
    if (told.kind === 'session') this.#session.refused(token);
    return {
      value: this.#outcome(told, url),
      verdict: this.#verdict(answer, told),
    };
  }

  #outcome(told: Told, whole: string): Outcome {
    const url = whole.split('?')[0] ?? '';
    const place = { place: { url } };
    switch (told.kind) {
      case 'list':
      case 'entity':
        return { kind: 'answer', answer: told };
      case 'absent':
        return { kind: 'answer', answer: { kind: 'absent', route: told.route } };
      case 'throttled': {
        const error = new ChangeoverError('DINAMIK_THROTTLED', told.message, place);
        return { kind: 'throttled', cause: 'throttled', waitedMs: 0, error };
      }
      case 'session': {
        const error = new ChangeoverError('DINAMIK_SESSION', `a fresh token was refused: ${told.message}`, place);
        return { kind: 'again', cause: 'session', error };
      }
      case 'garbled': {
        const error = new ChangeoverError('DINAMIK_BAD_ANSWER', `no envelope: ${told.excerpt}`, place);
        return { kind: 'again', cause: 'bad-answer', error };
      }
      case 'failed': {
        if (told.status === 403) throw new ChangeoverError('DINAMIK_PRIVILEGE', told.message, place);
        const flagged = told.status >= 200 && told.status < 300;
        const code = flagged ? 'DINAMIK_ERROR_FLAG' : told.status >= 500 ? 'DINAMIK_UNAVAILABLE' : 'DINAMIK_REFUSED';
        const error = new ChangeoverError(code, `status ${told.status}: ${told.message}`, place);
        if (code === 'DINAMIK_REFUSED') throw error;
        return { kind: 'again', cause: flagged ? 'error-flag' : 'unavailable', error };
      }
    }
  }
}

type Outcome =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'again'; readonly cause: string; readonly error: ChangeoverError }
  | { readonly kind: 'throttled'; readonly cause: string; readonly waitedMs: number; readonly error: ChangeoverError };
