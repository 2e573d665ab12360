import { asChangeoverError, ChangeoverError } from '../core/errors.ts';
import type { Clock, Http, HttpRequest, Logger } from '../core/ports.ts';
import { type Answer, classifyGraphql, classifyRest, number, type RawAnswer, type ThrottlingForm } from './answers.ts';
import type { Budget, BudgetAnswer } from './budget.ts';
import type { CallOptions } from './twenty.ts';

/** One finished call, for metrics. `status` is the HTTP status, or why there is none. */
export interface CallEvent {
  readonly operation: string;
  readonly object: string | null;
  readonly status: number | 'unanswered' | 'unreachable';
  readonly outcome: Answer['kind'];
  /** How the limit was said to be reached, which the status alone does not tell. */
  readonly throttling?: ThrottlingForm;
  readonly seconds: number;
}

export interface TransportOptions {
  /** The server itself: `https://crm.example.com`. A path in front of the API is kept. */
  readonly url: string;
  readonly apiKey: string;
  readonly http: Http;
  readonly clock: Clock;
  readonly budget: Budget;
  readonly logger: Logger;
  /** Milliseconds until a call counts as unanswered. */
  readonly timeoutMs?: number;
  readonly observe?: (event: CallEvent) => void;
}

export interface Call {
  readonly operation: string;
  readonly object: string | null;
  readonly method: HttpRequest['method'];
  /** Begins with a slash. */
  readonly path: string;
  readonly body?: string;
  readonly form: 'rest' | 'graphql';
  /** Instead of `body`: what is too large to be held. */
  readonly stream?: {
    readonly type: string;
    readonly length: number;
    bytes(): AsyncIterable<Uint8Array>;
    readonly timeoutMs: number;
  };
}

/** Grows with every failure in a row, up to a minute; any answer of the application resets it. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/** Makes calls: authorization, budget, classification, metrics. Never repeats one. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #base: string;
  #failures = 0;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#base = baseOf(options.url);
  }

  get url(): string {
    return this.#base;
  }

  /** A call that costs a token of the budget. */
  async spend(call: Call, options: CallOptions): Promise<Answer> {
    const permit = await this.#options.budget.acquire(options.lane, options.signal);
    try {
      const { answer, raw } = await this.#send(call, options.signal);
      permit.settle(budgetAnswer(answer, raw));
      return answer;
    } catch (thrown) {
      permit.settle({ kind: 'unknown' });
      throw thrown;
    }
  }

  /** A call to the metadata API, which isn't throttled (twenty.md O5). */
  async free(call: Call, signal?: AbortSignal): Promise<Answer> {
    return (await this.#send(call, signal)).answer;
  }

  /** How long to wait after the failures so far; counted by `spend` and `free`. */
  pauseMs(): number {
    return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, this.#failures - 1));
  }

  async #send(call: Call, signal: AbortSignal | undefined): Promise<{ answer: Answer; raw: RawAnswer | undefined }> {
    const { http, clock, apiKey, timeoutMs } = this.#options;
    const started = clock.monotonic();
    try {
      const response = await http.send({
        method: call.method,
        url: `${this.#base}${call.path}`,
        headers: {
          authorization: `Bearer ${apiKey}`,
          accept: 'application/json',
          ...contentOf(call),
        },
        ...bodyOf(call),
        ...(signal === undefined ? {} : { signal }),
        timeoutMs: call.stream?.timeoutMs ?? timeoutMs ?? 60_000,
      });
      const raw: RawAnswer = { ...response, body: parse(response.text) };
      const answer = call.form === 'rest' ? classifyRest(raw) : classifyGraphql(raw);
      this.#finish(call, response.status, answer, started, false);
      return { answer, raw };
    } catch (thrown) {
      const error = asChangeoverError(thrown);
      if (error.code === 'HTTP_UNREACHABLE') {
        const answer: Answer = { kind: 'outage', message: error.message, retryAfterMs: undefined };
        this.#finish(call, 'unreachable', answer, started, false);
        return { answer, raw: undefined };
      }
      if (error.code === 'HTTP_UNANSWERED') {
        const answer: Answer = { kind: 'unanswered', message: error.message };
        this.#finish(call, 'unanswered', answer, started, signal?.aborted === true);
        return { answer, raw: undefined };
      }
      throw error;
    }
  }

  /** `cancelled`: we gave the call up ourselves, which says nothing of the server. */
  #finish(call: Call, status: CallEvent['status'], answer: Answer, started: number, cancelled: boolean): void {
    const { budget, clock, logger, observe } = this.#options;
    const seconds = (clock.monotonic() - started) / 1000;
    const event: CallEvent = {
      operation: call.operation,
      object: call.object,
      status,
      outcome: answer.kind,
      seconds,
      ...(answer.kind === 'throttled' ? { throttling: answer.form } : {}),
    };
    observe?.(event);
    if (cancelled) return;
    if (answer.kind === 'outage' || answer.kind === 'unanswered') {
      this.#failures += 1;
      budget.pause(answer.kind === 'outage' ? (answer.retryAfterMs ?? this.pauseMs()) : this.pauseMs(), 'outage');
      logger.warn({ ...event, message: answer.message, failures: this.#failures }, 'Twenty did not do a call');
      return;
    }
    this.#failures = 0;
    logger.debug({ ...event }, 'Twenty answered');
  }
}

function contentOf({ body, stream }: Call): Readonly<Record<string, string>> {
  // A server that guards against forged forms takes a multipart request only with a header that no form can send.
  if (stream !== undefined) {
    return {
      'content-type': stream.type,
      'content-length': String(stream.length),
      'apollo-require-preflight': 'true',
    };
  }
  return body === undefined ? {} : { 'content-type': 'application/json' };
}

function bodyOf({ body, stream }: Call): Pick<HttpRequest, 'body'> {
  if (stream !== undefined) return { body: stream.bytes() };
  return body === undefined ? {} : { body };
}

function budgetAnswer(answer: Answer, raw: RawAnswer | undefined): BudgetAnswer {
  if (raw === undefined || answer.kind === 'unanswered') return { kind: 'unknown' };
  if (answer.kind === 'throttled') {
    return {
      kind: 'refused',
      form: answer.form,
      ...(answer.retryAfterMs === undefined ? {} : { retryAfterMs: answer.retryAfterMs }),
      ...(answer.limit === undefined ? {} : { limit: answer.limit }),
    };
  }
  const remaining = number(raw.headers['x-ratelimit-remaining']);
  const limit = number(raw.headers['x-ratelimit-limit']);
  return {
    kind: 'granted',
    ...(remaining === undefined ? {} : { remaining }),
    ...(limit === undefined ? {} : { limit }),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function baseOf(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null || (parsed.protocol !== 'https:' && parsed.protocol !== 'http:')) {
    throw new ChangeoverError('TWENTY_NOT_TWENTY', `not the address of a server: ${JSON.stringify(url)}`);
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw new ChangeoverError('TWENTY_NOT_TWENTY', 'the address of Twenty must not carry a user or password');
  }
  return `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`;
}
