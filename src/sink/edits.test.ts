import { afterEach, describe, expect, it } from 'vitest';
import { EditedContact } from '../../test/support/sink/edited-contact.ts';
import { silentLogger } from '../core/logger.ts';
import { EditWatch } from './edit-watch.ts';

let contact: EditedContact;
afterEach(() => contact.world.close());

describe('a field that a person edited in Twenty', () => {
  it('stays while the source does not change it, whatever else of the record changes', async () => {
    contact = await EditedContact.open();
    await contact.put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    contact.edit({ jobTitle: 'Boss' });
    await contact.poll();
    await contact.put({ name: 'Ada L', job: 'Clerk', email: 'a@example.com' });
    expect(contact.row()).toMatchObject({ jobTitle: 'Boss', name: { firstName: 'Ada L' } });
    expect(await contact.edits()).toMatchObject([
      { field: 'jobTitle', base: 'Clerk', value: 'Boss', by: 'Eve', status: 'open' },
    ]);
    expect(await contact.questions()).toEqual([]);
    expect(await contact.world.classes()).toEqual({ 'contact/1': 'applied' });
  });

  it('is asked about once the source changes it too; the rest of the record goes on, and nothing is written twice', async () => {
    contact = await EditedContact.open();
    await contact.put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    contact.edit({ jobTitle: 'Boss' });
    await contact.poll();
    await contact.put({ name: 'Ada L', job: 'Chief', email: 'a@example.com' });
    expect(contact.row()).toMatchObject({ jobTitle: 'Boss', name: { firstName: 'Ada L' } });
    const [question] = await contact.questions();
    expect(question?.question).toBe(
      'Eve changed jobTitle of person crm/contact/1 in Twenty from "Clerk" to "Boss", and the source changed it to "Chief". Which one stands?',
    );
    contact.world.sandbox.clearCalls();
    await contact.world.planAgain();
    expect(contact.world.writes()).toEqual([]);
  });

  it.each([
    ['source', 'Chief', { status: 'overwritten', replacement: 'Chief', because: 'Jo' }],
    ['keep', 'Boss', { status: 'open', value: 'Boss' }],
  ])('follows the answer %s', async (choice, stands, listed) => {
    contact = await EditedContact.open();
    await contact.put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    contact.edit({ jobTitle: 'Boss' });
    await contact.poll();
    await contact.put({ name: 'Ada', job: 'Chief', email: 'a@example.com' });
    await contact.answer(choice);
    expect(contact.row().jobTitle).toBe(stands);
    expect(await contact.edits()).toMatchObject([listed]);
    expect(await contact.questions()).toEqual([]);
    // The answer was about these two values: another one asks anew (SPEC.md I22).
    contact.edit({ jobTitle: 'Queen' });
    await contact.poll();
    await contact.put({ name: 'Ada', job: 'Clark', email: 'a@example.com' });
    expect(contact.row().jobTitle).toBe('Queen');
    expect(await contact.questions()).toHaveLength(1);
  });

  it('withdraws its question when the source takes the value back', async () => {
    contact = await EditedContact.open();
    await contact.put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    contact.edit({ jobTitle: 'Boss' });
    await contact.poll();
    await contact.put({ name: 'Ada', job: 'Chief', email: 'a@example.com' });
    await contact.put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    expect(contact.row().jobTitle).toBe('Boss');
    expect(await contact.questions()).toEqual([]);
  });

  it('is put back at once, and listed, where the mapping says that the source wins', async () => {
    contact = await EditedContact.open({ edits: { otherwise: 'ask', fields: { jobTitle: 'source' } } });
    await contact.put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    contact.edit({ jobTitle: 'Boss', name: { firstName: 'Eva', lastName: '' } });
    await contact.poll();
    expect(contact.row()).toMatchObject({ jobTitle: 'Clerk', name: { firstName: 'Eva' } });
    expect(await contact.edits('open')).toMatchObject([{ field: 'name' }]);
    expect(await contact.edits('overwritten')).toMatchObject([
      { field: 'jobTitle', value: 'Boss', replacement: 'Clerk', because: 'mapping' },
    ]);
    // An undo gives it back.
    const journal = await contact.world.state.read((tx) => tx.journal.of('crm/contact/1'));
    expect(journal.at(-1)?.before).toMatchObject({ jobTitle: 'Boss' });
  });

  it('stays for good where the mapping says so', async () => {
    contact = await EditedContact.open({ edits: { otherwise: 'keep', fields: {} } });
    await contact.put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    contact.edit({ jobTitle: 'Boss' });
    await contact.poll();
    await contact.put({ name: 'Ada', job: 'Chief', email: 'a@example.com' });
    await contact.put({ name: 'Ada', job: 'Chair', email: 'b@example.com' });
    expect(contact.row()).toMatchObject({ jobTitle: 'Boss', emails: { primaryEmail: 'b@example.com' } });
    expect(await contact.questions()).toEqual([]);
  });

  it('is no edit any more once both sides say the same, or the person puts it back', async () => {
    contact = await EditedContact.open();
    await contact.put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    contact.edit({ jobTitle: 'Boss' });
    await contact.poll();
    await contact.put({ name: 'Ada', job: 'Boss', email: 'a@example.com' });
    expect(await contact.edits()).toMatchObject([{ status: 'agreed' }]);
    contact.edit({ jobTitle: 'Queen' });
    await contact.poll();
    contact.edit({ jobTitle: 'Boss' });
    await contact.poll();
    expect(await contact.edits()).toMatchObject([{ status: 'agreed' }, { status: 'undone' }]);
    await contact.put({ name: 'Ada', job: 'Chief', email: 'a@example.com' });
    expect(contact.row().jobTitle).toBe('Chief');
  });

  it('follows the source again once the person puts back what was written, though the source changed meanwhile', async () => {
    contact = await EditedContact.open({ edits: { otherwise: 'keep', fields: {} } });
    await contact.put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    contact.edit({ jobTitle: 'Boss' });
    await contact.poll();
    await contact.put({ name: 'Ada', job: 'Chief', email: 'a@example.com' });
    expect(contact.row().jobTitle).toBe('Boss');
    await contact.world.clock.sleep(2);
    contact.edit({ jobTitle: 'Clerk' });
    await contact.poll();
    expect(contact.row().jobTitle).toBe('Chief');
    expect(await contact.edits('open')).toEqual([]);
  });

  it('is seen, too, where the mapping had left the field empty until now', async () => {
    contact = await EditedContact.open();
    await contact.put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    contact.edit({ avatarUrl: 'Izmir' });
    await contact.poll();
    await contact.put({ name: 'Ada', job: 'Clerk', email: 'a@example.com', city: 'Ankara' });
    expect(contact.row().avatarUrl).toBe('Izmir');
    expect(await contact.questions()).toHaveLength(1);
  });

  it('is seen in the answer to a write of other fields, when no poll could see it any more', async () => {
    contact = await EditedContact.open();
    await contact.put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    contact.edit({ jobTitle: 'Boss' });
    // No poll in between: the row's last change is ours afterwards.
    await contact.put({ name: 'Ada L', job: 'Clerk', email: 'a@example.com' });
    expect(await contact.edits()).toMatchObject([
      { field: 'jobTitle', value: 'Boss', foundBy: 'answer', status: 'open' },
    ]);
    await contact.put({ name: 'Ada L', job: 'Chief', email: 'a@example.com' });
    expect(contact.row().jobTitle).toBe('Boss');
  });

  it('costs a quiet workspace one call a poll, and none of its own writes is read again', async () => {
    contact = await EditedContact.open({}, { timeline: true });
    await contact.put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    const { client: twenty, state, clock, mapping } = contact.world;
    const watch = new EditWatch(
      { twenty, state, clock, logger: silentLogger(), mappings: () => [mapping] },
      () => null,
    );
    await watch.poll('live', false);
    const asked = async () => {
      contact.world.sandbox.clearCalls();
      await watch.poll('live', false);
      return contact.world.sandbox.calls().length;
    };
    // Every eighth asks the object as well: a timeline may be behind.
    const quiet: number[] = [];
    for (let at = 0; at < 8; at += 1) quiet.push(await asked());
    expect(quiet).toEqual([1, 1, 1, 1, 1, 1, 1, 2]);
    contact.edit({ jobTitle: 'Boss' }, 'eve@example.com');
    expect(await asked()).toBe(3);
    expect(await asked()).toBe(1);
  });
});
