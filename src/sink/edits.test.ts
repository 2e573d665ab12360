import { afterEach, describe, expect, it } from 'vitest';
import { refuse } from '../../test/support/refusing.ts';
import { mappingOf, SinkWorld, type TestObject, type WorldOptions } from '../../test/support/sink-world.ts';
import { silentLogger } from '../core/logger.ts';
import type { ObjectPolicies } from '../mapping/model.ts';
import type { EditRow } from '../state/state.ts';
import type { Twenty } from '../twenty/twenty.ts';
import { pollObject } from './edit-poll.ts';
import { EditWatch } from './edit-watch.ts';

let world: SinkWorld;
afterEach(() => world.close());

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const contact = (policies: Partial<ObjectPolicies>): TestObject => ({
  target: 'person',
  tier: 'person',
  policies,
  columns: ['name', 'jobTitle', 'avatarUrl', 'emails'],
  draft: ({ after }) => ({
    fields: {
      name: { firstName: text(after.name), lastName: '' },
      jobTitle: text(after.job),
      ...(after.city === undefined ? {} : { avatarUrl: text(after.city) }),
      emails: { primaryEmail: text(after.email), additionalEmails: [] },
    },
  }),
});

const open = async (
  policies: Partial<ObjectPolicies> = {},
  timeline = false,
  writer: WorldOptions['writer'] = {},
): Promise<void> => {
  world = await SinkWorld.open({
    writer,
    mapping: mappingOf({ contact: contact(policies) }),
    timeline,
    members: [{ firstName: 'Eve', lastName: 'Example', email: 'eve@example.com' }],
  });
};
const put = async (after: Readonly<Record<string, string>> | null): Promise<void> => {
  await world.put('contact', '1', after);
  await world.rest();
};
const row = () => world.sandbox.dump('person')[0] as Record<string, unknown>;
const edit = (data: Readonly<Record<string, unknown>>, person = 'Eve') =>
  world.sandbox.person({ person, action: 'update', object: 'person', id: String(row().id), data });
const poll = async (): Promise<void> => {
  await world.running.pollEdits();
  await world.rest();
};
const edits = async (status?: EditRow['status']): Promise<readonly Partial<EditRow>[]> =>
  (await world.state.read((tx) => tx.edits.list({ limit: 100, ...(status === undefined ? {} : { status }) }))).map(
    ({ field, base, value, by, status: is, replacement, because, foundBy }) => ({
      field,
      base,
      value,
      by,
      status: is,
      replacement,
      because,
      foundBy,
    }),
  );
const questions = () => world.state.read((tx) => tx.reviews.list({ status: 'open', queue: 'record', limit: 100 }));
const answer = async (choice: string): Promise<void> => {
  const [question] = await questions();
  const id = question?.id ?? '';
  await world.state.transaction(async (tx) => {
    await tx.reviews.answer(id, choice, 'Jo', 0);
    await tx.dependencies.release([`review:${id}`]);
  });
  world.running.wake();
  await world.rest();
};

