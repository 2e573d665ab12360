import { afterEach, describe, expect, it } from 'vitest';
import { EditedContact } from '../../test/support/sink/edited-contact.ts';
import type { Twenty } from '../twenty/twenty.ts';
import { pollObject } from './edit-poll.ts';

let contact: EditedContact;
afterEach(() => contact.world.close());

describe('an edit that is found while the writer is at work (SPEC.md I20, I24)', () => {
  it('keeps a write of its field from being sent that was planned without it', async () => {
    let calls = 0;
    contact = await EditedContact.open(
      {},
      {
        steps: {
          reached: (step) => {
            if (step !== 'before-intent') return;
            calls += 1;
          },
        },
        writer: { latencyMs: 60_000 },
        moreComing: (_source, _object, why) => waits && why === 'batch',
      },
    );
    let waits = false;
    await contact.put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    calls = 0;
    // More is said to come, so the half-empty batch waits in the queue.
    waits = true;
    await contact.world.put('contact', '1', { name: 'Ada', job: 'Chief', email: 'a@example.com' });
    await expect.poll(() => contact.world.running.status().queued).toBe(1);
    contact.edit({ jobTitle: 'Boss' });
    await contact.world.running.pollEdits();
    waits = false;
    await contact.world.rest();
    expect(calls).toBeGreaterThan(0);
    expect(contact.row().jobTitle).toBe('Boss');
    expect(await contact.questions()).toHaveLength(1);
  });

  it('is not mistaken for one where the row is being written while it is read', async () => {
    contact = await EditedContact.open();
    await contact.put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    contact.edit({ name: { firstName: 'Eva', lastName: '' } });
    // Between the reading of the row and the look at the state, our own write of another value is through.
    const { client, state, clock, mapping } = contact.world;
    const slow: Pick<Twenty, 'workspace' | 'scan' | 'find'> = {
      workspace: () => client.workspace(),
      scan: (options) => client.scan(options),
      find: async (options) => {
        const rows = await client.find(options);
        await contact.put({ name: 'Ada', job: 'Chief', email: 'a@example.com' });
        return rows;
      },
    };
    const parts = { twenty: slow, state, clock, mappings: () => [mapping] };
    await pollObject(parts, 'person', 'live');
    expect((await contact.edits()).map(({ field }) => field)).toEqual(['name']);
    expect(contact.row()).toMatchObject({ jobTitle: 'Chief', name: { firstName: 'Eva' } });
  });
});

describe('what falls between the last poll and a write', () => {
  it('is found in the timeline afterwards, and listed with its value', async () => {
    contact = await EditedContact.open({}, { timeline: true });
    await contact.put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    contact.edit({ jobTitle: 'Boss' }, 'eve@example.com');
    await contact.put({ name: 'Ada', job: 'Chief', email: 'a@example.com' });
    expect(contact.row().jobTitle).toBe('Chief');
    await contact.poll();
    expect(await contact.edits()).toMatchObject([
      {
        field: 'jobTitle',
        value: 'Boss',
        status: 'lost',
        replacement: 'Chief',
        foundBy: 'timeline',
        by: 'Eve Example',
      },
    ]);
    await contact.poll();
    expect(await contact.edits()).toHaveLength(1);
  });

  it('is found there too where its row was deleted for the source before anybody saw the edit', async () => {
    contact = await EditedContact.open({}, { timeline: true });
    await contact.put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    contact.edit({ jobTitle: 'Boss' }, 'eve@example.com');
    await contact.put(null);
    expect(await contact.edits()).toEqual([]);
    await contact.poll();
    expect(await contact.edits()).toMatchObject([
      { field: 'jobTitle', value: 'Boss', status: 'lost', replacement: null, by: 'Eve Example' },
    ]);
    await contact.poll();
    expect(await contact.edits()).toHaveLength(1);
  });

  it('is found there too where it was written over first, and its row deleted then', async () => {
    contact = await EditedContact.open({}, { timeline: true });
    await contact.put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    contact.edit({ jobTitle: 'Boss' }, 'eve@example.com');
    await contact.put({ name: 'Ada', job: 'Chief', email: 'a@example.com' });
    await contact.put(null);
    await contact.poll();
    expect(await contact.edits()).toMatchObject([
      { field: 'jobTitle', value: 'Boss', status: 'lost', replacement: null },
    ]);
  });

  it('is not listed where the person deleted the row as well: whoever does that gives it up', async () => {
    contact = await EditedContact.open({}, { timeline: true });
    await contact.put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    contact.edit({ jobTitle: 'Boss' }, 'eve@example.com');
    contact.act('delete', 'eve@example.com');
    await contact.poll();
    await contact.put(null);
    await contact.poll();
    expect(await contact.edits('lost')).toEqual([]);
  });

  it('is not listed where it was seen, undone or decided', async () => {
    contact = await EditedContact.open({ edits: { otherwise: 'source', fields: {} } }, { timeline: true });
    await contact.put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    contact.edit({ jobTitle: 'Boss' }, 'eve@example.com');
    await contact.poll();
    await contact.poll();
    contact.edit({ name: { firstName: 'Eva', lastName: '' } }, 'eve@example.com');
    contact.edit({ name: { firstName: 'Ada', lastName: '' } }, 'eve@example.com');
    await contact.poll();
    expect(await contact.edits()).toMatchObject([{ field: 'jobTitle', status: 'overwritten' }]);
  });
});
