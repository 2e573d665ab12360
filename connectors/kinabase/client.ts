import { asChangeoverError, ChangeoverError } from '../../src/core/errors.ts';
import { isObject, textOf } from '../../src/core/exact-json.ts';
import { confined } from '../../src/core/http.ts';
import type { Clock, Http, HttpRequest, HttpResponse, Random } from '../../src/core/ports.ts';
import { retryAfterMs } from '../../src/core/retry-after.ts';
import type { SourceTraffic } from '../../src/source/connector.ts';
import type { Downloads } from '../../src/source/download.ts';
import { judge, type Outcome } from './judge.ts';
import { Pace } from './pace.ts';
import type { Settings } from './settings.ts';
import { Token } from './token.ts';

export interface ClientParts {
  readonly http: Http;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: Settings;
  readonly secret: () => string;
  readonly traffic: SourceTraffic | undefined;
}

/** An answer's JSON, and when the service says that it was given; by our clock where it does not say. */
export interface Answered {
  readonly body: unknown;
  readonly at: number;
  /** Whether the service said it. */
  readonly dated: boolean;
}

/** A call waits no longer than this inside; then its read stops and goes on later from its checkpoint. */
const LONGEST_WAIT_MS = 300_000;
const FIRST_WAIT_MS = 1_000;
/** A minute's limit is free again after a minute at most. */
const THROTTLED_WAIT_MS = 15_000;
/** Answers that may be a gateway's bad moment are asked for again so often. */
const ATTEMPTS = 4;
/** A whole collection takes its time. */
const TIMEOUT_MS = 300_000;

/** Calls the API: token, pace, answers that have to be asked for again. Every call but that for a token is a read. */
export class Client {
  readonly #parts: ClientParts;
  readonly #http: Http;
  readonly #token: Token;
  readonly pace: Pace;

  constructor(parts: ClientParts) {
    this.#parts = parts;
    this.#http = confined(parts.http, [parts.settings.url]);
    this.pace = new Pace(parts.clock, parts.settings.callsPerMinute);
    this.#token = new Token(parts.clock, () => this.#fetchToken());
  }

  /** Sends until there is an answer to work with. `path` lies behind `/api/v1/`. */
  async get(path: string, signal?: AbortSignal): Promise<Answered> {
    const url = `${this.#parts.settings.url}/api/v1/${path}`;
    let waited = 0;
    let refusals = 0;
    for (let attempt = 1; ; attempt += 1) {
      signal?.throwIfAborted();
      const outcome = await this.#once(url, signal);
      if (outcome.kind === 'answer') {
        const { body, at } = outcome;
        return { body, at: at ?? this.#parts.clock.now(), dated: at !== null };
      }
      // A token that is refused as soon as it was given: it is not the token's age.
      if (outcome.kind === 'token') refusals += 1;
      if (refusals > 1) throw outcome.error;
      const wait = outcome.waitMs ?? this.#backoff(outcome, attempt);
      waited += wait;
      const hopeless = outcome.kind === 'again' && attempt >= ATTEMPTS;
      if (hopeless || waited > LONGEST_WAIT_MS) throw outcome.error;
      this.#parts.traffic?.waited(outcome.cause, wait / 1000);
      if (outcome.kind === 'throttled') this.pace.rest(wait);
      else await this.#parts.clock.sleep(wait, signal);
    }
  }

  /** The bytes of a file that the service itself gives, with the token: paced and told like any other read. */
  async open(url: string, downloads: Downloads, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    for (let attempt = 1; ; attempt += 1) {
      const token = await this.#token.value();
      await this.pace.take(signal);
      try {
        const bytes = await downloads.open(url, signal, { authorization: `Bearer ${token}` });
        this.#parts.traffic?.requested('200');
        return bytes;
      } catch (thrown) {
        const { code, message } = asChangeoverError(thrown);
        this.#parts.traffic?.requested(/answered (\d{3})/.exec(message)?.[1] ?? 'none');
        // A token that is refused as soon as it was given: it is not the token's age.
        if (code !== 'DOWNLOAD_REFUSED' || !message.endsWith('401') || attempt > 1) throw thrown;
        this.#token.refused(token);
      }
    }
  }

  #backoff({ kind }: Outcome, attempt: number): number {
    const jitter = 0.75 + this.#parts.random.next() / 2;
    return Math.round((kind === 'throttled' ? THROTTLED_WAIT_MS : FIRST_WAIT_MS * 2 ** (attempt - 1)) * jitter);
  }