describe('a field that a person edited in Twenty', () => {
  it('stays while the source does not change it, whatever else of the record changes', async () => {
    await open();
    await put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    edit({ jobTitle: 'Boss' });
    await poll();
    await put({ name: 'Ada L', job: 'Clerk', email: 'a@example.com' });
    expect(row()).toMatchObject({ jobTitle: 'Boss', name: { firstName: 'Ada L' } });
    expect(await edits()).toMatchObject([
      { field: 'jobTitle', base: 'Clerk', value: 'Boss', by: 'Eve', status: 'open' },
    ]);
    expect(await questions()).toEqual([]);
    expect(await world.classes()).toEqual({ 'contact/1': 'applied' });
  });

  it('is asked about once the source changes it too; the rest of the record goes on, and nothing is written twice', async () => {
    await open();
    await put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    edit({ jobTitle: 'Boss' });
    await poll();
    await put({ name: 'Ada L', job: 'Chief', email: 'a@example.com' });
    expect(row()).toMatchObject({ jobTitle: 'Boss', name: { firstName: 'Ada L' } });
    const [question] = await questions();
    expect(question?.question).toBe(
      'Eve changed jobTitle of person crm/contact/1 in Twenty from "Clerk" to "Boss", and the source changed it to "Chief". Which one stands?',
    );
    world.sandbox.clearCalls();
    await world.state.transaction((tx) => tx.records.touchAll('crm', null));
    world.running.wake();
    await world.rest();
    expect(world.writes()).toEqual([]);
  });

  it.each([
    ['source', 'Chief', { status: 'overwritten', replacement: 'Chief', because: 'Jo' }],
    ['keep', 'Boss', { status: 'open', value: 'Boss' }],
  ])('follows the answer %s', async (choice, stands, listed) => {
    await open();
    await put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    edit({ jobTitle: 'Boss' });
    await poll();
    await put({ name: 'Ada', job: 'Chief', email: 'a@example.com' });
    await answer(choice);
    expect(row().jobTitle).toBe(stands);
    expect(await edits()).toMatchObject([listed]);
    expect(await questions()).toEqual([]);
    // The answer was about these two values: another one asks anew (SPEC.md I22).
    edit({ jobTitle: 'Queen' });
    await poll();
    await put({ name: 'Ada', job: 'Clark', email: 'a@example.com' });
    expect(row().jobTitle).toBe('Queen');
    expect(await questions()).toHaveLength(1);
  });

  it('withdraws its question when the source takes the value back', async () => {
    await open();
    await put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    edit({ jobTitle: 'Boss' });
    await poll();
    await put({ name: 'Ada', job: 'Chief', email: 'a@example.com' });
    await put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    expect(row().jobTitle).toBe('Boss');
    expect(await questions()).toEqual([]);
  });

  it('is put back at once, and listed, where the mapping says that the source wins', async () => {
    await open({ edits: { otherwise: 'ask', fields: { jobTitle: 'source' } } });
    await put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    edit({ jobTitle: 'Boss', name: { firstName: 'Eva', lastName: '' } });
    await poll();
    expect(row()).toMatchObject({ jobTitle: 'Clerk', name: { firstName: 'Eva' } });
    expect(await edits('open')).toMatchObject([{ field: 'name' }]);
    expect(await edits('overwritten')).toMatchObject([
      { field: 'jobTitle', value: 'Boss', replacement: 'Clerk', because: 'mapping' },
    ]);
    // An undo gives it back.
    const journal = await world.state.read((tx) => tx.journal.of('crm/contact/1'));
    expect(journal.at(-1)?.before).toMatchObject({ jobTitle: 'Boss' });
  });

  it('stays for good where the mapping says so', async () => {
    await open({ edits: { otherwise: 'keep', fields: {} } });
    await put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    edit({ jobTitle: 'Boss' });
    await poll();
    await put({ name: 'Ada', job: 'Chief', email: 'a@example.com' });
    await put({ name: 'Ada', job: 'Chair', email: 'b@example.com' });
    expect(row()).toMatchObject({ jobTitle: 'Boss', emails: { primaryEmail: 'b@example.com' } });
    expect(await questions()).toEqual([]);
  });

  it('is no edit any more once both sides say the same, or the person puts it back', async () => {
    await open();
    await put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    edit({ jobTitle: 'Boss' });
    await poll();
    await put({ name: 'Ada', job: 'Boss', email: 'a@example.com' });
    expect(await edits()).toMatchObject([{ status: 'agreed' }]);
    edit({ jobTitle: 'Queen' });
    await poll();
    edit({ jobTitle: 'Boss' });
    await poll();
    expect(await edits()).toMatchObject([{ status: 'agreed' }, { status: 'undone' }]);
    await put({ name: 'Ada', job: 'Chief', email: 'a@example.com' });
    expect(row().jobTitle).toBe('Chief');
  });

  it('follows the source again once the person puts back what was written, though the source changed meanwhile', async () => {
    await open({ edits: { otherwise: 'keep', fields: {} } });
    await put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    edit({ jobTitle: 'Boss' });
    await poll();
    await put({ name: 'Ada', job: 'Chief', email: 'a@example.com' });
    expect(row().jobTitle).toBe('Boss');
    await world.clock.sleep(2);
    edit({ jobTitle: 'Clerk' });
    await poll();
    expect(row().jobTitle).toBe('Chief');
    expect(await edits('open')).toEqual([]);
  });

  it('is seen, too, where the mapping had left the field empty until now', async () => {
    await open();
    await put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    edit({ avatarUrl: 'Izmir' });
    await poll();
    await put({ name: 'Ada', job: 'Clerk', email: 'a@example.com', city: 'Ankara' });
    expect(row().avatarUrl).toBe('Izmir');
    expect(await questions()).toHaveLength(1);
  });

  it('is seen in the answer to a write of other fields, when no poll could see it any more', async () => {
    await open();
    await put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    edit({ jobTitle: 'Boss' });
    // No poll in between: the row's last change is ours afterwards.
    await put({ name: 'Ada L', job: 'Clerk', email: 'a@example.com' });
    expect(await edits()).toMatchObject([{ field: 'jobTitle', value: 'Boss', foundBy: 'answer', status: 'open' }]);
    await put({ name: 'Ada L', job: 'Chief', email: 'a@example.com' });
    expect(row().jobTitle).toBe('Boss');
  });

  it('costs a quiet workspace one call a poll, and none of its own writes is read again', async () => {
    await open({}, true);
    await put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    const { client: twenty, state, clock, mapping } = world;
    const watch = new EditWatch(
      { twenty, state, clock, logger: silentLogger(), mappings: () => [mapping] },
      () => null,
    );
    await watch.poll('live', false);
    const asked = async () => {
      world.sandbox.clearCalls();
      await watch.poll('live', false);
      return world.sandbox.calls().length;
    };
    // Every eighth asks the object as well: a timeline may be behind.
    const quiet: number[] = [];
    for (let at = 0; at < 8; at += 1) quiet.push(await asked());
    expect(quiet).toEqual([1, 1, 1, 1, 1, 1, 1, 2]);
    edit({ jobTitle: 'Boss' }, 'eve@example.com');
    expect(await asked()).toBe(3);
    expect(await asked()).toBe(1);
  });
});

