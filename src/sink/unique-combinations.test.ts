import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { mappingOf, SinkWorld, type TestObject } from '../../test/support/sink-world.ts';
import { makeUniqueTogether } from '../../test/support/unique-combination.ts';
import { uuidV5 } from '../core/identifiers.ts';
import type { ObjectPolicies } from '../mapping/model.ts';
import type { TwentyFields } from '../twenty/model.ts';
import { claimsOf } from './values.ts';

let world: SinkWorld;
afterEach(() => world.close());

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const field = (name: string, type: 'TEXT' | 'NUMBER' | 'PHONES', more = {}) =>
  ({ object: 'person', name, label: name, type, because: 'test', ...more }) as const;

const desired = {
  fields: [field('region', 'TEXT'), field('code', 'NUMBER'), field('hotline', 'PHONES', { isUnique: true })],
};

const phone = (number: unknown) =>
  text(number) === ''
    ? {}
    : {
        hotline: {
          primaryPhoneNumber: text(number),
          primaryPhoneCountryCode: 'US',
          primaryPhoneCallingCode: '+1',
          additionalPhones: [],
        },
      };

const contact = (policies: Partial<ObjectPolicies>): TestObject => ({
  target: 'person',
  tier: 'person',
  policies,
  draft: ({ after }) => ({
    fields: {
      name: { firstName: text(after.name), lastName: '' },
      region: text(after.region),
      code: after.code === undefined ? null : Number(after.code),
      ...phone(after.hotline),
    },
    links: [
      {
        name: 'company',
        attempts: [{ column: 'companyId', label: 'by id', by: 'id', object: 'company', id: text(after.company) }],
        otherwise: { kind: 'leave' },
      },
    ],
  }),
});

const company: TestObject = {
  target: 'company',
  tier: 'company',
  draft: ({ after }) => ({ fields: { name: text(after.name) } }),
};

async function open(policies: Partial<ObjectPolicies>, together: readonly string[]): Promise<void> {
  world = await SinkWorld.open({ mapping: mappingOf({ company, contact: contact(policies) }, { desired }) });
  await makeUniqueTogether(world, 'person', together);
  world.sandbox.clearCalls();
}

const people = () =>
  world.rows('person').map((row) => [(row.name as { firstName: string }).firstName, row.region, row.code]);

const refusedCalls = () => world.writes().filter((call) => call.endsWith('400'));

const stranger = (more = {}) =>
  world.sandbox.seed('person', [
    { name: { firstName: 'Stranger', lastName: '' }, region: 'North', code: 7, ...more },
  ])[0];

const ada = { name: 'Ada', region: 'North', code: 7 };

