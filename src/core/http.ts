import { Readable } from 'node:stream';
import { Agent, type Dispatcher, request } from 'undici';
import { underAny } from './abort.ts';
import { ChangeoverError } from './errors.ts';
import type { Http, HttpRequest, HttpResponse, HttpStream, HttpStreams } from './ports.ts';
import { PRIVATE_ADDRESS, PublicAddresses } from './public-addresses.ts';

export interface HttpOptions {
  /** Connections per origin; more calls at once wait for one, unseen by whoever paces them. */
  readonly connections?: number;
  /** Used where a request names no time of its own. */
  readonly timeoutMs?: number;
  readonly connectTimeoutMs?: number;
  /** Origins that may see an authorization or cookie header; where given, such a request to any other is refused unsent. */
  readonly credentialOrigins?: readonly string[];
  /** Replaces the agent, for tests. */
  readonly dispatcher?: Dispatcher;
}

export interface ClosableHttp extends Http, HttpStreams {
  close(): Promise<void>;
}

/** An answer longer than this counts as no answer: nothing we ask for comes near it. */
const LONGEST_ANSWER = 256 * 1024 * 1024;

const CREDENTIAL_HEADERS = new Set(['authorization', 'proxy-authorization', 'cookie', 'x-api-key']);

/** Failures of which it is certain that no byte of the request was sent. */
const BEFORE_SENDING = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'EACCES',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_INVALID_ARG',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_INVALID_URL',
]);

/**
 * HTTP by undici. One request, one attempt: no redirect is followed (a redirect is an answer like any other), nothing is
 * retried. Throws HTTP_UNREACHABLE where nothing can have been sent, HTTP_UNANSWERED where it may have been.
 */
export function createHttp(options: HttpOptions = {}): ClosableHttp {
  const timeoutMs = options.timeoutMs ?? 60_000;
  const connect = { timeout: options.connectTimeoutMs ?? 10_000 };
  const agent = { connections: options.connections ?? 40, pipelining: 1 };
  const dispatcher = options.dispatcher ?? new Agent({ ...agent, connect, maxResponseSize: LONGEST_ANSWER });
  const addresses = new PublicAddresses();
  const outward = new Agent({ ...agent, connect: { ...connect, lookup: addresses.lookup } });
  const streamed = new Agent({ ...agent, connect });
  const trusted = options.credentialOrigins?.map((url) => new URL(url).origin);
  const through = (asked: HttpRequest, usual: Dispatcher): Dispatcher => {
    if (asked.publicOnly !== true) return usual;
    if (!addresses.mayName(new URL(asked.url).hostname)) throw privateAddress(asked);
    return outward;
  };
  return {
    send: async (asked) => {
      checkOrigin(asked, trusted);
      return send(asked, asked.timeoutMs ?? timeoutMs, through(asked, dispatcher));
    },
    open: async (asked) => {
      checkOrigin(asked, trusted);
      return openStream(asked, asked.timeoutMs ?? timeoutMs, through(asked, options.dispatcher ?? streamed));
    },
    close: async () => {
      await Promise.all([dispatcher, outward, streamed].map((one) => one.close()));
    },
  };
}

function privateAddress(asked: HttpRequest, cause?: unknown): ChangeoverError {
  return new ChangeoverError('HTTP_PRIVATE_ADDRESS', 'refused to call an address of a private network', {
    place: { url: withoutQuery(asked.url) },
    ...(cause === undefined ? {} : { cause }),
  });
}

function checkOrigin(asked: HttpRequest, trusted: readonly string[] | undefined): void {
  if (trusted === undefined || trusted.includes(new URL(asked.url).origin)) return;
  const leaked = Object.keys(asked.headers ?? {}).find((name) => CREDENTIAL_HEADERS.has(name.toLowerCase()));
  if (leaked === undefined) return;
  throw new ChangeoverError('HTTP_FOREIGN_ORIGIN', `refused to send "${leaked}" to another origin`, {
    place: { url: withoutQuery(asked.url) },
  });
}

