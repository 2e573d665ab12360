import { ChangeoverError } from '../../src/core/errors.ts';
import { isObject, type JsonObject, parseExactly, textOf } from '../../src/core/exact-json.ts';
import { confined } from '../../src/core/http.ts';
import type { Clock, Http, HttpResponse, Random } from '../../src/core/ports.ts';
import type { SourceTraffic } from '../../src/source/connector.ts';
import type { Notices } from '../../src/source/notices.ts';
import { Allowance } from './allowance.ts';
import { Gate, retryAfterMs } from './gate.ts';
import type { Settings } from './settings.ts';
import { Token } from './token.ts';

export interface ClientParts {
  readonly http: Http;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: Settings;
  readonly secret: () => string;
  readonly traffic: SourceTraffic | undefined;
  readonly notices: Notices;
}

export interface ReadOptions {
  /** The whole of the header; the same on every page of one read. */
  readonly prefer?: string;
  readonly consistency?: 'Strong';
  readonly signal?: AbortSignal;
  /** The answer is a value by itself, not JSON. */
  readonly raw?: boolean;
}

/** One page of rows, with the links as they were given. */
export interface RowPage {
  readonly rows: readonly JsonObject[];
  readonly nextLink: string | null;
  readonly deltaLink: string | null;
}

/** What the environment said when it refused, beside our own code. */
export class Refused extends ChangeoverError {
  readonly status: number;
  readonly platformCode: string;

  constructor(status: number, platformCode: string, message: string) {
    super('DATAVERSE_REFUSED', message);
    this.status = status;
    this.platformCode = platformCode;
  }

  /** The delta token is too old, or older than the table's definition: only a full read helps (sources.md A3). */
  get expired(): boolean {
    return this.platformCode === EXPIRED || this.status === 410;
  }
}

const EXPIRED = '0x80044352';
const NOT_A_MEMBER = '0x80072560';
const LIMITS: Readonly<Record<string, string>> = {
  '0x80072322': 'requests',
  '0x80072321': 'execution-time',
  '0x80072326': 'concurrency',
};
/** A call waits no longer than this inside; then its read stops and goes on later from its checkpoint. */
const LONGEST_WAIT_MS = 300_000;
const FIRST_WAIT_MS = 1_000;
const FIVE_MINUTES_MS = 300_000;
const DAY_MS = 86_400_000;
/** For a window of five minutes a call waits inside; for a day the read stops, and goes on from its checkpoint. */
const LONGEST_OWN_WAIT_MS = 2 * FIVE_MINUTES_MS;
/** Clocks that are less apart than this are taken to agree. */
const NOTABLE_MINUTES = 5;
/** Answers that may be a gateway's bad moment are asked for again so often. */
const ATTEMPTS = 4;

/** Calls the Web API: token, limits, bounded concurrency; follows links only to its own origin, and as they were given. */
export class Client {
  readonly #parts: ClientParts;
  readonly #http: Http;
  readonly #token: Token;
  readonly #gate: Gate;
  readonly #allowance: Allowance;