describe('an edit that is found while the writer is at work (SPEC.md I20, I24)', () => {
  it('keeps a write of its field from being sent that was planned without it', async () => {
    let calls = 0;
    world = await SinkWorld.open({
      mapping: mappingOf({ contact: contact({}) }),
      steps: {
        reached: (step) => {
          if (step !== 'before-intent') return;
          calls += 1;
        },
      },
      writer: { latencyMs: 60_000 },
      moreComing: (_source, _object, why) => waits && why === 'batch',
    });
    let waits = false;
    await put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    calls = 0;
    // More is said to come, so the half-empty batch waits in the queue.
    waits = true;
    await world.put('contact', '1', { name: 'Ada', job: 'Chief', email: 'a@example.com' });
    await expect.poll(() => world.running.status().queued).toBe(1);
    edit({ jobTitle: 'Boss' });
    await world.running.pollEdits();
    waits = false;
    await world.rest();
    expect(calls).toBeGreaterThan(0);
    expect(row().jobTitle).toBe('Boss');
    expect(await questions()).toHaveLength(1);
  });

  it('is not mistaken for one where the row is being written while it is read', async () => {
    await open();
    await put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    edit({ name: { firstName: 'Eva', lastName: '' } });
    // Between the reading of the row and the look at the state, our own write of another value is through.
    const { client, state, clock, mapping } = world;
    const slow: Pick<Twenty, 'workspace' | 'scan' | 'find'> = {
      workspace: () => client.workspace(),
      scan: (options) => client.scan(options),
      find: async (options) => {
        const rows = await client.find(options);
        await put({ name: 'Ada', job: 'Chief', email: 'a@example.com' });
        return rows;
      },
    };
    const parts = { twenty: slow, state, clock, mappings: () => [mapping] };
    await pollObject(parts, 'person', 'live');
    expect((await edits()).map(({ field }) => field)).toEqual(['name']);
    expect(row()).toMatchObject({ jobTitle: 'Chief', name: { firstName: 'Eva' } });
  });
});

