import { afterEach, describe, expect, it } from 'vitest';
import { EditedContact } from '../../test/support/sink/edited-contact.ts';

let contact: EditedContact;
afterEach(() => contact.world.close());

describe('a row that people edited, and whose record the source deletes (SPEC.md I23)', () => {
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
