import { z } from 'zod';
import { ChangeoverError } from '../core/errors.ts';
import type { Clock, HttpStream, HttpStreams } from '../core/ports.ts';
import { retryAfterMs } from '../core/retry-after.ts';

/** What a user may allow for files that records name by address: nothing is called that does not stand here. */
export const downloadSettings = {
  origins: z
    .array(z.url({ protocol: /^https?$/ }).transform((url) => new URL(url).origin))
    .default([])
    .meta({
      description:
        'Origins that files named by address may be fetched from, redirects included: `[https://files.firm.example]`. No credential is sent. Empty: none is fetched, each is listed.',
    }),
  privateAddresses: z.boolean().default(false).meta({
    description: 'Whether these origins may stand for addresses of a private network, this machine included.',
  }),
};

export interface DownloadRules {
  /** Scheme, host and port, as `URL.origin` has them. */
  readonly origins: readonly string[];
  readonly privateAddresses: boolean;
  /** Origin of the source itself, as the configuration names it: allowed, wherever it lies. */
  readonly own?: string;
}

const MOST_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Refusals of the moment; with them, everything from 500 on. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);
/** Nothing came for so long. */
const SILENCE_MS = 60_000;

/** Whether a reference names a place of the web, and not a path. */
export function isAddress(reference: string): boolean {
  return /^https?:\/\//i.test(reference);
}

/** Fetches files from addresses that records name: from allowed origins alone, without any credential. */
export class Downloads {
  readonly #http: HttpStreams | undefined;
  readonly #clock: Clock;
  readonly #rules: DownloadRules;

  /** `http` left out: nothing is fetched. */
  constructor(http: HttpStreams | undefined, clock: Clock, rules: DownloadRules) {
    this.#http = http;
    this.#clock = clock;
    this.#rules = rules;
  }

  /**
   * The bytes at an address, as they come. `headers` go to the first origin alone.
   * @throws DOWNLOAD_NOT_ALLOWED, HTTP_PRIVATE_ADDRESS, DOWNLOAD_MISSING, DOWNLOAD_REFUSED; DOWNLOAD_FAILED and what HTTP
   * throws where it may go better later.
   */
  async open(
    address: string,
    signal: AbortSignal,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<AsyncIterable<Uint8Array>> {
    let url = this.#allowed(address, null);
    let sent = headers;
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
      const answer = await this.#get(url, sent, signal);
      if (!REDIRECTS.has(answer.status)) return this.#body(answer, url);
      answer.discard();
      const next = this.#allowed(answer.headers.location ?? '', url);
      if (next.origin !== url.origin) sent = {};
      url = next;
    }
    throw new ChangeoverError('DOWNLOAD_REFUSED', `more than ${MOST_REDIRECTS} redirects`, placeOf(url));
  }

  #get(url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpStream> {
    if (this.#http === undefined)
      throw new ChangeoverError('DOWNLOAD_NOT_ALLOWED', 'no file is fetched by address here', placeOf(url));
    return this.#http.open({
      method: 'GET',
      url: url.href,
      // Packed answers would have to be unpacked, and their size could not be foreseen.
      headers: { accept: '*/*', 'accept-encoding': 'identity', ...headers },
      timeoutMs: SILENCE_MS,
      signal,
      publicOnly: !this.#rules.privateAddresses && url.origin !== this.#rules.own,
    });
  }

  /** `from`: where a redirect came from, of which it may be relative. */
  #allowed(address: string, from: URL | null): URL {
    const url = URL.parse(address, from?.href);
    const what = from === null ? 'the address' : 'a redirect';
    if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
      throw new ChangeoverError(
        'DOWNLOAD_NOT_ALLOWED',
        `${what} is no address of the web`,
        from === null ? {} : placeOf(from),
      );
    }
    if (url.username !== '' || url.password !== '')
      throw new ChangeoverError('DOWNLOAD_NOT_ALLOWED', `${what} carries a user or a password`, placeOf(url));
    if (url.origin !== this.#rules.own && !this.#rules.origins.includes(url.origin)) {
      throw new ChangeoverError(
        'DOWNLOAD_NOT_ALLOWED',
        `${what} is at ${url.origin}, which is not among the allowed origins`,
        placeOf(url),
      );
    }
    url.hash = '';
    return url;
  }

  #body(answer: HttpStream, url: URL): AsyncIterable<Uint8Array> {
    const { status, headers } = answer;
    if (status === 200) {
      const packed = headers['content-encoding'] ?? 'identity';
      if (packed.toLowerCase() === 'identity') return answer.body;
      answer.discard();
      throw new ChangeoverError(
        'DOWNLOAD_REFUSED',
        `the answer is packed (${packed}), which was not asked for`,
        placeOf(url),
      );
    }
    answer.discard();
    const message = `the address answered ${status}`;
    if (status === 404 || status === 410) throw new ChangeoverError('DOWNLOAD_MISSING', message, placeOf(url));
    if (status < 500 && !PASSING.has(status)) throw new ChangeoverError('DOWNLOAD_REFUSED', message, placeOf(url));
    const wait = retryAfterMs(headers['retry-after'], headers.date, this.#clock.now());
    throw new ChangeoverError('DOWNLOAD_FAILED', message, {
      ...placeOf(url),
      ...(wait === null ? {} : { retryAfterMs: wait }),
    });
  }
}

/** Without its query, which may carry a token. */
function placeOf(url: URL) {
  return { place: { url: `${url.origin}${url.pathname}` } };
}
