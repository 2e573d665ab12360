import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Loose, startClient, type TestClient, uuid } from './testing/client.ts';

let client: TestClient;

beforeEach(async () => {
  client = await startClient();
});

afterEach(() => client.sandbox.close());

interface Option {
  readonly id?: string;
  readonly value: string;
  readonly label: string;
  readonly position: number;
  readonly color: string;
}

const OPTIONS: readonly Option[] = [
  { value: 'BUG', label: 'Bug', position: 0, color: 'red' },
  { value: 'FEATURE', label: 'Feature', position: 1, color: 'blue' },
];

async function options(id: string): Promise<Option[]> {
  const answer = await client.metadata('query($id:UUID!){field(id:$id){options}}', { id });
  return answer.data?.field?.options as unknown as Option[];
}

function update(id: string, change: Readonly<Record<string, unknown>>): Promise<Loose> {
  return client.metadata('mutation($i:UpdateOneFieldMetadataInput!){updateOneField(input:$i){id options isUnique}}', {
    i: { id, update: change },
  });
}

function findings(answer: Loose): unknown {
  const errors = answer.errors?.[0]?.extensions?.errors?.fieldMetadata;
  return (errors as unknown as { errors: { code: string }[] }[] | undefined)?.flatMap((entry) =>
    entry.errors.map(({ code }) => code),
  );
}

async function person(): Promise<Loose> {
  return (await client.get(`/rest/people/${uuid(1)}`)).body.data?.person as Loose;
}

describe('O6 fields', () => {
  it('makes every type that the server makes and refuses NUMERIC and POSITION', async () => {
    const types = [
      'TEXT',
      'NUMBER',
      'BOOLEAN',
      'DATE_TIME',
      'DATE',
      'CURRENCY',
      'RAW_JSON',
      'ARRAY',
      'UUID',
      'EMAILS',
      'LINKS',
      'PHONES',
      'RICH_TEXT',
      'RATING',
      'FULL_NAME',
      'ADDRESS',
      'ACTOR',
    ];
    for (const type of types)
      await client.field('person', { type, name: `made${type.replaceAll('_', '').toLowerCase()}` });
    await client.field('person', { type: 'FILES', name: 'papers', settings: { maxNumberOfValues: 3 } });
    const created = await client.post('/rest/people', {
      id: uuid(1),
      maderating: 'RATING_4',
      madearray: ['x'],
      madedate: '2024-02-29',
    });
    expect(created.body.data?.createPerson).toMatchObject({
      maderating: 'RATING_4',
      madearray: ['x'],
      madedate: '2024-02-29',
      madeboolean: false,
      madetext: '',
      madenumber: null,
    });
    for (const type of ['NUMERIC', 'POSITION']) {
      await expect(client.field('person', { type, name: `no${type.toLowerCase()}` })).rejects.toThrow(
        /METADATA_VALIDATION_FAILED/,
      );
    }
  });

  it('gives rows that are there the default of a new field', async () => {
    await client.post('/rest/people', { id: uuid(1) });
    await client.field('person', { type: 'SELECT', name: 'kind', options: OPTIONS, defaultValue: "'BUG'" });
    expect((await person()).kind).toBe('BUG');
  });

  it('carries records over when an option is renamed under its id', async () => {
    const id = await client.field('person', { type: 'SELECT', name: 'kind', options: OPTIONS });
    await client.post('/rest/people', { id: uuid(1), kind: 'FEATURE' });
    const before = await person();
    await update(id, { options: (await options(id)).map((option) => ({ ...option, value: `${option.value}_X` })) });
    const after = await person();
    expect([after.kind, after.updatedAt]).toEqual(['FEATURE_X', before.updatedAt]);
  });

  it('takes options without ids for new ones, which wipes stored values', async () => {
    const id = await client.field('person', {
      type: 'MULTI_SELECT',
      name: 'labels',
      options: OPTIONS,
      defaultValue: ["'BUG'"],
    });
    await client.post('/rest/people', { id: uuid(1), labels: ['FEATURE'] });
    const before = await person();
    await update(id, { options: OPTIONS });
    const after = await person();
    expect([after.labels, after.updatedAt]).toEqual([['BUG'], before.updatedAt]);
  });

  it('moves records to the default when their option goes, and refuses to remove the default itself', async () => {
    const id = await client.field('person', { type: 'SELECT', name: 'kind', options: OPTIONS, defaultValue: "'BUG'" });
    await client.post('/rest/people', { id: uuid(1), kind: 'FEATURE' });
    const [bug, feature] = await options(id);
    expect(findings(await update(id, { options: [feature] }))).toEqual(['INVALID_FIELD_INPUT']);
    await update(id, { options: [bug] });
    expect((await person()).kind).toBe('BUG');
  });

  it('fails as an internal error when values repeat under a new unique index', async () => {
    const id = await client.field('person', { type: 'TEXT', name: 'code' });
    await client.upsert('people', [
      { id: uuid(1), code: 'x' },
      { id: uuid(2), code: 'x' },
    ]);
    const answer = await update(id, { isUnique: true });
    expect(answer.errors?.[0]?.extensions?.code).toBe('INTERNAL_SERVER_ERROR');
    await client.patch(`/rest/people/${uuid(2)}`, { code: 'y' });
    expect((await update(id, { isUnique: true })).data?.updateOneField?.isUnique).toBe(true);
    expect((await client.post('/rest/people', { code: 'y' })).status).toBe(400);
  });

  it('makes both ends of a relation and removes both', async () => {
    const company = client.sandbox.engine.model.object('company')?.id;
    const id = await client.field('person', {
      type: 'RELATION',
      name: 'secondCompany',
      relationCreationPayload: {
        type: 'MANY_TO_ONE',
        targetObjectMetadataId: company,
        targetFieldLabel: 'Second people',
        targetFieldIcon: 'IconUser',
      },
    });
    await client.post('/rest/companies', { id: uuid(9), name: 'Acme' });
    await client.post('/rest/people', { id: uuid(1), secondCompanyId: uuid(9) });
    const read = await client.graphql('{companies{edges{node{secondPeople{edges{node{id}}}}}}}');
    expect(read.data?.companies?.edges?.[0]?.node?.secondPeople?.edges).toEqual([{ node: { id: uuid(1) } }]);
    await client.metadata('mutation($i:DeleteOneFieldInput!){deleteOneField(input:$i){id}}', { i: { id } });
    expect(Object.keys(await person())).not.toContain('secondCompanyId');
    expect(client.sandbox.engine.model.object('company')?.fields.map(({ name }) => name)).not.toContain('secondPeople');
  });

  it('takes unique fields on noteTarget, attachment and calendarEvent too', async () => {
    for (const object of ['noteTarget', 'taskTarget', 'attachment', 'calendarEvent']) {
      await client.field(object, { type: 'TEXT', name: 'sourceKey', isUnique: true });
    }
    await client.post('/rest/noteTargets', { sourceKey: 'k' });
    expect((await client.post('/rest/noteTargets', { sourceKey: 'k' })).status).toBe(400);
  });

  it('accepts a write that names a deactivated field', async () => {
    const id = await client.field('person', { type: 'TEXT', name: 'code' });
    await update(id, { isActive: false });
    expect((await client.post('/rest/people', { id: uuid(1), code: 'x' })).status).toBe(201);
  });
});

