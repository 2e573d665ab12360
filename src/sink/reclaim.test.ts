import { afterEach, describe, expect, it } from 'vitest';
import { linkTo, noteTarget } from '../../test/support/sink/links.ts';
import { firstNameOf, oneEmail, personName, text } from '../../test/support/sink/values.ts';
import { mappingOf, SinkWorld, type TestObject } from '../../test/support/sink-world.ts';
import type { ChangeEvent, FieldValues } from '../events/event.ts';
import { RESTORED_SETTING } from './reclaim.ts';

let world: SinkWorld;
/** What the log holds since the backup. */
let log: ChangeEvent[];
afterEach(() => world.close());

const contact = (softDeleted: 'hold' | 'restore'): TestObject => ({
  target: 'person',
  tier: 'person',
  policies: { duplicate: 'merge', softDeleted },
  columns: ['name', 'jobTitle', 'emails'],
  draft: ({ after }) => ({
    fields: {
      name: personName(after.name),
      emails: oneEmail(after.email),
    },
  }),
});

const note: TestObject = {
  target: 'note',
  tier: 'activity',
  draft: ({ after }) => ({
    fields: { title: text(after.title) },
    children: [noteTarget('noteId', linkTo('contact', 'targetPersonId', after.contact, { kind: 'leave' }))],
  }),
};

async function open(softDeleted: 'hold' | 'restore' = 'hold'): Promise<void> {
  log = [];
  world = await SinkWorld.open({
    mapping: mappingOf({ contact: contact(softDeleted), note }),
    members: [{ firstName: 'Eve', lastName: 'Example', email: 'eve@example.com' }],
  });
}

/** Into the log and, unless the writer is not to see it, through to Twenty. */
async function put(object: string, id: string, after: FieldValues | null, written = true): Promise<void> {
  const event = world.event(object, id, after);
  log.push(event);
  if (!written) return;
  await world.take(event);
  await world.rest();
}

async function backup(): Promise<void> {
  await world.backup();
  log = [];
}

/** The state is lost, the backup restored, and the log since then taken in again. */
async function restore(): Promise<void> {
  await world.restore();
  if (log.length > 0) await world.take(...log);
  world.sandbox.clearCalls();
  await world.rest();
}

const people = () => world.rows('person').map((row) => [row.sourceKey, firstNameOf(row)]);
const person = (name: string, email = '') => ({ name, email });

