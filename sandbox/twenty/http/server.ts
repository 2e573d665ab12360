import { Readable } from 'node:stream';
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { CallLog } from '../calls.ts';
import { Refusal } from '../errors.ts';
import type { Fault, Faults } from '../faults.ts';
import { arrived } from '../files.ts';
import { isObject } from '../json.ts';
import { MetadataGraphql } from '../metadata/graphql.ts';
import { answerMetadataRest } from '../metadata/rest.ts';
import type { Engine } from '../operations/engine.ts';
import { grantedHeaders, limitReached } from '../versions/throttling.ts';
import { registerAdmin } from './admin.ts';
import { type Authentication, authenticate, GRAPHQL_REFUSALS, type Keys, REST_REFUSALS } from './auth.ts';
import { CoreGraphql, type GraphqlBody, readGraphqlBody } from './graphql.ts';
import { readMultipart } from './multipart.ts';
import { type Answer, answerRest, parsePath, type RestRequest } from './rest.ts';

/** Bytes of a body the server takes (O1). */
const MAXIMUM_BODY = 10 * 1024 * 1024;

/** A form is read before its file is judged, so that this is said of the file and not of the form. */
const LARGEST_FORM = 64 * 1024 * 1024;

export interface ServerContext {
  readonly engine: Engine;
  readonly keys: Keys;
  readonly faults: Faults;
  readonly calls: CallLog;
}

/** What a call is about, known before it is worked on. */
interface Classified {
  readonly api: 'rest' | 'graphql' | 'metadata' | 'file';
  readonly operations: readonly string[];
  readonly objects: readonly string[];
  readonly records: number;
}

interface Reply extends Answer {
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const JSON_UTF8 = 'application/json; charset=utf-8';

export function buildServer(context: ServerContext): FastifyInstance {
  const app = fastify({ bodyLimit: MAXIMUM_BODY, logger: false, forceCloseConnections: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    if (body === '') {
      done(null, undefined);
      return;
    }
    try {
      done(null, JSON.parse(String(body)));
    } catch (error) {
      done(Object.assign(error instanceof Error ? error : new Error(String(error)), { statusCode: 400 }), undefined);
    }
  });
  // Files are read as they come: none is too large for that.
  app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
  app.addContentTypeParser(
    'multipart/form-data',
    { parseAs: 'buffer', bodyLimit: LARGEST_FORM },
    (request, body, done) => {
      readMultipart(body as Buffer, request.headers['content-type'] ?? '').then(
        (read) => done(null, read),
        (error: unknown) => done(Object.assign(new Error(String(error)), { statusCode: 400 }), undefined),
      );
    },
  );
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error: FastifyError, _request, reply) => sendError(error, reply));
  app.setNotFoundHandler((request, reply) =>
    reply
      .status(404)
      .send({ statusCode: 404, error: 'Not Found', messages: [`Cannot ${request.method} ${request.url}`] }),
  );
  registerAdmin(app, context);
  registerApi(app, context);
  return app;
}

function sendError(error: FastifyError, reply: FastifyReply): FastifyReply {
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return reply.status(500).type('text/plain; charset=utf-8').send('request entity too large');
  }
  const status = error.statusCode ?? 500;
  const name = status === 400 ? 'BadRequestException' : 'InternalServerErrorException';
  return reply.status(status).send({ statusCode: status, error: name, messages: [error.message] });
}

