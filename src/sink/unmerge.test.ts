import { afterEach, describe, expect, it } from 'vitest';
import { linkTo, noteTarget } from '../../test/support/sink/links.ts';
import { emailOf, firstNameOf, oneEmail, oneLink, personName, text } from '../../test/support/sink/values.ts';
import { mappingOf, SinkWorld, type TestObject } from '../../test/support/sink-world.ts';
import { recordKey, targetId } from '../core/identifiers.ts';
import type { MergeRule, ObjectPolicies } from '../mapping/model.ts';
import type { Said } from './decisions.ts';
import { previewUnmerge, sharedRow } from './merge-preview.ts';
import { learnApart, takeBack, takeOut } from './unmerge.ts';

let world: SinkWorld;
afterEach(() => world.close());

const created = (at: number, changed?: number) => ({
  sourceCreated: at,
  ...(changed === undefined ? {} : { sourceTime: changed }),
});
const said: Said = { by: 'eve', reason: 'father and son', now: 5, run: 'test' };
const [A, B] = [recordKey('crm', 'contact', 'a'), recordKey('crm', 'contact', 'b')];

const person = (policies: Partial<ObjectPolicies>): TestObject => ({
  target: 'person',
  tier: 'person',
  policies: { duplicate: 'merge', softDeleted: 'restore', ...policies },
  draft: ({ after }) => ({
    fields: {
      name: personName(after.name),
      jobTitle: text(after.job),
      avatarUrl: text(after.city),
      emails: oneEmail(after.email),
    },
    children: text(after.note) === '' ? [] : [noteTarget('targetPersonId')],
  }),
});

const deal: TestObject = {
  target: 'opportunity',
  tier: 'opportunity',
  draft: ({ after }) => ({
    fields: { name: text(after.name) },
    links: [linkTo('contact', 'pointOfContactId', after.contact, { kind: 'leave' })],
  }),
};

const people = () =>
  world
    .rows('person')
    .map((row) => ({
      id: row.id,
      first: firstNameOf(row),
      job: row.jobTitle,
      city: row.avatarUrl,
      email: emailOf(row),
      keys: row.sourceKeys,
    }))
    .sort((one, other) => (String(one.first) < String(other.first) ? -1 : 1));

const deps = () => ({
  state: world.state,
  twenty: world.client,
  mappings: [world.mapping],
  now: 9,
  callsPerMinute: 100,
});

async function merged(policies: Partial<ObjectPolicies> = {}): Promise<void> {
  world = await SinkWorld.open({ mapping: mappingOf({ contact: person(policies), deal }) });
  await world.put('contact', 'a', { name: 'Ada', email: 'x@example.com', job: 'Engineer' }, created(1));
  await world.put('contact', 'b', { name: 'Bob', email: 'x@example.com', city: 'Izmir', note: 'yes' }, created(2));
  await world.put('deal', 'd', { name: 'Deal of Bob', contact: 'b' });
  await world.rest();
}

const apart = [
  { id: targetId(A), first: 'Ada', job: 'Engineer', city: '', email: 'x@example.com', keys: [A] },
  { id: targetId(B), first: 'Bob', job: '', city: 'Izmir', email: '', keys: [B] },
];