describe.each(['before', 'behind'] as const)(
  "TW-3 a stranger's row has the combination of a unique index over two fields, there %s our start",
  (when) => {
    /** One call is refused at most: behind our back the look-up that follows it explains it. */
    const refusals = when === 'before' ? 0 : 1;

    async function begin(policies: Partial<ObjectPolicies>, more = {}): Promise<unknown> {
      await open(policies, ['region', 'code']);
      if (when === 'behind') await world.rest();
      return stranger(more);
    }

    it('merge: the row is taken over', async () => {
      const id = await begin({ duplicate: 'merge' });
      await world.put('contact', '1', ada);
      await world.rest();
      expect(people()).toEqual([['Ada', 'North', 7]]);
      expect(world.rows('person')[0]?.id).toBe(id);
      expect(refusedCalls()).toHaveLength(refusals);
    });

    it('hold: the record waits until one part of it is another one there, and half of it is nobody’s', async () => {
      const id = await begin({ duplicate: 'hold' });
      await world.put('contact', '1', ada);
      await world.put('contact', '2', { name: 'Bob', region: 'North', code: 8 });
      await world.put('contact', '3', { name: 'Cyd', region: 'North' });
      await world.put('contact', '4', { name: 'Dan', region: 'North' });
      await world.rest();
      expect(await world.classes()).toEqual({
        'contact/1': 'held SINK_DUPLICATE_HELD',
        'contact/2': 'applied',
        'contact/3': 'applied',
        'contact/4': 'applied',
      });
      expect(refusedCalls()).toHaveLength(refusals);
      const [held] = await world.state.read((tx) => tx.records.byClass('crm', 'contact', 'held', null, 1));
      expect(held?.reason?.message).toContain('region "North" with code "7" belongs to a row of the workspace');
      const eve = {
        person: 'Eve',
        action: 'update',
        object: 'person',
        id: String(id),
        data: { region: 'South' },
      } as const;
      world.sandbox.person(eve);
      await world.running.pollUniques();
      await world.rest();
      expect((await world.classes())['contact/1']).toBe('applied');
    });

    it('without-value: the last field of it is left out, and that alone is listed as lost', async () => {
      await begin({ duplicate: 'without-value' });
      await world.put('contact', '1', ada);
      await world.rest();
      expect(people()).toEqual(
        expect.arrayContaining([
          ['Ada', 'North', null],
          ['Stranger', 'North', 7],
        ]),
      );
      expect(refusedCalls()).toHaveLength(refusals);
      const lost = await world.state.read((tx) =>
        tx.losses.list({ kind: 'dropped', source: 'crm', object: 'contact', limit: 10 }),
      );
      expect(lost).toMatchObject([{ field: 'code', before: '7', after: '' }]);
    });

    it('restore: a deleted row with it comes back', async () => {
      const id = await begin({ softDeleted: 'restore' }, { deletedAt: '2026-01-01T00:00:00.000Z' });
      await world.put('contact', '1', ada);
      await world.rest();
      expect(people()).toEqual([['Ada', 'North', 7]]);
      expect(world.rows('person')[0]?.id).toBe(id);
    });
  },
);

describe('records of ours that want one combination', () => {
  const both = [
    { name: 'Ada', region: 'North', code: 7 },
    { name: 'Bob', region: 'North', code: 7 },
  ] as const;

  it.each([
    ['merge', { 'contact/1': 'applied', 'contact/2': 'merged SINK_MERGED' }, [['Ada', 'North', 7]]],
    ['hold', { 'contact/1': 'applied', 'contact/2': 'held SINK_DUPLICATE_HELD' }, [['Ada', 'North', 7]]],
    [
      'without-value',
      { 'contact/1': 'applied', 'contact/2': 'applied' },
      [
        ['Ada', 'North', 7],
        ['Bob', 'North', null],
      ],
    ],
  ] as const)('%s: they are planned together, and no call is refused', async (duplicate, classes, rows) => {
    await open({ duplicate }, ['region', 'code']);
    await world.take(...both.map((after, index) => world.event('contact', String(index + 1), after)));
    await world.rest();
    expect(await world.classes()).toEqual(classes);
    expect(people().sort()).toEqual(rows);
    expect(refusedCalls()).toHaveLength(0);
  });

  it('swap their combinations without losing one', async () => {
    await open({ duplicate: 'hold' }, ['region', 'code']);
    await world.put('contact', '1', { name: 'Ada', region: 'North', code: 7 });
    await world.put('contact', '2', { name: 'Bob', region: 'South', code: 7 });
    await world.rest();
    await world.put('contact', '1', { name: 'Ada', region: 'South', code: 7 });
    await world.put('contact', '2', { name: 'Bob', region: 'North', code: 7 });
    await world.rest();
    expect(people().sort()).toEqual([
      ['Ada', 'South', 7],
      ['Bob', 'North', 7],
    ]);
    expect(refusedCalls()).toHaveLength(0);
  });

  it('a phone number is one value with its country: without it no part of it stays', async () => {
    await open({ duplicate: 'without-value' }, ['region', 'code']);
    await world.put('contact', '1', { name: 'Ada', hotline: '2125550100' });
    await world.put('contact', '2', { name: 'Bob', hotline: '(212) 555-0100' });
    await world.rest();
    const rows = world.rows('person').map((row) => [(row.name as { firstName: string }).firstName, row.hotline]);
    expect(rows.sort()).toMatchObject([
      ['Ada', { primaryPhoneNumber: '2125550100', primaryPhoneCountryCode: 'US' }],
      ['Bob', { primaryPhoneNumber: '', primaryPhoneCountryCode: '', primaryPhoneCallingCode: '' }],
    ]);
    expect(refusedCalls()).toHaveLength(0);
  });
});

