import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { oneEmail, personName, text } from '../../test/support/sink/values.ts';
import { mappingOf, SinkWorld, type TestObject } from '../../test/support/sink-world.ts';
import type { ObjectPolicies } from '../mapping/model.ts';
import { DELETION_FIELD } from '../twenty/sync-fields.ts';
import { isEmpty } from '../twenty/values.ts';
import { adoptedFields, returnOf } from './adopted.ts';
import { giveBack, learnGivenBack, takeAgain } from './given-back.ts';
import { type Normal, sameValue } from './image.ts';

let world: SinkWorld;

const SAID = { by: 'eve', reason: 'another person', now: 7, run: 'test' };
const ADDRESS = 'x@example.com';

const contact = (policies: Partial<ObjectPolicies>): TestObject => ({
  target: 'person',
  tier: 'person',
  columns: ['name', 'emails', 'jobTitle'],
  policies: { duplicate: 'merge', softDeleted: 'restore', ...policies },
  draft: ({ after }) => ({
    fields: {
      name: personName(after.name),
      emails: oneEmail(after.email),
      ...(after.title === undefined ? {} : { jobTitle: text(after.title) }),
    },
  }),
});

/** A row that was there before us, and the record that takes it over. */
async function adopted(
  values: Readonly<Record<string, unknown>> = {},
  { deleted = false, policies = {} }: { readonly deleted?: boolean; readonly policies?: Partial<ObjectPolicies> } = {},
): Promise<string> {
  world = await SinkWorld.open({ mapping: mappingOf({ contact: contact(policies) }) });
  const [id = ''] = world.sandbox.seed('person', [
    {
      name: { firstName: 'Stranger', lastName: 'Before' },
      jobTitle: 'Baker',
      emails: { primaryEmail: ADDRESS, additionalEmails: [] },
      ...values,
      ...(deleted ? { deletedAt: '2026-01-01T00:00:00.000Z' } : {}),
    },
  ]);
  await world.put('contact', '1', { name: 'Ada', email: ADDRESS, title: 'Countess' });
  await world.rest();
  return id;
}

const KEY = 'crm/contact/1';
const row = (id: string) => world.sandbox.dump('person').find((one) => one.id === id) ?? {};
const shown = (id: string) => {
  const { name, jobTitle, emails, sourceKey, sourceKeys, deletedAt } = row(id);
  const { firstName } = name as { firstName: string };
  return {
    firstName,
    jobTitle,

    email: (emails as { primaryEmail: string }).primaryEmail,
    ours: isEmpty(sourceKey) && isEmpty(sourceKeys) ? null : sourceKey,
    deletedAt,
  };
};
const read = <Result>(work: Parameters<typeof world.state.read<Result>>[0]) => world.state.read(work);
const edit = (id: string, data: Readonly<Record<string, unknown>>) =>
  world.sandbox.person({ person: 'Eve', action: 'update', object: 'person', id, data });

describe('a row that was there before us', () => {
  afterEach(() => world.close());

  it('is counted, and listed with what was written over, though its values were typed by people', async () => {
    const id = await adopted();
    expect(await read((tx) => tx.targets.adoptedCounts())).toEqual([{ object: 'person', restored: false, rows: 1 }]);
    const [target] = await read((tx) => tx.targets.adopted(null, null, 10));
    expect(target).toMatchObject({ targetKey: KEY, id });
    if (target === undefined) return;
    const normal: Normal = (_name, value) => (value ?? null) as ReturnType<Normal>;
    expect(new Set(adoptedFields(target, normal).filter(({ overwritten }) => overwritten))).toEqual(
      new Set([
        {
          field: 'name',
          before: { firstName: 'Stranger', lastName: 'Before' },
          now: { firstName: 'Ada', lastName: '' },
          overwritten: true,
        },
        { field: 'jobTitle', before: 'Baker', now: 'Countess', overwritten: true },
      ]),
    );
  });

  it('is listed page by page, of one object or of all', async () => {
    await adopted();
    const after = { object: 'person', targetKey: KEY };
    expect(await read((tx) => tx.targets.adopted(null, after, 10))).toEqual([]);
    expect(await read((tx) => tx.targets.adopted('person', { object: 'person', targetKey: '' }, 10))).toHaveLength(1);
    expect(await read((tx) => tx.targets.adopted('company', null, 10))).toEqual([]);
  });

  it('is read again before the first write of a field that nobody had read', async () => {
    const object = contact({});
    world = await SinkWorld.open({ mapping: mappingOf({ contact: { ...object, columns: [] } }) });
    const [id = ''] = world.sandbox.seed('person', [
      {
        name: personName('Stranger'),
        jobTitle: 'Old',
        emails: { primaryEmail: ADDRESS, additionalEmails: [] },
      },
    ]);
    await world.put('contact', '1', { name: 'Ada', email: ADDRESS });
    await world.rest();
    await world.put('contact', '1', { name: 'Ada', email: ADDRESS, title: 'New' });
    await world.rest();
    const [target] = await read((tx) => tx.targets.adopted(null, null, 10));
    expect(target?.before).toMatchObject({ jobTitle: 'Old', name: { firstName: 'Stranger' } });
    await world.decide((tx) => giveBack(tx, KEY, SAID));
    expect(shown(id)).toMatchObject({ firstName: 'Stranger', jobTitle: 'Old' });
  });
});