function registerApi(app: FastifyInstance, context: ServerContext): void {
  const core = new CoreGraphql(context.engine);
  const metadata = new MetadataGraphql(context.engine);
  const authenticated = (request: FastifyRequest): Authentication => {
    const person = request.headers['x-sandbox-person'];
    return authenticate(
      context.engine,
      context.keys,
      request.headers.authorization,
      Array.isArray(person) ? person[0] : person,
    );
  };

  app.get('/healthz', () => ({ status: 'ok', info: {}, error: {}, details: {} }));

  app.post('/graphql', (request, reply) => {
    const work = (): Reply => {
      const who = authenticated(request);
      if (who.kind === 'malformed' || who.kind === 'invalid') return graphqlReply(GRAPHQL_REFUSALS[who.kind]);
      return graphqlReply(core.answer(readGraphqlBody(request.body), who.kind === 'known' ? who.caller : undefined));
    };
    return serve(context, request, reply, classifyGraphql(core, request.body), work);
  });

  app.post('/metadata', (request, reply) => {
    const work = (): Reply => {
      const who = authenticated(request);
      if (who.kind === 'malformed' || who.kind === 'invalid') return { status: 200, body: GRAPHQL_REFUSALS[who.kind] };
      const caller = who.kind === 'known' ? who.caller : undefined;
      return { status: 200, body: metadata.answer(readGraphqlBody(request.body), caller) };
    };
    const query = isObject(request.body) ? request.body.query : undefined;
    const operations = typeof query === 'string' ? metadata.rootFields(query) : [];
    return serve(context, request, reply, { api: 'metadata', operations, objects: [], records: 0 }, work);
  });

  app.get('/rest/open-api/core', () => ({
    openapi: '3.1.1',
    info: { title: 'Twenty Api', version: 'v0.1' },
    paths: Object.fromEntries(context.engine.model.objects().map(({ namePlural }) => [`/${namePlural}`, {}])),
  }));

  app.all('/rest/*', (request, reply) => {
    const rest = restRequest(request);
    const metadataCall = rest.path.startsWith('/rest/metadata');
    const work = (half: boolean): Reply => {
      const who = authenticated(request);
      if (who.kind !== 'known') return REST_REFUSALS[who.kind];
      return metadataCall
        ? answerMetadataRest(context.engine, who.caller, rest)
        : answerRest(context.engine, who.caller, half ? firstHalf(rest) : rest);
    };
    const about: Classified = metadataCall
      ? { api: 'metadata', operations: [`${rest.method} ${rest.path.split('/')[3] ?? ''}`], objects: [], records: 0 }
      : classifyRest(context.engine, rest);
    return serve(context, request, reply, about, work);
  });

  app.put<{ Params: { id: string }; Querystring: { token?: string } }>('/file-upload/:id', async (request, reply) => {
    const came = await arrived(bodyOf(request));
    const work = (): Reply => {
      const taken = context.engine.files.receive(request.params.id, request.query.token ?? '', came);
      return taken
        ? { status: 204, body: '' }
        : { status: 403, body: { statusCode: 403, error: 'Forbidden', messages: ['Invalid upload token'] } };
    };
    return serve(context, request, reply, { api: 'file', operations: ['upload'], objects: [], records: 0 }, work);
  });

  app.get<{ Params: { id: string }; Querystring: { token?: string } }>('/file/:id', (request, reply) => {
    const file = context.engine.files.get(request.params.id);
    if (file?.bytes === undefined || file.token !== request.query.token) return reply.status(404).send();
    return reply.type('application/octet-stream').send(file.bytes);
  });
}

async function* bodyOf({ body }: FastifyRequest): AsyncGenerator<Uint8Array> {
  if (body instanceof Readable) for await (const chunk of body) yield chunk as Uint8Array;
  else yield Buffer.isBuffer(body) ? body : Buffer.from(String(body ?? ''));
}

function graphqlReply(body: unknown): Reply {
  return { status: 200, body, contentType: 'application/json' };
}

function restRequest(request: FastifyRequest): RestRequest {
  const query: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(isObject(request.query) ? request.query : {})) {
    query[name] = Array.isArray(value) ? String(value[0]) : String(value);
  }
  return { method: request.method, path: request.url.split('?')[0] ?? '', query, body: request.body };
}

/** A batch of only the rows that were written before it broke. */
function firstHalf(rest: RestRequest): RestRequest {
  return Array.isArray(rest.body) ? { ...rest, body: rest.body.slice(0, Math.ceil(rest.body.length / 2)) } : rest;
}

function recordsIn(body: unknown): number {
  return Array.isArray(body) ? body.length : isObject(body) ? 1 : 0;
}

function classifyRest(engine: Engine, rest: RestRequest): Classified {
  try {
    const { operation, plural } = parsePath(rest.method, rest.path);
    const object = engine.model.byPlural(plural)?.nameSingular ?? plural;
    return { api: 'rest', operations: [operation], objects: [object], records: recordsIn(rest.body) };
  } catch {
    return { api: 'rest', operations: ['unknown'], objects: [], records: 0 };
  }
}

