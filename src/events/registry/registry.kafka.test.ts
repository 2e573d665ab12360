import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { makeCertificates } from '../../../scripts/servers/certificates.ts';
import { startBasicAuthProxy } from '../../../test/support/servers/basic-auth-proxy.ts';
import { registryUrl, uniqueName } from '../../../test/support/servers/servers.ts';
import { EmbeddedBus } from '../../bus/embedded/embedded-bus.ts';
import { systemClock } from '../../core/clock.ts';
import { ChangeoverError } from '../../core/errors.ts';
import { silentLogger } from '../../core/logger.ts';
import { EventLog } from '../log.ts';
import { memoryNameTable } from '../names.ts';
import { changeEventSchema, WATERMARK_SCHEMA } from '../schema.ts';
import { type RegistryOptions, registrySchemas } from './registry.ts';

const logger = silentLogger();
let url: string;
beforeAll(async () => {
  url = await registryUrl();
});

const described = (fields: readonly { readonly name: string; readonly kind: 'string' | 'long' | 'boolean' }[]) =>
  changeEventSchema({
    source: 'crm',
    object: 'contact',
    legalSource: 'crm',
    legalObject: 'contact',
    fields: fields.map(({ name, kind }) => ({ name, legal: name, type: { kind } })),
  });

async function failure(promise: Promise<unknown>): Promise<ChangeoverError> {
  const thrown: unknown = await promise.then(
    () => null,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(ChangeoverError);
  return thrown as ChangeoverError;
}

async function send(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await response.json()) as unknown;
}
const config = (subject: string) => send('GET', `/config/${subject}`);
const versions = (subject: string) => send('GET', `/subjects/${subject}/versions`);

describe('a schema in the registry', () => {
  it('is stored once, under a subject that stays readable backwards, and found by id by another process', async () => {
    const subject = uniqueName('contact');
    const one = registrySchemas({ url, logger });
    const schema = described([{ name: 'Name', kind: 'string' }]);
    const id = await one.register(subject, schema);
    expect(await one.register(subject, schema)).toBe(id);
    expect(await config(subject)).toEqual({ compatibilityLevel: 'BACKWARD' });
    const other = registrySchemas({ url, logger });
    expect(await other.schema(id)).toBe(schema);
    expect(await other.latest(subject)).toEqual({ id, schema });
    expect(await other.register(subject, schema)).toBe(id);
    expect(await other.latest(uniqueName('nobody'))).toBeNull();
    expect(await other.schema(2_000_000_000)).toBeNull();
  });

  it('has one id however many processes begin with it at the same moment: none is told that it is another one', async () => {
    const schema = described([{ name: 'Name', kind: 'string' }]);
    for (let round = 0; round < 15; round += 1) {
      const subject = uniqueName('together');
      const tables = Array.from({ length: 8 }, () => registrySchemas({ url, logger }));
      const ids = await Promise.all(tables.map((table) => table.register(subject, schema)));
      const [id] = ids;
      expect(new Set(ids)).toEqual(new Set([id]));
      expect(await tables[0]?.latest(subject)).toEqual({ id, schema });
    }
  });

  it('may get fields that are nullable; a changed type is refused, and the field is named', async () => {
    const subject = uniqueName('contact');
    const table = registrySchemas({ url, logger });
    const first = await table.register(subject, described([{ name: 'Age', kind: 'string' }]));
    const more = described([
      { name: 'Age', kind: 'string' },
      { name: 'Vip', kind: 'boolean' },
    ]);
    expect(await table.register(subject, more)).not.toBe(first);
    const error = await failure(table.register(subject, described([{ name: 'Age', kind: 'long' }])));
    expect(error.code).toBe('EVENT_SCHEMA_INCOMPATIBLE');
    expect(error.place).toEqual({ object: 'contact', field: 'Age' });
    expect((await table.latest(subject))?.schema).toBe(more);
  });

  it('is never stored under a subject of somebody else, whatever that accepts, and theirs is left as it was', async () => {
    for (const theirs of ['"string"', JSON.stringify({ type: 'record', name: 'Theirs', fields: [] })]) {
      const subject = uniqueName('theirs');
      await send('POST', `/subjects/${subject}/versions`, { schema: theirs });
      await send('PUT', `/config/${subject}`, { compatibility: 'NONE' });
      const table = registrySchemas({ url, logger });
      const error = await failure(table.register(subject, WATERMARK_SCHEMA));
      expect(error).toMatchObject({ code: 'REGISTRY_SUBJECT_FOREIGN', message: expect.stringContaining(subject) });
      expect((await table.latest(subject))?.schema).toBe(theirs);
      expect(await versions(subject)).toEqual([1]);
      expect(await config(subject)).toEqual({ compatibilityLevel: 'NONE' });
    }
  });

  it('may not follow one of its own name that it could not read, which no source has made', async () => {
    const subject = uniqueName('theirs');
    const fields = [{ name: 'run', type: 'double' }];
    const theirs = JSON.stringify({ type: 'record', namespace: 'changeover', name: 'Watermark', fields });
    await send('POST', `/subjects/${subject}/versions`, { schema: theirs });
    const error = await failure(registrySchemas({ url, logger }).register(subject, WATERMARK_SCHEMA));
    expect(error.code).toBe('REGISTRY_SUBJECT_FOREIGN');
    expect(error.message).toContain('because of source, object');
    expect(await versions(subject)).toEqual([1]);
  });

  it('is not stored under a subject with a rule that somebody chose and that is another one', async () => {
    const subject = uniqueName('forward');
    const one = registrySchemas({ url, logger });
    await one.register(subject, described([{ name: 'Name', kind: 'string' }]));
    await send('PUT', `/config/${subject}`, { compatibility: 'FORWARD' });
    const more = described([
      { name: 'Name', kind: 'string' },
      { name: 'Vip', kind: 'boolean' },
    ]);
    // Also by who has seen it as it was.
    for (const table of [one, registrySchemas({ url, logger })])
      expect((await failure(table.register(subject, more))).code).toBe('REGISTRY_COMPATIBILITY');
    expect(await versions(subject)).toEqual([1]);
    expect(await config(subject)).toEqual({ compatibilityLevel: 'FORWARD' });
  });

  it('of another kind than Avro is as good as none', async () => {
    const response = await fetch(`${url}/subjects/${uniqueName('json')}/versions`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ schemaType: 'PROTOBUF', schema: 'syntax = "proto3"; message M { string a = 1; }' }),
    });
    const { id } = (await response.json()) as { readonly id: number };
    expect(await registrySchemas({ url, logger }).schema(id)).toBeNull();
  });

  it('can be read by the client that others wrote', async () => {
    const id = await registrySchemas({ url, logger }).register(uniqueName('watermark'), WATERMARK_SCHEMA);
    const theirs = (await new SchemaRegistry({ host: url }).getSchema(id)) as { readonly name?: string };
    expect(theirs.name).toBe('changeover.Watermark');
  });
});

