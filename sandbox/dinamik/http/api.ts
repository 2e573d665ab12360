import type { Clock, HttpResponse, Random } from '../../../src/core/ports.ts';
import type { Faults } from '../../simulator/faults.ts';
import { Tokens } from '../../simulator/tokens.ts';
import { type Account, DETAILS, type Detail, detailsOf, type Json, type Row } from '../account.ts';
import type { Fault } from '../faults.ts';
import type { Switches } from '../switches.ts';
import type { Limiter } from './limit.ts';
import { WallTime } from './wall-time.ts';

export interface ApiRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** An answered call. */
export interface Call {
  readonly method: string;
  readonly url: string;
  readonly status: number;
}

export interface ApiParts {
  readonly account: Account;
  readonly clock: Clock;
  readonly random: Random;
  readonly switches: Switches;
  readonly faults: Faults<Fault>;
  readonly limiter: Limiter;
  readonly apiKey: string;
  readonly apiSecret: string;
}

/** The connection is cut instead of an answer. */
export class Cut extends Error {}

const BASE = '/v1/api/';
const LONGEST_LIST = 100_000;

/** The API as the public pages and a public code base let one guess it (sources.md C); what they leave open is a switch. */
export class Api {
  readonly #parts: ApiParts;
  readonly #wall: WallTime;
  readonly #tokens: Tokens;
  readonly calls: Call[] = [];

  constructor(parts: ApiParts) {
    this.#parts = parts;
    this.#tokens = new Tokens(parts.clock);
    this.#wall = new WallTime(parts.switches.timezone);
  }

  /** Throws Cut. */
  async answer(request: ApiRequest): Promise<HttpResponse> {
    const { faults, clock, limiter } = this.#parts;
    const fault = faults.next(`${request.method} ${request.url}`);
    if (fault?.kind === 'drop') throw new Cut();
    const wait = limiter.enter();
    if (wait !== null) return this.#told(request, this.#throttled(wait));
    try {
      if (fault?.kind === 'delay') await clock.sleep(fault.ms);
      return this.#told(request, this.#work(request, fault));
    } finally {
      limiter.leave();
    }
  }

  expireTokens(): void {
    this.#tokens.revoke();
  }

