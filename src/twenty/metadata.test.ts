import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../core/clock.ts';
import { silentLogger } from '../core/logger.ts';
import type { HttpRequest, HttpResponse } from '../core/ports.ts';
import { RateBudget } from './budget.ts';
import { readWorkspace } from './metadata.ts';
import type { Workspace } from './model.ts';
import { json, recordedObjects, ScriptedHttp } from './testing.ts';
import { Transport } from './transport.ts';

interface Model {
  data: {
    objects: { edges: { node: Record<string, unknown> & { nameSingular: string; fieldsList: { name: string }[] } }[] };
  };
}

function read(answer: (request: HttpRequest) => HttpResponse): { workspace: Promise<Workspace>; http: ScriptedHttp } {
  const clock = new SimulatedClock();
  const http = new ScriptedHttp(answer);
  const budget = new RateBudget({ clock });
  const transport = new Transport({
    url: 'https://crm.example.com/',
    apiKey: 'key',
    http,
    clock,
    budget,
    logger: silentLogger(),
  });
  return { workspace: readWorkspace(transport, clock), http };
}

function changed(change: (model: Model) => void): string {
  const model = JSON.parse(recordedObjects()) as Model;
  change(model);
  return JSON.stringify(model);
}

describe('a unique index for some rows only', () => {
  type Index = { isUnique: boolean; indexWhereClause?: string };
  const withClause = (name: string, where: string) =>
    changed(({ data }) => {
      const { node } = data.objects.edges.find((edge) => edge.node.nameSingular === name) ?? {};
      for (const index of (node?.indexMetadataList ?? []) as Index[])
        if (index.isUnique) index.indexWhereClause = where;
    });

  it.each([
    ['"deletedAt" IS NULL', 'live'],
    [`"jobTitle" = 'Boss'`, 'unknown'],
  ] as const)('is unique still, and known to be partial: %s', async (where, covers) => {
    const { objects } = await read(() => json(200, withClause('person', where))).workspace;
    const columns = ['emails.primaryEmail'];
    expect(objects.get('person')?.uniques).toEqual([columns]);
    expect(objects.get('person')?.partialUniques).toEqual([{ columns, where, covers }]);
    expect(objects.get('company')?.partialUniques).toEqual([]);
  });

  it('is taken to be for all where the server does not know such clauses', async () => {
    const message = 'Cannot query field "indexWhereClause" on type "Index".';
    const { workspace, http } = read(({ body }) =>
      String(body).includes('indexWhereClause')
        ? json(400, JSON.stringify({ errors: [{ message, extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] }))
        : json(200, recordedObjects()),
    );
    const person = (await workspace).objects.get('person');
    expect([person?.uniques, person?.partialUniques]).toEqual([[['emails.primaryEmail']], []]);
    expect(http.requests).toHaveLength(2);
  });
});

describe('the recorded data model of 2.21.0', () => {
  it('gives objects, unique columns with sub-fields, and the columns of relations', async () => {
    const workspace = await read(() => json(200, recordedObjects())).workspace;
    const person = workspace.objects.get('person');
    expect(person?.namePlural).toBe('people');
    expect(person?.uniques).toEqual([['emails.primaryEmail']]);
    expect(workspace.objects.get('company')?.uniques).toEqual([['domainName.primaryLinkUrl']]);
    expect(workspace.objects.get('workspaceMember')?.uniques).toEqual([['userEmail']]);
    expect(workspace.objects.get('messageChannelMessageAssociation')?.uniques).toEqual([
      ['messageChannelId', 'messageId'],
    ]);
    expect(person?.fields.get('company')?.relation).toEqual({
      type: 'MANY_TO_ONE',
      targets: ['company'],
      columns: { company: 'companyId' },
    });
    expect(person?.fields.get('attachments')?.relation).toMatchObject({ type: 'ONE_TO_MANY', columns: {} });
    expect(workspace.objects.get('noteTarget')?.fields.get('target')?.relation?.columns).toEqual({
      opportunity: 'targetOpportunityId',
      company: 'targetCompanyId',
      person: 'targetPersonId',
    });
    expect(
      workspace.objects
        .get('opportunity')
        ?.fields.get('stage')
        ?.options?.map((option) => option.value),
    ).toEqual(['NEW', 'SCREENING', 'MEETING', 'PROPOSAL', 'CUSTOMER']);
  });

  it('the hash changes when the model does, and not with the order of objects', async () => {
    const plain = await read(() => json(200, recordedObjects())).workspace;
    const reversed = await read(() =>
      json(
        200,
        changed((model) => model.data.objects.edges.reverse()),
      ),
    ).workspace;
    const other = await read(() =>
      json(
        200,
        changed((model) => model.data.objects.edges[1]?.node.fieldsList.pop()),
      ),
    ).workspace;
    expect(reversed.hash).toBe(plain.hash);
    expect(other.hash).not.toBe(plain.hash);
  });

  it('reads every page', async () => {
    const edges = (JSON.parse(recordedObjects()) as Model).data.objects.edges;
    const page = (from: number, to: number, next: string | null) =>
      json(200, {
        data: { objects: { edges: edges.slice(from, to), pageInfo: { hasNextPage: next !== null, endCursor: next } } },
      });
    const { workspace, http } = read((request) =>
      String(request.body).includes('after:') ? page(10, 99, null) : page(0, 10, 'x"y'),
    );
    expect((await workspace).objects.size).toBe(edges.length);
    expect(http.requests).toHaveLength(2);
  });

  it('leaves out a member that this version does not know, and goes on', async () => {
    const { workspace, http } = read((request) =>
      String(request.body).includes('isUIReadOnly')
        ? json(400, {
            errors: [
              {
                message: 'Cannot query field "isUIReadOnly" on type "Object".',
                extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
              },
            ],
          })
        : json(200, recordedObjects()),
    );
    expect((await workspace).objects.has('person')).toBe(true);
    expect(http.requests).toHaveLength(2);
  });

  it.each(['legacy', 'direct'])('falls back to REST, %s format', async (format) => {
    const nodes = (JSON.parse(recordedObjects()) as Model).data.objects.edges.map(({ node }) => {
      const { fieldsList, ...rest } = node;
      return { ...rest, fields: fieldsList };
    });
    const { workspace } = read((request) =>
      request.method === 'POST'
        ? json(404, { statusCode: 404, error: 'NotFoundException', messages: ['Cannot POST /metadata'] })
        : json(200, { data: format === 'legacy' ? { objects: nodes } : nodes, pageInfo: { hasNextPage: false } }),
    );
    expect((await workspace).objects.get('person')?.uniques).toEqual([['emails.primaryEmail']]);
  });
});

describe('TW-7 a server that cannot be worked with is refused at the start, each with its own code', () => {
  const forbidden = json(200, {
    data: null,
    errors: [{ message: 'Forbidden resource', extensions: { code: 'FORBIDDEN' } }],
  });

  it('a wrong key', async () => {
    const bad = json(401, { statusCode: 401, messages: ['Token invalid.'], error: 'UNAUTHENTICATED' });
    await expect(read(() => bad).workspace).rejects.toMatchObject({ code: 'TWENTY_TOKEN_REFUSED' });
    const jwt = json(403, { statusCode: 403, error: 'FORBIDDEN_EXCEPTION', messages: ['bad'] });
    await expect(read((request) => (request.method === 'POST' ? forbidden : jwt)).workspace).rejects.toMatchObject({
      code: 'TWENTY_TOKEN_REFUSED',
    });
  });

  it('a role without the right to the data model', async () => {
    const { workspace } = read((request) =>
      request.method === 'POST' ? forbidden : json(200, { data: { companies: [] } }),
    );
    await expect(workspace).rejects.toMatchObject({ code: 'TWENTY_MODEL_RIGHT_MISSING' });
  });

  it('a workspace without what is needed, which the message names', async () => {
    const withoutTasks = changed((model) => {
      model.data.objects.edges = model.data.objects.edges.filter(({ node }) => node.nameSingular !== 'task');
    });
    await expect(read(() => json(200, withoutTasks)).workspace).rejects.toMatchObject({
      code: 'TWENTY_TOO_OLD',
      message: expect.stringContaining('task'),
    });
  });

  it('TW-7 a workspace older than 1.0, whose notes have their text in body', async () => {
    const older = changed((model) => {
      for (const { node } of model.data.objects.edges) {
        for (const field of node.fieldsList) if (field.name === 'bodyV2') field.name = 'body';
      }
    });
    await expect(read(() => json(200, older)).workspace).rejects.toMatchObject({
      code: 'TWENTY_TOO_OLD',
      message: 'the workspace lacks note.bodyV2, task.bodyV2',
    });
  });

  it('another web server', async () => {
    await expect(read(() => json(200, '<html>hello</html>')).workspace).rejects.toMatchObject({
      code: 'TWENTY_NOT_TWENTY',
    });
    await expect(read(() => json(404, '<html>none</html>')).workspace).rejects.toMatchObject({
      code: 'TWENTY_NOT_TWENTY',
    });
  });

  it('an address with a password in it', () => {
    const clock = new SimulatedClock();
    const http = new ScriptedHttp(() => json(200, {}));
    const make = () =>
      new Transport({
        url: 'https://a:b@crm.example.com',
        apiKey: 'k',
        http,
        clock,
        budget: new RateBudget({ clock }),
        logger: silentLogger(),
      });
    expect(make).toThrowError(expect.objectContaining({ code: 'TWENTY_NOT_TWENTY' }));
  });
});
