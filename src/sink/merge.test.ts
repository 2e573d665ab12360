import { afterEach, describe, expect, it } from 'vitest';
import { emailOf, firstNameOf, oneEmail, personName, text } from '../../test/support/sink/values.ts';
import { mappingOf, SinkWorld, type TestObject } from '../../test/support/sink-world.ts';
import { targetId } from '../core/identifiers.ts';
import type { MergeRule, ObjectPolicies } from '../mapping/model.ts';

let world: SinkWorld;
afterEach(() => world.close());

const contact = (policies: Partial<ObjectPolicies>): TestObject => ({
  target: 'person',
  tier: 'person',
  policies,
  draft: ({ after }) => ({
    fields: {
      name: personName(after.name),
      jobTitle: text(after.job),
      avatarUrl: text(after.city),
      emails: oneEmail(after.email),
    },
  }),
});

async function open(policies: Partial<ObjectPolicies>, batchSize?: number): Promise<void> {
  world = await SinkWorld.open({
    mapping: mappingOf({ contact: contact(policies) }),
    ...(batchSize === undefined ? {} : { batchSize }),
  });
}

const people = () =>
  world
    .rows('person')
    .map((row) => ({
      first: firstNameOf(row),
      job: row.jobTitle,
      city: row.avatarUrl,
      email: emailOf(row),
      key: row.sourceKey,
      keys: row.sourceKeys,
    }))
    .sort((a, b) => (String(a.key) < String(b.key) ? -1 : 1));

const created = (at: number) => ({ sourceCreated: at });

/** A contact of which the source asks, where it says so, whether it is to be loaded at all. */
function asking(): TestObject {
  const { draft, ...rest } = contact({ duplicate: 'merge' });
  const question = {
    id: 'quality/name',
    queue: 'quality',
    question: 'Load it?',
    choices: ['load'],
    blocking: true,
  } as const;
  return {
    ...rest,
    draft: (view) => ({ fields: {}, ...draft(view), questions: view.after.ask === 'yes' ? [question] : [] }),
  };
}