  #told(request: ApiRequest, answer: HttpResponse): HttpResponse {
    this.calls.push({ method: request.method, url: request.url, status: answer.status });
    return answer;
  }

  #throttled(seconds: number): HttpResponse {
    const { retryAfter } = this.#parts.switches;
    const answer = this.#refused(429, 'Çok fazla istek gönderildi (API limit).');
    return retryAfter
      ? { ...answer, headers: { ...answer.headers, 'retry-after': String(Math.ceil(seconds)) } }
      : answer;
  }

  #work(request: ApiRequest, fault: Fault | undefined): HttpResponse {
    switch (fault?.kind) {
      case 'status':
        return this.#refused(fault.status, fault.message ?? 'Fault on demand', true);
      case 'flag':
        return this.#refused(200, fault.message);
      case 'text':
        return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, text: fault.text };
      case 'noRoute':
        return this.#noRoute();
      case 'tokenExpired':
        this.expireTokens();
        break;
      default:
        break;
    }
    const answer = this.#routed(request, fault);
    return fault?.kind === 'truncated'
      ? { ...answer, text: answer.text.slice(0, Math.ceil(answer.text.length / 2)) }
      : answer;
  }

  #routed(request: ApiRequest, fault: Fault | undefined): HttpResponse {
    const url = new URL(request.url, 'http://account');
    if (request.method === 'POST' && url.pathname.toLowerCase() === this.#parts.switches.loginPath.toLowerCase())
      return this.#login(request.body);
    if (!url.pathname.startsWith(BASE)) return this.#noRoute();
    if (this.#tokens.check(request.authorization) !== 'valid')
      return this.#refused(401, 'Oturum süresi doldu, token geçersiz.');
    if (request.method !== 'GET') return this.#refused(405, 'Yalnızca okuma.', true);
    const [controller = '', action = '', argument = ''] = url.pathname.slice(BASE.length).split('/');
    if (!this.#parts.account.has(controller)) return this.#noRoute();
    if (action === 'GetList') return this.#list(controller, argument, url.searchParams, fault);
    if (action === 'GetById') return this.#single(controller, Number(argument), fault);
    const detail = detailsOf(controller).find((one) => action === `Get${one}`);
    return detail === undefined || this.#parts.switches.details !== 'routes'
      ? this.#noRoute()
      : this.#behind(controller, Number(argument), detail, fault);
  }

  #login(body: string): HttpResponse {
    const { apiKey, apiSecret, random, switches } = this.#parts;
    let given: { apiKey?: unknown; apiSecret?: unknown } = {};
    try {
      given = JSON.parse(body) as typeof given;
    } catch {
      return this.#refused(400, 'Geçersiz istek.');
    }
    if (given.apiKey !== apiKey || given.apiSecret !== apiSecret) return this.#refused(401, 'API anahtarı hatalı.');
    const token = `token-${random.uuid()}`;
    this.#tokens.issue(token, switches.tokenSeconds);
    return switches.tokenIn === 'top'
      ? this.#sent(200, { isSuccessful: true, token })
      : this.#envelope({ entity: { token } });
  }

  #list(controller: string, rowCount: string, query: URLSearchParams, fault: Fault | undefined): HttpResponse {
    const { switches, account } = this.#parts;
    if (switches.lists === 'none') return this.#noRoute();
    if (fault?.kind === 'moves') this.#move(controller, fault.deed);
    const all = this.#since(this.#ordered(account.rows(controller)), query);
    const most = switches.mostRows ?? LONGEST_LIST;
    if (switches.lists === 'rows' || rowCount !== '') {
      const asked = rowCount === '' ? most : Number(rowCount);
      return this.#rows(all.slice(0, Math.min(asked, most)), all.length, fault);
    }
    const size = Math.min(Number(query.get('pageSize') ?? 10), most);
    const from = (Number(query.get('page') ?? 1) - 1) * size;
    const page = fault?.kind === 'emptyPage' ? [] : all.slice(from, from + size);
    const repeated = fault?.kind === 'repeatedRow' ? all.slice(Math.max(0, from - 1), from) : [];
    return this.#rows([...repeated, ...page], all.length, fault);
  }

  #move(controller: string, deed: 'insert' | 'delete'): void {
    const { account } = this.#parts;
    const [first] = account.rows(controller);
    if (first === undefined) return;
    if (deed === 'delete') account.remove(controller, first.id);
    else account.create(controller, { values: first.values, details: first.details });
  }

  #ordered(rows: readonly Row[]): readonly Row[] {
    return this.#parts.switches.order === 'id' ? rows : [...rows].sort((a, b) => b.updated - a.updated || b.id - a.id);
  }

  #since(rows: readonly Row[], query: URLSearchParams): readonly Row[] {
    const { since } = this.#parts.switches;
    const from = since === null ? null : query.get(since);
    return from === null ? rows : rows.filter(({ updated }) => this.#wall.of(updated) >= from);
  }

  #rows(rows: readonly Row[], total: number, fault: Fault | undefined): HttpResponse {
    const inside = this.#parts.switches.details === 'rows';
    return this.#envelope({
      list: rows.map((row) => this.#shown(row, inside, fault)),
      count: rows.length,
      ...(this.#parts.switches.totals ? { totalCount: total } : {}),
    });
  }

  #single(controller: string, id: number, fault: Fault | undefined): HttpResponse {
    const row = this.#parts.account.row(controller, id);
    if (row !== undefined)
      return this.#envelope({ entity: this.#shown(row, this.#parts.switches.details !== 'routes', fault) });
    switch (this.#parts.switches.absent) {
      case 'status':
        return this.#refused(404, 'Kayıt bulunamadı.', true);
      case 'null':
        return this.#envelope({ entity: null });
      case 'flag':
        return this.#refused(200, 'Kayıt bulunamadı.');
    }
  }

  #behind(controller: string, id: number, detail: Detail, fault: Fault | undefined): HttpResponse {
    const list = fault?.kind === 'emptyDetails' ? [] : (this.#parts.account.row(controller, id)?.details[detail] ?? []);
    return this.#envelope({ list, count: list.length });
  }

  #shown(row: Row, inside: boolean, fault: Fault | undefined): Json {
    const details = inside
      ? Object.fromEntries(
          DETAILS.flatMap((name) => {
            const rows = row.details[name];
            return rows === undefined ? [] : [[small(name), fault?.kind === 'emptyDetails' ? [] : rows]];
          }),
        )
      : {};
    return {
      id: row.id,
      groupId: 77,
      active: true,
      ...row.values,
      ...details,
      insertDate: this.#wall.of(row.inserted),
      updateDate: this.#wall.of(row.updated),
    };
  }

  #envelope(parts: {
    readonly list?: readonly Json[];
    readonly entity?: Json;
    readonly count?: number;
    readonly totalCount?: number;
  }): HttpResponse {
    return this.#sent(200, {
      isSuccessful: true,
      hasExceptionError: false,
      exceptionMessage: null,
      list: null,
      entity: null,
      count: 0,
      ...parts,
    });
  }

  /** In the words of the framework, not of the product. */
  #noRoute(): HttpResponse {
    return this.#sent(404, { message: 'No HTTP resource was found that matches the request URI.' });
  }

  /** `always`: by its status, whatever the switch says: that of a gateway, or of a route that is not there. */
  #refused(status: number, message: string, always = false): HttpResponse {
    const body = {
      isSuccessful: false,
      hasExceptionError: true,
      exceptionMessage: message,
      list: null,
      entity: null,
      count: 0,
    };
    return this.#sent(always || this.#parts.switches.refusals === 'status' ? status : 200, body);
  }

  #sent(status: number, body: Json): HttpResponse {
    const shown = this.#parts.switches.names === 'camel' ? body : pascal(body);
    return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, text: JSON.stringify(shown) };
  }
}

const small = (name: string): string => name.slice(0, 1).toLowerCase() + name.slice(1);
const large = (name: string): string => name.slice(0, 1).toUpperCase() + name.slice(1);

function pascal(value: Json): Json {
  if (Array.isArray(value)) return value.map(pascal);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [large(name), pascal(member as Json)]));
}