  constructor(parts: ClientParts) {
    this.#parts = parts;
    this.#http = confined(parts.http, [parts.settings.url]);
    this.#token = new Token(parts.http, parts.clock, parts.settings, parts.secret);
    this.#gate = new Gate(parts.clock, parts.settings.concurrency);
    const { callsPerFiveMinutes, callsPerDay } = parts.settings;
    this.#allowance = new Allowance(parts.clock, [
      { calls: callsPerFiveMinutes, windowMs: FIVE_MINUTES_MS },
      ...(callsPerDay === undefined ? [] : [{ calls: callsPerDay, windowMs: DAY_MS }]),
    ]);
  }

  /** Behind `/api/data/v9.2/`; what is not plain must be encoded already. */
  urlOf(path: string): string {
    return `${this.#parts.settings.url}/api/data/v9.2/${path}`;
  }

  async get(path: string, options: ReadOptions = {}): Promise<JsonObject> {
    return this.#answered('GET', this.urlOf(path), undefined, options);
  }

  async post(path: string, body: unknown, signal?: AbortSignal): Promise<JsonObject> {
    const options = signal === undefined ? {} : { signal };
    return this.#answered('POST', this.urlOf(path), JSON.stringify(body), options);
  }

  /** A single value as it stands, `$value`; null where the row has none. */
  async text(path: string, signal: AbortSignal): Promise<string | null> {
    const body = await this.#answered('GET', this.urlOf(path), undefined, { signal, raw: true });
    return textOf(body.text);
  }

  /** A page of rows, from its whole address. */
  async page(url: string, options: ReadOptions = {}): Promise<RowPage> {
    const body = await this.#answered('GET', this.#own(url), undefined, options);
    // A delta without changes may come without `value` ("empty JSON", sources.md A3).
    const rows = body.value ?? [];
    if (!Array.isArray(rows) || !rows.every(isObject)) {
      throw new ChangeoverError('DATAVERSE_BAD_ANSWER', 'the answer has no list of rows', { place: { url } });
    }
    const link = (name: string): string | null => {
      const value = textOf(body[name]);
      return value === null ? null : this.#own(value);
    };
    return { rows, nextLink: link('@odata.nextLink'), deltaLink: link('@odata.deltaLink') };
  }

  /** All rows of a query, page by page. */
  async *rows(path: string, options: ReadOptions = {}): AsyncIterable<JsonObject> {
    let url: string | null = this.urlOf(path);
    while (url !== null) {
      const page: RowPage = await this.page(url, options);
      yield* page.rows;
      url = page.nextLink;
    }
  }

  #own(url: string): string {
    if (URL.canParse(url) && new URL(url).origin === this.#parts.settings.url) return url;
    throw new ChangeoverError('DATAVERSE_FOREIGN_LINK', 'a link leads to another origin', {
      place: { url: url.split('?')[0] ?? '' },
    });
  }

  /** Sends until there is an answer to work with. Every call is a read, so sending again is safe. */
  async #answered(
    method: 'GET' | 'POST',
    url: string,
    body: string | undefined,
    options: ReadOptions,
  ): Promise<JsonObject> {
    let waited = 0;
    for (let attempt = 1; ; attempt += 1) {
      options.signal?.throwIfAborted();
      const outcome = await this.#once(method, url, body, options);
      if (outcome.kind === 'answer') return outcome.body;
      const wait = outcome.waitMs ?? this.#backoff(attempt);
      waited += wait;
      const hopeless = outcome.kind === 'again' && attempt >= ATTEMPTS;
      if (hopeless || waited > LONGEST_WAIT_MS) throw outcome.error;
      this.#parts.traffic?.waited(outcome.cause, wait / 1000);
      if (outcome.kind === 'throttled') this.#gate.rest(wait);
      else await this.#parts.clock.sleep(wait, options.signal);
    }
  }

  /** Waits until one more call is within what the licence allows. @throws DATAVERSE_THROTTLED where that is far off. */
  async #allowed(signal: AbortSignal | undefined): Promise<void> {
    const { clock, traffic } = this.#parts;
    for (let wait = this.#allowance.take(); wait > 0; wait = this.#allowance.take()) {
      if (wait > LONGEST_OWN_WAIT_MS) {
        throw new ChangeoverError('DATAVERSE_THROTTLED', 'the calls of a day that the settings allow are used up', {
          retryAfterMs: wait,
        });
      }
      traffic?.waited('allowance', wait / 1000);
      await clock.sleep(wait, signal);
    }
  }

  #compareClocks(date: string | undefined): void {
    const theirs = Date.parse(date ?? '');
    if (Number.isNaN(theirs)) return;
    const minutes = Math.round((theirs - this.#parts.clock.now()) / 60_000);
    if (Math.abs(minutes) < NOTABLE_MINUTES) return;
    const message = `the clock of the environment is ${Math.abs(minutes)} minutes ${minutes > 0 ? 'ahead of' : 'behind'} ours`;
    this.#parts.notices.tell('DATAVERSE_CLOCK_SKEW', message);
  }

  #backoff(attempt: number): number {
    return Math.round(FIRST_WAIT_MS * 2 ** (attempt - 1) * (0.75 + this.#parts.random.next() / 2));
  }

  async #once(method: 'GET' | 'POST', url: string, body: string | undefined, options: ReadOptions): Promise<Outcome> {
    const { traffic, clock } = this.#parts;
    await this.#allowed(options.signal);
    let token = '';
    let answer: HttpResponse;
    try {
      answer = await this.#gate.run(async () => {
        // Only now: while the call waited for its turn, a token may have expired.
        token = await this.#token.value();
        return this.#http.send(request(method, url, body, token, options));
      }, options.signal);
    } catch (thrown) {
      if (!(thrown instanceof ChangeoverError) || thrown.retry !== 'later' || options.signal?.aborted) throw thrown;
      traffic?.requested('none');
      return { kind: 'again', cause: 'unanswered', waitMs: null, error: thrown };
    }
    traffic?.requested(String(answer.status));
    this.#compareClocks(answer.headers.date);
    const hint = Number(answer.headers['x-ms-dop-hint']);
    if (Number.isFinite(hint)) this.#gate.advise(hint);
    const wait = retryAfterMs(answer.headers['retry-after'], answer.headers.date, clock.now());
    return judge(answer, url, wait, options.raw === true ? rawOf : bodyOf, () => this.#token.refused(token));
  }
}

