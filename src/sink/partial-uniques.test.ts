import { afterEach, describe, expect, it } from 'vitest';
import { contactWithEmail } from '../../test/support/sink/objects.ts';
import { emailOf, firstNameOf, oneEmail, personName } from '../../test/support/sink/values.ts';
import { mappingOf, SinkWorld } from '../../test/support/sink-world.ts';
import { makeUniqueTogether } from '../../test/support/unique-combination.ts';
import type { ObjectPolicies } from '../mapping/model.ts';

let world: SinkWorld;
afterEach(() => world.close());

const email = { emails: oneEmail('x@example.com') };
const people = () => world.rows('person').map((row) => [firstNameOf(row), emailOf(row)]);
const refused = () => world.writes().filter((call) => call.endsWith('400'));
/** A person's row with the value; deleted, unless it is said otherwise. */
const seed = (more = {}) =>
  world.sandbox.seed('person', [
    { name: personName('Stranger'), ...email, deletedAt: '2026-01-01T00:00:00.000Z', ...more },
  ])[0] ?? '';

async function open(policies: Partial<ObjectPolicies>, where: string): Promise<void> {
  world = await SinkWorld.open({ mapping: mappingOf({ contact: contactWithEmail(policies) }) });
  await makeUniqueTogether(world, 'person', ['emails'], where);
  world.sandbox.clearCalls();
}

const LIVE = '"deletedAt" IS NULL';

describe.each(['before', 'behind'] as const)(
  'a unique index that covers live rows only, and rows there %s our start',
  (when) => {
    async function begin(policies: Partial<ObjectPolicies>, more = {}): Promise<string> {
      await open(policies, LIVE);
      if (when === 'behind') await world.rest();
      return seed(more);
    }

    it.each(['restore', 'hold', 'leave'] as const)(
      'a deleted row keeps nobody from its value, whatever softDeleted (%s) says, and stays deleted',
      async (softDeleted) => {
        const id = await begin({ softDeleted });
        await world.put('contact', '1', { name: 'Ada', email: 'x@example.com' });
        await world.rest();
        expect(people()).toEqual([['Ada', 'x@example.com']]);
        expect(await world.classes()).toEqual({ 'contact/1': 'applied' });
        expect(refused()).toEqual([]);
        expect(world.sandbox.dump('person').find((row) => row.id === id)?.deletedAt).not.toBeNull();
        // Also later, when the deleted row was read again.
        await world.running.pollUniques();
        await world.put('contact', '1', { name: 'Ada L', email: 'x@example.com' });
        await world.rest();
        expect(people()).toEqual([['Ada L', 'x@example.com']]);
        expect(refused()).toEqual([]);
      },
    );

    it('nor does a row of ours that the source deleted: it is not destroyed for it', async () => {
      await begin({});
      await world.put('contact', '1', { name: 'Ada', email: 'y@example.com' });
      await world.rest();
      await world.put('contact', '1', null);
      await world.rest();
      await world.put('contact', '2', { name: 'Bob', email: 'y@example.com' });
      await world.rest();
      expect(people()).toEqual([['Bob', 'y@example.com']]);
      expect(await world.classes()).toEqual({ 'contact/1': 'deleted', 'contact/2': 'applied' });
      expect(world.sandbox.dump('person')).toHaveLength(3);
      // Nor is it read as being in anybody's way, and who comes back waits for who has the value by now.
      await world.put('contact', '1', { name: 'Ada', email: 'y@example.com' });
      await world.rest();
      expect(people()).toEqual([['Bob', 'y@example.com']]);
      expect((await world.classes())['contact/1']).toMatch(/^held SINK_/);
    });

    it('a live row still does', async () => {
      await begin({ duplicate: 'hold' }, { deletedAt: null });
      await world.put('contact', '1', { name: 'Ada', email: 'x@example.com' });
      await world.rest();
      expect(await world.classes()).toEqual({ 'contact/1': 'held SINK_DUPLICATE_HELD' });
    });

    it('a row that is there waits before it takes the value of a deleted one: an upsert would mean both', async () => {
      const id = await begin({ softDeleted: 'restore' });
      await world.put('contact', '1', { name: 'Ada', email: 'a@example.com' });
      await world.rest();
      await world.put('contact', '1', { name: 'Ada', email: 'x@example.com' });
      await world.rest();
      expect(await world.classes()).toEqual({ 'contact/1': 'held SINK_SOFT_DELETED' });
      expect(people()).toEqual([['Ada', 'a@example.com']]);
      expect(refused().length).toBeLessThanOrEqual(1);
      world.sandbox.person({ person: 'Eve', action: 'destroy', object: 'person', id });
      await world.running.pollUniques();
      await world.rest();
      expect(people()).toEqual([['Ada', 'x@example.com']]);
    });
  },
);

describe('a unique index of which nobody knows what its clause leaves out', () => {
  it('is taken to cover every row', async () => {
    await open({ softDeleted: 'hold' }, `"deletedAt" IS NULL AND "jobTitle" = 'Boss'`);
    seed();
    await world.put('contact', '1', { name: 'Ada', email: 'x@example.com' });
    await world.rest();
    expect(await world.classes()).toEqual({ 'contact/1': 'held SINK_SOFT_DELETED' });
  });
});

describe('an index that covers other rows than it did', () => {
  it('is read again: what it kept from others is free, and kept again afterwards', async () => {
    await open({ softDeleted: 'hold' }, '');
    const id = seed();
    await world.put('contact', '1', { name: 'Ada', email: 'x@example.com' });
    await world.rest();
    expect(await world.classes()).toEqual({ 'contact/1': 'held SINK_SOFT_DELETED' });
    await makeUniqueTogether(world, 'person', ['emails'], LIVE);
    await world.running.pollUniques();
    await world.rest();
    expect(await world.classes()).toEqual({ 'contact/1': 'applied' });
    // A person who brings the deleted row back is refused by the server itself.
    expect(() => world.sandbox.person({ person: 'Eve', action: 'restore', object: 'person', id })).toThrow(
      /duplicate/i,
    );
  });
});
