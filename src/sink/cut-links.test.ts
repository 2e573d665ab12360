import { afterEach, describe, expect, it } from 'vitest';
import { byId, linkTo, noteTarget } from '../../test/support/sink/links.ts';
import { personName, text } from '../../test/support/sink/values.ts';
import { mappingOf, SinkWorld, type TestObject, type WorldOptions } from '../../test/support/sink-world.ts';
import type { ObjectPolicies } from '../mapping/model.ts';
import { CUT_KIND } from './rest.ts';

let world: SinkWorld;
afterEach(() => world.close());

const contact = (policies: Partial<ObjectPolicies>): TestObject => ({
  target: 'person',
  tier: 'person',
  policies,
  draft: ({ after }) => ({ fields: { name: personName(after.name) } }),
});

const HOLD = { kind: 'hold', reason: 'nobody was found' } as const;

const deal: TestObject = {
  target: 'opportunity',
  tier: 'opportunity',
  draft: ({ after }) => ({
    fields: { name: text(after.name) },
    links: [linkTo('contact', 'pointOfContactId', after.contact, HOLD)],
  }),
};

/** A note with its target: the contact, else the deal, else the note waits. */
const note: TestObject = {
  target: 'note',
  tier: 'activity',
  draft: ({ after }) => ({
    fields: { title: text(after.title) },
    children: [
      noteTarget('noteId', {
        name: 'parent',
        attempts: [byId('targetPersonId', 'contact', after.contact), byId('targetOpportunityId', 'deal', after.deal)],
        otherwise: HOLD,
      }),
    ],
  }),
};

async function open(policies: Partial<ObjectPolicies> = {}, options: Partial<WorldOptions> = {}): Promise<void> {
  world = await SinkWorld.open({ mapping: mappingOf({ contact: contact(policies), deal, note }), ...options });
  await world.take(
    world.event('contact', '1', { name: 'Ada' }),
    world.event('contact', '2', { name: 'Bob' }),
    world.event('deal', 'd', { name: 'Deal', contact: '1' }),
    world.event('note', 'n', { title: 'Note', contact: '1', deal: '' }),
    world.event('note', 'm', { title: 'Both', contact: '1', deal: 'd' }),
  );
  await world.rest();
}

const cuts = async () =>
  (await world.state.read((tx) => tx.losses.list({ kind: CUT_KIND, limit: 10 }))).map(({ key, field, before }) => [
    key,
    field,
    before,
  ]);
const targets = () =>
  world.rows('noteTarget').map((row) => [row.targetPersonId !== null, row.targetOpportunityId !== null]);
const ALL_APPLIED = {
  'contact/1': 'deleted',
  'contact/2': 'applied',
  'deal/d': 'applied',
  'note/m': 'applied',
  'note/n': 'applied',
};

describe('an activity whose contact the source deleted', () => {
  it.each([['soft-delete'], ['destroy']] as const)(
    'stays, at rest, without its target, which is listed: %s',
    async (onDelete) => {
      await open({ onDelete });
      expect(targets()).toEqual([
        [true, false],
        [true, false],
      ]);
      await world.put('contact', '1', null);
      await world.rest();
      expect(await world.classes()).toEqual(ALL_APPLIED);
      expect(world.rows('note')).toHaveLength(2);
      // The one that names a deal too falls back to it, as the mapping says.
      expect(targets()).toEqual([[false, true]]);
      expect(world.rows('opportunity')).toMatchObject([{ name: 'Deal', pointOfContactId: null }]);
      expect(await cuts()).toEqual([
        ['crm/deal/d', 'contact', 'crm/contact/1'],
        ['crm/note/n', 'target.parent', 'crm/contact/1'],
      ]);
    },
  );

  it('ends the same where it comes after the deletion, and waits only for a contact that nobody deleted', async () => {
    await open();
    await world.put('contact', '1', null);
    await world.rest();
    await world.put('note', 'late', { title: 'Late', contact: '1', deal: '' });
    await world.put('note', 'unknown', { title: 'Unknown', contact: '9', deal: '' });
    await world.rest();
    expect(await world.classes()).toEqual({
      ...ALL_APPLIED,
      'note/late': 'applied',
      'note/unknown': 'held SINK_PARENT_MISSING',
    });
    expect(await cuts()).toHaveLength(3);
  });

  it('is linked again, and listed no more, when the contact comes back or it names another one', async () => {
    await open();
    await world.put('contact', '1', null);
    await world.rest();
    await world.put('note', 'n', { title: 'Note', contact: '2', deal: '' });
    await world.rest();
    expect(await cuts()).toEqual([['crm/deal/d', 'contact', 'crm/contact/1']]);
    await world.put('contact', '1', { name: 'Ada' });
    await world.rest();
    expect(await cuts()).toEqual([]);
    expect(targets()).toEqual([
      [true, false],
      [true, false],
    ]);
    expect(world.rows('opportunity')[0]?.pointOfContactId).not.toBeNull();
  });
});

describe('a link to a row that stands though the source deleted its record', () => {
  it('stays where the mapping keeps rows', async () => {
    await open({ onDelete: 'keep' });
    world.sandbox.clearCalls();
    await world.put('contact', '1', null);
    await world.rest();
    // The flag alone: nobody's link moves meanwhile.
    expect(world.writes()).toHaveLength(1);
    expect(await cuts()).toEqual([]);
    await world.put('note', 'late', { title: 'Late', contact: '1', deal: '' });
    await world.rest();
    expect(targets()).toHaveLength(3);
  });

  it('stays while somebody is asked about the deletion, and goes or stays as the answer says', async () => {
    await open({}, { more: () => ({ deletesUnasked: () => ({ rows: 0, share: 0 }) }) });
    await world.put('contact', '1', null);
    await world.rest();
    await world.put('note', 'late', { title: 'Late', contact: '1', deal: '' });
    await world.rest();
    expect(await world.classes()).toMatchObject({
      'contact/1': 'delete-held SINK_MASS_DELETE',
      'note/late': 'applied',
    });
    expect(targets()).toHaveLength(3);
    const [question] = await world.openQuestions();
    await world.answer(question?.id ?? '', 'delete');
    expect(await cuts()).toHaveLength(3);
    expect(targets()).toEqual([[false, true]]);
  });
});
