import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import { systemClock } from '../../src/core/clock.ts';
import { ChangeoverError } from '../../src/core/errors.ts';
import type { Clock, Http, Random } from '../../src/core/ports.ts';
import { systemRandom } from '../../src/core/random.ts';
import { type FaultPlan as AnyFaultPlan, Faults } from '../simulator/faults.ts';
import { Account } from './account.ts';
import type { Fault } from './faults.ts';
import { Api, type Call, Cut } from './http/api.ts';
import { type HiddenLimit, Limiter, type LimiterFigures } from './http/limit.ts';
import { DEFAULT_SWITCHES, type Switches } from './switches.ts';

export type { Account } from './account.ts';
export type { Fault } from './faults.ts';
/** A fault, and the calls that it acts on. */
export type FaultPlan = AnyFaultPlan<Fault>;
export type { Call } from './http/api.ts';
export { type HiddenLimit, rateOf } from './http/limit.ts';

export interface DinamikSandboxOptions {
  /** 0, the default, takes a free one. The host is always 127.0.0.1. */
  readonly port?: number;
  readonly apiKey?: string;
  readonly apiSecret?: string;
  readonly switches?: Partial<Switches>;
  /** The limit that nobody is told; null, the default: none. */
  readonly limit?: HiddenLimit | null;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** A simulated account that listens, and what people may do to it behind the API's back. */
export interface DinamikSandbox {
  /** Base address of the API, with its version. */
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly account: Account;
  /** The same API without a socket: a call takes `latencyMs` of the clock. */
  http(latencyMs?: () => number): Http;
  expireTokens(): void;
  fault(plan: FaultPlan): void;
  clearFaults(): void;
  /** `atOnce`: calls that may run beside each other. */
  setLimit(limit: HiddenLimit | null, atOnce?: number | null): void;
  limiter(): LimiterFigures;
  calls(): readonly Call[];
  clearCalls(): void;
  close(): Promise<void>;
}

/** Starts a simulated DinamikCRM account on a loopback port. */
export async function startDinamikSandbox(options: DinamikSandboxOptions = {}): Promise<DinamikSandbox> {
  const made = makeDinamikSandbox(options);
  const app = fastify({ logger: false, forceCloseConnections: true, routerOptions: { maxParamLength: 500 } });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.all('/*', async (request, reply) => {
    try {
      const { method, raw, headers, body } = request;
      const answer = await made.api.answer({
        method,
        url: raw.url ?? '',
        authorization: headers.authorization,
        body: typeof body === 'string' ? body : '',
      });
      return reply.status(answer.status).headers(answer.headers).send(answer.text);
    } catch (thrown) {
      if (!(thrown instanceof Cut)) throw thrown;
      reply.hijack();
      request.raw.socket.destroy();
      return reply;
    }
  });
  await app.listen({ host: '127.0.0.1', port: options.port ?? 0 });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/v1`;
  return { ...made.sandbox, url, close: () => app.close() };
}

/** The account alone, called through `http()`: for simulated time. Its address is only a name. */
export function makeDinamikSandbox(options: DinamikSandboxOptions = {}): {
  readonly sandbox: DinamikSandbox;
  readonly api: Api;
} {
  const clock = options.clock ?? systemClock();
  const random = options.random ?? systemRandom();
  const switches: Switches = { ...DEFAULT_SWITCHES, ...options.switches };
  const apiKey = options.apiKey ?? 'sandbox-key';
  const apiSecret = options.apiSecret ?? `secret-${random.uuid()}`;
  const account = new Account(clock, switches.reuseIds);
  const faults = new Faults<Fault>(random);
  const limiter = new Limiter(clock, options.limit ?? null);
  const api = new Api({ account, clock, random, switches, faults, limiter, apiKey, apiSecret });
  const sandbox: DinamikSandbox = {
    url: 'http://127.0.0.1/v1',
    apiKey,
    apiSecret,
    account,
    http: (latencyMs = () => 0) => ({
      async send({ method, url, headers, body }) {
        const { pathname, search } = new URL(url);
        const took = latencyMs();
        if (took > 0) await clock.sleep(took / 2);
        try {
          return await api.answer({
            method,
            url: `${pathname}${search}`,
            authorization: headers?.authorization,
            body: typeof body === 'string' ? body : '',
          });
        } catch (thrown) {
          if (!(thrown instanceof Cut)) throw thrown;
          throw new ChangeoverError('HTTP_UNANSWERED', 'the connection was cut');
        } finally {
          if (took > 0) await clock.sleep(took / 2);
        }
      },
    }),
    expireTokens: () => api.expireTokens(),
    fault: (plan) => faults.add(plan),
    clearFaults: () => faults.clear(),
    setLimit: (limit, atOnce) => limiter.configure(limit, atOnce),
    limiter: () => limiter.figures(),
    calls: () => api.calls,
    clearCalls: () => {
      api.calls.length = 0;
    },
    close: () => Promise.resolve(),
  };
  return { sandbox, api };
}