describe('a record that is taken out of the row that it shares', () => {
  it('has a row of its own with its own values, and what points at it follows', async () => {
    await merged();
    expect(people()).toMatchObject([{ first: 'Ada', city: 'Izmir', keys: [A, B] }]);
    const [child] = world.rows('noteTarget');
    expect(child).toMatchObject({ targetPersonId: targetId(A) });
    expect(world.rows('opportunity')).toMatchObject([{ pointOfContactId: targetId(A) }]);
    await world.decide((tx) => takeOut(tx, B, said));
    expect(people()).toEqual(apart);
    expect(world.rows('opportunity')).toMatchObject([{ pointOfContactId: targetId(B) }]);
    expect(world.rows('noteTarget')).toMatchObject([{ id: child?.id, targetPersonId: targetId(B) }]);
    expect(await world.classes()).toEqual({ 'contact/a': 'applied', 'contact/b': 'applied', 'deal/d': 'applied' });
    const losses = await world.state.read((tx) => tx.losses.summary('crm'));
    expect(losses).toMatchObject([{ field: 'emails.primaryEmail', kind: 'dropped', before: 'x@example.com' }]);
  });

  it('leaves the same rows whichever of the two was taken out', async () => {
    await merged();
    await world.decide((tx) => takeOut(tx, A, said));
    expect(people()).toEqual(apart);
  });

  it('stays apart over changes, a replay of everything, and a restart of the writer, without a call', async () => {
    await merged();
    await world.decide((tx) => takeOut(tx, B, said));
    await world.stopWriter();
    world.sandbox.clearCalls();
    await world.state.transaction((tx) => tx.records.touchAll('crm', null));
    await world.rest();
    expect(world.writes()).toEqual([]);
    await world.put('contact', 'b', { name: 'Bob', email: 'x@example.com', city: 'Ankara' }, created(2));
    await world.rest();
    expect(people()).toMatchObject([{ first: 'Ada' }, { first: 'Bob', city: 'Ankara', email: '' }]);
  });

  it('takes the value that the other one gives up, and comes back once that is taken back', async () => {
    await merged();
    await world.decide((tx) => takeOut(tx, B, said));
    await world.put('contact', 'a', { name: 'Ada', email: 'ada@example.com', job: 'Engineer' }, created(1));
    await world.rest();
    expect(people()).toMatchObject([{ email: 'ada@example.com' }, { email: 'x@example.com' }]);
    await world.put('contact', 'a', { name: 'Ada', email: 'x@example.com', job: 'Engineer' }, created(1));
    await world.rest();
    expect(people()).toEqual(apart);
    await world.decide((tx) => takeBack(tx, A, B, said));
    expect(people()).toMatchObject([{ first: 'Ada', city: 'Izmir', keys: [A, B] }]);
  });

  it('is told in the audit of both, and of nobody who shares no row', async () => {
    await merged();
    await world.decide((tx) => takeOut(tx, B, said));
    for (const key of [A, B]) {
      expect(await world.state.read((tx) => tx.audit.of(key))).toMatchObject([
        { action: 'merges-unmerge', by: 'eve', reason: 'father and son', detail: { takenOut: B, from: [A] } },
      ]);
    }
    await expect(world.state.transaction((tx) => takeOut(tx, B, said))).rejects.toMatchObject({
      code: 'MERGE_UNKNOWN',
    });
    await expect(world.state.transaction((tx) => takeBack(tx, 'crm/contact/z', null, said))).rejects.toMatchObject({
      code: 'MERGE_UNKNOWN',
    });
  });

  it('is known again to a lost state by what was told of it', async () => {
    await merged();
    const told = async () =>
      (await world.state.read((tx) => tx.outbox.first(10))).flatMap(({ notice }) =>
        notice.kind === 'control' ? [notice] : [],
      );
    await world.decide((tx) => takeOut(tx, B, said));
    const [taken] = await told();
    await world.decide((tx) => takeBack(tx, A, null, said));
    const [, back] = await told();
    if (taken === undefined || back === undefined) throw new Error('nothing was told');
    await world.loseState();
    await world.state.transaction((tx) => learnApart(tx, taken));
    expect(await world.state.read((tx) => tx.apart.list(10))).toEqual([
      { takenOut: B, from: A, by: 'eve', reason: 'father and son', at: 5 },
    ]);
    await world.state.transaction((tx) => learnApart(tx, back));
    expect(await world.state.read((tx) => tx.apart.count())).toBe(0);
  });

  it('stands by itself though the source says that it is another record', async () => {
    const { draft, ...rest } = person({ priority: 1 });
    const lead: TestObject = {
      ...rest,
      policies: { duplicate: 'merge' },
      draft: (view) => ({ fields: {}, ...draft(view), sameAs: { object: 'contact', id: 'a' } }),
    };
    world = await SinkWorld.open({ mapping: mappingOf({ contact: { ...rest, draft, standsForOthers: true }, lead }) });
    await world.put('contact', 'a', { name: 'Ada', email: 'x@example.com' }, created(2));
    await world.put('lead', 'l', { name: 'Lead', email: 'x@example.com', job: 'Clerk' }, created(1));
    await world.rest();
    expect(people()).toMatchObject([{ first: 'Ada', job: 'Clerk' }]);
    await world.decide((tx) => takeOut(tx, 'crm/lead/l', said));
    expect(people()).toMatchObject([
      { first: 'Ada', job: '', email: 'x@example.com' },
      { first: 'Lead', job: 'Clerk', email: '' },
    ]);
  });

  it('does not come back to them by a third who would bring them together', async () => {
    await merged();
    await world.decide((tx) => takeOut(tx, B, said));
    await world.put('contact', 'c', { name: 'Cem', email: 'x@example.com' }, created(3));
    await world.rest();
    expect(people().map(({ keys }) => keys)).toEqual([[A, 'crm/contact/c'], [B]]);
  });

  it('is previewed with every write and its price, and nothing is stored', async () => {
    await merged();
    const found = await previewUnmerge(deps(), B, said);
    expect(found).toMatchObject({
      record: B,
      from: [A],
      stay: [A],
      without: [{ key: B, field: 'emails.primaryEmail', value: 'x@example.com' }],
      calls: 4,
      minutes: 0.04,
    });
    expect(found.writes.map(({ operation, targetKey }) => [operation, targetKey])).toEqual([
      ['upsert', A],
      ['create', B],
      ['upsert', `${B}>target`],
      ['upsert', 'crm/deal/d'],
    ]);
    expect(await world.state.read((tx) => tx.apart.count())).toBe(0);
    world.sandbox.clearCalls();
    await world.decide((tx) => takeOut(tx, B, said));
    expect(world.writes()).toHaveLength(found.calls);
  });
});

