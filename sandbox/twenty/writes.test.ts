import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startClient, type TestClient, uuid } from './testing/client.ts';

let client: TestClient;

beforeEach(async () => {
  client = await startClient();
  await client.field('company', { type: 'TEXT', name: 'sourceKey', isUnique: true });
});

afterEach(() => client.sandbox.close());

function company(number: number, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { id: uuid(number), name: `C${number}`, sourceKey: `k${number}`, position: number, ...more };
}

async function stored(): Promise<string[]> {
  const { body } = await client.get('/rest/companies?filter=or(deletedAt[is]:NULL,deletedAt[is]:NOT_NULL)');
  return ((body.data?.companies ?? []) as unknown as { id: string; name: string }[]).map(({ name }) => name);
}

describe('O1 batch size', () => {
  it('takes 200 rows and an empty list, and refuses 201 after checking the fields', async () => {
    expect(
      (
        await client.post(
          '/rest/batch/companies',
          Array.from({ length: 200 }, () => ({ name: 'x' })),
        )
      ).status,
    ).toBe(201);
    expect(await client.upsert('companies', [])).toEqual({ status: 201, body: { data: { createCompanies: [] } } });
    const many = Array.from({ length: 201 }, () => ({ name: 'x' }));
    const answer = await client.graphql('mutation($d:[CompanyCreateInput!]!){createCompanies(data:$d){id}}', {
      d: many,
    });
    expect(answer.errors?.[0]?.extensions?.subCode).toBe('TOO_MANY_RECORDS_TO_UPDATE');
    const unknown = await client.post('/rest/batch/companies', [...many, { nope: 1 }]);
    expect(unknown.body.messages).toEqual(['Object company doesn\'t have any "nope" field.']);
  });

  it('answers a body over 10 MB with 500 and plain text', async () => {
    const answer = await client.post('/rest/batch/companies', [{ name: 'x'.repeat(12_000_000) }]);
    expect(answer).toEqual({ status: 500, body: 'request entity too large' });
  });

  it('refuses more than 20 root fields, the same resolver twice, and arrays of requests', async () => {
    const twice = await client.graphql(
      'mutation{a:createCompany(data:{name:"x"}){id} b:createCompany(data:{name:"y"}){id}}',
    );
    expect(twice.errors?.[0]?.message).toBe('Duplicate root resolver: "createCompany"');
    expect(await stored()).toEqual([]);
    const names = client.sandbox.engine.model
      .objects()
      .slice(0, 21)
      .map(({ namePlural }) => `${namePlural}{totalCount}`);
    const many = await client.graphql(`{${names.join(' ')}}`);
    expect(many.errors?.[0]?.message).toMatch(/Too many root resolvers requested: 21/);
    expect((await client.post('/graphql', [{ query: '{companies{totalCount}}' }])).body.messages).toEqual([
      'Batching is not supported.',
    ]);
  });

  it('commits root fields separately', async () => {
    const answer = await client.graphql(
      'mutation{createCompany(data:{name:"kept"}){id} createPerson(data:{nope:1}){id}}',
    );
    expect(answer.data?.createPerson).toBeNull();
    expect(await stored()).toEqual(['kept']);
  });
});

