import { ChangeoverError } from '../../src/core/errors.ts';
import type { Clock, Http, HttpRequest, HttpResponse } from '../../src/core/ports.ts';
import { seededRandom } from '../../src/core/random.ts';
import { type FaultPlan, Faults } from '../simulator/faults.ts';

export type Row = Readonly<Record<string, unknown>>;

/** How a customer's API gives its lists: nothing about it is public, so a connector must hold under each. */
export interface Manner {
  readonly paging: 'none' | 'page' | 'offset' | 'cursor';
  /** Whether answers say how many records there are in all. */
  readonly total: boolean;
  /** Page size that is given whatever is asked for; null: as asked. */
  readonly ownSize: number | null;
}

export type Fault = 'truncated' | 'throttled' | 'empty-page' | 'repeated-record' | 'unanswered' | 'forbidden';

/** Seconds that a refusal tells. */
const RETRY_AFTER = 12;

/** Records before a page, by the way in which it was asked for. */
const FROM: Readonly<Record<Manner['paging'], (query: URLSearchParams, size: number) => number>> = {
  none: () => 0,
  page: (query, size) => (Number(query.get('page') ?? 1) - 1) * size,
  offset: (query) => Number(query.get('offset') ?? 0),
  cursor: (query) => Number((query.get('cursor') ?? 'after-0').replace('after-', '')),
};

/** A customer's API of SmartDesk as connectors/smartdesk/README.md assumes it, without a socket: `/v1/{object}`, records under `data`. */
export class SmartDeskApi implements Http {
  readonly url = 'http://127.0.0.1';
  readonly #clock: Clock;
  readonly #manner: Manner;
  readonly #objects = new Map<string, Map<string, Row>>();
  readonly #faults = new Faults<Fault>(seededRandom(3));
  #keys = 1;
  /** Calls that were made. */
  calls = 0;

  constructor(clock: Clock, manner: Partial<Manner> = {}) {
    this.#clock = clock;
    this.#manner = { paging: 'page', total: true, ownSize: null, ...manner };
  }

  /** The key that is valid now. */
  get key(): string {
    return `simulated-key-${this.#keys}`;
  }

  /** An administrator makes a new key; the old one is refused from now on. */
  replaceKey(): void {
    this.#keys += 1;
  }

  /** Rows by id; writing here is what people do. */
  rows(object: string): Map<string, Row> {
    const rows = this.#objects.get(object) ?? new Map<string, Row>();
    this.#objects.set(object, rows);
    return rows;
  }

  drop(object: string): void {
    this.#objects.delete(object);
  }

  fault(plan: FaultPlan<Fault>): void {
    this.#faults.add(plan);
  }

  clearFaults(): void {
    this.#faults.clear();
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    const url = new URL(request.url);
    this.calls += 1;
    const fault = this.#faults.next(`GET ${url.pathname}${url.search}`);
    if (fault === 'unanswered') throw new ChangeoverError('HTTP_UNANSWERED', 'the connection was cut');
    if (fault === 'throttled') return this.#answer(429, { error: 'slow down' }, { 'retry-after': String(RETRY_AFTER) });
    if (fault === 'forbidden' || request.headers?.Authorization !== `Bearer ${this.key}`)
      return this.#answer(401, { error: 'key refused' });
    const rows = this.#objects.get(url.pathname.replace('/v1/', ''));
    if (rows === undefined) return this.#answer(404, { error: 'nothing here' });
    const answer = this.#list([...rows.values()], url.searchParams, fault);
    return fault === 'truncated'
      ? { ...answer, text: answer.text.slice(0, Math.ceil(answer.text.length / 2)) }
      : answer;
  }

  #list(rows: readonly Row[], query: URLSearchParams, fault: Fault | undefined): HttpResponse {
    const { paging, total, ownSize } = this.#manner;
    const size = paging === 'none' ? rows.length : (ownSize ?? Number(query.get('limit') ?? 100));
    const from = FROM[paging](query, size);
    const before = fault === 'repeated-record' ? rows.slice(Math.max(0, from - 1), from) : [];
    const data = fault === 'empty-page' ? [] : [...before, ...rows.slice(from, from + size)];
    const next = from + size < rows.length ? `after-${from + size}` : null;
    return this.#answer(200, {
      data,
      ...(total ? { meta: { total: rows.length } } : {}),
      ...(paging === 'cursor' ? { next } : {}),
    });
  }

  #answer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpResponse {
    return {
      status,
      headers: { 'content-type': 'application/json', date: new Date(this.#clock.now()).toUTCString(), ...headers },
      text: JSON.stringify(body),
    };
  }
}