describe('records that share a unique value, merged', () => {
  it('become one row, whoever comes first: the oldest record’s values win, the others fill gaps', async () => {
    await open({ duplicate: 'merge' });
    await world.put('contact', 'b', { name: 'Ada B', email: 'ADA@example.com', city: 'Izmir' }, created(2));
    await world.rest();
    await world.put('contact', 'a', { name: 'Ada A', email: 'ada@example.com', job: 'Engineer' }, created(1));
    await world.rest();
    const merged = [
      {
        first: 'Ada A',
        job: 'Engineer',
        city: 'Izmir',
        email: 'ada@example.com',
        key: 'crm/contact/a',
        keys: ['crm/contact/a', 'crm/contact/b'],
      },
    ];
    expect(people()).toEqual(merged);
    expect(await world.classes()).toEqual({ 'contact/a': 'applied', 'contact/b': 'merged SINK_MERGED' });
    const [row] = await world.state.read((tx) => tx.records.byClass('crm', 'contact', 'merged', null, 10));
    expect(row?.reason?.into).toBe('crm/contact/a');
  });

  it('take the id of the oldest, though that one has to wait and another is written first', async () => {
    world = await SinkWorld.open({ mapping: mappingOf({ contact: asking() }) });
    await world.take(
      world.event('contact', 'a', { name: 'Ada A', email: 'ada@example.com', ask: 'yes' }, created(1)),
      world.event('contact', 'b', { name: 'Ada B', email: 'ada@example.com', ask: '' }, created(2)),
    );
    await world.rest();
    const id = targetId('crm/contact/a');
    expect(world.rows('person')).toMatchObject([{ id, sourceKey: 'crm/contact/b' }]);
    await world.answer('crm/contact/a?quality/name', 'load');
    expect(world.rows('person')).toMatchObject([{ id, sourceKey: 'crm/contact/a' }]);
    expect(await world.classes()).toEqual({ 'contact/a': 'applied', 'contact/b': 'merged SINK_MERGED' });
  });

  it('are deleted only with the last of them (SPEC.md I14)', async () => {
    await open({ duplicate: 'merge' });
    await world.put('contact', 'a', { name: 'Ada A', email: 'ada@example.com', job: 'Engineer' }, created(1));
    await world.put('contact', 'b', { name: 'Ada B', email: 'ada@example.com', city: 'Izmir' }, created(2));
    await world.rest();
    await world.put('contact', 'a', null);
    await world.rest();
    expect(people()).toMatchObject([{ first: 'Ada B', job: '', city: 'Izmir', key: 'crm/contact/b' }]);
    expect(await world.classes()).toEqual({ 'contact/a': 'deleted', 'contact/b': 'applied' });
    await world.put('contact', 'b', null);
    await world.rest();
    expect(people()).toEqual([]);
  });

  it('part again when one of them changes its value, and meet again', async () => {
    await open({ duplicate: 'merge' });
    await world.put('contact', 'a', { name: 'A', email: 'x@example.com' }, created(1));
    await world.put('contact', 'b', { name: 'B', email: 'x@example.com' }, created(2));
    await world.rest();
    await world.put('contact', 'a', { name: 'A', email: 'y@example.com' }, created(1));
    await world.rest();
    expect(people()).toMatchObject([
      { first: 'A', email: 'y@example.com', keys: ['crm/contact/a'] },
      { first: 'B', email: 'x@example.com', keys: ['crm/contact/b'] },
    ]);
    await world.put('contact', 'b', { name: 'B', email: 'y@example.com' }, created(2));
    await world.rest();
    expect(people()).toMatchObject([{ first: 'A', email: 'y@example.com', keys: ['crm/contact/a', 'crm/contact/b'] }]);
    expect(new Set(Object.values(await world.classes()))).toEqual(new Set(['applied', 'merged SINK_MERGED']));
  });

  it('share a row where one is said to be the other, whoever comes first, and bring nobody else along', async () => {
    const { draft, ...rest } = contact({ duplicate: 'merge', priority: 1 });
    const lead: TestObject = {
      ...rest,
      policies: { duplicate: 'merge' },
      draft: (view) => ({
        fields: {},
        ...draft(view),
        sameAs: view.after.became === '' ? null : { object: 'contact', id: text(view.after.became) },
      }),
    };
    world = await SinkWorld.open({
      mapping: mappingOf({ contact: { ...rest, draft, standsForOthers: true }, lead }),
    });
    await world.put('lead', 'l', { name: 'Lead', email: 'other@example.com', job: 'Clerk', became: 'a' }, created(1));
    await world.rest();
    await world.put('contact', 'b', { name: 'B', email: 'other@example.com' }, created(2));
    await world.put('contact', 'a', { name: 'A', email: 'a@example.com' }, created(3));
    await world.rest();
    expect(people()).toMatchObject([
      { first: 'A', job: 'Clerk', email: 'a@example.com', keys: ['crm/contact/a', 'crm/lead/l'] },
      { first: 'B', job: '', email: 'other@example.com', keys: ['crm/contact/b'] },
    ]);
    await world.put('lead', 'l', { name: 'Lead', email: 'lead@example.com', job: 'Clerk', became: '' }, created(1));
    await world.rest();
    expect(people().map(({ first }) => first)).toEqual(['A', 'B', 'Lead']);
  });

  it('swap values without losing one', async () => {
    await open({ duplicate: 'merge' });
    await world.put('contact', 'a', { name: 'A', email: 'x@example.com' }, created(1));
    await world.put('contact', 'b', { name: 'B', email: 'y@example.com' }, created(2));
    await world.rest();
    await world.take(
      world.event('contact', 'a', { name: 'A', email: 'y@example.com' }, created(1)),
      world.event('contact', 'b', { name: 'B', email: 'x@example.com' }, created(2)),
    );
    await world.rest();
    expect(people()).toMatchObject([
      { first: 'A', email: 'y@example.com' },
      { first: 'B', email: 'x@example.com' },
    ]);
    expect(new Set(Object.values(await world.classes()))).toEqual(new Set(['applied']));
  });
});

describe('a merged row that keeps the values of all its records', () => {
  const emails = (primaryEmail: string, ...additionalEmails: string[]) => ({ primaryEmail, additionalEmails });
  const link = (primaryLinkUrl: string, ...others: string[]) => ({
    primaryLinkUrl,
    primaryLinkLabel: '',
    secondaryLinks: others.map((url) => ({ label: null, url })),
  });
  it('has the survivor’s first and each other’s once behind it, whoever comes first, and gives them back when they part', async () => {
    const several: TestObject = {
      ...contact({ duplicate: 'merge', merging: new Map([['linkedinLink', { kind: 'all', rest: null }]]) }),
      draft: ({ after }) => ({
        fields: {
          name: personName(after.name),
          linkedinLink: link(text(after.url)),
          emails: emails(text(after.email)),
        },
      }),
    };
    world = await SinkWorld.open({ mapping: mappingOf({ contact: several }) });
    await world.put('contact', 'b', { name: 'B', email: 'x@example.com', url: 'https://b.example' }, created(2));
    await world.rest();
    await world.put('contact', 'a', { name: 'A', email: 'x@example.com', url: 'https://a.example' }, created(1));
    await world.rest();
    const stands = () => world.rows('person').map((row) => row.linkedinLink);
    expect(stands()).toEqual([link('https://a.example', 'https://b.example')]);
    await world.put('contact', 'b', { name: 'B', email: 'y@example.com', url: 'https://b.example' }, created(2));
    await world.rest();
    expect(stands()).toHaveLength(2);
    expect(stands()).toContainEqual(link('https://a.example'));
    expect(stands()).toContainEqual(link('https://b.example'));
  });
});

