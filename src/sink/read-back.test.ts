import { afterEach, describe, expect, it } from 'vitest';
import { firstNameOf, personName, text } from '../../test/support/sink/values.ts';
import { mappingOf, SinkWorld, SOURCE, type TestObject } from '../../test/support/sink-world.ts';
import type { ObjectPolicies } from '../mapping/model.ts';
import { type Preview, preview, touchPreviewed } from './preview.ts';
import { readBack, rowsToRead, type ToldRow, tellReadBack } from './read-back.ts';

/** What a replay does about rows that are not as we wrote them (SPEC.md §18). */

let world: SinkWorld;
afterEach(() => world.close());

const contact = (policies: Partial<ObjectPolicies>): TestObject => ({
  target: 'person',
  tier: 'person',
  policies,
  columns: ['name', 'jobTitle', 'avatarUrl'],
  draft: ({ after }) => ({
    fields: {
      name: personName(after.name),
      jobTitle: text(after.job),
      avatarUrl: text(after.city),
    },
  }),
});

const open = async (policies: Partial<ObjectPolicies> = {}): Promise<void> => {
  world = await SinkWorld.open({
    mapping: mappingOf({ contact: contact(policies) }),
    timeline: false,
    members: [{ firstName: 'Eve', lastName: 'Example', email: 'eve@example.com' }],
  });
  await world.take(
    ...['Ada', 'Bea', 'Cem'].map((name, index) =>
      world.event('contact', String(index), { name, job: 'Clerk', city: 'Bath' }),
    ),
  );
  await world.rest();
  world.sandbox.clearCalls();
};

const rowOf = (name: string) =>
  world.sandbox.dump('person').find((row) => firstNameOf(row) === name) as Record<string, unknown>;
const idOf = (name: string) => String(rowOf(name).id);
const person = (name: string, action: 'update' | 'delete', data: Record<string, unknown> = {}) =>
  world.sandbox.person({
    person: 'Eve',
    action,
    object: 'person',
    id: idOf(name),
    ...(action === 'update' ? { data } : {}),
  });

/** As the operation does: reads, previews, and if asked keeps what was read and makes due. */
async function replay(apply: boolean): Promise<Preview & { readonly told: readonly ToldRow[] }> {
  const deps = {
    state: world.state,
    twenty: world.client,
    mappings: [world.mapping],
    now: world.clock.now(),
    callsPerMinute: 100,
    lane: 'operator' as const,
  };
  const told: ToldRow[] = [];
  const found = await preview(deps, {
    source: SOURCE,
    look: async (records) => {
      const parts = await rowsToRead(world.state, records);
      const reads = (await Promise.all(parts.map((part) => readBack(deps, part)))).flat();
      return async (tx) => void told.push(...(await tellReadBack(tx, deps, reads)));
    },
  });
  if (apply) {
    await world.state.transaction((tx) => tellReadBack(tx, deps, told));
    await touchPreviewed(world.state, found);
    world.running.wake();
    await world.rest();
  }
  return { ...found, told };
}

const content = () =>
  world.sandbox
    .dump('person')
    .map(({ id, name, jobTitle, avatarUrl, deletedAt }) => ({ id, name, jobTitle, avatarUrl, deletedAt }));
const kinds = (told: readonly ToldRow[]) => told.map(({ target, kind }) => `${target.targetKey} ${kind}`).sort();

describe('rows that nobody touched', () => {
  it('cost a reading call for 200 of them, and no write', async () => {
    await open();
    const found = await replay(true);
    expect(found).toMatchObject({ told: [], keys: [], writes: [] });
    expect(world.writes()).toEqual([]);
    expect(world.sandbox.calls()).toHaveLength(1);
  });
});

