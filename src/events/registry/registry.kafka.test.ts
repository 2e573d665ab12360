import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { makeCertificates } from '../../../scripts/servers/certificates.ts';
import { startBasicAuthProxy } from '../../../test/support/servers/basic-auth-proxy.ts';
import { registryUrl, uniqueName } from '../../../test/support/servers/servers.ts';
import { ChangeoverError } from '../../core/errors.ts';
import { silentLogger } from '../../core/logger.ts';
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

async function config(subject: string): Promise<unknown> {
  return (await (await fetch(`${url}/config/${subject}`)).json()) as unknown;
}

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

  it('is never stored under a subject that somebody set to accept anything', async () => {
    const subject = uniqueName('open');
    await fetch(`${url}/subjects/${subject}/versions`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ schema: '"string"' }),
    });
    await fetch(`${url}/config/${subject}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ compatibility: 'NONE' }),
    });
    const error = await failure(registrySchemas({ url, logger }).register(subject, WATERMARK_SCHEMA));
    expect(error.code).toBe('REGISTRY_COMPATIBILITY');
    expect(await (await fetch(`${url}/subjects/${subject}/versions`)).json()).toEqual([1]);
  });

  it('is refused under a subject of somebody else, and theirs is left as it was', async () => {
    const subject = uniqueName('theirs');
    const theirs = JSON.stringify({ type: 'record', name: 'Watermark', fields: [{ name: 'run', type: 'double' }] });
    await fetch(`${url}/subjects/${subject}/versions`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ schema: theirs }),
    });
    await fetch(`${url}/config/${subject}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ compatibility: 'BACKWARD' }),
    });
    const table = registrySchemas({ url, logger });
    const error = await failure(table.register(subject, WATERMARK_SCHEMA));
    expect(error.code).toBe('EVENT_SCHEMA_INCOMPATIBLE');
    expect(error.message).toContain('because of source, object');
    expect((await table.latest(subject))?.schema).toBe(theirs);
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
