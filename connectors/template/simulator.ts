import { ChangeoverError } from '../../src/core/errors.ts';
import type { Clock, Http, HttpRequest, HttpResponse, Random } from '../../src/core/ports.ts';

export interface Stored {
  readonly id: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What goes wrong with calls of a path, so many times or until it is cleared. */
export interface Fault {
  readonly kind: 'truncated' | 'throttled' | 'empty-page' | 'repeated-record' | 'unanswered';
  readonly match: RegExp;
  /** Calls to let pass first. */
  readonly after?: number;
  readonly count?: number;
}

interface Armed {
  readonly fault: Fault;
  skip: number;
  left: number;
}

/** Seconds that a refusal tells. */
const RETRY_AFTER = 12;

/** Template as its README assumes it to be: records by object, and the API in front of them, without a socket. */
export class Simulator implements Http {
  readonly url = 'http://127.0.0.1';
  readonly key = 'simulated-key';
  readonly #clock: Clock;
  readonly #random: Random;
  /** Page size that is given whatever is asked for; null: as asked. */
  readonly #ownPageSize: number | null;
  readonly #objects = new Map<string, Map<string, Stored>>();
  #token: string | null = null;
  #armed: Armed[] = [];
  #made = 0;

  constructor(clock: Clock, random: Random, ownPageSize: number | null = null) {
    this.#clock = clock;
    this.#random = random;
    this.#ownPageSize = ownPageSize;
  }

  define(object: string): void {
    this.#objects.set(object, new Map());
  }

  rename(object: string, name: string): void {
    this.#objects.set(name, this.#records(object));
    this.#objects.delete(object);
  }

  drop(object: string): void {
    this.#objects.delete(object);
  }

  all(object: string): readonly Stored[] {
    return [...(this.#objects.get(object)?.values() ?? [])];
  }

  create(object: string, fields: Stored['fields'], id?: string): Stored {
    this.#made += 1;
    const now = this.#clock.now();
    const record = { id: id ?? `r${this.#made}`, fields, createdAt: now, updatedAt: now };
    this.#records(object).set(record.id, record);
    return record;
  }

  update(object: string, id: string, fields: Stored['fields']): void {
    const before = this.#records(object).get(id);
    if (before === undefined) throw new Error(`${object} has no record ${id}`);
    const after = { ...before, fields: { ...before.fields, ...fields }, updatedAt: this.#clock.now() };
    this.#records(object).set(id, after);
  }

  remove(object: string, id: string): void {
    this.#records(object).delete(id);
  }

  /** The token that is out there is refused from now on. */
  expireToken(): void {
    this.#token = null;
  }

  fault(fault: Fault): void {
    this.#armed.push({ fault, skip: fault.after ?? 0, left: fault.count ?? Number.POSITIVE_INFINITY });
  }

  clearFaults(): void {
    this.#armed = [];
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    const url = new URL(request.url);
    const fault = this.#next(`${url.pathname}${url.search}`);
    if (fault === 'unanswered') throw new ChangeoverError('HTTP_UNANSWERED', 'the connection was cut');
    if (fault === 'throttled') return this.#answer(429, { error: 'slow down' }, { 'retry-after': String(RETRY_AFTER) });
    const answer = this.#work(request, url, fault);
    return fault === 'truncated'
      ? { ...answer, text: answer.text.slice(0, Math.ceil(answer.text.length / 2)) }
      : answer;
  }

  #work(request: HttpRequest, url: URL, fault: Fault['kind'] | null): HttpResponse {
    if (request.method === 'POST' && url.pathname === '/token') return this.#login(String(request.body));
    if (this.#token === null || request.headers?.authorization !== `Bearer ${this.#token}`)
      return this.#answer(401, { error: 'token refused' });
    const [object = '', id] = url.pathname.slice(1).split('/');
    const records = this.#objects.get(object);
    if (records === undefined) return this.#answer(404, { error: 'no such object' });
    if (id === undefined) return this.#list([...records.values()], url.searchParams, fault);
    const record = records.get(decodeURIComponent(id));
    return record === undefined ? this.#answer(404, { error: 'no such record' }) : this.#answer(200, shown(record));
  }

  #login(body: string): HttpResponse {
    if ((JSON.parse(body) as { key?: unknown }).key !== this.key) return this.#answer(401, { error: 'key refused' });
    this.#token = this.#random.uuid();
    return this.#answer(200, { token: this.#token });
  }

  #list(records: readonly Stored[], query: URLSearchParams, fault: Fault['kind'] | null): HttpResponse {
    const after = Date.parse(query.get('updatedAfter') ?? '');
    const found = Number.isNaN(after) ? records : records.filter(({ updatedAt }) => updatedAt > after);
    const size = this.#ownPageSize ?? Number(query.get('pageSize') ?? 100);
    const from = (Number(query.get('page') ?? 1) - 1) * size;
    const before = fault === 'repeated-record' ? found.slice(Math.max(0, from - 1), from) : [];
    const items = fault === 'empty-page' ? [] : [...before, ...found.slice(from, from + size)];
    return this.#answer(200, { items: items.map(shown), total: found.length });
  }

  #answer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpResponse {
    return {
      status,
      headers: { 'content-type': 'application/json', date: new Date(this.#clock.now()).toUTCString(), ...headers },
      text: JSON.stringify(body),
    };
  }

  #next(path: string): Fault['kind'] | null {
    const acting = this.#armed.find((armed) => {
      if (!armed.fault.match.test(path)) return false;
      armed.skip -= 1;
      return armed.skip < 0;
    });
    if (acting === undefined) return null;
    acting.left -= 1;
    this.#armed = this.#armed.filter(({ left }) => left > 0);
    return acting.fault.kind;
  }

  #records(object: string): Map<string, Stored> {
    const records = this.#objects.get(object);
    if (records === undefined) throw new Error(`there is no ${object}`);
    return records;
  }
}

function shown({ id, fields, createdAt, updatedAt }: Stored): unknown {
  const iso = (time: number): string => new Date(time).toISOString();
  return { ...fields, id, createdAt: iso(createdAt), updatedAt: iso(updatedAt) };
}
