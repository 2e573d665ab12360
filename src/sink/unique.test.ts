import { afterEach, describe, expect, it } from 'vitest';
import { contactWithEmail } from '../../test/support/sink/objects.ts';
import { firstNameOf, oneEmail, personName } from '../../test/support/sink/values.ts';
import { mappingOf, SinkWorld } from '../../test/support/sink-world.ts';
import type { ObjectPolicies } from '../mapping/model.ts';

let world: SinkWorld;
afterEach(() => world.close());

async function open(policies: Partial<ObjectPolicies>, seeded: 'before' | 'behind', deleted = false): Promise<string> {
  world = await SinkWorld.open({ mapping: mappingOf({ contact: contactWithEmail(policies) }) });
  const seed = () => {
    const [id = ''] = world.sandbox.seed('person', [
      {
        name: personName('Stranger'),
        jobTitle: 'Kept',
        emails: oneEmail('x@example.com'),
        ...(deleted ? { deletedAt: '2026-01-01T00:00:00.000Z' } : {}),
      },
    ]);
    return id;
  };
  if (seeded === 'before') return seed();
  // The index is loaded first, so the stranger comes behind its back.
  await world.rest();
  return seed();
}

const people = () => world.rows('person').map((row) => [firstNameOf(row), row.id]);

describe.each(['before', 'behind'] as const)(
  "a stranger's live row has the unique value, there %s our start (SPEC.md I7)",
  (when) => {
    it('merge: the row is taken over, and what it held is kept for undo', async () => {
      const id = await open({ duplicate: 'merge' }, when);
      await world.put('contact', '1', { name: 'Ada', email: 'x@example.com' });
      await world.rest();
      expect(people()).toEqual([['Ada', id]]);
      expect(world.rows('person')[0]?.jobTitle).toBe('Kept');
      const target = (await world.state.read((tx) => tx.targets.get(['crm/contact/1']))).get('crm/contact/1');
      expect(target).toMatchObject({ id, createdByUs: false, before: { name: { firstName: 'Stranger' } } });
      const [entry] = await world.state.read((tx) => tx.journal.of('crm/contact/1'));
      expect(entry?.before).toMatchObject({ name: { firstName: 'Stranger' } });
      // It was there before us, so a deletion in the source only lets go of it.
      await world.put('contact', '1', null);
      await world.rest();
      expect(people()).toEqual([['Ada', id]]);
      expect(await world.classes()).toEqual({ 'contact/1': 'deleted' });
    });

    it('hold: nothing is written until the value is free', async () => {
      const id = await open({ duplicate: 'hold' }, when);
      await world.put('contact', '1', { name: 'Ada', email: 'X@example.com' });
      await world.rest();
      expect(people()).toEqual([['Stranger', id]]);
      expect(await world.classes()).toEqual({ 'contact/1': 'held SINK_DUPLICATE_HELD' });
      world.sandbox.person({
        person: 'Eve',
        action: 'update',
        object: 'person',
        id,
        data: { emails: oneEmail('z@example.com') },
      });
      await world.running.pollUniques();
      await world.rest();
      expect(await world.classes()).toEqual({ 'contact/1': 'applied' });
    });

    it('hold: nothing is written until the row that has it is destroyed', async () => {
      const id = await open({ duplicate: 'hold' }, when);
      await world.put('contact', '1', { name: 'Ada', email: 'x@example.com' });
      await world.rest();
      expect(await world.classes()).toEqual({ 'contact/1': 'held SINK_DUPLICATE_HELD' });
      await world.running.pollUniques();
      await world.rest();
      expect(await world.classes()).toEqual({ 'contact/1': 'held SINK_DUPLICATE_HELD' });
      world.sandbox.person({ person: 'Eve', action: 'destroy', object: 'person', id });
      await world.running.pollUniques();
      await world.rest();
      expect(await world.classes()).toEqual({ 'contact/1': 'applied' });
      expect(people()).toEqual([['Ada', expect.not.stringMatching(id)]]);
    });

    it('without-value: the record is written without it', async () => {
      await open({ duplicate: 'without-value' }, when);
      await world.put('contact', '1', { name: 'Ada', email: 'x@example.com' });
      await world.rest();
      expect(
        people()
          .map(([name]) => name)
          .sort(),
      ).toEqual(['Ada', 'Stranger']);
    });
  },
);

describe.each(['before', 'behind'] as const)(
  'TW-3 a soft-deleted row has the unique value, there %s our start',
  (when) => {
    it('restore: the row comes back with our values', async () => {
      const id = await open({ softDeleted: 'restore' }, when, true);
      await world.put('contact', '1', { name: 'Ada', email: 'x@example.com' });
      await world.rest();
      expect(people()).toEqual([['Ada', id]]);
    });

    it('hold: the record waits, until somebody destroys that row', async () => {
      const id = await open({ softDeleted: 'hold' }, when, true);
      await world.put('contact', '1', { name: 'Ada', email: 'x@example.com' });
      await world.rest();
      expect(await world.classes()).toEqual({ 'contact/1': 'held SINK_SOFT_DELETED' });
      world.sandbox.person({ person: 'Eve', action: 'destroy', object: 'person', id });
      await world.running.pollUniques();
      await world.rest();
      expect(await world.classes()).toEqual({ 'contact/1': 'applied' });
    });

    it('leave: the deleted row stays, and the record is written without the value', async () => {
      await open({ softDeleted: 'leave' }, when, true);
      await world.put('contact', '1', { name: 'Ada', email: 'x@example.com' });
      await world.rest();
      expect(people()).toHaveLength(1);
      expect(world.sandbox.dump('person')).toHaveLength(2);
    });
  },
);

describe('another id comes back than was sent (SPEC.md I12)', () => {
  it('holds the record and asks, and goes on when someone says that it is the same', async () => {
    const policies = { duplicate: 'merge' } as const;
    world = await SinkWorld.open({ mapping: mappingOf({ contact: contactWithEmail(policies) }) });
    await world.put('contact', '1', { name: 'Ada', email: 'a@example.com' });
    await world.rest();
    const [stranger = ''] = world.sandbox.seed('person', [
      {
        name: personName('Stranger'),
        emails: oneEmail('x@example.com'),
      },
    ]);
    // A person destroys our row: the upsert finds the stranger's by its unique value, and ignores our id (twenty.md O2).
    const [ours] = world.rows('person').filter((row) => row.sourceKey === 'crm/contact/1');
    world.sandbox.person({ person: 'Eve', action: 'destroy', object: 'person', id: String(ours?.id) });
    await world.put('contact', '1', { name: 'Ada', email: 'x@example.com' });
    await world.rest();
    expect(await world.classes()).toEqual({ 'contact/1': 'held SINK_ID_MISMATCH' });
    const [question] = await world.openQuestions();
    expect(question).toMatchObject({ queue: 'record', recordKey: 'crm/contact/1', choices: ['same'] });
    await world.answer(question?.id ?? '', 'same');
    expect(await world.classes()).toEqual({ 'contact/1': 'applied' });
    expect(people()).toEqual([['Ada', stranger]]);
  });
});
