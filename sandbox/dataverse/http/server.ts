import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Clock } from '../../../src/core/ports.ts';
import type { Faults } from '../../simulator/faults.ts';
import { Refusal } from '../errors.ts';
import type { Fault } from '../faults.ts';
import type { Context } from '../web/context.ts';
import type { Definitions } from '../web/definitions/definitions.ts';
import type { ApiAnswer, ApiRequest } from '../web/request.ts';
import { answer } from '../web/router.ts';
import type { Access } from './access.ts';
import type { Protection } from './protection.ts';

export const API_PATH = '/api/data/v9.2/';
const MAXIMUM_BODY = 200 * 1024 * 1024;
const JSON_TYPE = 'application/json; odata.metadata=minimal';

/** An answered (or cut) call of the API. */
export interface Call {
  readonly method: string;
  /** Path and query as they came. */
  readonly url: string;
  readonly prefer: string | undefined;
  /** 0 where the connection was cut. */
  readonly status: number;
}

export interface ServerParts {
  readonly context: () => Context;
  readonly definitions: Definitions;
  readonly access: Access;
  readonly protection: Protection;
  readonly faults: Faults<Fault>;
  readonly clock: Clock;
  /** Web servers behind the address. */
  readonly servers: number;
  /** Time a call is taken to have run, milliseconds: counted against the limit, not waited for. */
  readonly executionMs: number;
  readonly called: (call: Call) => void;
}

interface Sent {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

export function buildServer(parts: ServerParts): FastifyInstance {
  const app = fastify({
    bodyLimit: MAXIMUM_BODY,
    logger: false,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 500 },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.post<{ Params: { tenant: string } }>('/:tenant/oauth2/v2.0/token', (request, reply) => {
    const form = new URLSearchParams(bodyOf(request).toString('utf8'));
    const { status, body } = parts.access.issue(request.params.tenant, form);
    return reply.status(status).type('application/json; charset=utf-8').send(JSON.stringify(body));
  });
  let turn = 0;
  app.all(`${API_PATH}*`, (request, reply) => {
    turn += 1;
    return serve(parts, request, reply, serverOf(parts.servers, request.headers.cookie, turn));
  });
  return app;
}

function bodyOf({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

/** The cookie pins a server; without it they take turns. */
function serverOf(servers: number, cookie: string | undefined, turn: number): number {
  const pinned = /ARRAffinity=(\d+)/.exec(cookie ?? '')?.[1];
  return pinned === undefined ? turn % servers : Number(pinned) % servers;
}

async function serve(
  parts: ServerParts,
  request: FastifyRequest,
  reply: FastifyReply,
  server: number,
): Promise<FastifyReply> {
  const url = request.raw.url ?? '';
  const log = (status: number): void => {
    const { prefer } = request.headers;
    parts.called({ method: request.method, url, prefer: Array.isArray(prefer) ? prefer.join(',') : prefer, status });
  };
  const cut = (): FastifyReply => {
    log(0);
    reply.hijack();
    request.raw.socket.destroy();
    return reply;
  };
  const fault = parts.faults.next(`${request.method} ${url}`);
  if (fault?.kind === 'delay') await parts.clock.sleep(fault.ms);
  if (fault?.kind === 'drop') return cut();
  const sent = before(parts, fault) ?? after(fault, work(parts, request, url, server));
  if (fault?.kind === 'answerLost') return cut();
  log(sent.status);
  return reply
    .status(sent.status)
    .headers({
      'odata-version': '4.0',
      date: new Date(parts.clock.now()).toUTCString(),
      'set-cookie': `ARRAffinity=${server}; path=/; HttpOnly`,
      ...parts.protection.headers(server),
      ...sent.headers,
    })
    .send(sent.body);
}

/** What is answered without any work. */
function before(parts: ServerParts, fault: Fault | undefined): Sent | undefined {
  switch (fault?.kind) {
    case 'status':
      return refused(new Refusal(fault.status, fault.code ?? '', fault.message ?? 'Fault on demand'));
    case 'throttle':
      return refused(parts.protection.refusal(fault.limit, parts.faults.between(fault.seconds)));
    case 'html':
      return {
        status: fault.status,
        headers: { 'content-type': 'text/html; charset=utf-8' },
        body: '<!DOCTYPE html><html><head><title>Please wait</title></head><body>The service is starting.</body></html>',
      };
    case 'redirect':
      return { status: 302, headers: { location: fault.to }, body: '' };
    default:
      return undefined;
  }
}

/** What becomes of the answer on its way. */
function after(fault: Fault | undefined, sent: Sent): Sent {
  if (typeof sent.body !== 'string') return sent;
  switch (fault?.kind) {
    case 'truncated':
      return { ...sent, body: sent.body.slice(0, Math.ceil(sent.body.length / 2)) };
    case 'foreignLinks':
      return {
        ...sent,
        body: sent.body.replaceAll(
          /"(@odata\.(?:nextLink|deltaLink))":"[^"]*?\/api\/data/g,
          `"$1":"${fault.origin}/api/data`,
        ),
      };
    case 'noLinks':
      return { ...sent, body: sent.body.replaceAll(/,"@odata\.(?:nextLink|deltaLink)":"[^"]*"/g, '') };
    default:
      return sent;
  }
}

function work(parts: ServerParts, request: FastifyRequest, url: string, server: number): Sent {
  try {
    parts.access.check(request.headers.authorization);
    const leave = parts.protection.enter(server);
    try {
      return sendable(answer(parts.context(), parts.definitions, apiRequest(request, url)));
    } finally {
      leave(parts.executionMs);
    }
  } catch (thrown) {
    if (thrown instanceof Refusal) return refused(thrown);
    const message = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    return refused(new Refusal(500, '0x80040216', `The simulator failed: ${message}`));
  }
}

function apiRequest(request: FastifyRequest, url: string): ApiRequest {
  const question = url.indexOf('?');
  const path = question < 0 ? url : url.slice(0, question);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
  return {
    method: request.method,
    path: path.slice(API_PATH.length),
    query: question < 0 ? '' : url.slice(question + 1),
    headers,
    body: bodyOf(request),
  };
}

function refused(refusal: Refusal): Sent {
  return {
    status: refusal.status,
    headers: { 'content-type': JSON_TYPE, ...refusal.headers },
    body: JSON.stringify(refusal.body()),
  };
}

function sendable({ status, headers, content }: ApiAnswer): Sent {
  switch (content.kind) {
    case 'none':
      return { status, headers, body: '' };
    case 'json':
      return { status, headers: { 'content-type': JSON_TYPE, ...headers }, body: JSON.stringify(content.value) };
    case 'text':
      return { status, headers: { 'content-type': content.type, ...headers }, body: content.text };
    case 'bytes':
      return { status, headers: { 'content-type': content.type, ...headers }, body: Buffer.from(content.bytes) };
  }
}
