import { createHash, timingSafeEqual } from 'node:crypto';
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { asChangeoverError, type ChangeoverError } from '../core/errors.ts';
import type { Logger } from '../core/ports.ts';
import type { Metrics } from '../metrics/metrics.ts';

/** `live`: the process works at all. `ready`: it does its job; `waiting` says in words what for. */
export interface Health {
  readonly live: boolean;
  readonly ready: boolean;
  readonly waiting: readonly string[];
}

/** What the admin API can be asked for: `POST /admin/<name>` with a JSON object. src/app/operations holds the table. */
export type AdminOperations = ReadonlyMap<string, (input: unknown) => Promise<unknown>>;

export interface ServerParts {
  readonly host: string;
  readonly port: number;
  readonly adminToken: string;
  readonly metrics: Metrics;
  readonly logger: Logger;
  health(): Promise<Health>;
  readonly operations: AdminOperations;
}

export interface RunningServer {
  readonly url: string;
  close(): Promise<void>;
}

const STATUS_OF_RETRY: Readonly<Record<ChangeoverError['retry'], number>> = {
  now: 503,
  later: 503,
  hold: 409,
  never: 400,
};

/** Metrics and health for everybody who can reach it, administration for whoever has the token. Listens on loopback by default. */
export async function startServer(parts: ServerParts): Promise<RunningServer> {
  const server = Fastify({ logger: false, bodyLimit: 1_048_576 });

  server.addHook('onRequest', async (request, reply) => {
    // A page in a browser must not reach us under a name of its own making (DNS rebinding).
    if (isLoopback(parts.host) && !isLoopback(request.hostname)) await reply.code(421).send({ error: 'unknown host' });
  });

  server.get('/metrics', async (_request, reply) =>
    reply.type(parts.metrics.contentType).send(await parts.metrics.text()),
  );
  server.get('/healthz', async (_request, reply) => {
    const health = await parts.health();
    return reply.code(health.live ? 200 : 503).send({ live: health.live });
  });
  server.get('/readyz', async (_request, reply) => {
    const health = await parts.health();
    return reply.code(health.ready ? 200 : 503).send({ ready: health.ready, waiting: health.waiting });
  });

  server.post<{ Params: { name: string } }>('/admin/:name', async (request, reply) => {
    if (!authorised(request, parts.adminToken))
      return reply.code(401).send({ error: 'the admin API needs the admin token' });
    const operation = parts.operations.get(request.params.name);
    if (operation === undefined) return reply.code(404).send({ error: `no operation ${request.params.name}` });
    return answer(reply, operation, request.body ?? {}, parts.logger.child({ operation: request.params.name }));
  });

  await server.listen({ host: parts.host, port: parts.port });
  const address = server.addresses()[0];
  const port = typeof address === 'object' ? address.port : parts.port;
  const host = parts.host.includes(':') ? `[${parts.host}]` : parts.host;
  return { url: `http://${host}:${port}`, close: () => server.close() };
}

async function answer(
  reply: FastifyReply,
  operation: (input: unknown) => Promise<unknown>,
  input: unknown,
  logger: Logger,
): Promise<FastifyReply> {
  try {
    return reply.send({ result: await operation(input) });
  } catch (thrown) {
    const error = asChangeoverError(thrown);
    if (error.code === 'INTERNAL') logger.error({ error: thrown }, error.message);
    return reply.code(error.code === 'INTERNAL' ? 500 : STATUS_OF_RETRY[error.retry]).send({ error: error.toJSON() });
  }
}

function authorised(request: FastifyRequest, token: string): boolean {
  const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  // Hashes have one length, so that the comparison tells nothing about the token.
  return timingSafeEqual(createHash('sha256').update(given).digest(), createHash('sha256').update(token).digest());
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}
