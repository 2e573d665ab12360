import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { NO_LIMITS, startTwentySandbox, type TwentySandbox } from '../../sandbox/twenty/index.ts';
import { Comparison, type Mismatch } from './compare.ts';
import { seedDemoRows } from './demo.ts';
import { type Exchange, requestBody, textsIn } from './recording.ts';

export interface Result {
  readonly title: string;
  readonly mismatches: readonly Mismatch[];
}

interface Answer {
  readonly status: number;
  readonly contentType: string | null;
  readonly body: unknown;
}

/** A call the recording leaves out although its answers show that it was made. */
interface Unrecorded {
  readonly before: Exchange['request'];
  readonly request: Exchange['request'];
}

const UNRECORDED = readFileSync(new URL('./unrecorded.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Unrecorded);

/** The name of the API key of the recording, as it stands in the rows it made. */
function keyName(exchanges: readonly Exchange[]): string {
  const found = /"source":"API","workspaceMemberId":null,"name":"([^"]*)"/.exec(JSON.stringify(exchanges));
  return found?.[1] ?? 'API';
}

/** Replays a recording, in order, against a fresh simulator. */
export async function replay(exchanges: readonly Exchange[]): Promise<Result[]> {
  const sandbox = await startTwentySandbox({ limits: NO_LIMITS, members: [], apiKeyName: keyName(exchanges) });
  try {
    const known = seedDemoRows(sandbox, exchanges);
    for (const object of sandbox.engine.model.objects()) for (const text of textsIn(object)) known.add(text);
    const session = new Session(sandbox, new Comparison(known));
    const results: Result[] = [];
    for (const exchange of exchanges) results.push(await session.run(exchange));
    return results;
  } finally {
    await sandbox.close();
  }
}

class Session {
  readonly #sandbox: TwentySandbox;
  readonly #comparison: Comparison;
  #uploadUrl = '';

  constructor(sandbox: TwentySandbox, comparison: Comparison) {
    this.#sandbox = sandbox;
    this.#comparison = comparison;
  }

  async run(exchange: Exchange): Promise<Result> {
    for (const { before, request } of UNRECORDED) {
      if (isDeepStrictEqual(before, exchange.request)) await this.#send(request, this.#sandbox.token);
    }
    this.#setLimits(exchange);
    this.#comparison.sent([exchange.request.path, ...textsIn(exchange.request.body)]);
    const answer = await this.#send(exchange.request, this.#token(exchange));
    const { status, headers, body } = exchange.response;
    const type = headers?.['content-type'];
    const mismatches = [
      ...this.#comparison.compare(status, answer.status, 'status'),
      ...(type === undefined ? [] : this.#comparison.compare(type, answer.contentType, 'content-type')),
      ...this.#comparison.compare(body ?? '', answer.body, 'body'),
    ];
    const upload = textsIn(answer.body).find((text) => text.includes('/file-upload/'));
    if (upload !== undefined) this.#uploadUrl = upload;
    return { title: exchange.title, mismatches };
  }

  /** Throttling is on, with an empty bucket, exactly where the recorded answer speaks of a limit. */
  #setLimits({ request, response }: Exchange): void {
    const limit = /Limit reached \((\d+) tokens per (\d+) ms\)/.exec(JSON.stringify(response.body ?? ''));
    if (limit !== null) {
      const bucket = { tokens: Number(limit[1]), windowMs: Number(limit[2]) };
      this.#sandbox.setLimits(bucket.windowMs > 1_000 ? { short: null, long: bucket } : { short: bucket, long: null });
      this.#sandbox.engine.limiter.drain(this.#sandbox.engine.clock.now());
    } else if (request.path.startsWith('/rest/') || request.path === '/graphql') this.#sandbox.setLimits(NO_LIMITS);
  }

  /** The recordings hold no headers: which token was sent can be told from the answer alone. */
  #token({ response }: Exchange): string | undefined {
    const text = JSON.stringify(response.body ?? '');
    if (text.includes('Missing authentication token')) return undefined;
    if (response.status === 401) return 'no-token-at-all';
    if (response.status === 403 && text.includes('JWT')) return 'aaaa.bbbb.cccc';
    return this.#sandbox.token;
  }

  async #send(request: Exchange['request'], token: string | undefined): Promise<Answer> {
    const upload = request.path === '(uploadUrl)';
    const url = upload ? this.#uploadUrl : this.#sandbox.url + this.#comparison.translate(request.path);
    const content = requestBody(request.body);
    const headers: Record<string, string> = { ...request.headers };
    if (!upload && token !== undefined) headers.authorization = `Bearer ${token}`;
    if (content !== undefined && !Buffer.isBuffer(content)) headers['content-type'] = 'application/json';
    const body = Buffer.isBuffer(content)
      ? new Uint8Array(content)
      : content === undefined
        ? null
        : this.#comparison.translate(JSON.stringify(content));
    const response = await fetch(url, { method: request.method, headers, body });
    const text = await response.text();
    const contentType = response.headers.get('content-type');
    const isJson = contentType?.startsWith('application/json') === true;
    return { status: response.status, contentType, body: isJson ? JSON.parse(text) : text };
  }
}