type Outcome =
  | { readonly kind: 'answer'; readonly body: JsonObject }
  | {
      readonly kind: 'again' | 'throttled';
      readonly cause: string;
      readonly waitMs: number | null;
      readonly error: ChangeoverError;
    };

function request(method: 'GET' | 'POST', url: string, body: string | undefined, token: string, options: ReadOptions) {
  return {
    method,
    url,
    headers: {
      authorization: `Bearer ${token}`,
      accept: options.raw === true ? 'text/plain' : 'application/json',
      'odata-maxversion': '4.0',
      'odata-version': '4.0',
      'if-none-match': 'null',
      ...(options.prefer === undefined ? {} : { prefer: options.prefer }),
      ...(options.consistency === undefined ? {} : { consistency: options.consistency }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
}

function judge(
  answer: HttpResponse,
  url: string,
  waitMs: number | null,
  read: (text: string) => JsonObject | null,
  tokenRefused: () => void,
): Outcome {
  const place = { place: { url: url.split('?')[0] ?? '' } };
  if (answer.status === 200) {
    // A gateway's page and a broken answer come with 200, too: seen here, so that they are asked for again.
    const body = read(answer.text);
    if (body !== null) return { kind: 'answer', body };
    const error = isWebPage(answer.text)
      ? new ChangeoverError('DATAVERSE_WEB_PAGE', 'a web page instead of JSON', place)
      : new ChangeoverError('DATAVERSE_BAD_ANSWER', 'an answer that is no whole JSON', place);
    return { kind: 'again', cause: 'bad-answer', waitMs, error };
  }
  if (answer.status === 204) return { kind: 'answer', body: {} };
  const { code, message } = errorOf(answer.text);
  if (answer.status === 401) {
    tokenRefused();
    const error = new ChangeoverError('DATAVERSE_UNAVAILABLE', `the token was refused: ${message}`, place);
    return { kind: 'again', cause: 'token', waitMs: 0, error };
  }
  if (answer.status === 429) {
    const details = waitMs === null ? place : { ...place, retryAfterMs: waitMs };
    const error = new ChangeoverError('DATAVERSE_THROTTLED', message, details);
    return { kind: 'throttled', cause: LIMITS[code] ?? 'throttled', waitMs, error };
  }
  if (answer.status === 403 && code === NOT_A_MEMBER) {
    throw new ChangeoverError('DATAVERSE_NO_APPLICATION_USER', message, place);
  }
  if (answer.status === 403) throw new ChangeoverError('DATAVERSE_PRIVILEGE', message, place);
  const refused = new Refused(answer.status, code, `${answer.status} ${code} ${message}`.trim());
  if (refused.expired) throw refused;
  if (answer.status >= 500 || answer.status === 408) {
    const error = new ChangeoverError('DATAVERSE_UNAVAILABLE', `status ${answer.status}: ${message}`, place);
    return { kind: 'again', cause: 'unavailable', waitMs, error };
  }
  throw refused;
}

function isWebPage(text: string): boolean {
  return /^\s*<(?:!doctype|html|head|body)/i.test(text);
}

/** A value by itself; a gateway's page is none. */
function rawOf(text: string): JsonObject | null {
  return isWebPage(text) ? null : { text };
}

function bodyOf(text: string): JsonObject | null {
  try {
    const body = parseExactly(text);
    return isObject(body) ? body : null;
  } catch {
    return null;
  }
}

function errorOf(text: string): { readonly code: string; readonly message: string } {
  try {
    const body: unknown = JSON.parse(text);
    const error = isObject(body) && isObject(body.error) ? body.error : {};
    return { code: textOf(error.code) ?? '', message: textOf(error.message) ?? '' };
  } catch {
    return { code: '', message: text.slice(0, 100) };
  }
}
