import type { FastifyInstance } from 'fastify';
import type { CallLog } from '../calls.ts';
import { Refusal } from '../errors.ts';
import type { FaultAction, FaultPlan, Faults } from '../faults.ts';
import { isObject } from '../json.ts';
import type { RateLimits } from '../limiter.ts';
import type { Engine } from '../operations/engine.ts';
import { createRecord, deleteRecord, destroyRecord, restoreRecord, updateRecord } from '../operations/mutations.ts';
import { showRecord } from '../operations/queries.ts';
import { type SandboxMember, type SeedRow, seedMembers, seedRows } from '../seed.ts';
import { personNamed } from './auth.ts';

export interface AdminContext {
  readonly engine: Engine;
  readonly faults: Faults;
  readonly calls: CallLog;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function action(value: unknown): FaultAction | undefined {
  if (value === 'drop' || value === 'answerLost' || value === 'halfApplied' || value === 'throttle') return value;
  return number(value);
}

/** A plan as JSON: the fields of `FaultPlan`, unknown ones ignored. */
export function readFaultPlan(body: unknown): FaultPlan {
  const given = isObject(body) ? body : {};
  const match = isObject(given.match) ? given.match : {};
  const latencyMs = number(given.latencyMs);
  const answerDelayMs = number(given.answerDelayMs);
  const fail = action(given.fail);
  const after = number(given.after);
  const count = number(given.count);
  const request = text(match.request);
  const operation = text(match.operation);
  const object = text(match.object);
  return {
    match: {
      ...(request === undefined ? {} : { request }),
      ...(operation === undefined ? {} : { operation }),
      ...(object === undefined ? {} : { object }),
    },
    ...(latencyMs === undefined ? {} : { latencyMs }),
    ...(answerDelayMs === undefined ? {} : { answerDelayMs }),
    ...(fail === undefined ? {} : { fail }),
    ...(after === undefined ? {} : { after }),
    ...(count === undefined ? {} : { count }),
  };
}

export function readMembers(body: unknown): SandboxMember[] {
  const inner = isObject(body) && Array.isArray(body.members) ? body.members : body;
  const list = Array.isArray(inner) ? inner : [inner];
  return list.filter(isObject).map((given) => {
    const id = text(given.id);
    const email = text(given.email) ?? '';
    if (!email.includes('@'))
      throw new Error(`a member without an e-mail address: ${JSON.stringify(given).slice(0, 200)}`);
    return {
      ...(id === undefined ? {} : { id }),
      firstName: text(given.firstName) ?? '',
      lastName: text(given.lastName) ?? '',
      email,
    };
  });
}

/** What a person does in the browser. */
export interface PersonDeed {
  /** A member's id or e-mail, or any name. */
  readonly person: string;
  readonly object: string;
  readonly action: 'create' | 'update' | 'delete' | 'destroy' | 'restore';
  readonly id?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Does it, with `updatedBy` saying who (twenty.md §0, "Finding people's edits"). Throws a `Refusal` as the API would. */
export function actAsPerson(engine: Engine, deed: PersonDeed): unknown {
  const caller = personNamed(engine, deed.person);
  const shape = engine.model.shape(deed.object);
  const id = deed.id ?? '';
  try {
    switch (deed.action) {
      case 'create':
        return showRecord(engine, shape, createRecord(engine, shape, deed.data ?? {}, false, caller), 0);
      case 'update':
        return showRecord(engine, shape, updateRecord(engine, shape, id, deed.data ?? {}, caller), 0);
      case 'delete':
        return showRecord(engine, shape, deleteRecord(engine, shape, id, caller), 0);
      case 'restore':
        return showRecord(engine, shape, restoreRecord(engine, shape, id, caller), 0);
      case 'destroy':
        return { id: destroyRecord(engine, shape, id, caller).id };
    }
  } finally {
    engine.store.commit();
  }
}

const DEEDS = ['create', 'update', 'delete', 'destroy', 'restore'] as const;

function readDeed(body: unknown): PersonDeed {
  const given = isObject(body) ? body : {};
  const id = text(given.id);
  return {
    person: text(given.person) ?? 'Somebody',
    object: text(given.object) ?? '',
    action: DEEDS.find((known) => known === given.action) ?? 'update',
    ...(id === undefined ? {} : { id }),
    ...(isObject(given.data) ? { data: given.data } : {}),
  };
}

export function readLimits(body: unknown): RateLimits {
  const bucket = (value: unknown): RateLimits['long'] => {
    const tokens = isObject(value) ? number(value.tokens) : undefined;
    const windowMs = isObject(value) ? number(value.windowMs) : undefined;
    return tokens === undefined || windowMs === undefined ? null : { tokens, windowMs };
  };
  const given = isObject(body) ? body : {};
  return { short: bucket(given.short), long: bucket(given.long) };
}

/** Every stored row of an object as one JSON line, soft-deleted ones too. */
export function* dumpLines(engine: Engine, object: string): Generator<string> {
  const shape = engine.model.shape(object);
  const table = engine.store.table(object);
  for (const id of table.sortedIds()) {
    const row = table.get(id);
    if (row !== undefined) yield JSON.stringify(showRecord(engine, shape, row, 0));
  }
}

/** The simulator's own surface under `/sandbox`. It needs no token; the server listens on loopback only. */
export function registerAdmin(app: FastifyInstance, context: AdminContext): void {
  const { engine, faults, calls } = context;
  app.get('/sandbox/status', () => ({
    version: engine.traits.version,
    rows: Object.fromEntries(
      engine.model.objects().map(({ nameSingular, namePlural }) => [namePlural, engine.store.table(nameSingular).size]),
    ),
    limiter: { ...engine.limiter.counters(), remaining: engine.limiter.remaining(engine.clock.now()) ?? null },
    faults: faults.pending(),
  }));
  app.get('/sandbox/faults', () => faults.pending());
  app.post('/sandbox/faults', ({ body }, reply) => {
    faults.add(readFaultPlan(body));
    return reply.status(201).send(faults.pending());
  });
  app.delete('/sandbox/faults', () => {
    faults.clear();
    return [];
  });
  app.post('/sandbox/members', ({ body }, reply) =>
    reply.status(201).send({ ids: seedMembers(engine, readMembers(body)) }),
  );
  app.post<{ Params: { object: string } }>('/sandbox/seed/:object', ({ params, body }, reply) => {
    const rows = (Array.isArray(body) ? body : [body]).filter(isObject) as SeedRow[];
    return reply.status(201).send({ ids: seedRows(engine, params.object, rows) });
  });
  app.get('/sandbox/calls', () => ({ counters: calls.counters(), latest: calls.latest() }));
  app.delete('/sandbox/calls', () => {
    calls.clear();
    return { counters: [], latest: [] };
  });
  app.get<{ Params: { object: string } }>('/sandbox/dump/:object', ({ params }, reply) => {
    const object = engine.model.object(params.object) ?? engine.model.byPlural(params.object);
    if (object === undefined) return reply.status(404).send({ message: `No object ${params.object}` });
    const lines = [...dumpLines(engine, object.nameSingular)];
    return reply.type('application/x-ndjson').send(lines.length === 0 ? '' : `${lines.join('\n')}\n`);
  });
  app.post('/sandbox/person', ({ body }, reply) => {
    const deed = readDeed(body);
    if (engine.model.object(deed.object) === undefined) {
      return reply.status(404).send({ message: `No object ${deed.object}` });
    }
    try {
      return reply.send(actAsPerson(engine, deed));
    } catch (error) {
      if (error instanceof Refusal) return reply.status(error.face.status).send(error.restBody());
      throw error;
    }
  });
  app.post('/sandbox/limits', ({ body }) => {
    engine.limiter.configure(readLimits(body));
    return readLimits(body);
  });
  app.post('/sandbox/limits/drain', () => {
    engine.limiter.drain(engine.clock.now());
    return { remaining: engine.limiter.remaining(engine.clock.now()) ?? null };
  });
}