describe('what a backup does not know is found in Twenty (SPEC.md §15)', () => {
  it('a record that was made and deleted since is removed, its children too', async () => {
    await open();
    await put('contact', '1', person('Ada'));
    await put('note', '1', { title: 'One', contact: '1' });
    await backup();
    await put('contact', '2', person('Bob'));
    await put('note', '2', { title: 'Two', contact: '1' });
    await put('contact', '2', null, false);
    await put('note', '2', null, false);
    await restore();
    expect(people()).toEqual([['crm/contact/1', 'Ada']]);
    expect(world.rows('note').map((row) => row.title)).toEqual(['One']);
    expect(world.rows('noteTarget')).toHaveLength(1);
    expect(await world.classes()).toMatchObject({
      'contact/1': 'applied',
      'contact/2': 'deleted',
      'note/2': 'deleted',
    });
  });

  it('a value that changed and changed back is written back', async () => {
    await open();
    await put('contact', '1', person('Ada'));
    await backup();
    await put('contact', '1', person('Ida'));
    await put('contact', '1', person('Ada'), false);
    await restore();
    expect(people()).toEqual([['crm/contact/1', 'Ada']]);
    expect(world.writes()).toHaveLength(1);
  });

  it('a child that was pointed elsewhere and back is pointed back', async () => {
    await open();
    await put('contact', '1', person('Ada'));
    await put('contact', '2', person('Bob'));
    await put('note', '1', { title: 'One', contact: '1' });
    const before = world.rows('noteTarget').map((row) => row.targetPersonId);
    await backup();
    await put('note', '1', { title: 'One', contact: '2' });
    expect(world.rows('noteTarget').map((row) => row.targetPersonId)).not.toEqual(before);
    await put('note', '1', { title: 'One', contact: '1' }, false);
    await restore();
    expect(world.rows('noteTarget').map((row) => row.targetPersonId)).toEqual(before);
  });

  it('a row that was removed since and is wanted again is there again', async () => {
    await open();
    await put('contact', '1', person('Ada'));
    await backup();
    await put('contact', '1', null);
    await put('contact', '1', person('Ada'), false);
    await restore();
    expect(people()).toEqual([['crm/contact/1', 'Ada']]);
  });

  it('a unique value that a removed row held is free for who wants it now', async () => {
    await open('restore');
    await world.rest();
    await backup();
    await put('contact', '2', person('Ada', 'b@example.com'));
    await put('contact', '1', person('Ada', 'b@example.com'), false);
    await put('contact', '2', null, false);
    await restore();
    expect(people()).toEqual([['crm/contact/1', 'Ada']]);
  });

  it('where nothing happened since, nothing is written, and edits by people stay known', async () => {
    await open();
    await put('contact', '1', person('Ada'));
    await put('note', '1', { title: 'One', contact: '1' });
    await backup();
    const id = String(world.rows('person')[0]?.id);
    const data = { name: { firstName: 'Adele', lastName: '' } };
    world.sandbox.person({ person: 'Eve', action: 'update', object: 'person', id, data });
    await restore();
    expect(world.writes()).toEqual([]);
    expect(people()).toEqual([['crm/contact/1', 'Adele']]);
    const edits = await world.state.read((tx) => tx.edits.list({ limit: 10 }));
    expect(edits.map(({ field, status }) => [field, status])).toEqual([['name', 'open']]);
  });

  it('a row that people deleted is not made anew, but held and asked about', async () => {
    await open();
    await put('contact', '1', person('Ada'));
    await backup();
    const id = String(world.rows('person')[0]?.id);
    world.sandbox.person({ person: 'Eve', action: 'delete', object: 'person', id });
    await put('contact', '1', person('Ida'), false);
    await restore();
    expect(people()).toEqual([]);
    expect(await world.classes()).toEqual({ 'contact/1': 'held SINK_SOFT_DELETED' });
  });

  it('a row that was there before us and was taken over since stays, though the source deleted its record', async () => {
    await open();
    const [id = ''] = world.sandbox.seed('person', [
      {
        name: personName('Stranger'),
        emails: oneEmail('x@example.com'),
      },
    ]);
    await world.rest();
    await backup();
    await put('contact', '1', person('Ada', 'x@example.com'));
    expect(world.rows('person').map((row) => row.id)).toEqual([id]);
    await put('contact', '1', null, false);
    await restore();
    expect(world.rows('person').map((row) => row.id)).toEqual([id]);
  });

  it('a row with the key of a record that nobody knows is left alone', async () => {
    await open();
    await put('contact', '1', person('Ada'));
    await backup();
    world.sandbox.seed('person', [{ name: { firstName: 'Other', lastName: '' }, sourceKey: 'crm/contact/77' }]);
    await restore();
    expect(people()).toContainEqual(['crm/contact/77', 'Other']);
    expect(world.writes()).toEqual([]);
  });

  it('nothing is planned while Twenty cannot be read, and it is read again from the beginning by who comes next', async () => {
    await open();
    await put('contact', '1', person('Ada'));
    await backup();
    await put('contact', '2', person('Bob'));
    await put('contact', '2', null, false);
    await world.restore();
    await world.take(...log);
    world.sandbox.clearCalls();
    world.sandbox.fault({ match: { operation: 'findMany' }, fail: 503 });
    const first = world.writer();
    const running = first.run(new AbortController().signal);
    await expect.poll(() => first.status().reason).toMatch(/the state was restored/);
    expect(world.writes()).toEqual([]);
    await first.stop();
    await running;
    expect(await world.state.read((tx) => tx.settings.get(RESTORED_SETTING))).toEqual({});
    world.sandbox.clearFaults();
    await world.rest();
    expect(people()).toEqual([['crm/contact/1', 'Ada']]);
    expect(await world.state.read((tx) => tx.settings.get(RESTORED_SETTING))).toBeUndefined();
  });
});