describe('a row that is gone', () => {
  it('is shown by the preview, which stores nothing, and made again as it was', async () => {
    await open();
    const before = content();
    world.sandbox.engine.store.remove('person', idOf('Ada'));
    const shown = await replay(false);
    expect(shown).toMatchObject({ keys: ['crm/contact/0'], writes: [{ targetKey: 'crm/contact/0' }], calls: 1 });
    expect(await replay(false)).toMatchObject({ keys: ['crm/contact/0'] });
    expect(kinds((await replay(true)).told)).toEqual(['crm/contact/0 gone']);
    const byId = (rows: ReturnType<typeof content>) =>
      [...rows].sort((a, b) => String(a.id).localeCompare(String(b.id)));
    expect(byId(content())).toEqual(byId(before));
    expect(await replay(true)).toMatchObject({ told: [], writes: [] });
  });
});

describe('a value that a program with an API key changed', () => {
  it('is put back, and nothing else of the row is sent', async () => {
    await open();
    await world.client.upsert('person', [{ id: idOf('Bea'), fields: { jobTitle: 'Robot' } }], { lane: 'operator' });
    const found = await replay(true);
    expect(kinds(found.told)).toEqual(['crm/contact/1 changed']);
    expect(found.writes[0]?.fields).toContain('jobTitle');
    expect(found.writes[0]?.fields).not.toContain('avatarUrl');
    expect(rowOf('Bea')).toMatchObject({ jobTitle: 'Clerk', avatarUrl: 'Bath' });
    expect(await world.state.read((tx) => tx.edits.list({ limit: 9 }))).toEqual([]);
  });
});

describe('a value that a person changed', () => {
  it.each([
    ['ask', 'Boss', 'open'],
    ['keep', 'Boss', 'open'],
    ['source', 'Clerk', 'overwritten'],
  ] as const)('under the rule %s: %s stands, and the edit is listed', async (rule, stands, status) => {
    await open({ edits: { otherwise: rule, fields: {} } });
    person('Cem', 'update', { jobTitle: 'Boss' });
    const shown = await replay(false);
    expect(shown.writes.map(({ targetKey }) => targetKey)).toEqual(rule === 'source' ? ['crm/contact/2'] : []);
    expect(await world.state.read((tx) => tx.edits.list({ limit: 9 }))).toEqual([]);
    await replay(true);
    expect(rowOf('Cem').jobTitle).toBe(stands);
    expect(await world.state.read((tx) => tx.edits.list({ limit: 9 }))).toMatchObject([
      { field: 'jobTitle', base: 'Clerk', value: 'Boss', by: 'Eve', status },
    ]);
  });
});

describe('a row that a person deleted', () => {
  it.each([
    ['restore', 'applied', null],
    ['hold', 'held', expect.any(String)],
    ['leave', 'excluded', expect.any(String)],
  ] as const)('under the policy %s its record is %s', async (softDeleted, recordClass, deletedAt) => {
    await open({ softDeleted });
    person('Ada', 'delete');
    await replay(true);
    expect((await world.classes())['contact/0']).toMatch(recordClass);
    expect(rowOf('Ada').deletedAt).toEqual(deletedAt);
  });
});

describe('a row that was written after it was read', () => {
  it('is left alone: what was read is older than what is known', async () => {
    await open();
    const deps = { twenty: world.client, mappings: [world.mapping], now: world.clock.now(), lane: 'operator' as const };
    await world.client.upsert('person', [{ id: idOf('Bea'), fields: { jobTitle: 'Robot' } }], { lane: 'operator' });
    const records = await world.state.read((tx) => tx.records.page(SOURCE, 'contact', null, 9));
    const [part = []] = await rowsToRead(world.state, records);
    const reads = await readBack(deps, part);
    await world.put('contact', '1', { name: 'Bea', job: 'Chief', city: 'Bath' });
    await world.rest();
    expect(await world.state.transaction((tx) => tellReadBack(tx, deps, reads))).toEqual([]);
    expect(rowOf('Bea').jobTitle).toBe('Chief');
  });
});