  async #once(url: string, signal: AbortSignal | undefined): Promise<Outcome> {
    const { clock } = this.#parts;
    try {
      const token = await this.#token.value();
      const answer = await this.#send(
        { method: 'GET', url, headers: { accept: 'application/json', authorization: `Bearer ${token}` } },
        signal,
      );
      const outcome = judge(answer, withoutQuery(url), clock.now());
      if (outcome.kind === 'token') this.#token.refused(token);
      return outcome;
    } catch (thrown) {
      const error = asChangeoverError(thrown);
      if (error.retry !== 'later' || !error.code.startsWith('HTTP_') || signal?.aborted === true) throw thrown;
      return { kind: 'again', cause: 'unanswered', waitMs: null, error };
    }
  }

  async #send(request: HttpRequest, signal: AbortSignal | undefined): Promise<HttpResponse> {
    const { traffic } = this.#parts;
    await this.pace.take(signal);
    try {
      const answer = await this.#http.send({
        ...request,
        timeoutMs: TIMEOUT_MS,
        ...(signal === undefined ? {} : { signal }),
      });
      traffic?.requested(String(answer.status));
      return answer;
    } catch (thrown) {
      traffic?.requested('none');
      throw thrown;
    }
  }

  async #fetchToken(): Promise<string> {
    const { secretField, appId } = this.#parts.settings;
    const answer = await this.#askForToken(secretField);
    const token = tokenIn(answer);
    if (token !== null) return token;
    const said = `no token: ${textOf(parsed(answer.text).error)?.slice(0, 300) ?? `status ${answer.status}`}`;
    const other = await this.#otherName(secretField);
    if (other === null) throw new ChangeoverError('KINABASE_CREDENTIALS', said);
    throw new ChangeoverError('KINABASE_CREDENTIALS', `${said}; the service takes the secret of ${appId} as ${other}`, {
      hint: `Set \`secretField: ${other}\` in the settings of the source.`,
    });
  }

  /**
   * The other name under which the same service takes the same secret, where it does: the public pages contradict each other
   * (sources.md B). It is told and not used, so that what is sent is what the settings say.
   */
  async #otherName(refused: SecretField): Promise<SecretField | null> {
    const other = OTHER_NAME[refused];
    try {
      return tokenIn(await this.#askForToken(other)) === null ? null : other;
    } catch {
      return null;
    }
  }

  /** A call like every other: the limit may refuse it, and then it waits. */
  async #askForToken(name: SecretField): Promise<HttpResponse> {
    const { url, appId } = this.#parts.settings;
    const request: HttpRequest = {
      method: 'POST',
      url: `${url}/api/v1/token`,
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ appId, [name]: this.#parts.secret() }),
    };
    let answer = await this.#send(request, undefined);
    for (
      let waited = 0;
      answer.status === 429 && waited < LONGEST_WAIT_MS;
      answer = await this.#send(request, undefined)
    ) {
      const { headers } = answer;
      const wait = retryAfterMs(headers['retry-after'], headers.date, this.#parts.clock.now()) ?? THROTTLED_WAIT_MS;
      waited += wait;
      this.#parts.traffic?.waited('throttled', wait / 1000);
      this.pace.rest(wait);
    }
    if (answer.status === 429 || answer.status >= 500)
      throw new ChangeoverError('KINABASE_UNAVAILABLE', `no token: status ${answer.status}`);
    return answer;
  }
}

type SecretField = Settings['secretField'];
const OTHER_NAME: Readonly<Record<SecretField, SecretField>> = { appSecret: 'secret', secret: 'appSecret' };

function tokenIn({ status, text }: HttpResponse): string | null {
  const token = textOf(parsed(text).token);
  return status === 200 && token !== '' ? token : null;
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const body: unknown = JSON.parse(text);
    return isObject(body) ? body : {};
  } catch {
    return {};
  }
}

function withoutQuery(url: string): string {
  return url.split('?')[0] ?? '';
}
