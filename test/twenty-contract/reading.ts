import { beforeAll, expect, it } from 'vitest';
import { asObject } from '../../src/twenty/answers.ts';
import { CALL, type ContractWorkspace } from './workspace.ts';

type Get = () => ContractWorkspace;

const ROWS = 55;

/** Filters, cursors, counts and groups: what reconciliation builds on (twenty.md §0, §3). */
export function readingPromises(get: Get, patienceMs: number): void {
  const names = Array.from({ length: ROWS }, (_, index) => `read-${index}`);

  beforeAll(async () => {
    const workspace = get();
    await workspace.createField({
      type: 'NUMBER',
      name: 'groupNumber',
      settings: { type: 'number', dataType: 'bigint', decimals: 0 },
    });
    const rows = names.map((name, index) =>
      workspace.row(name, { name, position: index, groupNumber: index, naturalKey: workspace.value(name) }),
    );
    const outcome = await workspace.create(workspace.object, rows);
    if (outcome.kind !== 'written') throw new Error(JSON.stringify(outcome));
  }, patienceMs);

  it('a scan meets every row once, in whatever pages, soft-deleted ones only where asked for', async () => {
    const workspace = get();
    const { client, object } = workspace;
    await client.softDelete(object, [workspace.id('read-0')], CALL);
    const scan = async (pageSize: number, deleted: boolean) => {
      const ids: string[] = [];
      for await (const page of client.scan({ object, fields: [], deleted, pageSize, ...CALL })) {
        expect(page.length).toBeLessThanOrEqual(pageSize);
        ids.push(...page.map((row) => row.id));
      }
      expect(new Set(ids).size).toBe(ids.length);
      return ids.filter((id) => names.some((name) => workspace.id(name) === id)).length;
    };
    expect(await scan(20, false)).toBe(ROWS - 1);
    expect(await scan(60, true)).toBe(ROWS);
    await client.restore(object, [workspace.id('read-0')], CALL);
  });

  it('rows are found by values of a field, and by values of a part of one', async () => {
    const workspace = get();
    const { client, object } = workspace;
    const values = ['read-3', 'read-4'].map((name) => workspace.value(name));
    const by = { field: 'naturalKey', values: [...values, `no"such'one`] };
    expect(await client.find({ object, by, fields: ['naturalKey'], deleted: false, ...CALL })).toHaveLength(2);
    const actor = { field: 'createdBy.source', values: ['API'] };
    const found = await client.find({ object, by: actor, fields: ['createdBy'], deleted: false, ...CALL });
    expect(found.length).toBeGreaterThanOrEqual(ROWS);
  });

  it('counts are exact, and only of rows that have a value where asked', async () => {
    const workspace = get();
    const { client, object } = workspace;
    const all = await client.count(object, CALL);
    expect(await client.count(object, { having: 'groupNumber', ...CALL })).toBe(ROWS);
    expect(all).toBeGreaterThanOrEqual(ROWS);
  });

  it('groups come whole only when their number is given: 50 is what comes without', async () => {
    const workspace = get();
    const root = `${workspace.model().namePlural}GroupBy`;
    const groups = async (limit: string) => {
      const answer = await workspace.graphql(
        `{${root}(groupBy:[{groupNumber:true}]${limit} filter:{groupNumber:{is:NOT_NULL}}){groupByDimensionValues totalCount}}`,
      );
      if (answer.kind !== 'ok') throw new Error(answer.message);
      const list = asObject(answer.data)?.[root];
      return Array.isArray(list) ? list.length : -1;
    };
    expect(await groups(' limit:4000')).toBe(ROWS);
    expect(await groups('')).toBe(50);
  });

  it('bigint numbers come back exactly', async () => {
    const workspace = get();
    const numbers = [2 ** 31, 2 ** 52, Number.MAX_SAFE_INTEGER];
    const rows = numbers.map((groupNumber) => workspace.row(`big-${groupNumber}`, { groupNumber, position: 1 }));
    expect((await workspace.create(workspace.object, rows)).kind).toBe('written');
    const read = await workspace.find(
      workspace.object,
      rows.map((row) => row.id),
      ['groupNumber'],
    );
    expect(read.map((row) => Number(row.groupNumber))).toEqual(numbers);
    await workspace.client.destroy(
      workspace.object,
      rows.map((row) => row.id),
      CALL,
    );
  });
}