/** The same connections for one party alone: its credentials never reach another origin. */
export function confined(http: Http, origins: readonly string[]): Http {
  return {
    send: async (asked) => {
      checkOrigin(asked, origins);
      return http.send(asked);
    },
  };
}

async function send(asked: HttpRequest, timeoutMs: number, dispatcher: Dispatcher): Promise<HttpResponse> {
  if (asked.signal?.aborted === true) {
    throw new ChangeoverError('CANCELLED', 'cancelled before the request was sent', { cause: asked.signal.reason });
  }
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    return await underAny(asked.signal === undefined ? [deadline] : [asked.signal, deadline], async (signal) => {
      const answer = await request(asked.url, {
        method: asked.method,
        dispatcher,
        signal,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
        ...(asked.headers === undefined ? {} : { headers: asked.headers }),
        ...bodyOf(asked),
      });
      const text = await answer.body.text();
      return { status: answer.statusCode, headers: flatten(answer.headers), text };
    });
  } catch (thrown) {
    throw failure(asked, timeoutMs, deadline, thrown);
  }
}

async function openStream(asked: HttpRequest, timeoutMs: number, dispatcher: Dispatcher): Promise<HttpStream> {
  if (asked.signal?.aborted === true) {
    throw new ChangeoverError('CANCELLED', 'cancelled before the request was sent', { cause: asked.signal.reason });
  }
  const never = new AbortController().signal;
  try {
    const answer = await request(asked.url, {
      method: asked.method,
      dispatcher,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      ...(asked.signal === undefined ? {} : { signal: asked.signal }),
      ...(asked.headers === undefined ? {} : { headers: asked.headers }),
      ...bodyOf(asked),
    });
    return {
      status: answer.statusCode,
      headers: flatten(answer.headers),
      body: chunksOf(answer.body, (thrown) => failure(asked, timeoutMs, never, thrown)),
      // Undici tells an error of its own of a body that nobody reads to its end.
      discard: () => void answer.body.on('error', () => undefined).destroy(),
    };
  } catch (thrown) {
    throw failure(asked, timeoutMs, never, thrown);
  }
}

async function* chunksOf(body: Readable, failed: (thrown: unknown) => ChangeoverError): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) yield chunk as Uint8Array;
  } catch (thrown) {
    throw failed(thrown);
  }
}

function bodyOf({ body }: HttpRequest): { readonly body?: string | Uint8Array | Readable } {
  if (body === undefined) return {};
  if (typeof body === 'string' || body instanceof Uint8Array) return { body };
  return { body: Readable.from(body, { objectMode: false }) };
}

function failure(asked: HttpRequest, timeoutMs: number, deadline: AbortSignal, thrown: unknown): ChangeoverError {
  const place = { url: withoutQuery(asked.url) };
  const codes = codesOf(thrown);
  if (codes.includes(PRIVATE_ADDRESS)) return privateAddress(asked, thrown);
  if (codes.length > 0 && codes.every((code) => BEFORE_SENDING.has(code))) {
    return new ChangeoverError('HTTP_UNREACHABLE', `${asked.method} could not be sent: ${codes.join(', ')}`, {
      place,
      cause: thrown,
    });
  }
  const why = deadline.aborted
    ? `no answer within ${timeoutMs} ms`
    : asked.signal?.aborted === true
      ? 'cancelled in flight'
      : codes.join(', ') || (thrown instanceof Error ? thrown.message : String(thrown));
  return new ChangeoverError('HTTP_UNANSWERED', `${asked.method} got no answer: ${why}`, { place, cause: thrown });
}

/** The codes of an error; of an error made of several attempts (one per address), those of each. */
function codesOf(thrown: unknown): readonly string[] {
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return thrown.errors.flatMap(codesOf);
  if (typeof thrown !== 'object' || thrown === null) return [];
  const { code, cause } = thrown as { code?: unknown; cause?: unknown };
  if (typeof code === 'string') return [code];
  return cause === undefined || cause === thrown ? [] : codesOf(cause);
}

function flatten(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

/** Queries may carry tokens (upload addresses do), so no error shows them. */
function withoutQuery(url: string): string {
  const at = url.search(/[?#]/);
  return at < 0 ? url : url.slice(0, at);
}