describe('O2 upsert', () => {
  it('ignores the id sent where a unique value matches another row', async () => {
    await client.upsert('companies', [company(1)]);
    const { body } = await client.upsert('companies', [{ ...company(9), sourceKey: 'k1' }]);
    expect(body.data?.createCompanies?.[0]?.id).toBe(uuid(1));
    expect((await client.get(`/rest/companies/${uuid(9)}`)).status).toBe(404);
  });

  it('answers updated rows before inserted ones, and a row named twice once, the last entry winning', async () => {
    await client.upsert('companies', [company(1), company(3)]);
    const { body } = await client.upsert('companies', [
      company(0),
      company(1),
      company(2),
      company(3),
      company(1, { name: 'last' }),
    ]);
    const rows = body.data?.createCompanies as unknown as { id: string; name: string }[];
    expect(rows.map(({ id }) => id)).toEqual([uuid(1), uuid(3), uuid(0), uuid(2)]);
    expect(rows[0]?.name).toBe('last');
  });

  it('keeps the updates before a row that fails, and none of the inserts', async () => {
    await client.upsert('companies', [company(1), company(2), company(3)]);
    const bad = company(2, { name: 'bad', accountOwnerId: uuid(99) });
    const batch = [company(1, { name: 'first' }), bad, company(3, { name: 'third' }), company(4)];
    expect((await client.upsert('companies', batch)).status).toBe(400);
    expect(await stored()).toEqual(['first', 'C2', 'C3']);
  });

  it('writes nothing where the input does not fit', async () => {
    await client.upsert('companies', [company(1)]);
    await client.upsert('companies', [
      company(1, { name: 'changed' }),
      company(2, { domainName: { primaryLinkUrl: 'not a url' } }),
    ]);
    expect(await stored()).toEqual(['C1']);
  });

  it('revives soft-deleted rows, by id and by unique value', async () => {
    await client.upsert('companies', [company(1), company(2)]);
    await client.delete(`/rest/companies/${uuid(1)}?soft_delete=true`);
    await client.delete(`/rest/companies/${uuid(2)}?soft_delete=true`);
    const { body } = await client.upsert('companies', [company(1), { ...company(8), sourceKey: 'k2' }]);
    const rows = body.data?.createCompanies as unknown as { id: string; deletedAt: null }[];
    expect(rows.map(({ id, deletedAt }) => [id, deletedAt])).toEqual([
      [uuid(1), null],
      [uuid(2), null],
    ]);
  });

  it('merges parts of composites, clears text with null, and always moves updatedAt', async () => {
    await client.upsert('companies', [
      company(1, { address: { addressCity: 'Leeds', addressCountry: 'UK' }, updatedAt: '2020-01-01T00:00:00.000Z' }),
    ]);
    const { body } = await client.upsert('companies', [{ id: uuid(1), name: null, address: { addressCity: 'York' } }]);
    const row = body.data?.createCompanies?.[0];
    expect(row?.name).toBe('');
    expect(row?.address).toMatchObject({ addressCity: 'York', addressCountry: 'UK' });
    expect(String(row?.updatedAt) > '2020-01-01').toBe(true);
  });

  it('lets "" and null of a unique text repeat', async () => {
    const { status } = await client.upsert('companies', [
      company(1, { sourceKey: '' }),
      company(2, { sourceKey: null }),
      company(3, { sourceKey: '' }),
    ]);
    expect(status).toBe(201);
  });

  it('takes an upper-case id for a new one and then finds it taken', async () => {
    await client.upsert('companies', [company(0xabcdef)]);
    const answer = await client.upsert('companies', [{ id: uuid(0xabcdef).toUpperCase(), name: 'x' }]);
    expect(answer.body.messages).toEqual(['A duplicate entry was detected']);
  });

  it('connects by natural key, and refuses when nothing is found', async () => {
    await client.upsert('companies', [company(1, { domainName: { primaryLinkUrl: 'https://Acme.com/' } })]);
    const connect = (url: string) => ({ connect: { where: { domainName: { primaryLinkUrl: url } } } });
    const good = await client.post('/rest/people', { company: connect('https://acme.com') });
    expect(good.body.data?.createPerson?.companyId).toBe(uuid(1));
    const bad = await client.post('/rest/people', { company: connect('https://other.com') });
    expect(bad.body.messages?.[0]).toMatch(/but found 0/);
  });
});

