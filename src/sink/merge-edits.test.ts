import { afterEach, describe, expect, it } from 'vitest';
import { firstNameOf, oneEmail, personName, text } from '../../test/support/sink/values.ts';
import { mappingOf, SinkWorld, type TestObject } from '../../test/support/sink-world.ts';
import type { EditRule } from '../mapping/model.ts';
import { takeBack } from './unmerge.ts';

let world: SinkWorld;
afterEach(() => world.close());

const contact = (rule: EditRule): TestObject => ({
  target: 'person',
  tier: 'person',
  policies: { duplicate: 'merge', edits: { otherwise: rule, fields: {} } },
  columns: ['name', 'jobTitle', 'emails'],
  draft: ({ after }) => ({
    fields: {
      name: personName(after.name),
      jobTitle: text(after.job),
      emails: oneEmail(after.email),
    },
  }),
});

const people = () =>
  world
    .rows('person')
    .map((row) => [firstNameOf(row), row.jobTitle, row.sourceKeys])
    .sort();

/** Bob's job was changed in Twenty; then he is found to have Ada's address. */
async function meeting(rule: EditRule): Promise<void> {
  world = await SinkWorld.open({
    mapping: mappingOf({ contact: contact(rule) }),
    members: [{ firstName: 'Eve', lastName: 'Example', email: 'eve@example.com' }],
  });
  await world.put('contact', 'a', { name: 'Ada', job: '', email: 'x@example.com' }, { sourceCreated: 1 });
  await world.put('contact', 'b', { name: 'Bob', job: 'Clerk', email: 'y@example.com' }, { sourceCreated: 2 });
  await world.rest();
  const row = world.rows('person').find((one) => firstNameOf(one) === 'Bob');
  world.sandbox.person({
    person: 'Eve',
    action: 'update',
    object: 'person',
    id: String(row?.id),
    data: { jobTitle: 'Director' },
  });
  await world.running.pollEdits();
  await world.rest();
  await world.put('contact', 'b', { name: 'Bob', job: 'Clerk', email: 'x@example.com' }, { sourceCreated: 2 });
  await world.rest();
}

async function answer(choice: 'merge' | 'apart'): Promise<void> {
  const [question] = await world.openQuestions();
  await world.answer(question?.id ?? '', choice);
}

const edits = async () =>
  (await world.state.read((tx) => tx.edits.list({ limit: 10 }))).map(({ field, value, by, status }) => [
    field,
    value,
    by,
    status,
  ]);
const [A, B] = ['crm/contact/a', 'crm/contact/b'];
const EDIT = ['jobTitle', 'Director', 'Eve'];

describe('a row that people edited and that would go into another one (SPEC.md I31)', () => {
  it('stays as it is until somebody says what is to become of it', async () => {
    await meeting('ask');
    expect(people()).toEqual([
      ['Ada', '', [A]],
      ['Bob', 'Director', [B]],
    ]);
    expect(await world.classes()).toEqual({ 'contact/a': 'applied', 'contact/b': 'held SINK_MERGE_EDITED' });
    const [question] = await world.openQuestions();
    expect(question).toMatchObject({ queue: 'record', recordKey: B, choices: ['merge', 'apart'], blocking: true });
    expect(question?.question).toBe(
      'Eve changed jobTitle of person crm/contact/b in Twenty, and crm/contact/b would now share the row of ' +
        'crm/contact/a, so that this one goes. Merge them, or keep them apart?',
    );
    expect(await edits()).toEqual([[...EDIT, 'open']]);
    world.sandbox.clearCalls();
    await world.planAgain();
    expect(world.writes()).toEqual([]);
  });

  it('goes with the answer merge, and what they wrote is listed', async () => {
    await meeting('keep');
    await answer('merge');
    expect(people()).toEqual([['Ada', 'Clerk', [A, B]]]);
    expect(await edits()).toEqual([[...EDIT, 'gone']]);
  });

  it('stays apart from then on with the answer apart, with what they wrote', async () => {
    await meeting('ask');
    await answer('apart');
    expect(people()).toEqual([
      ['Ada', '', [A]],
      ['Bob', 'Director', [B]],
    ]);
    expect(await world.classes()).toEqual({ 'contact/a': 'applied', 'contact/b': 'applied' });
    expect(await world.state.read((tx) => tx.apart.list(10))).toMatchObject([{ takenOut: B, from: A, by: 'Jo' }]);
    expect(await world.state.read((tx) => tx.audit.of(B))).toMatchObject([{ action: 'merges-unmerge', by: 'Jo' }]);
    expect(await edits()).toEqual([[...EDIT, 'open']]);
    // Taken back, it is asked anew: the answer from before was about that time.
    await world.decide((tx) => takeBack(tx, B, null, { by: 'Jo', reason: null, now: 9, run: 'test' }));
    expect(await world.classes()).toEqual({ 'contact/a': 'applied', 'contact/b': 'held SINK_MERGE_EDITED' });
    await answer('merge');
    expect(people()).toEqual([['Ada', 'Clerk', [A, B]]]);
  });

  it('goes unasked where the source wins in all that was edited', async () => {
    await meeting('source');
    expect(people()).toEqual([['Ada', 'Clerk', [A, B]]]);
    expect((await edits()).map(([, value, , status]) => [value, status])).toEqual([['Director', 'overwritten']]);
  });
});
