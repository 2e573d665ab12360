import { describe, expect, it } from 'vitest';
import { ChangeoverError } from '../core/errors.ts';
import { exchange, json, scriptedClient } from './testing.ts';

const LOAD = { lane: 'load' } as const;
const ID = '00000001-0000-4000-8000-000000000001';

function row(index: number) {
  return { id: `${String(index).padStart(8, '0')}-0000-5000-8000-000000000001`, fields: { name: `Company ${index}` } };
}

describe('writing', () => {
  it('creates by one batch call and gives back the rows as they are now', async () => {
    const recorded = exchange('batch create');
    const { client, http } = await scriptedClient(() => json(recorded.response.status, recorded.response.body));
    const outcome = await client.create('company', [{ id: ID, fields: { name: 'Company 1' } }], LOAD);
    expect(outcome).toMatchObject({ kind: 'written', rows: [{ id: ID }, { name: 'Company 2' }] });
    expect(http.requests[0]).toMatchObject({ method: 'POST', url: 'https://crm.example.com/rest/batch/companies' });
    expect(http.requests[0]?.headers).toMatchObject({ authorization: 'Bearer key' });
    expect(http.bodies()[0]).toEqual([{ id: ID, name: 'Company 1' }]);
  });

  it('upserts with the query parameter, under the plural name', async () => {
    const { client, http } = await scriptedClient(() => json(201, { data: { createPeople: [{ id: ID }] } }));
    await client.upsert('person', [{ id: ID, fields: { jobTitle: 'CEO' } }], LOAD);
    expect(http.requests[0]?.url).toBe('https://crm.example.com/rest/batch/people?upsert=true');
  });

  it('spends no call on nothing, nor on a batch that the workspace would refuse', async () => {
    const { client, http } = await scriptedClient(() => json(500, {}));
    expect(await client.create('company', [], LOAD)).toEqual({ kind: 'written', rows: [] });
    const many = Array.from({ length: 201 }, (_, index) => row(index));
    expect(await client.create('company', many, LOAD)).toMatchObject({
      kind: 'refused',
      reason: 'too-many',
      partial: false,
    });
    const huge = [{ id: ID, fields: { name: 'x'.repeat(10_000_000) } }];
    expect(await client.create('company', huge, LOAD)).toMatchObject({ kind: 'refused', reason: 'too-large' });
    expect(http.requests).toHaveLength(0);
  });

  it('learns a smaller batch from one refusal and never sends a larger one again', async () => {
    const { client, http } = await scriptedClient(() =>
      json(400, {
        statusCode: 400,
        error: 'BadRequestException',
        messages: ['Maximum number of records to upsert is 60.'],
      }),
    );
    const rows = Array.from({ length: 200 }, (_, index) => row(index));
    expect(client.batchSize()).toBe(200);
    expect(await client.upsert('company', rows, LOAD)).toMatchObject({
      kind: 'refused',
      reason: 'too-many',
      partial: false,
    });
    expect(client.batchSize()).toBe(60);
    expect(await client.upsert('company', rows, LOAD)).toMatchObject({ kind: 'refused', reason: 'too-many' });
    expect(http.requests).toHaveLength(1);
  });

  it('a failed upsert may be half applied, a failed create never is', async () => {
    const body = exchange('person whose company does not exist').response.body;
    const { client } = await scriptedClient(() => json(400, body));
    expect(await client.upsert('person', [row(1)], LOAD)).toMatchObject({ reason: 'foreign-key', partial: true });
    expect(await client.create('person', [row(1)], LOAD)).toMatchObject({ reason: 'foreign-key', partial: false });
  });

  it('never repeats a write inside: throttled, down and unanswered are outcomes', async () => {
    const answers = [
      json(429, { statusCode: 429, messages: ['Limit reached (100 tokens per 60000 ms)'] }),
      json(503, { statusCode: 503, messages: ['starting'] }),
      json(504, 'gateway'),
    ];
    const { client, http } = await scriptedClient((_request, index) => {
      const answer = answers[index];
      if (answer !== undefined) return answer;
      throw new ChangeoverError(index === 3 ? 'HTTP_UNANSWERED' : 'HTTP_UNREACHABLE', 'gone');
    });
    const kinds: string[] = [];
    for (let call = 0; call < 5; call += 1) kinds.push((await client.upsert('company', [row(1)], LOAD)).kind);
    expect(kinds).toEqual(['throttled', 'outage', 'unanswered', 'unanswered', 'outage']);
    expect(http.requests).toHaveLength(5);
  });

  it('cancelled while it waits for its turn it was not sent; cancelled in flight it may have been', async () => {
    const stop = new AbortController();
    const { client, http, budget } = await scriptedClient((request) => {
      stop.abort();
      if (request.signal?.aborted === true) throw new ChangeoverError('HTTP_UNANSWERED', 'cancelled in flight');
      return json(201, { data: { createCompanies: [] } });
    });
    expect(await client.create('company', [row(1)], { lane: 'load', signal: stop.signal })).toMatchObject({
      kind: 'unanswered',
    });
    const early = client.create('company', [row(1)], { lane: 'load', signal: stop.signal });
    await expect(early).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(http.requests).toHaveLength(1);
    expect(budget.estimate(1)).toBe(0);
  });

  it('after failures every lane waits longer and longer, and an answer ends that', async () => {
    let down = true;
    const { client, clock } = await scriptedClient(() =>
      down ? json(503, {}) : json(201, { data: { createCompanies: [] } }),
    );
    const waits: number[] = [];
    for (let call = 0; call < 5; call += 1) {
      const before = clock.monotonic();
      await client.create('company', [row(1)], LOAD);
      waits.push(Math.round((clock.monotonic() - before) / 1000));
    }
    expect(waits).toEqual([0, 1, 2, 4, 8]);
    down = false;
    await client.create('company', [row(1)], LOAD);
    const before = clock.monotonic();
    await client.create('company', [row(1)], LOAD);
    expect(clock.monotonic() - before).toBeLessThan(1000);
  });

  it('deletes, restores and destroys by ids in one GraphQL call each', async () => {
    const { client, http } = await scriptedClient((request) => {
      const root = /\{(\w+)\(/.exec(String(request.body))?.[1] ?? '';
      return json(200, { data: { [root]: [{ id: ID, deletedAt: null }] } });
    });
    expect(await client.softDelete('person', [ID], LOAD)).toMatchObject({ kind: 'written', rows: [{ id: ID }] });
    await client.restore('person', [ID], LOAD);
    await client.destroy('note', [ID], LOAD);
    expect(http.bodies().map((body) => body.query)).toEqual([
      'mutation($filter:PersonFilterInput!){deletePeople(filter:$filter){id deletedAt}}',
      'mutation($filter:PersonFilterInput!){restorePeople(filter:$filter){id deletedAt}}',
      'mutation($filter:NoteFilterInput!){destroyNotes(filter:$filter){id}}',
    ]);
  });
});

describe('reading', () => {
  const page = (ids: readonly string[], more: boolean) =>
    json(200, { data: { people: { edges: ids.map((id) => ({ node: { id } })), pageInfo: { hasNextPage: more } } } });

  it('finds by a sub-field, soft-deleted rows included, whatever quotes the values hold', async () => {
    const { client, http } = await scriptedClient(() => page([ID], false));
    const values = [`a"b'c@example.com`, 'd\\e@example.com'];
    const rows = await client.find({
      object: 'person',
      by: { field: 'emails.primaryEmail', values },
      fields: ['emails', 'companyId', 'company', 'name.firstName'],
      deleted: true,
      lane: 'load',
    });
    expect(rows).toEqual([{ id: ID }]);
    expect(http.bodies()[0]).toEqual({
      query:
        'query($filter:PersonFilterInput,$first:Int){people(filter:$filter,first:$first,orderBy:[{id:AscNullsFirst}])' +
        '{edges{node{id emails{primaryEmail additionalEmails} companyId name{firstName lastName} deletedAt}} pageInfo{hasNextPage}}}',
      variables: {
        first: 200,
        filter: {
          and: [
            { emails: { primaryEmail: { in: values } } },
            { or: [{ deletedAt: { is: 'NULL' } }, { deletedAt: { is: 'NOT_NULL' } }] },
          ],
        },
      },
    });
  });

  it('scans by id, each page after the last id of the one before', async () => {
    const ids = [
      '00000001-0000-4000-8000-000000000001',
      '00000002-0000-4000-8000-000000000001',
      '00000003-0000-4000-8000-000000000001',
    ];
    const { client, http } = await scriptedClient((_request, index) => page([ids[index] ?? ''], index < 2));
    const seen: string[] = [];
    for await (const rows of client.scan({
      object: 'person',
      fields: [],
      deleted: false,
      lane: 'verify',
      updatedSince: '2026-01-01T00:00:00.000Z',
    })) {
      seen.push(...rows.map((each) => each.id));
    }
    expect(seen).toEqual(ids);
    expect(http.bodies().map((body) => (body.variables as { filter: unknown }).filter)).toEqual([
      { and: [{ updatedAt: { gte: '2026-01-01T00:00:00.000Z' } }] },
      { and: [{ updatedAt: { gte: '2026-01-01T00:00:00.000Z' } }, { id: { gt: ids[0] } }] },
      { and: [{ updatedAt: { gte: '2026-01-01T00:00:00.000Z' } }, { id: { gt: ids[1] } }] },
    ]);
  });

  it('a server that gives the same page again is an error, not an endless loop', async () => {
    const { client } = await scriptedClient(() => page([ID], true));
    const scanning = async () => {
      for await (const _rows of client.scan({ object: 'person', fields: [], deleted: false, lane: 'verify' }));
    };
    await expect(scanning()).rejects.toMatchObject({ code: 'TWENTY_ANSWER_UNREADABLE' });
  });

  it('reads are tried again while waiting can help, and give up with a code', async () => {
    const answers = [
      json(503, {}),
      json(200, exchange('GraphQL over the limit').response.body),
      json(200, { data: { companies: { totalCount: 7 } } }),
    ];
    const first = await scriptedClient((_request, index) => answers[index] ?? json(503, {}));
    expect(await first.client.count('company', LOAD)).toBe(7);
    const never = await scriptedClient(() => json(503, {}));
    await expect(never.client.count('company', LOAD)).rejects.toMatchObject({
      code: 'TWENTY_UNREACHABLE',
      retry: 'later',
    });
    expect(never.http.requests.length).toBeLessThan(10);
  });

  it('a bad key and a role without the right are told apart, at once', async () => {
    const key = await scriptedClient(() =>
      json(401, { statusCode: 401, messages: ['Token invalid.'], error: 'UNAUTHENTICATED' }),
    );
    await expect(key.client.count('company', LOAD)).rejects.toMatchObject({ code: 'TWENTY_TOKEN_REFUSED' });
    const role = await scriptedClient(() => json(400, exchange('create a workspace member').response.body));
    await expect(role.client.count('company', LOAD)).rejects.toMatchObject({ code: 'TWENTY_PERMISSION_MISSING' });
    expect(role.http.requests).toHaveLength(1);
  });

  it('an unknown object or field costs no call', async () => {
    const { client, http } = await scriptedClient(() => json(500, {}));
    await expect(client.count('nope', LOAD)).rejects.toMatchObject({ code: 'TWENTY_UNKNOWN_OBJECT' });
    const find = client.find({
      object: 'person',
      by: { field: 'nope', values: ['1'] },
      fields: [],
      deleted: false,
      ...LOAD,
    });
    await expect(find).rejects.toMatchObject({ code: 'TWENTY_UNKNOWN_FIELD' });
    expect(http.requests).toHaveLength(0);
  });

  it('members come with lower-case e-mail and one name', async () => {
    const recorded = exchange('workspace members').response.body as {
      data: { workspaceMembers: Record<string, unknown>[] };
    };
    const { client } = await scriptedClient(() =>
      json(200, {
        data: {
          workspaceMembers: {
            edges: recorded.data.workspaceMembers.map((node) => ({ node })),
            pageInfo: { hasNextPage: false },
          },
        },
      }),
    );
    expect((await client.members(LOAD))[0]).toEqual({
      id: '20202020-0687-4c41-b707-ed1bfca972a7',
      email: 'tim@apple.dev',
      name: 'Tim Apple',
    });
  });

  it('closing ends the wait for the budget', async () => {
    const { client, budget } = await scriptedClient(() => json(200, {}));
    budget.pause(1e9, 'outage');
    const waiting = client.count('company', LOAD);
    await client.close();
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
