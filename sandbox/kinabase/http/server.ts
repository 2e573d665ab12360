import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Clock } from '../../../src/core/ports.ts';
import type { Faults } from '../../simulator/faults.ts';
import type { Fault } from '../faults.ts';
import type { Switches } from '../switches.ts';
import type { Access } from './access.ts';
import type { Limiter } from './limiter.ts';
import { type Answer, type RouteContext, route } from './routes.ts';

export const API_PATH = '/api/v1/';
const JSON_TYPE = 'application/json; charset=utf-8';

/** An answered (or cut) call. */
export interface Call {
  readonly method: string;
  /** Path and query as they came. */
  readonly url: string;
  /** 0 where the connection was cut. */
  readonly status: number;
  /** By the simulator's clock, milliseconds. */
  readonly at: number;
}

export interface ServerParts {
  readonly context: () => RouteContext;
  readonly access: Access;
  readonly limiter: Limiter;
  readonly faults: Faults<Fault>;
  readonly clock: Clock;
  readonly switches: Switches;
  readonly called: (call: Call) => void;
}

export function buildServer(parts: ServerParts): FastifyInstance {
  const app = fastify({ logger: false, forceCloseConnections: true, routerOptions: { maxParamLength: 500 } });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.all('/*', (request, reply) => serve(parts, request, reply));
  return app;
}

async function serve(parts: ServerParts, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const url = request.raw.url ?? '';
  const log = (status: number): void => parts.called({ method: request.method, url, status, at: parts.clock.now() });
  const wait = parts.limiter.enter();
  const fault = wait > 0 ? undefined : parts.faults.next(`${request.method} ${url}`);
  if (fault?.kind === 'delay') await parts.clock.sleep(fault.ms);
  if (fault?.kind === 'drop') {
    log(0);
    reply.hijack();
    request.raw.socket.destroy();
    return reply;
  }
  const sent = wait > 0 ? throttled(parts.switches, wait / 1000) : sentFor(parts, request, url, fault);
  log(sent.status);
  // Node would write one of its own clock.
  reply.raw.sendDate = false;
  const date = parts.switches.dateHeader ? { date: new Date(parts.clock.now()).toUTCString() } : {};
  return reply
    .status(sent.status)
    .headers({ 'content-type': sent.type, ...date, ...sent.headers })
    .send(sent.body);
}

interface Sent {
  readonly status: number;
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

const json = ({ status, body }: Answer, headers: Readonly<Record<string, string>> = {}): Sent => ({
  status,
  type: JSON_TYPE,
  headers,
  body: JSON.stringify(body),
});

function throttled({ retryAfter }: Switches, seconds: number): Sent {
  const headers: Readonly<Record<string, string>> =
    retryAfter === 'seconds' ? { 'retry-after': String(Math.max(1, Math.ceil(seconds))) } : {};
  return json({ status: 429, body: { error: 'Too many requests' } }, headers);
}

function sentFor(parts: ServerParts, request: FastifyRequest, url: string, fault: Fault | undefined): Sent {
  switch (fault?.kind) {
    case 'status':
      return json({ status: fault.status, body: { error: fault.message ?? 'Fault on demand' } });
    case 'throttle':
      return throttled(
        { ...parts.switches, retryAfter: fault.seconds === undefined ? 'absent' : 'seconds' },
        fault.seconds ?? 1,
      );
    case 'error-in-answer':
      return json({ status: 200, body: { error: fault.message } });
    case 'html':
      return {
        status: fault.status,
        type: 'text/html; charset=utf-8',
        headers: {},
        body: '<!DOCTYPE html><html><head><title>Please wait</title></head><body>Starting.</body></html>',
      };
    default: {
      const sent = work(parts, request, url, fault);
      return fault?.kind === 'truncated' && typeof sent.body === 'string'
        ? { ...sent, body: sent.body.slice(0, Math.ceil(sent.body.length / 2)) }
        : sent;
    }
  }
}

function work(parts: ServerParts, request: FastifyRequest, url: string, fault: Fault | undefined): Sent {
  const { access } = parts;
  const { pathname, searchParams } = new URL(url, 'http://sandbox');
  if (request.method === 'POST' && pathname === `${API_PATH}token`) {
    const token = access.issue(bodyOf(request));
    return token === null
      ? json({ status: 401, body: { error: 'Invalid app credentials' } })
      : json({ status: 200, body: { token } });
  }
  if (!access.valid(request.headers.authorization)) return json({ status: 401, body: { error: 'Unauthorized' } });
  if (pathname.startsWith('/files/')) return file(parts, pathname.slice('/files/'.length));
  if (request.method !== 'GET' || !pathname.startsWith(API_PATH))
    return json({ status: 404, body: { error: 'Not found' } });
  return json(route(parts.context(), pathname.slice(API_PATH.length), searchParams, fault));
}

function file(parts: ServerParts, id: string): Sent {
  const bytes = parts.context().workspace.bytes(id);
  return bytes === undefined
    ? json({ status: 404, body: { error: 'File not found' } })
    : { status: 200, type: 'application/octet-stream', headers: {}, body: Buffer.from(bytes) };
}

function bodyOf({ body }: FastifyRequest): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(String(body));
    return typeof parsed === 'object' && parsed !== null ? (parsed as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}
