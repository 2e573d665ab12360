import { readFileSync } from 'node:fs';
import { SimulatedClock } from '../core/clock.ts';
import { silentLogger } from '../core/logger.ts';
import type { Http, HttpRequest, HttpResponse } from '../core/ports.ts';
import { RateBudget } from './budget.ts';
import { TwentyClient } from './client.ts';
import { readWorkspace } from './metadata.ts';
import { Transport } from './transport.ts';

/** For the tests of this room: the recorded answers of a real server, and a client that speaks to a script. */

const FOLDER = new URL('../../test/fixtures/twenty/', import.meta.url);

export interface Exchange {
  readonly title: string;
  readonly request: { readonly method: string; readonly path: string; readonly body?: unknown };
  readonly response: { readonly status: number; readonly headers?: Record<string, string>; readonly body: unknown };
}

export function recordedExchanges(): readonly Exchange[] {
  const text = readFileSync(new URL('twenty-2.21.0-exchanges.jsonl', FOLDER), 'utf8');
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Exchange]));
}

export function exchange(title: string): Exchange {
  const found = recordedExchanges().find((candidate) => candidate.title === title);
  if (found === undefined) throw new Error(`no recorded exchange "${title}"`);
  return found;
}

export function recordedObjects(): string {
  return readFileSync(new URL('twenty-2.21.0-objects.json', FOLDER), 'utf8');
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    text: typeof body === 'string' ? body : JSON.stringify(body),
  };
}

/** An Http whose answers come from a function; every request is kept. */
export class ScriptedHttp implements Http {
  readonly requests: HttpRequest[] = [];
  readonly #answer: (request: HttpRequest, index: number) => HttpResponse | Promise<HttpResponse>;

  constructor(answer: (request: HttpRequest, index: number) => HttpResponse | Promise<HttpResponse>) {
    this.#answer = answer;
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    this.requests.push(request);
    return this.#answer(request, this.requests.length - 1);
  }

  bodies(): readonly Record<string, unknown>[] {
    return this.requests.map((request) => JSON.parse(String(request.body ?? '{}')) as Record<string, unknown>);
  }
}

export interface Scripted {
  readonly client: TwentyClient;
  readonly http: ScriptedHttp;
  readonly clock: SimulatedClock;
  readonly budget: RateBudget;
}

/** A client whose data model is the recorded one; other requests go to `answer`. */
export async function scriptedClient(
  answer: (request: HttpRequest, index: number) => HttpResponse | Promise<HttpResponse>,
): Promise<Scripted> {
  const clock = new SimulatedClock();
  const budget = new RateBudget({
    clock,
    initial: { tokens: 100, at: clock.now(), limit: { tokens: 100, windowMs: 60_000 } },
  });
  const http = new ScriptedHttp(answer);
  const options = { url: 'https://crm.example.com', apiKey: 'key', http, clock, budget, logger: silentLogger() };
  const model: Http = { send: async () => json(200, recordedObjects()) };
  const workspace = await readWorkspace(new Transport({ ...options, http: model }), clock);
  return { client: new TwentyClient(options, new Transport(options), workspace), http, clock, budget };
}
