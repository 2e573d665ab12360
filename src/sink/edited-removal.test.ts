import { afterEach, describe, expect, it } from 'vitest';
import { EditedContact } from '../../test/support/sink/edited-contact.ts';
import { linkTo, noteTarget } from '../../test/support/sink/links.ts';
import { oneEmail, personName, text } from '../../test/support/sink/values.ts';
import { mappingOf, SinkWorld, type TestObject } from '../../test/support/sink-world.ts';

describe('a row that people edited, and whose record the source deletes (SPEC.md I23)', () => {
  let contact: EditedContact;
  afterEach(() => contact.world.close());

  it.each([
    ['delete', false],
    ['keep', true],
  ])('waits for an answer, and %s is followed', async (choice, live) => {
    contact = await EditedContact.open();
    await contact.put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    contact.edit({ jobTitle: 'Boss' });
    await contact.poll();
    await contact.put(null);
    expect(contact.row().deletedAt).toBeNull();
    expect(await contact.world.classes()).toEqual({ 'contact/1': 'delete-held SINK_DELETE_EDITED' });
    await contact.answer(choice);
    expect(await contact.world.classes()).toEqual({ 'contact/1': 'deleted' });
    expect(contact.row()).toMatchObject(live ? { deletedAt: null, jobTitle: 'Boss' } : { jobTitle: 'Boss' });
    expect(contact.row().deletedAt === null).toBe(live);
  });

  it("is its record's again, edits and all, where the record comes back after the answer keep", async () => {
    contact = await EditedContact.open({ edits: { otherwise: 'keep', fields: {} } });
    await contact.put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    contact.edit({ jobTitle: 'Boss' });
    await contact.poll();
    await contact.put(null);
    await contact.answer('keep');
    expect(contact.row()).toMatchObject({ deletedAt: null, jobTitle: 'Boss' });
    await contact.put({ name: 'Ada L', job: 'Clerk', email: 'a@example.com' });
    expect(contact.row()).toMatchObject({ jobTitle: 'Boss', name: { firstName: 'Ada L' } });
    expect(await contact.edits('overwritten')).toEqual([]);
  });

  it('goes where the source wins in all that was edited', async () => {
    contact = await EditedContact.open({ edits: { otherwise: 'keep', fields: { jobTitle: 'source' } } });
    await contact.put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    contact.edit({ jobTitle: 'Boss' });
    await contact.world.running.pollEdits();
    await contact.put(null);
    expect(contact.row().deletedAt).not.toBeNull();
  });

  it('is asked about when somebody brought it back', async () => {
    contact = await EditedContact.open();
    await contact.put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    await contact.put(null);
    expect(contact.row().deletedAt).not.toBeNull();
    contact.act('restore');
    await contact.poll();
    expect(await contact.world.classes()).toEqual({ 'contact/1': 'delete-held SINK_DELETE_EDITED' });
    await contact.answer('delete');
    expect(contact.row().deletedAt).not.toBeNull();
    expect(await contact.world.classes()).toEqual({ 'contact/1': 'deleted' });
  });
});

describe('a row of two records that people edited, of which one is left out and the other deleted', () => {
  let world: SinkWorld;
  afterEach(() => world.close());

  const contact: TestObject = {
    target: 'person',
    tier: 'person',
    policies: { duplicate: 'merge' },
    columns: ['name', 'emails'],
    draft: ({ after }) =>
      after.name === 'left out'
        ? { kind: 'excluded', rule: 'left out' }
        : { fields: { name: personName(after.name), emails: oneEmail(after.email) } },
  };
  const note: TestObject = {
    target: 'note',
    tier: 'activity',
    draft: ({ after }) => ({
      fields: { title: text(after.title) },
      children: [
        noteTarget('noteId', linkTo('contact', 'targetPersonId', after.contact, { kind: 'hold', reason: '' })),
      ],
    }),
  };

  it('stays with all that points at it, where both answers are keep (SPEC.md §16)', async () => {
    world = await SinkWorld.open({
      mapping: mappingOf({ contact, note }),
      members: [{ firstName: 'Eve', lastName: 'Example', email: 'eve@example.com' }],
    });
    await world.put('contact', 'a', { name: 'Ada', email: 'x@example.com' }, { sourceCreated: 1 });
    await world.put('contact', 'b', { name: 'Bob', email: 'x@example.com' }, { sourceCreated: 2 });
    await world.put('note', 'n', { title: 'Note', contact: 'a' });
    await world.rest();
    const [row, ...others] = world.rows('person');
    expect(others).toEqual([]);
    const id = String(row?.id);
    const name = { firstName: 'Eve', lastName: '' };
    world.sandbox.person({ person: 'Eve', action: 'update', object: 'person', id, data: { name } });
    await world.running.pollEdits();
    await world.take(
      world.event('contact', 'b', { name: 'left out', email: 'x@example.com' }),
      world.event('contact', 'a', null),
    );
    await world.rest();
    for (const question of await world.openQuestions()) await world.answer(question.id, 'keep');
    expect(await world.openQuestions()).toEqual([]);
    expect(await world.classes()).toMatchObject({ 'contact/a': 'deleted', 'note/n': 'applied' });
    expect(world.rows('person')).toMatchObject([{ id, name }]);
    expect(world.rows('noteTarget').map(({ targetPersonId }) => targetPersonId)).toEqual([id]);
  });
});