describe('the schema of an object that is in the registry already', () => {
  let bus: EmbeddedBus;
  beforeEach(() => {
    const folder = mkdtempSync(join(tmpdir(), 'changeover-registry-'));
    bus = new EmbeddedBus({ file: join(folder, 'log.db'), clock: systemClock(), logger, access: 'write' });
    onTestFinished(async () => {
      await bus.close();
      rmSync(folder, { recursive: true, force: true });
    });
  });

  /** A process that begins: nothing of the registry is known to it. */
  const begin = () => new EventLog({ bus, schemas: registrySchemas({ url, logger }), names: memoryNameTable() });
  const FIELDS = [{ name: 'Name', type: { kind: 'string' as const } }];

  it('is made safe at every start, though nothing is to be stored: from the rule being taken away, or set to none', async () => {
    const source = uniqueName('crm').replaceAll('-', '');
    const { topic, schemaId } = await begin().declare(source, 'contact', FIELDS);
    const subject = `${topic}-${topic}.ChangeEvent`;
    expect(await config(subject)).toEqual({ compatibilityLevel: 'BACKWARD' });
    await send('PUT', `/config/${subject}`, { compatibility: 'NONE' });
    expect(await begin().declare(source, 'contact', [])).toEqual({ topic, schemaId, added: [] });
    expect(await config(subject)).toEqual({ compatibilityLevel: 'BACKWARD' });
    await send('DELETE', `/config/${subject}`);
    await begin().declare(source, 'contact', FIELDS);
    expect(await config(subject)).toEqual({ compatibilityLevel: 'BACKWARD' });
    expect(await versions(subject)).toEqual([1]);
  });

  it('stops its object where somebody stored another one over it, and no other object', async () => {
    const source = uniqueName('crm').replaceAll('-', '');
    const log = begin();
    const { topic, schemaId } = await log.declare(source, 'contact', FIELDS);
    await log.declare(source, 'deal', FIELDS);
    const subject = `${topic}-${topic}.ChangeEvent`;
    await send('PUT', `/config/${subject}`, { compatibility: 'NONE' });
    const theirs = JSON.stringify({ type: 'record', name: 'Theirs', fields: [{ name: 'run', type: 'double' }] });
    await send('POST', `/subjects/${subject}/versions`, { schema: theirs });
    const after = begin();
    const error = await failure(after.declare(source, 'contact', FIELDS));
    expect(error).toMatchObject({
      code: 'REGISTRY_SUBJECT_FOREIGN',
      message: expect.stringContaining('record Theirs'),
    });
    expect(error.hint).toContain('delete that version');
    expect(await versions(subject)).toEqual([1, 2]);
    expect((await after.declare(source, 'deal', FIELDS)).added).toEqual([]);
    // As the hint says.
    await send('DELETE', `/subjects/${subject}/versions/2`);
    expect((await begin().declare(source, 'contact', FIELDS)).schemaId).toBe(schemaId);
    expect(await config(subject)).toEqual({ compatibilityLevel: 'BACKWARD' });
  });
});