describe('what falls between the last poll and a write', () => {
  it('is found in the timeline afterwards, and listed with its value', async () => {
    await open({}, true);
    await put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    edit({ jobTitle: 'Boss' }, 'eve@example.com');
    await put({ name: 'Ada', job: 'Chief', email: 'a@example.com' });
    expect(row().jobTitle).toBe('Chief');
    await poll();
    expect(await edits()).toMatchObject([
      {
        field: 'jobTitle',
        value: 'Boss',
        status: 'lost',
        replacement: 'Chief',
        foundBy: 'timeline',
        by: 'Eve Example',
      },
    ]);
    await poll();
    expect(await edits()).toHaveLength(1);
  });

  it('is found there too where its row was deleted for the source before anybody saw the edit', async () => {
    await open({}, true);
    await put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    edit({ jobTitle: 'Boss' }, 'eve@example.com');
    await put(null);
    expect(await edits()).toEqual([]);
    await poll();
    expect(await edits()).toMatchObject([
      { field: 'jobTitle', value: 'Boss', status: 'lost', replacement: null, by: 'Eve Example' },
    ]);
    await poll();
    expect(await edits()).toHaveLength(1);
  });

  it('is found there too where it was written over first, and its row deleted then', async () => {
    await open({}, true);
    await put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    edit({ jobTitle: 'Boss' }, 'eve@example.com');
    await put({ name: 'Ada', job: 'Chief', email: 'a@example.com' });
    await put(null);
    await poll();
    expect(await edits()).toMatchObject([{ field: 'jobTitle', value: 'Boss', status: 'lost', replacement: null }]);
  });

  it('is not listed where the person deleted the row as well: whoever does that gives it up', async () => {
    await open({}, true);
    await put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    edit({ jobTitle: 'Boss' }, 'eve@example.com');
    world.sandbox.person({ person: 'eve@example.com', action: 'delete', object: 'person', id: String(row().id) });
    await poll();
    await put(null);
    await poll();
    expect(await edits('lost')).toEqual([]);
  });

  it('is not listed where it was seen, undone or decided', async () => {
    await open({ edits: { otherwise: 'source', fields: {} } }, true);
    await put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    edit({ jobTitle: 'Boss' }, 'eve@example.com');
    await poll();
    await poll();
    edit({ name: { firstName: 'Eva', lastName: '' } }, 'eve@example.com');
    edit({ name: { firstName: 'Ada', lastName: '' } }, 'eve@example.com');
    await poll();
    expect(await edits()).toMatchObject([{ field: 'jobTitle', status: 'overwritten' }]);
  });
});

describe('a row that a person deleted', () => {
  const act = (action: 'delete' | 'restore') =>
    world.sandbox.person({ person: 'Eve', action, object: 'person', id: String(row().id) });

  it('comes back where the mapping says restore, and is listed', async () => {
    await open({ softDeleted: 'restore' });
    await put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    act('delete');
    await poll();
    expect(row()).toMatchObject({ deletedAt: null, jobTitle: 'Clerk' });
    expect(await edits()).toMatchObject([{ field: 'deletedAt', by: 'Eve', status: 'overwritten', because: 'mapping' }]);
  });

  it('comes back with what the person had changed in it before', async () => {
    await open({ softDeleted: 'restore', edits: { otherwise: 'keep', fields: {} } }, true);
    await put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    edit({ jobTitle: 'Boss' }, 'eve@example.com');
    world.sandbox.person({ person: 'eve@example.com', action: 'delete', object: 'person', id: String(row().id) });
    await poll();
    expect(row()).toMatchObject({ deletedAt: null, jobTitle: 'Boss' });
    expect(await edits('lost')).toEqual([]);
  });

  it('stays deleted where it says leave: the record counts as excluded until somebody brings the row back', async () => {
    await open({ softDeleted: 'leave' });
    await put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    act('delete');
    await poll();
    await put({ name: 'Ada', job: 'Chief', email: 'a@example.com' });
    expect(row().deletedAt).not.toBeNull();
    expect(await world.classes()).toEqual({ 'contact/1': 'excluded SINK_EXCLUDED' });
    act('restore');
    await poll();
    expect(row()).toMatchObject({ deletedAt: null, jobTitle: 'Chief' });
    expect(await world.classes()).toEqual({ 'contact/1': 'applied' });
  });

  it.each([
    ['restore', 'applied', true],
    ['leave', 'excluded SINK_EXCLUDED', false],
  ])('is asked about where it says hold, and the answer %s is followed', async (choice, stands, live) => {
    await open({ softDeleted: 'hold' });
    await put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    act('delete');
    await poll();
    expect(await world.classes()).toEqual({ 'contact/1': 'held SINK_SOFT_DELETED' });
    expect(row().deletedAt).not.toBeNull();
    await answer(choice);
    expect(await world.classes()).toEqual({ 'contact/1': stands });
    expect(row().deletedAt === null).toBe(live);
  });

  it('needs no call when the source deletes its record', async () => {
    await open({ softDeleted: 'hold' });
    await put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    act('delete');
    await poll();
    world.sandbox.clearCalls();
    await put(null);
    expect(world.writes()).toEqual([]);
    expect(await world.classes()).toEqual({ 'contact/1': 'deleted' });
    expect(await edits('open')).toEqual([]);
  });
});