describe('O2 normalisation', () => {
  it('lower-cases e-mails and hosts, drops a trailing slash, keeps "x" and "https://x" apart', async () => {
    const url = async (primaryLinkUrl: string) =>
      (await client.post('/rest/companies', { domainName: { primaryLinkUrl } })).body.data?.createCompany?.domainName
        ?.primaryLinkUrl;
    expect(await url('https://ACME.com/')).toBe('https://acme.com');
    expect(await url('acme.com')).toBe('acme.com');
    const person = await client.post('/rest/people', {
      emails: { primaryEmail: 'A@B.Com', additionalEmails: ['C@D.com'] },
    });
    expect(person.body.data?.createPerson?.emails).toEqual({ primaryEmail: 'a@b.com', additionalEmails: ['c@d.com'] });
  });

  it('fills in the calling code of a country', async () => {
    const { body } = await client.post('/rest/people', {
      phones: { primaryPhoneNumber: '2015550123', primaryPhoneCountryCode: 'US' },
    });
    expect(body.data?.createPerson?.phones).toMatchObject({
      primaryPhoneCallingCode: '+1',
      primaryPhoneNumber: '2015550123',
    });
  });

  it('refuses phone codes that contradict each other', async () => {
    const phones = { primaryPhoneNumber: '123456789', primaryPhoneCallingCode: '+33', primaryPhoneCountryCode: 'US' };
    const { status, body } = await client.post('/rest/people', { phones });
    expect([status, body.messages]).toEqual([400, ['Provided country code and calling code are conflicting']]);
  });
});

describe('O3 times and authors', () => {
  it('takes createdAt, updatedAt and deletedAt on create, and createdBy with the name of the key', async () => {
    const { body } = await client.post('/rest/companies', {
      id: uuid(1),
      createdAt: '2019-05-06',
      updatedAt: '2019-05-07T00:00:00Z',
      deletedAt: '2019-05-08T00:00:00Z',
      createdBy: { source: 'IMPORT' },
    });
    expect(body.data?.createCompany).toMatchObject({
      createdAt: '2019-05-06T00:00:00.000Z',
      updatedAt: '2019-05-07T00:00:00.000Z',
      deletedAt: '2019-05-08T00:00:00.000Z',
      createdBy: { source: 'IMPORT', name: 'changeover' },
      updatedBy: { source: 'API', name: 'changeover' },
    });
  });

  it('ignores createdBy and deletedAt on an upsert of a live row', async () => {
    await client.upsert('companies', [company(1)]);
    const { status, body } = await client.upsert('companies', [
      company(1, { createdBy: { source: 'IMPORT' }, deletedAt: '2020-01-01T00:00:00Z' }),
    ]);
    expect(status).toBe(201);
    expect(body.data?.createCompanies?.[0]).toMatchObject({ deletedAt: null, createdBy: { source: 'API' } });
  });

  it('refuses a number for a time', async () => {
    const { body } = await client.post('/rest/companies', { createdAt: 1_557_100_800_000 });
    expect(body.messages?.[0]).toMatch(/^Invalid value 1557100800000 for date-time field "createdAt"/);
  });
});

describe('O4 soft-deleted rows and uniqueness', () => {
  it('refuses their values on create and update, naming the other row only where it is live', async () => {
    await client.upsert('companies', [company(1), company(2)]);
    const create = (key: string) =>
      client.graphql('mutation($d:CompanyCreateInput!){createCompany(data:$d){id}}', { d: { sourceKey: key } });
    expect((await create('k1')).errors?.[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      conflictingRecordId: uuid(1),
      conflictingObjectNameSingular: 'company',
    });
    await client.delete(`/rest/companies/${uuid(1)}?soft_delete=true`);
    expect((await create('k1')).errors?.[0]?.extensions?.conflictingRecordId).toBeUndefined();
    const patch = await client.patch(`/rest/companies/${uuid(2)}`, { sourceKey: 'k1' });
    expect([patch.status, patch.body.messages]).toEqual([400, ['A duplicate entry was detected']]);
  });

  it('destroys over REST unless soft_delete=true, and restores over GraphQL', async () => {
    await client.upsert('companies', [company(1), company(2)]);
    await client.delete(`/rest/companies/${uuid(1)}`);
    await client.graphql(`mutation{deleteCompanies(filter:{id:{eq:"${uuid(2)}"}}){id}}`);
    expect(await stored()).toEqual(['C2']);
    await client.graphql(`mutation{restoreCompanies(filter:{id:{eq:"${uuid(2)}"}}){id}}`);
    expect((await client.get(`/rest/companies/${uuid(2)}`)).status).toBe(200);
  });

  it('shows the foreign key of a soft-deleted parent as null only where the relation is selected too', async () => {
    await client.upsert('companies', [company(1)]);
    await client.post('/rest/people', { id: uuid(5), companyId: uuid(1) });
    await client.delete(`/rest/companies/${uuid(1)}?soft_delete=true`);
    const node = async (selection: string) =>
      (await client.graphql(`{people{edges{node{${selection}}}}}`)).data?.people?.edges?.[0]?.node;
    expect(await node('companyId')).toEqual({ companyId: uuid(1) });
    expect(await node('companyId company{id}')).toEqual({ companyId: null, company: null });
  });

  it('cuts the links of children in silence when a parent is destroyed, and takes targets along', async () => {
    await client.upsert('companies', [company(1)]);
    const made = await client.post('/rest/people', { id: uuid(5), companyId: uuid(1) });
    await client.post('/rest/notes', { id: uuid(6), title: 'n' });
    await client.post('/rest/noteTargets', { id: uuid(7), noteId: uuid(6), targetCompanyId: uuid(1) });
    await client.delete(`/rest/companies/${uuid(1)}`);
    const { body } = await client.get(`/rest/people/${uuid(5)}`);
    expect(body.data?.person).toMatchObject({ companyId: null, updatedAt: made.body.data?.createPerson?.updatedAt });
    expect((await client.get(`/rest/noteTargets/${uuid(7)}`)).status).toBe(404);
  });
});