describe('a registry behind a password', () => {
  const credentials = { username: 'changeover', password: 'quiet please' };
  let proxy: Awaited<ReturnType<typeof startBasicAuthProxy>>;
  beforeAll(async () => {
    proxy = await startBasicAuthProxy(url, credentials);
  });
  afterAll(() => proxy.close());

  const at = (more: Partial<RegistryOptions>) => registrySchemas({ url: proxy.url, logger, ...more });

  it('lets in who has it', async () => {
    const id = await at({ credentials }).register(uniqueName('secret'), WATERMARK_SCHEMA);
    expect(await at({ credentials }).schema(id)).toBe(WATERMARK_SCHEMA);
  });

  it('says who is refused, without saying the password', async () => {
    for (const wrong of [{}, { credentials: { ...credentials, password: 'loud' } }]) {
      const error = await failure(at(wrong).latest('any'));
      expect(error.code).toBe('REGISTRY_AUTHENTICATION');
      expect(JSON.stringify(error)).not.toContain('loud');
    }
  });
});

describe('a registry that is not there', () => {
  it('stops nothing that is known; what is new waits', async () => {
    const proxy = await startBasicAuthProxy(url, { username: 'a', password: 'b' });
    const table = registrySchemas({ url: proxy.url, logger, credentials: { username: 'a', password: 'b' } });
    const subject = uniqueName('contact');
    const schema = described([{ name: 'Name', kind: 'string' }]);
    const id = await table.register(subject, schema);
    await proxy.close();
    expect(await table.schema(id)).toBe(schema);
    expect(await table.register(subject, schema)).toBe(id);
    expect(await table.latest(subject)).toEqual({ id, schema });
    const error = await failure(table.latest(uniqueName('new')));
    expect(error.code).toBe('REGISTRY_UNREACHABLE');
    expect(error.retry).toBe('later');
  });

  it('is told from another server at the address', async () => {
    const stranger = registrySchemas({ url: new URL(url).origin, logger });
    expect((await failure(stranger.register(uniqueName('x'), WATERMARK_SCHEMA))).code).toBe('REGISTRY_ANSWER');
  });
});

describe('a registry behind TLS', () => {
  it('is believed with the authority named, and with no other', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'changeover-registry-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const { authority, keyStore } = makeCertificates(folder);
    const pem = readFileSync(keyStore, 'utf8');
    const { origin, pathname } = new URL(url);
    const server = createServer({ key: pem, cert: pem }, (asked, answer) => {
      const { method = 'GET', headers } = asked;
      const forwarded = request(new URL(asked.url ?? '/', origin), { method, headers }, (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(answer);
      });
      asked.pipe(forwarded);
    }).listen(0, '127.0.0.1');
    onTestFinished(() => server.closeAllConnections());
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const secure = `https://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`;
    const id = await registrySchemas({ url: secure, ca: authority, logger }).register(
      uniqueName('tls'),
      WATERMARK_SCHEMA,
    );
    expect(await registrySchemas({ url, logger }).schema(id)).toBe(WATERMARK_SCHEMA);
    const error = await failure(registrySchemas({ url: secure, logger }).schema(id));
    expect(error).toMatchObject({ code: 'REGISTRY_UNREACHABLE', message: expect.stringContaining('certificate') });
  });
});