describe('a row that people edited, and whose record the source deletes (SPEC.md I23)', () => {
  it.each([
    ['delete', false],
    ['keep', true],
  ])('waits for an answer, and %s is followed', async (choice, live) => {
    await open();
    await put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    edit({ jobTitle: 'Boss' });
    await poll();
    await put(null);
    expect(row().deletedAt).toBeNull();
    expect(await world.classes()).toEqual({ 'contact/1': 'delete-held SINK_DELETE_EDITED' });
    await answer(choice);
    expect(await world.classes()).toEqual({ 'contact/1': 'deleted' });
    expect(row()).toMatchObject(live ? { deletedAt: null, jobTitle: 'Boss' } : { jobTitle: 'Boss' });
    expect(row().deletedAt === null).toBe(live);
  });

  it("is its record's again, edits and all, where the record comes back after the answer keep", async () => {
    await open({ edits: { otherwise: 'keep', fields: {} } });
    await put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    edit({ jobTitle: 'Boss' });
    await poll();
    await put(null);
    await answer('keep');
    expect(row()).toMatchObject({ deletedAt: null, jobTitle: 'Boss' });
    await put({ name: 'Ada L', job: 'Clerk', email: 'a@example.com' });
    expect(row()).toMatchObject({ jobTitle: 'Boss', name: { firstName: 'Ada L' } });
    expect(await edits('overwritten')).toEqual([]);
  });

  it('goes where the source wins in all that was edited', async () => {
    await open({ edits: { otherwise: 'keep', fields: { jobTitle: 'source' } } });
    await put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    edit({ jobTitle: 'Boss' });
    await world.running.pollEdits();
    await put(null);
    expect(row().deletedAt).not.toBeNull();
  });

  it('is asked about when somebody brought it back', async () => {
    await open();
    await put({ name: 'Ada', job: 'Clerk', email: 'a@example.com' });
    await put(null);
    expect(row().deletedAt).not.toBeNull();
    world.sandbox.person({ person: 'Eve', action: 'restore', object: 'person', id: String(row().id) });
    await poll();
    expect(await world.classes()).toEqual({ 'contact/1': 'delete-held SINK_DELETE_EDITED' });
    await answer('delete');
    expect(row().deletedAt).not.toBeNull();
    expect(await world.classes()).toEqual({ 'contact/1': 'deleted' });
  });
});

describe('a row that people edited and that somebody destroyed', () => {
  it.each(['comes', 'is lost'])(
    'is made anew as the source has it, with no field left empty for an edit that is gone with it, where the answer %s',
    async (answer) => {
      await open({ edits: { otherwise: 'keep', fields: {} } }, false, { deadlineMs: 500 });
      await put({ name: 'Ada', job: 'Clerk', email: '' });
      edit({ jobTitle: 'Boss' });
      await poll();
      world.sandbox.person({ person: 'Eve', action: 'destroy', object: 'person', id: String(row().id) });
      if (answer === 'is lost')
        world.sandbox.fault({ match: { operation: 'createMany' }, fail: 'answerLost', count: 1 });
      await put({ name: 'Ada L', job: 'Clerk', email: '' });
      expect(row()).toMatchObject({ name: { firstName: 'Ada L' }, jobTitle: 'Clerk' });
      expect(await edits()).toMatchObject([{ field: 'jobTitle', value: 'Boss', status: 'gone' }]);
      expect(await world.classes()).toEqual({ 'contact/1': 'applied' });
    },
  );
});

describe('a row that went with its record and that a person brought back', () => {
  it.each(['restore', 'hold', 'leave'] as const)(
    "is its record's again, though Twenty refuses that record at first, and whatever the policy for deleted rows: %s",
    async (softDeleted) => {
      await open({ softDeleted, edits: { otherwise: 'source', fields: {} } });
      await put({ name: 'Ada', job: 'Clerk', email: '' });
      await put(null);
      world.sandbox.person({ person: 'Eve', action: 'restore', object: 'person', id: String(row().id) });
      refuse(world.client, (_object, fields) => (fields.jobTitle === 'Bad' ? 'bad-value' : null));
      await put({ name: 'Ada', job: 'Bad', email: '' });
      await world.running.pollEdits();
      await world.rest();
      await world.state.transaction((tx) => tx.records.touchAll('crm', null));
      await world.rest();
      expect(await world.classes()).toEqual({ 'contact/1': 'dead-lettered SINK_TWENTY_REFUSED' });
      await put({ name: 'Ada', job: 'Chief', email: '' });
      expect(row()).toMatchObject({ deletedAt: null, jobTitle: 'Chief' });
      expect(await world.classes()).toEqual({ 'contact/1': 'applied' });
    },
  );
});
