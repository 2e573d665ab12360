import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TwentySandbox } from './index.ts';
import { startClient, type TestClient, uuid } from './testing/client.ts';

describe('faults on demand', () => {
  let client: TestClient;

  beforeEach(async () => {
    client = await startClient();
  });

  afterEach(() => client.sandbox.close());

  const ids = (sandbox: TwentySandbox): unknown[] => sandbox.dump('person').map(({ id }) => id);

  it('commits a write whose answer is then lost', async () => {
    await client.post('/sandbox/faults', {
      match: { operation: 'createMany', object: 'person' },
      fail: 'answerLost',
      count: 1,
    });
    await expect(client.upsert('people', [{ id: uuid(1) }])).rejects.toThrow();
    expect(ids(client.sandbox)).toEqual([uuid(1)]);
    expect((await client.upsert('people', [{ id: uuid(1) }])).status).toBe(201);
  });

  it('writes half of a batch and fails', async () => {
    client.sandbox.fault({ match: { operation: 'createMany' }, fail: 'halfApplied', count: 1 });
    const rows = [{ id: uuid(1) }, { id: uuid(2) }, { id: uuid(3) }, { id: uuid(4) }];
    expect((await client.upsert('people', rows)).status).toBe(500);
    expect(ids(client.sandbox)).toEqual([uuid(1), uuid(2)]);
    expect((await client.upsert('people', rows)).status).toBe(201);
    expect(ids(client.sandbox)).toHaveLength(4);
  });

  it('cuts the connection before anything is written', async () => {
    client.sandbox.fault({ fail: 'drop', count: 1 });
    await expect(client.upsert('people', [{ id: uuid(1) }])).rejects.toThrow();
    expect(ids(client.sandbox)).toEqual([]);
  });

  it('fails only the calls asked for, then none', async () => {
    client.sandbox.fault({ match: { request: '^GET /rest/people' }, fail: 503, after: 1, count: 2 });
    const statuses: number[] = [];
    for (let call = 0; call < 5; call += 1) statuses.push((await client.get('/rest/people')).status);
    expect(statuses).toEqual([200, 503, 503, 200, 200]);
    expect((await client.get('/rest/companies')).status).toBe(200);
  });

  it('throttles on demand, in the form of each interface', async () => {
    client.sandbox.fault({ fail: 'throttle', count: 2 });
    expect((await client.get('/rest/people')).status).toBe(429);
    const answer = await client.graphql('{people{totalCount}}');
    expect(answer.errors?.[0]?.extensions?.subCode).toBe('LIMIT_REACHED');
  });

  it('lets a write land before its answer is given', async () => {
    client.sandbox.fault({ answerDelayMs: 100, count: 1 });
    const answer = client.upsert('people', [{ id: uuid(1) }]);
    await expect.poll(() => ids(client.sandbox), { interval: 5 }).toEqual([uuid(1)]);
    expect((await answer).status).toBe(201);
  });

  it('counts calls by operation', async () => {
    await client.upsert('people', [{ id: uuid(1) }, { id: uuid(2) }]);
    await client.graphql('{people{totalCount} companies{totalCount}}');
    const { body } = await client.get('/sandbox/calls');
    expect(body.counters).toEqual([
      { operation: 'createMany person', api: 'rest', calls: 1, records: 2, failed: 0 },
      { operation: 'findMany person, findMany company', api: 'graphql', calls: 1, records: 0, failed: 0 },
    ]);
  });
});

describe('people', () => {
  let client: TestClient;

  beforeEach(async () => {
    client = await startClient({ members: [{ firstName: 'Ann', lastName: 'Lee', email: 'Ann@Example.com' }] });
  });

  afterEach(() => client.sandbox.close());

  it('are added as members, once per e-mail', async () => {
    const bob = { firstName: 'Bob', lastName: 'Ray', email: 'bob@example.com' };
    const first = await client.post('/sandbox/members', [bob]);
    const again = await client.post('/sandbox/members', [bob]);
    expect(again.body).toEqual(first.body);
    const { body } = await client.get('/rest/workspaceMembers?filter=userEmail[eq]:"ann@example.com"');
    expect(body.totalCount).toBe(1);
  });

  it('leave their name in updatedBy, by the header as by the sandbox', async () => {
    await client.post('/rest/people', { id: uuid(1) });
    const headers = { 'x-sandbox-person': 'ann@example.com' };
    const { body } = await client.send('PATCH', `/rest/people/${uuid(1)}`, { jobTitle: 'Boss' }, headers);
    expect(body.data?.updatePerson?.updatedBy).toMatchObject({ source: 'MANUAL', name: 'Ann Lee' });
    await client.post('/sandbox/person', {
      person: 'ann@example.com',
      object: 'person',
      action: 'delete',
      id: uuid(1),
    });
    expect(client.sandbox.dump('person')[0]).toMatchObject({ id: uuid(1), updatedBy: { source: 'MANUAL' } });
    expect(client.sandbox.dump('person')[0]?.deletedAt).not.toBeNull();
  });
});

describe('a sandbox with a file', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'twenty-sandbox-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('goes on where it stopped: model, rows, unique values, files, token', async () => {
    const data = join(folder, 'workspace.sqlite');
    const first = await startClient({ data });
    await first.field('person', { type: 'TEXT', name: 'sourceKey', isUnique: true });
    await first.upsert('people', [{ id: uuid(1), sourceKey: 'k', jobTitle: 'x' }, { id: uuid(2) }]);
    await first.delete(`/rest/people/${uuid(2)}`);
    const rows = first.sandbox.dump('person');
    const file = first.sandbox.engine.files.request('a.txt', 3, 'FilesField', 'x');
    await fetch(first.sandbox.engine.files.uploadUrl(file), { method: 'PUT', body: 'abc' });
    await first.sandbox.close();
    const second = await startClient({ data });
    expect(second.sandbox.files()).toMatchObject([{ id: file.id, size: 3, bytes: Buffer.from('abc') }]);
    expect(second.sandbox.token).toBe(first.sandbox.token);
    expect(second.sandbox.dump('person')).toEqual(rows);
    expect((await second.post('/rest/people', { sourceKey: 'k' })).status).toBe(400);
    await second.sandbox.close();
  });

  it('can be read by another program while it runs', async () => {
    const data = join(folder, 'workspace.sqlite');
    const client = await startClient({ data });
    await client.post('/rest/people', { id: uuid(1), name: { firstName: 'Ann', lastName: 'Lee' } });
    const outside = new Database(data, { readonly: true });
    const row = outside.prepare('SELECT id, "name.firstName" AS first, "deletedAt" FROM people').get();
    outside.close();
    expect(row).toEqual({ id: uuid(1), first: 'Ann', deletedAt: null });
    await client.sandbox.close();
  });
});
