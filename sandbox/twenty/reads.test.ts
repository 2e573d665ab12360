import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Loose, startClient, type TestClient, uuid } from './testing/client.ts';

let client: TestClient;

beforeAll(async () => {
  client = await startClient();
  await client.field('person', { type: 'NUMBER', name: 'score', settings: { dataType: 'int', decimals: 0 } });
  await client.field('person', { type: 'NUMBER', name: 'checksum', settings: { dataType: 'bigint', decimals: 0 } });
  await client.field('person', {
    type: 'MULTI_SELECT',
    name: 'tags',
    options: [
      { value: 'A', label: 'A', position: 0, color: 'red' },
      { value: 'B', label: 'B', position: 1, color: 'blue' },
    ],
  });
  await client.post('/rest/companies', { id: uuid(500), name: 'Acme' });
  const rows = Array.from({ length: 250 }, (_, index) => ({
    id: uuid(index + 1),
    name: { firstName: `F${index % 5}`, lastName: `L${index}` },
    emails: { primaryEmail: `p${index}@example.com` },
    score: index % 60,
    checksum: 2 ** 52 + index,
    jobTitle: index % 2 === 0 ? null : 'Chief_50%',
    tags: index < 10 ? ['A', 'B'] : null,
    companyId: index < 3 ? uuid(500) : null,
    createdAt: `2024-0${(index % 3) + 1}-15T12:00:00Z`,
    position: index,
  }));
  await client.upsert('people', rows.slice(0, 200));
  await client.upsert('people', rows.slice(200));
  await client.delete(`/rest/people/${uuid(250)}?soft_delete=true`);
});

afterAll(() => client.sandbox.close());

async function count(filter: string): Promise<unknown> {
  return (await client.get(`/rest/people?limit=1&filter=${encodeURIComponent(filter)}`)).body.totalCount;
}

describe('lists over REST', () => {
  it('gives 60 rows by default and clamps the limit to 200', async () => {
    const rows = async (query: string) => (await client.get(`/rest/people${query}`)).body.data?.people?.length;
    expect(await rows('')).toBe(60);
    expect(await rows('?limit=500')).toBe(200);
  });

  it('visits every live row once by cursor', async () => {
    const seen: string[] = [];
    let cursor = '';
    for (let page = 0; page < 10; page += 1) {
      const { body } = await client.get(`/rest/people?limit=100${cursor === '' ? '' : `&starting_after=${cursor}`}`);
      const people = (body.data?.people ?? []) as unknown as { id: string }[];
      seen.push(...people.map(({ id }) => id));
      cursor = String(body.pageInfo?.endCursor);
      if ((body.pageInfo?.hasNextPage as unknown) !== true) break;
    }
    expect(seen).toEqual(Array.from({ length: 249 }, (_, index) => uuid(index + 1)));
  });

  it('goes on by a cursor in any order, also backwards', async () => {
    const order = 'order_by=score[DescNullsLast],name.lastName';
    const first = (await client.get(`/rest/people?limit=100&${order}`)).body;
    const second = (
      await client.get(`/rest/people?limit=100&${order}&starting_after=${String(first.pageInfo?.endCursor)}`)
    ).body;
    const back = (
      await client.get(`/rest/people?limit=100&${order}&ending_before=${String(second.pageInfo?.startCursor)}`)
    ).body;
    expect(back.data).toEqual(first.data);
  });

  it('reads the filter grammar', async () => {
    expect(await count('score[gte]:58')).toBe(8);
    expect(await count('and(score[gt]:10,score[lt]:12)')).toBe(4);
    expect(await count('score[in]:[1,2],name.firstName[eq]:"F1"')).toBe(5);
    expect(await count('or(emails.primaryEmail[eq]:p7@example.com,name.lastName[eq]:"L8")')).toBe(2);
    expect(await count('not(jobTitle[is]:NULL)')).toBe(124);
    expect(await count('jobTitle[like]:"%50\\%"')).toBe(124);
    expect(await count('jobTitle[ilike]:"chief%"')).toBe(124);
    expect(await count('name.lastName[startsWith]:L24')).toBe(10);
    expect(await count('tags[containsAny]:[A]')).toBe(10);
    expect(await count(`companyId[eq]:${uuid(500)}`)).toBe(3);
    expect(await count('createdAt[lt]:"2024-02-01T00:00:00Z"')).toBe(83);
    expect(await count('deletedAt[is]:NOT_NULL')).toBe(1);
    expect(await count('updatedBy.source[eq]:MANUAL')).toBe(0);
  });

  it('refuses an unknown field, comparator, direction, depth and object', async () => {
    const refused = async (query: string) => {
      const { status, body } = await client.get(`/rest/people?${query}`);
      return [status, body.messages?.[0]];
    };
    expect(await refused('filter=nope[eq]:1')).toEqual([400, 'Object person doesn\'t have any "nope" field.']);
    expect((await refused('filter=score[near]:1'))[1]).toMatch(/comparator near not in/);
    expect((await refused('order_by=score[Up]'))[1]).toMatch(/direction 'Up' invalid/);
    expect((await refused('depth=2'))[1]).toBe("'depth=2' parameter invalid. Allowed values are 0, 1");
  });

  it('keeps large whole numbers exact', async () => {
    const { body } = await client.get(`/rest/people/${uuid(8)}`);
    expect(body.data?.person?.checksum).toBe(2 ** 52 + 7);
    const text = await client.patch(`/rest/people/${uuid(8)}`, { checksum: '1' });
    expect(text.body.messages).toEqual(['Invalid number value \'1\' for field "checksum"']);
  });
});

