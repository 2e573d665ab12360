import { afterEach, describe, expect, it } from 'vitest';
import { refuse } from '../../test/support/refusing.ts';
import { EditedContact } from '../../test/support/sink/edited-contact.ts';

let contact: EditedContact;
afterEach(() => contact.world.close());

describe('a row that a person deleted', () => {
  it('comes back where the mapping says restore, and is listed', async () => {
    contact = await EditedContact.open({ softDeleted: 'restore' });
    await contact.put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    contact.act('delete');
    await contact.poll();
    expect(contact.row()).toMatchObject({ deletedAt: null, jobTitle: 'Clerk' });
    expect(await contact.edits()).toMatchObject([
      { field: 'deletedAt', by: 'Eve', status: 'overwritten', because: 'mapping' },
    ]);
  });

  it('comes back with what the person had changed in it before', async () => {
    contact = await EditedContact.open(
      { softDeleted: 'restore', edits: { otherwise: 'keep', fields: {} } },
      { timeline: true },
    );
    await contact.put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    contact.edit({ jobTitle: 'Boss' }, 'eve@example.com');
    contact.act('delete', 'eve@example.com');
    await contact.poll();
    expect(contact.row()).toMatchObject({ deletedAt: null, jobTitle: 'Boss' });
    expect(await contact.edits('lost')).toEqual([]);
  });

  it('stays deleted where it says leave: the record counts as excluded until somebody brings the row back', async () => {
    contact = await EditedContact.open({ softDeleted: 'leave' });
    await contact.put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    contact.act('delete');
    await contact.poll();
    await contact.put({ name: 'Ada', job: 'Chief', email: 'a@example.com' });
    expect(contact.row().deletedAt).not.toBeNull();
    expect(await contact.world.classes()).toEqual({ 'contact/1': 'excluded SINK_EXCLUDED' });
    contact.act('restore');
    await contact.poll();
    expect(contact.row()).toMatchObject({ deletedAt: null, jobTitle: 'Chief' });
    expect(await contact.world.classes()).toEqual({ 'contact/1': 'applied' });
  });

  it.each([
    ['restore', 'applied', true],
    ['leave', 'excluded SINK_EXCLUDED', false],
  ])('is asked about where it says hold, and the answer %s is followed', async (choice, stands, live) => {
    contact = await EditedContact.open({ softDeleted: 'hold' });
    await contact.put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    contact.act('delete');
    await contact.poll();
    expect(await contact.world.classes()).toEqual({ 'contact/1': 'held SINK_SOFT_DELETED' });
    expect(contact.row().deletedAt).not.toBeNull();
    await contact.answer(choice);
    expect(await contact.world.classes()).toEqual({ 'contact/1': stands });
    expect(contact.row().deletedAt === null).toBe(live);
  });

  it('needs no call when the source deletes its record', async () => {
    contact = await EditedContact.open({ softDeleted: 'hold' });
    await contact.put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    contact.act('delete');
    await contact.poll();
    contact.world.sandbox.clearCalls();
    await contact.put(null);
    expect(contact.world.writes()).toEqual([]);
    expect(await contact.world.classes()).toEqual({ 'contact/1': 'deleted' });
    expect(await contact.edits('open')).toEqual([]);
  });
});

describe('a row that people edited and that somebody destroyed', () => {
  it.each(['comes', 'is lost'])(
    'is made anew as the source has it, with no field left empty for an edit that is gone with it, where the answer %s',
    async (answer) => {
      contact = await EditedContact.open({ edits: { otherwise: 'keep', fields: {} } }, { writer: { deadlineMs: 500 } });
      await contact.put({ name: 'Ada', job: 'Clerk', email: '' });
      contact.edit({ jobTitle: 'Boss' });
      await contact.poll();
      contact.act('destroy');
      if (answer === 'is lost')
        contact.world.sandbox.fault({ match: { operation: 'createMany' }, fail: 'answerLost', count: 1 });
      await contact.put({ name: 'Ada L', job: 'Clerk', email: '' });
      expect(contact.row()).toMatchObject({ name: { firstName: 'Ada L' }, jobTitle: 'Clerk' });
      expect(await contact.edits()).toMatchObject([{ field: 'jobTitle', value: 'Boss', status: 'gone' }]);
      expect(await contact.world.classes()).toEqual({ 'contact/1': 'applied' });
    },
  );
});

describe('a row that went with its record and that a person brought back', () => {
  it.each(['restore', 'hold', 'leave'] as const)(
    "is its record's again, though Twenty refuses that record at first, and whatever the policy for deleted rows: %s",
    async (softDeleted) => {
      contact = await EditedContact.open({ softDeleted, edits: { otherwise: 'source', fields: {} } });
      await contact.put({ name: 'Ada', job: 'Clerk', email: '' });
      await contact.put(null);
      contact.act('restore');
      refuse(contact.world.client, (_object, fields) => (fields.jobTitle === 'Bad' ? 'bad-value' : null));
      await contact.put({ name: 'Ada', job: 'Bad', email: '' });
      await contact.poll();
      await contact.world.planAgain();
      expect(await contact.world.classes()).toEqual({ 'contact/1': 'dead-lettered SINK_TWENTY_REFUSED' });
      await contact.put({ name: 'Ada', job: 'Chief', email: '' });
      expect(contact.row()).toMatchObject({ deletedAt: null, jobTitle: 'Chief' });
      expect(await contact.world.classes()).toEqual({ 'contact/1': 'applied' });
    },
  );
});