describe('a row that is given back', () => {
  afterEach(() => world.close());

  it('has its earlier values again, nothing of ours, and its record is left out', async () => {
    const id = await adopted();
    world.sandbox.clearCalls();
    await world.decide((tx) => giveBack(tx, KEY, SAID));
    expect(shown(id)).toEqual({
      firstName: 'Stranger',
      jobTitle: 'Baker',
      email: ADDRESS,
      ours: null,
      deletedAt: null,
    });
    expect(await world.classes()).toEqual({ 'contact/1': 'excluded SINK_GIVEN_BACK' });
    expect(world.writes()).toHaveLength(1);
    expect(await read((tx) => tx.targets.adopted(null, null, 10))).toEqual([]);
    expect(await read((tx) => tx.givenBack.list(10))).toMatchObject([
      { object: 'person', id, records: [KEY], by: 'eve', reason: 'another person', kept: {} },
    ]);
    const journal = await read((tx) => tx.journal.of(KEY));
    expect(journal.at(-1)).toMatchObject({
      operation: 'upsert',
      before: { jobTitle: 'Countess' },
      after: { jobTitle: 'Baker' },
    });
    for (const { residueA } of await world.balances()) expect(residueA).toBe(0);
  });

  it('is not taken over again by the next event, a replay, or another record, until somebody says so', async () => {
    const id = await adopted();
    await world.decide((tx) => giveBack(tx, KEY, SAID));
    await world.put('contact', '1', { name: 'Ada K.', email: ADDRESS, title: 'Countess' });
    await world.put('contact', '2', { name: 'Augusta', email: ADDRESS });
    await world.rest();
    await world.planAgain();
    expect(await world.classes()).toEqual({
      'contact/1': 'excluded SINK_GIVEN_BACK',
      'contact/2': 'held SINK_DUPLICATE_HELD',
    });
    expect(shown(id)).toMatchObject({ firstName: 'Stranger', ours: null });
    await world.decide((tx) => takeAgain(tx, KEY, SAID));
    expect(await world.classes()).toEqual({ 'contact/1': 'applied', 'contact/2': 'merged SINK_MERGED' });
    expect(shown(id)).toMatchObject({ firstName: 'Ada K.', ours: KEY });
    // And given back once more, it still is what it was before us.
    await world.decide((tx) => giveBack(tx, 'crm/contact/2', SAID));
    expect(shown(id)).toMatchObject({ firstName: 'Stranger', jobTitle: 'Baker', ours: null });
    expect(await world.classes()).toEqual({
      'contact/1': 'excluded SINK_GIVEN_BACK',
      'contact/2': 'excluded SINK_GIVEN_BACK',
    });
  });

  it('keeps what people edited since, seen by a poll or not, and says so', async () => {
    const id = await adopted();
    edit(id, { jobTitle: 'Miller' });
    await world.running.pollEdits();
    await world.rest();
    edit(id, { name: { firstName: 'Eva', lastName: '' } });
    await world.decide((tx) => giveBack(tx, KEY, SAID));
    expect(shown(id)).toMatchObject({ firstName: 'Eva', jobTitle: 'Miller', email: ADDRESS, ours: null });
    const [back] = await read((tx) => tx.givenBack.list(10));
    expect(back?.kept).toMatchObject({ jobTitle: 'Miller', name: { firstName: 'Eva' } });
    expect(back?.doneAt).not.toBeNull();
    expect((await read((tx) => tx.edits.open([KEY]))).size).toBe(0);
  });

  it('is deleted again where it was deleted before us', async () => {
    const id = await adopted({}, { deleted: true });
    expect(shown(id)).toMatchObject({ firstName: 'Ada', deletedAt: null });
    expect(await read((tx) => tx.targets.adoptedCounts())).toEqual([{ object: 'person', restored: true, rows: 1 }]);
    await world.decide((tx) => giveBack(tx, KEY, SAID));
    expect(shown(id)).toMatchObject({ firstName: 'Stranger', jobTitle: 'Baker' });
    expect(shown(id).deletedAt).not.toBeNull();
    expect(await world.classes()).toEqual({ 'contact/1': 'excluded SINK_GIVEN_BACK' });
    await world.decide((tx) => takeAgain(tx, KEY, SAID));
    expect(shown(id)).toMatchObject({ firstName: 'Ada', deletedAt: null });
  });

  it('stays where people worked in it since it was brought back', async () => {
    const id = await adopted({}, { deleted: true });
    edit(id, { jobTitle: 'Miller' });
    await world.decide((tx) => giveBack(tx, KEY, SAID));
    expect(shown(id)).toMatchObject({ firstName: 'Stranger', jobTitle: 'Miller', deletedAt: null });
    expect((await read((tx) => tx.givenBack.list(1)))[0]?.kept).toEqual({ jobTitle: 'Miller' });
  });

  it('is not made anew where somebody destroyed it', async () => {
    const id = await adopted();
    world.sandbox.person({ person: 'Eve', action: 'destroy', object: 'person', id });
    await world.decide((tx) => giveBack(tx, KEY, SAID));
    expect(world.sandbox.dump('person')).toEqual([]);
    expect(await world.classes()).toEqual({ 'contact/1': 'excluded SINK_GIVEN_BACK' });
    expect((await read((tx) => tx.givenBack.list(1)))[0]?.doneAt).not.toBeNull();
  });

  it('does not take a unique value back from a row that has it by now', async () => {
    const id = await adopted();
    await world.put('contact', '1', { name: 'Ada', email: 'ada@example.com', title: 'Countess' });
    await world.rest();
    await world.put('contact', '2', { name: 'Augusta', email: ADDRESS });
    await world.rest();
    await world.decide((tx) => giveBack(tx, KEY, SAID));
    expect(shown(id)).toMatchObject({ firstName: 'Stranger', email: 'ada@example.com', ours: null });
    expect((await read((tx) => tx.givenBack.list(1)))[0]?.kept).toMatchObject({
      emails: { primaryEmail: 'ada@example.com' },
    });
    expect(await world.classes()).toMatchObject({ 'contact/2': 'applied' });
  });

  it.each(['soft-delete', 'keep'] as const)(
    'may be one that was let go of, since the source deleted its record (%s)',
    async (onDelete) => {
      const id = await adopted({}, { policies: { onDelete } });
      await world.put('contact', '1', null);
      await world.rest();
      expect(shown(id)).toMatchObject({ firstName: 'Ada' });
      await world.decide((tx) => giveBack(tx, KEY, SAID));
      expect(shown(id)).toMatchObject({ firstName: 'Stranger', ours: null });
      expect(await world.classes()).toEqual({ 'contact/1': 'deleted' });
      expect(row(id)[DELETION_FIELD] ?? null).toBe(null);
    },
  );

  it('is none of ours', async () => {
    world = await SinkWorld.open({ mapping: mappingOf({ contact: contact({}) }) });
    await world.put('contact', '1', { name: 'Ada', email: ADDRESS });
    await world.rest();
    const refused = (work: Parameters<typeof world.decide>[0]) => expect(world.state.transaction(work)).rejects;
    await refused((tx) => giveBack(tx, KEY, SAID)).toMatchObject({ code: 'ADOPTED_UNKNOWN' });
    await refused((tx) => takeAgain(tx, KEY, SAID)).toMatchObject({ code: 'ADOPTED_UNKNOWN' });
    await refused((tx) => giveBack(tx, 'crm/contact/9', SAID)).toMatchObject({ code: 'ADOPTED_UNKNOWN' });
  });

  it('is known again to a state that was lost, by the topic of control', async () => {
    const id = await adopted();
    await world.state.transaction((tx) => giveBack(tx, KEY, SAID));
    const [told] = await read(async (tx) => (await tx.outbox.first(10)).map(({ notice }) => notice));
    await world.rest();
    await world.loseState();
    if (told?.kind !== 'control') throw new Error('nothing was told');
    await world.state.transaction((tx) => learnGivenBack(tx, told));
    await world.put('contact', '1', { name: 'Ada', email: ADDRESS });
    await world.rest();
    expect(await world.classes()).toEqual({ 'contact/1': 'excluded SINK_GIVEN_BACK' });
    expect(shown(id)).toMatchObject({ firstName: 'Stranger' });
    await world.state.transaction((tx) => learnGivenBack(tx, { ...told, action: 'adopted-reopen' }));
    expect(await read((tx) => tx.givenBack.list(1))).toEqual([]);
  });
});

