import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { assertRegistry, type Registry, startRegistry } from './registry.ts';
import { WrongServerError } from './server.ts';

let registry: Registry;

beforeAll(async () => {
  registry = await startRegistry();
});

afterAll(async () => {
  await registry.stop();
});

async function register(subject: string, schema: unknown): Promise<unknown> {
  const response = await fetch(`${registry.url}/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: JSON.stringify(schema) }),
  });
  return await response.json();
}

test('a schema that was registered keeps its id when the registry is killed and started again', async () => {
  const { id } = (await register('kept-value', 'string')) as { id: number };
  await registry.process.kill('SIGKILL');
  await expect(fetch(`${registry.url}/subjects`)).rejects.toThrow();
  await registry.process.start();
  const again = await fetch(`${registry.url}/subjects/kept-value/versions/1`);
  expect(await again.json()).toMatchObject({ id, schema: '"string"' });
});

test('another registry, or another server, at the address is noticed', async () => {
  const { origin } = new URL(registry.url);
  await expect(assertRegistry(origin, randomUUID())).rejects.toThrow(WrongServerError);
  const stranger = createServer((_, response) => response.writeHead(404).end()).listen(0, '127.0.0.1');
  onTestFinished(() => void stranger.close());
  await once(stranger, 'listening');
  const elsewhere = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`;
  await expect(assertRegistry(elsewhere, randomUUID())).rejects.toThrow(/answers 404/);
});