describe('GraphQL', () => {
  it('gives as many rows as asked for', async () => {
    const answer = await client.graphql('{people(first:500){totalCount edges{node{id}}}}');
    expect(answer.data?.people?.edges?.length).toBe(249);
  });

  it('filters, orders and goes on after a cursor', async () => {
    const query =
      'query($a:String){people(filter:{score:{gte:50}},orderBy:[{score:DescNullsLast}],first:3,after:$a){edges{node{score}cursor}pageInfo{endCursor hasNextPage}}}';
    const first = await client.graphql(query);
    const second = await client.graphql(query, { a: first.data?.people?.pageInfo?.endCursor });
    const scores = (answer: Loose) =>
      ((answer.data?.people?.edges ?? []) as unknown as { node: { score: number } }[]).map(({ node }) => node.score);
    expect([...scores(first), ...scores(second)]).toEqual([59, 59, 59, 59, 58, 58]);
  });

  it('wants one operator per field; bounds go into and', async () => {
    const two = await client.graphql('{people(filter:{score:{gt:1,lt:3}}){totalCount}}');
    expect(two.errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT');
    const both = await client.graphql('{people(filter:{and:[{score:{gt:1}},{score:{lt:3}}]}){totalCount}}');
    expect(both.data?.people?.totalCount).toBe(5);
  });

  it('selects parents and children with their counts', async () => {
    const answer = await client.graphql(
      '{companies{edges{node{name people{totalCount edges{node{name{firstName} company{id}}}}}}}}',
    );
    const node = answer.data?.companies?.edges?.[0]?.node;
    expect(node?.people?.totalCount).toBe(3);
    expect(node?.people?.edges?.[0]?.node).toEqual({ name: { firstName: 'F0' }, company: { id: uuid(500) } });
  });

  it('sums large numbers as doubles', async () => {
    const answer = await client.graphql(
      '{people(filter:{score:{lt:2}}){sumChecksum minScore maxScore avgScore countEmptyJobTitle countUniqueValuesName}}',
    );
    expect(answer.data?.people).toMatchObject({ minScore: 0, maxScore: 1, avgScore: 0.5, countUniqueValuesName: 10 });
    expect(typeof answer.data?.people?.sumChecksum).toBe('number');
  });

  it('answers 50 groups without saying that there are more, and all of them with a limit', async () => {
    const groups = async (given: string) =>
      (await client.graphql(`{peopleGroupBy(groupBy:[{score:true}]${given}){groupByDimensionValues totalCount}}`)).data
        ?.peopleGroupBy?.length;
    expect(await groups('')).toBe(50);
    expect(await groups(',limit:4000')).toBe(60);
  });

  it('groups by month in a time zone only', async () => {
    const month = (zone: string) =>
      client.graphql(
        `{peopleGroupBy(groupBy:[{createdAt:{granularity:MONTH${zone}}}]){groupByDimensionValues totalCount}}`,
      );
    expect((await month('')).errors?.[0]?.message).toMatch(/^Time zone should be specified/);
    expect((await month(',timeZone:"UTC"')).data?.peopleGroupBy).toEqual([
      { groupByDimensionValues: ['2024-01-01'], totalCount: 83 },
      { groupByDimensionValues: ['2024-02-01'], totalCount: 83 },
      { groupByDimensionValues: ['2024-03-01'], totalCount: 83 },
    ]);
  });

  it('finds what people edited', async () => {
    client.sandbox.person({
      person: 'Jo Doe',
      object: 'person',
      action: 'update',
      id: uuid(9),
      data: { jobTitle: 'Boss' },
    });
    const answer = await client.graphql(
      '{people(filter:{and:[{updatedBy:{source:{eq:MANUAL}}},{updatedAt:{gte:"2024-01-01"}}]}){edges{node{id updatedBy{name}}}}}',
    );
    expect(answer.data?.people?.edges).toEqual([{ node: { id: uuid(9), updatedBy: { name: 'Jo Doe' } } }]);
  });

  it('gives an estimate of 0 for the counts of all objects', async () => {
    const answer = await client.metadata('{objectRecordCounts{objectNamePlural totalCount}}');
    expect(answer.data?.objectRecordCounts).toContainEqual({ objectNamePlural: 'people', totalCount: 0 });
  });
});