describe('a person of whom the workspace takes one e-mail (settings of person.emails in 2.21: twenty.md §6)', () => {
  const emails = (primaryEmail: string, ...additionalEmails: string[]) => ({ primaryEmail, additionalEmails });
  const several = (rule?: MergeRule): TestObject => ({
    ...contact({ duplicate: 'merge', ...(rule === undefined ? {} : { merging: new Map([['emails', rule]]) }) }),
    draft: ({ after }) => {
      const [first = '', ...others] = text(after.email).split(' ');
      return {
        fields: {
          name: personName(after.name),
          emails: emails(first, ...others),
          jobTitle: null,
        },
      };
    },
  });
  const stand = () =>
    world
      .rows('person')
      .map((row) => [
        emailOf(row),
        JSON.stringify((row.emails as { additionalEmails: unknown }).additionalEmails ?? []),
        row.jobTitle || null,
      ]);
  const losses = () => world.state.read((tx) => tx.losses.list({ kind: 'dropped', limit: 10 }));

  it('has one: what else a record alone or another one brings is kept as text where the mapping names a field for it', async () => {
    world = await SinkWorld.open({ mapping: mappingOf({ contact: several({ kind: 'all', rest: 'jobTitle' }) }) });
    expect(world.client.workspace().objects.get('person')?.fields.get('emails')?.settings).toEqual({
      maxNumberOfValues: 1,
    });
    await world.put('contact', 'a', { name: 'A', email: 'a@example.com a2@example.com' }, created(1));
    await world.rest();
    expect(stand()).toEqual([['a@example.com', '[]', 'a2@example.com']]);
    await world.put('contact', 'b', { name: 'B', email: 'a@example.com b2@example.com' }, created(2));
    await world.rest();
    expect(stand()).toEqual([['a@example.com', '[]', 'a2@example.com\nb2@example.com']]);
    expect(await losses()).toEqual([]);
  });

  it('and without such a field it is listed as lost, by the record that had it', async () => {
    world = await SinkWorld.open({ mapping: mappingOf({ contact: several() }) });
    await world.put('contact', 'a', { name: 'A', email: 'a@example.com a2@example.com' }, created(1));
    await world.put('contact', 'b', { name: 'B', email: 'a@example.com b2@example.com' }, created(2));
    await world.rest();
    expect(stand()).toEqual([['a@example.com', '[]', null]]);
    expect((await losses()).map(({ key, field, before }) => [key, field, before])).toEqual([
      ['crm/contact/a', 'emails', 'a2@example.com'],
      ['crm/contact/b', 'emails', 'b2@example.com'],
    ]);
    // Planned again, nothing is written.
    world.sandbox.clearCalls();
    await world.planAgain();
    expect(world.writes()).toEqual([]);
  });
});

describe('records that share a unique value, not merged', () => {
  it('hold: the older one is written, the other waits and goes on when the value is free', async () => {
    await open({ duplicate: 'hold' });
    await world.put('contact', 'b', { name: 'B', email: 'x@example.com' }, created(2));
    await world.put('contact', 'a', { name: 'A', email: 'x@example.com' }, created(1));
    await world.rest();
    expect(await world.classes()).toEqual({ 'contact/a': 'applied', 'contact/b': 'held SINK_DUPLICATE_HELD' });
    await world.put('contact', 'a', { name: 'A', email: 'y@example.com' }, created(1));
    await world.rest();
    expect(people()).toMatchObject([
      { first: 'A', email: 'y@example.com' },
      { first: 'B', email: 'x@example.com' },
    ]);
  });

  it('without-value: the other one is written without it, and the loss is listed', async () => {
    await open({ duplicate: 'without-value' });
    await world.put('contact', 'b', { name: 'B', email: 'x@example.com' }, created(2));
    await world.rest();
    await world.put('contact', 'a', { name: 'A', email: 'x@example.com' }, created(1));
    await world.rest();
    expect(people()).toMatchObject([
      { first: 'A', email: 'x@example.com' },
      { first: 'B', email: '' },
    ]);
    const losses = await world.state.read((tx) => tx.losses.summary('crm'));
    expect(losses).toMatchObject([
      { field: 'emails.primaryEmail', kind: 'dropped', records: 1, before: 'x@example.com' },
    ]);
  });
});

describe('a row is named after the oldest who will share it', () => {
  it('but never after one that has a row of its own already', async () => {
    world = await SinkWorld.open({ mapping: mappingOf({ contact: asking() }) });
    await world.put('contact', 'a', { name: 'A', email: 'old@example.com', ask: '' }, created(1));
    await world.rest();
    // The older one moves to the younger one's value, but has to wait: its present row stays as it is.
    await world.put('contact', 'a', { name: 'A', email: 'x@example.com', ask: 'yes' }, created(1));
    await world.put('contact', 'b', { name: 'B', email: 'x@example.com', ask: '' }, created(2));
    await world.rest();
    expect(people()).toMatchObject([
      { key: 'crm/contact/a', email: 'old@example.com' },
      { key: 'crm/contact/b', email: 'x@example.com' },
    ]);
  });
});