function classifyGraphql(core: CoreGraphql, body: unknown): Classified {
  let read: GraphqlBody;
  try {
    read = readGraphqlBody(body);
    const { fields } = core.read(read);
    const roots = fields.flatMap(({ name }) => core.describe(name) ?? []);
    const records = fields.reduce((total, field) => total + recordsIn(field.arguments.data), 0);
    return {
      api: 'graphql',
      operations: roots.map(({ method }) => method),
      objects: roots.map(({ object }) => object),
      records,
    };
  } catch {
    return { api: 'graphql', operations: ['unknown'], objects: [], records: 0 };
  }
}

/** Answers one call: faults before, the work, faults after; and the log. */
async function serve(
  context: ServerContext,
  request: FastifyRequest,
  reply: FastifyReply,
  about: Classified,
  work: (half: boolean) => Reply,
): Promise<FastifyReply> {
  const { clock } = context.engine;
  const arrived = clock.now();
  const started = clock.monotonic();
  const log = (status: number): void => {
    context.calls.add({
      at: new Date(arrived).toISOString(),
      method: request.method,
      path: request.url,
      api: about.api,
      operation: about.operations
        .map((operation, index) => `${operation} ${about.objects[index] ?? ''}`.trim())
        .join(', '),
      records: about.records,
      status,
      durationMs: clock.monotonic() - started,
    });
  };
  const cut = (): FastifyReply => {
    log(0);
    reply.hijack();
    // Cuts the connection, or the call that was made without one.
    reply.raw.destroy();
    return reply;
  };
  const fault = context.faults.next({
    request: `${request.method} ${request.url}`,
    operations: about.operations,
    objects: about.objects,
  });
  if (fault.latencyMs > 0) await clock.sleep(fault.latencyMs);
  for (const hold of fault.holds) await hold();
  if (fault.fail === 'drop') return cut();
  const halfApplied = fault.fail === 'halfApplied';
  const done =
    faulty(context.engine, fault, about) ??
    told(
      context.engine,
      about,
      safely(() => work(halfApplied)),
    );
  const answer = halfApplied && done.status < 400 ? onDemand(500) : done;
  if (fault.answerDelayMs > 0) await clock.sleep(fault.answerDelayMs);
  if (fault.fail === 'answerLost') return cut();
  log(answer.status);
  return send(reply, answer);
}

/** The answer of a call that is made to fail before any work is done. */
function faulty(engine: Engine, fault: Fault, about: Classified): Reply | undefined {
  if (fault.fail === 'throttle') {
    const bucket = { tokens: 100, windowMs: 60_000, remaining: 0, nextTokenMs: 600 };
    const refusal = limitReached(engine.traits.throttling, bucket);
    if (about.api !== 'graphql') return refused(refusal);
    return graphqlReply({ data: null, errors: [refusal.graphqlError()] });
  }
  if (typeof fault.fail !== 'number') return undefined;
  return onDemand(fault.fail);
}

function onDemand(status: number): Reply {
  return { status, body: { statusCode: status, error: 'Error', messages: ['Fault on demand'] } };
}

/** The bucket in the headers of what was granted, where the version says it. */
function told(engine: Engine, about: Classified, reply: Reply): Reply {
  if (about.api !== 'rest' || reply.status >= 400) return reply;
  return { ...reply, headers: grantedHeaders(engine.traits.throttling, engine.limiter.state(engine.clock.now())) };
}

function refused(refusal: Refusal): Reply {
  const { status, headers } = refusal.face;
  return { status, body: refusal.restBody(), ...(headers === undefined ? {} : { headers }) };
}

function safely(work: () => Reply): Reply {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refusal) return refused(error);
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { status: 500, body: { statusCode: 500, error: 'SimulatorFault', messages: [message] } };
  }
}

function send(reply: FastifyReply, answer: Reply): FastifyReply {
  if (answer.status === 204) return reply.status(204).send();
  // A serialised body with a type of its own: the two GraphQL endpoints differ in theirs, as on the real server.
  return reply
    .status(answer.status)
    .headers(answer.headers ?? {})
    .header('content-type', answer.contentType ?? JSON_UTF8)
    .serializer(String)
    .send(JSON.stringify(answer.body));
}