describe('O5 refusals', () => {
  it.each([
    [
      'a bad option',
      'opportunities',
      { stage: 'NOPE' },
      'Invalid value "NOPE" for field "stage". Valid values are: NEW, SCREENING, MEETING, PROPOSAL, CUSTOMER',
    ],
    ['a malformed relation id', 'people', { companyId: 'abc' }, 'Invalid UUID value \'abc\' for field "companyId"'],
    [
      'a boolean as text',
      'calendarEvents',
      { isCanceled: 'yes' },
      'Invalid boolean value \'yes\' for field "isCanceled"',
    ],
    [
      'null in a required field',
      'calendarChannelEventAssociations',
      { calendarChannelId: null },
      'Field calendarChannelId is not nullable and has no default value.',
    ],
    [
      'a missing required field',
      'calendarChannelEventAssociations',
      {},
      'null value in column "calendarChannelId" of relation "calendarChannelEventAssociation" violates not-null constraint',
    ],
    ['a singular name', 'person', {}, "object 'person' not found. Did you mean 'people'?"],
  ])('refuses %s', async (_case, plural, data, message) => {
    const { status, body } = await client.post(`/rest/${plural}`, data);
    expect([status, body.messages]).toEqual([400, [message]]);
  });

  it('takes an amount as text and an unknown currency', async () => {
    const { body } = await client.post('/rest/opportunities', {
      amount: { amountMicros: '1500000', currencyCode: 'XXQ' },
    });
    expect(body.data?.createOpportunity?.amount).toEqual({ amountMicros: 1_500_000, currencyCode: 'XXQ' });
  });

  it('tells a token that is none from one that is not valid, and knows no field without any', async () => {
    const ask = (authorization: string) => client.send('GET', '/rest/companies', undefined, { authorization });
    expect((await ask('Bearer rubbish')).status).toBe(401);
    expect((await ask('Bearer aaa.bbb.ccc')).status).toBe(403);
    expect((await ask('')).status).toBe(403);
    const graphql = await client.send('POST', '/graphql', { query: '{companies{totalCount}}' }, { authorization: '' });
    expect(graphql.body.errors?.[0]?.message).toBe('Cannot query field "companies" on type "Query".');
  });

  it('throttles REST with 429 and GraphQL with 200 and LIMIT_REACHED for each root field; metadata goes on', async () => {
    client.sandbox.setLimits({ short: null, long: { tokens: 1, windowMs: 60_000 } });
    const both = await client.graphql('{companies{totalCount} people{totalCount}}');
    expect(both.data).toEqual({ companies: { totalCount: 0 }, people: null });
    expect(both.errors?.[0]?.extensions?.subCode).toBe('LIMIT_REACHED');
    expect((await client.get('/rest/companies')).status).toBe(429);
    expect((await client.metadata('{objects{edges{node{id}}}}')).errors).toBeUndefined();
  });
});