describe('what a merged row is made of', () => {
  const rules: ReadonlyMap<string, MergeRule> = new Map<string, MergeRule>([
    ['jobTitle', { kind: 'newest' }],
    ['avatarUrl', { kind: 'prefer', objects: ['lead'] }],
  ]);

  it('follows the rules of the mapping field by field, and says of each value from whom it is and since when', async () => {
    world = await SinkWorld.open({
      mapping: mappingOf({ contact: person({ merging: rules, priority: 1 }), lead: person({}) }),
    });
    const full = (name: string, job: string) => ({ name, job, city: `city of ${name}`, email: 'x@example.com' });
    await world.put('contact', 'a', full('Ada', 'Engineer'), created(2, 100));
    await world.put('lead', 'l', full('Lead', 'Clerk'), created(1, 200));
    await world.rest();
    const row = { first: 'Ada', job: 'Clerk', city: 'city of Lead' };
    expect(people()).toMatchObject([row]);
    const lineage = async () => (await world.state.read((tx) => tx.lineage.page('person', null, 10)))[0];
    const before = await lineage();
    const from = (made: typeof before) =>
      Object.fromEntries(Object.entries(made?.fields ?? {}).map(([field, origin]) => [field, origin.from]));
    const [contact, lead] = [['crm/contact/a'], ['crm/lead/l']];
    expect(from(before)).toEqual({ name: contact, jobTitle: lead, avatarUrl: lead, emails: contact });
    await world.put('contact', 'a', full('Ada', 'Director'), created(2, 300));
    await world.rest();
    expect(people()).toMatchObject([{ ...row, job: 'Director' }]);
    const after = await lineage();
    expect(from(after).jobTitle).toEqual(contact);
    expect(after?.fields.name).toEqual(before?.fields.name);
    const target = (await world.state.read((tx) => tx.targets.ofRecords([A]))).get(A);
    if (target === undefined) throw new Error('no row');
    const shared = await sharedRow(deps(), target);
    expect(shared.rules).toMatchObject({ name: 'first', jobTitle: 'newest', avatarUrl: 'prefer' });
    expect(shared.records).toMatchObject([
      { key: 'crm/contact/a', because: ['emails.primaryEmail x@example.com'], fields: { jobTitle: 'Director' } },
      { key: 'crm/lead/l', class: 'merged', fields: { jobTitle: 'Clerk' } },
    ]);
    await world.put('lead', 'l', null);
    await world.rest();
    expect(await lineage()).toBeUndefined();
  });

  it('loses, when they part, what only those brought who leave', async () => {
    const lead: TestObject = {
      ...person({}),
      draft: ({ after }) => ({
        fields: {
          name: personName(after.name),
          emails: oneEmail(after.email),
          avatarUrl: text(after.city),
          linkedinLink: oneLink(after.url),
        },
      }),
    };
    const contact: TestObject = {
      ...person({ priority: 1 }),
      draft: ({ after }) => ({
        fields: {
          name: personName(after.name),
          emails: oneEmail(after.email),
        },
      }),
    };
    world = await SinkWorld.open({ mapping: mappingOf({ contact, lead }) });
    await world.put('contact', 'a', { name: 'Ada', email: 'x@example.com' }, created(2));
    const url = 'https://lead.example';
    await world.put('lead', 'l', { name: 'Lead', email: 'x@example.com', city: 'Izmir', url }, created(1));
    await world.rest();
    const rest = () =>
      world
        .rows('person')
        .map((row) => [row.avatarUrl, (row.linkedinLink as { primaryLinkUrl: string }).primaryLinkUrl]);
    expect(rest()).toEqual([['Izmir', url]]);
    await world.put('lead', 'l', null);
    await world.rest();
    expect(rest()).toEqual([['', '']]);
  });
});