describe('O6 objects', () => {
  const CREATE = 'mutation($i:CreateOneObjectInput!){createOneObject(input:$i){id nameSingular}}';
  const ticket = {
    object: { nameSingular: 'ticket', namePlural: 'tickets', labelSingular: 'Ticket', labelPlural: 'Tickets' },
  };

  it('are usable at once, in REST and GraphQL, and can be targets of notes', async () => {
    await client.metadata(CREATE, { i: ticket });
    expect((await client.post('/rest/tickets', { id: uuid(1), name: 'Printer' })).status).toBe(201);
    await client.post('/rest/notes', { id: uuid(2), title: 'n' });
    const target = await client.post('/rest/noteTargets', { noteId: uuid(2), targetTicketId: uuid(1) });
    expect(target.body.data?.createNoteTarget?.targetTicketId).toBe(uuid(1));
    const read = await client.graphql('{tickets{edges{node{name noteTargets{totalCount}}}}}');
    expect(read.data?.tickets?.edges?.[0]?.node).toEqual({ name: 'Printer', noteTargets: { totalCount: 1 } });
  });

  it('name the underscored table in what the database refuses', async () => {
    await client.metadata(CREATE, { i: ticket });
    await client.field('ticket', { type: 'TEXT', name: 'reqnum', isNullable: false });
    const missing = await client.post('/rest/tickets', { name: 'x' });
    expect(missing.body.messages?.[0]).toMatch(/^null value in column "reqnum" of relation "_ticket"/);
    const explicit = await client.post('/rest/tickets', { reqnum: null });
    expect(explicit.body.messages).toEqual(['Field reqnum is not nullable and has no default value.']);
  });

  it('can be made over REST as well', async () => {
    const { status, body } = await client.post('/rest/metadata/objects', ticket.object);
    expect([status, body.data?.createOneObject?.namePlural]).toEqual([201, 'tickets']);
    expect((await client.get('/rest/tickets')).status).toBe(200);
  });

  it('may not be changed by a key without the right, which can still read and write records', async () => {
    const headers = { authorization: `Bearer ${client.sandbox.restrictedToken}` };
    const refused = await client.send('POST', '/metadata', { query: CREATE, variables: { i: ticket } }, headers);
    expect(refused.body.errors?.[0]?.extensions?.code).toBe('FORBIDDEN');
    expect((await client.send('GET', '/rest/metadata/objects', undefined, headers)).status).toBe(403);
    expect((await client.send('POST', '/rest/people', {}, headers)).status).toBe(201);
  });
});

describe('files (twenty.md §0)', () => {
  it('are attached only once their upload is complete', async () => {
    const field = client.sandbox.engine.model.object('attachment')?.fields.find(({ name }) => name === 'file');
    const asked = await client.metadata(
      'mutation($u:String){createFileUpload(filename:"a.txt",size:3,fileFolder:FilesField,fieldMetadataUniversalIdentifier:$u){fileId uploadUrl}}',
      { u: field?.universalIdentifier },
    );
    const upload = asked.data?.createFileUpload;
    const attach = () =>
      client.post('/rest/attachments', { name: 'a.txt', file: [{ fileId: upload?.fileId, label: 'a.txt' }] });
    expect((await attach()).status).toBe(400);
    const put = await fetch(String(upload?.uploadUrl), { method: 'PUT', body: 'abc' });
    expect(put.status).toBe(204);
    expect((await attach()).status).toBe(400);
    await client.metadata('mutation($id:String!){completeFileUpload(fileId:$id){size}}', { id: upload?.fileId });
    const attached = await attach();
    expect(attached.status).toBe(201);
    const url = String(attached.body.data?.createAttachment?.file?.[0]?.url);
    expect(await (await fetch(url)).text()).toBe('abc');
  });

  it('cannot be uploaded with another token', async () => {
    const file = client.sandbox.engine.files.request('a.txt', 3, 'FilesField', 'x');
    const put = await fetch(`${client.sandbox.url}/file-upload/${file.id}?token=wrong`, { method: 'PUT', body: 'abc' });
    expect(put.status).toBe(403);
  });
});