describe('giving back, field by field (SPEC.md §17)', () => {
  const normal: Normal = (_name, value) => (value ?? null) as ReturnType<Normal>;
  const value = fc.constantFrom(null, 'a', 'b', 'c');
  const triple = fc.record({ before: value, written: value, now: value });
  const values = (all: readonly { readonly [name: string]: unknown }[], name: string) =>
    Object.fromEntries(all.map((one, index) => [`f${index}`, one[name]]));

  it('a field goes back exactly where Twenty holds what we wrote; whatever else stands there, stays, and is said', () => {
    fc.assert(
      fc.property(fc.array(triple, { maxLength: 8 }), (all) => {
        const target = { before: values(all, 'before'), image: values(all, 'written') };
        const now = values(all, 'now');
        const { fields, kept, image } = returnOf({ target, edits: [], row: now, described: undefined, normal });
        for (const [index, one] of all.entries()) {
          const field = `f${index}`;
          const same = (a: unknown, b: unknown) => sameValue(field, a, b, normal);
          const back = same(one.written, one.now) && !same(one.before, one.now);
          expect(field in fields).toBe(back);
          expect(field in kept).toBe(!back && !same(one.before, one.now));
          expect(same(image[field], back ? one.before : one.now)).toBe(true);
        }
        // Done once more on what stands there then, nothing is left to send.
        const again = returnOf({ target, edits: [], row: image, described: undefined, normal });
        const cleared = Object.keys(again.fields).filter(
          (field) => !sameValue(field, image[field], target.image[field], normal),
        );
        expect(cleared).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