describe('a link is part of the combination', () => {
  it('another company is another combination; of two for one company the second waits, or goes without the other part', async () => {
    await open({ duplicate: 'hold' }, ['company', 'code']);
    await world.put('company', '1', { name: 'One' });
    await world.put('company', '2', { name: 'Two' });
    await world.put('contact', '1', { name: 'Ada', company: '1', code: 7 });
    await world.put('contact', '2', { name: 'Bob', company: '2', code: 7 });
    await world.put('contact', '3', { name: 'Cyd', company: '1', code: 7 });
    await world.put('contact', '4', { name: 'Dan', code: 7 });
    await world.rest();
    expect(await world.classes()).toMatchObject({
      'contact/1': 'applied',
      'contact/2': 'applied',
      'contact/3': 'held SINK_UNIQUE_TAKEN',
      'contact/4': 'applied',
    });
    expect(refusedCalls()).toHaveLength(0);
    await world.put('contact', '1', { name: 'Ada', company: '2', code: 8 });
    await world.rest();
    expect((await world.classes())['contact/3']).toBe('applied');
  });

  it('without-value: the link stays, the other part goes', async () => {
    await open({ duplicate: 'without-value' }, ['code', 'company']);
    await world.put('company', '1', { name: 'One' });
    await world.put('contact', '1', { name: 'Ada', company: '1', code: 7 });
    await world.rest();
    await world.put('contact', '2', { name: 'Bob', company: '1', code: 7 });
    await world.rest();
    expect(people().sort()).toEqual([
      ['Ada', '', 7],
      ['Bob', '', null],
    ]);
    expect(new Set(world.rows('person').map((row) => row.companyId)).size).toBe(1);
    expect(refusedCalls()).toHaveLength(0);
  });
});

it('an index that is made while the state knows the workspace is read whole, once', async () => {
  world = await SinkWorld.open({
    mapping: mappingOf({ company, contact: contact({ duplicate: 'hold' }) }, { desired }),
  });
  stranger();
  await world.rest();
  await makeUniqueTogether(world, 'person', ['region', 'code']);
  await world.running.pollUniques();
  await world.put('contact', '1', ada);
  await world.rest();
  expect(await world.classes()).toEqual({ 'contact/1': 'held SINK_DUPLICATE_HELD' });
  expect(refusedCalls()).toHaveLength(0);
});

it('two records claim one combination exactly where the workspace refuses the second', async () => {
  await open({}, ['region', 'code']);
  const part = fc.record({
    region: fc.constantFrom('', 'North', 'north', ' North', 'N,7', '["N"]'),
    code: fc.constantFrom(null, 0, 7, 7.5),
    hotline: fc.constantFrom({}, phone('2125550100'), phone('+1 212 555 0100'), phone('2125550199')),
  });
  let round = 0;
  const write = async (fields: TwentyFields) => {
    round += 1;
    return world.client.create('person', [{ id: uuidV5(`combination ${round}`), fields }], { lane: 'live' });
  };
  await fc.assert(
    fc.asyncProperty(part, part, async (one, other) => {
      for (const { id } of world.rows('person')) world.sandbox.engine.store.remove('person', String(id));
      const [first, second] = [one, other].map(({ hotline, ...rest }): TwentyFields => ({ ...rest, ...hotline }));
      const names = (fields: TwentyFields = {}) =>
        claimsOf(world.client.workspace(), 'person', fields).map(({ field: name, value }) => `${name} ${value}`);
      const shared = names(first).some((name) => names(second).includes(name));
      expect((await write(first ?? {})).kind).toBe('written');
      expect((await write(second ?? {})).kind).toBe(shared ? 'refused' : 'written');
    }),
    { numRuns: 60 },
  );
});
