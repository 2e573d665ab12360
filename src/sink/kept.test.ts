import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { LogWorld } from '../../test/support/log-world.ts';
import { linkTo, noteTarget } from '../../test/support/sink/links.ts';
import { personName, text } from '../../test/support/sink/values.ts';
import { mappingOf, SinkWorld, SOURCE, type TestObject, type WorldOptions } from '../../test/support/sink-world.ts';
import { compareCounts } from '../reconcile/counts.ts';
import type { LossRow } from '../state/state.ts';
import { KEPT_KIND } from './rest.ts';

let world: SinkWorld;
afterEach(() => world.close());

const company: TestObject = {
  target: 'company',
  tier: 'company',
  policies: { onDelete: 'keep' },
  draft: ({ after }) => ({ fields: { name: text(after.name) } }),
};

const person: TestObject = {
  target: 'person',
  tier: 'person',
  policies: { onDelete: 'soft-delete' },
  draft: ({ after }) => ({ fields: { name: personName(after.name) } }),
};

const note: TestObject = {
  target: 'note',
  tier: 'activity',
  policies: { onDelete: 'keep' },
  draft: ({ after }) => ({
    fields: { title: text(after.title) },
    children: [noteTarget('noteId', linkTo('person', 'targetPersonId', after.person, { kind: 'skip' }))],
  }),
};

const GONE_AT = Date.UTC(2026, 2, 4, 5, 6, 7);
const FLAG = '2026-03-04T05:06:07.000Z';

async function open(options: Partial<WorldOptions> = {}): Promise<void> {
  world = await SinkWorld.open({ mapping: mappingOf({ company, person }), ...options });
}

const flags = () =>
  world
    .rows('company')
    .map((row) => [row.name, row.sourceDeletedAt ?? null])
    .sort();
const kept = () => world.state.read((tx) => tx.losses.list({ kind: KEPT_KIND, limit: 100 }));
const remove = (id: string, at = GONE_AT) => world.put('company', id, null, { sourceTime: at });

describe('keep: what the source deleted stays in Twenty, flagged', () => {
  it('with the time of the deletion, in one call, and is counted and listed', async () => {
    await open();
    await world.put('company', '1', { name: 'Kept' });
    await world.put('company', '2', { name: 'Stays' });
    await world.rest();
    world.sandbox.clearCalls();
    await remove('1');
    await world.rest();
    expect(flags()).toEqual([
      ['Kept', FLAG],
      ['Stays', null],
    ]);
    expect(world.writes()).toHaveLength(1);
    expect(await world.classes()).toEqual({ 'company/1': 'deleted', 'company/2': 'applied' });
    const row = world.rows('company').find(({ name }) => name === 'Kept');
    const listed: LossRow = {
      key: 'crm/company/1',
      source: SOURCE,
      object: 'company',
      field: 'company',
      kind: KEPT_KIND,
      before: String(row?.id),
      after: FLAG,
    };
    expect(await kept()).toEqual([listed]);
    expect(await world.state.read((tx) => tx.losses.counts(KEPT_KIND))).toEqual([
      { source: SOURCE, object: 'company', losses: 1 },
    ]);
  });

  it('only once, however often the record is looked at again', async () => {
    await open();
    await world.put('company', '1', { name: 'Kept' });
    await world.rest();
    await remove('1');
    await world.rest();
    world.sandbox.clearCalls();
    await world.planAgain();
    expect(world.writes()).toEqual([]);
    expect(await kept()).toHaveLength(1);
  });

  it('and is cleared, written whole and no longer listed when the record comes back', async () => {
    await open();
    await world.put('company', '1', { name: 'Kept' });
    await world.rest();
    await remove('1');
    await world.rest();
    const [before] = world.rows('company');
    await world.put('company', '1', { name: 'Back' });
    await world.rest();
    expect(flags()).toEqual([['Back', null]]);
    expect(world.rows('company')[0]?.id).toBe(before?.id);
    expect(world.rows('company')[0]?.sourceChecksum).not.toBeNull();
    expect(await kept()).toEqual([]);
    expect(await world.classes()).toEqual({ 'company/1': 'applied' });
  });

  it('also where its mapping says no longer keep by then', async () => {
    await open();
    await world.put('company', '1', { name: 'Kept' });
    await world.rest();
    await remove('1');
    await world.rest();
    await world.stopWriter();
    await world.confirm(
      mappingOf({ company: { ...company, policies: { onDelete: 'destroy' } }, person }, { hash: '2' }),
    );
    await world.put('company', '1', { name: 'Back' });
    await world.rest();
    expect(flags()).toEqual([['Back', null]]);
  });

  it('leaves what people changed in it as it is', async () => {
    await open();
    await world.put('company', '1', { name: 'Kept' });
    await world.rest();
    const [row] = world.rows('company');
    world.sandbox.person({
      person: 'Eve',
      action: 'update',
      object: 'company',
      id: String(row?.id),
      data: { name: 'Theirs' },
    });
    await remove('1');
    await world.rest();
    expect(flags()).toEqual([['Theirs', FLAG]]);
  });

  it('asks the workspace for the field on these objects alone', async () => {
    await open();
    const has = (object: string) => world.client.workspace().objects.get(object)?.fields.has('sourceDeletedAt');
    expect([has('company'), has('person')]).toEqual([true, false]);
  });

  it('waits, listed, where the workspace lacks the field', async () => {
    const mapping = mappingOf({ company, person }, { desired: { flagged: [] } });
    await open({ mapping });
    await world.put('company', '1', { name: 'Kept' });
    await world.rest();
    await world.stopWriter();
    await world.confirm({ ...mapping, desired: { ...mapping.desired, flagged: ['company'] } });
    await remove('1');
    await world.rest();
    expect(await world.classes()).toEqual({ 'company/1': 'delete-held SINK_VALUE_REFUSED' });
    expect(world.rows('company')).toHaveLength(1);
  });

  it('makes no new row of one that somebody had destroyed', async () => {
    await open();
    await world.put('company', '1', { name: 'Destroyed' });
    await world.rest();
    const [row] = world.rows('company');
    world.sandbox.engine.store.remove('company', String(row?.id));
    world.sandbox.engine.store.commit();
    await remove('1');
    await world.rest();
    expect(world.sandbox.dump('company')).toEqual([]);
    expect(await world.classes()).toEqual({ 'company/1': 'deleted' });
    expect(await kept()).toEqual([]);
  });

  it('is in no count that compares both sides', async () => {
    await open();
    await world.put('company', '1', { name: 'Kept' });
    await world.put('company', '2', { name: 'Stays' });
    await world.rest();
    await remove('1');
    await world.rest();
    const compared = await compareCounts({ state: world.state, twenty: world.client, lane: 'verify' });
    expect(compared).toMatchObject([{ object: 'company', written: 1, found: 1, difference: 0 }]);
  });

  it('takes what hung on it out of the counts, too: whether that still stands is for people to decide', async () => {
    await open({
      mapping: mappingOf({ person, note }, { desired: { synced: ['person', 'note', 'noteTarget'], fields: [] } }),
    });
    await world.put('person', '1', { name: 'Ada' });
    for (const id of ['1', '2']) await world.put('note', id, { title: id, person: '1' });
    await world.rest();
    await world.put('note', '1', null, { sourceTime: GONE_AT });
    await world.rest();
    const compared = async () =>
      (await compareCounts({ state: world.state, twenty: world.client, lane: 'verify' })).map(
        ({ object, written, found, released, difference }) => [object, written, found, released, difference],
      );
    const others = [
      ['note', 1, 1, 0, 0],
      ['noteTarget', 1, 2, 1, 0],
      ['person', 1, 1, 0, 0],
    ];
    expect(await compared()).toEqual(others);
    const lose = (name: string) => {
      const row = world.rows('note').find(({ title }) => title === name);
      const target = world.rows('noteTarget').find(({ noteId }) => noteId === row?.id);
      world.sandbox.engine.store.remove('noteTarget', String(target?.id));
      world.sandbox.engine.store.commit();
    };
    lose('1');
    expect(await compared()).toContainEqual(['noteTarget', 1, 1, 1, 0]);
    // One that we answer for.
    lose('2');
    expect(await compared()).toContainEqual(['noteTarget', 1, 0, 1, 1]);
  });
});

interface Happening {
  readonly id: string;
  /** Null: the source deleted it. */
  readonly name: string | null;
  /** Whether the writer comes to rest before the next one. */
  readonly rests: boolean;
}

const happening = fc.record({
  id: fc.constantFrom('1', '2', '3'),
  name: fc.option(fc.constantFrom('A', 'B')),
  rests: fc.boolean(),
});

const goneAt = (at: number): number => GONE_AT + at * 1000;

/** Per record what its last event says; a record that came and went between two rests may never have been written. */
function expected(history: readonly Happening[]): ReadonlyMap<string, readonly [string | null, string | null]> {
  const said = new Map<string, readonly [string | null, string | null]>();
  history.forEach(({ id, name }, at) => {
    const before = said.get(id);
    if (name !== null) said.set(id, [name, null]);
    else if (before !== undefined && before[1] === null) said.set(id, [null, new Date(goneAt(at)).toISOString()]);
  });
  return said;
}

describe('whatever comes and goes, in whatever haste', () => {
  it('a row is flagged exactly as long as the source does not have its record, and is never removed', async () => {
    await open();
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 12 }), async (history) => {
        await world.reset();
        const everWritten = new Set<string>();
        for (const [at, { id, name, rests }] of history.entries()) {
          if (name === null) await remove(id, goneAt(at));
          else await world.put('company', id, { name });
          if (!rests) continue;
          await world.rest();
          for (const row of world.rows('company')) everWritten.add(idOf(row));
        }
        await world.rest();
        const rows = new Map(world.rows('company').map((row) => [idOf(row), row]));
        for (const id of everWritten) expect(rows.has(id)).toBe(true);
        for (const [id, [name, since]] of expected(history)) {
          const row = rows.get(id);
          if (since === null) expect(row).toMatchObject({ name, sourceDeletedAt: null });
          else if (row !== undefined) expect(row.sourceDeletedAt).toBe(since);
        }
        const flagged = [...rows].flatMap(([id, row]) =>
          row.sourceDeletedAt === null ? [] : [[id, row.sourceDeletedAt]],
        );
        expect((await kept()).map(({ key, after }) => [key.split('/')[2], after]).sort()).toEqual(flagged.sort());
        expect((await world.balances()).every(({ residue }) => residue === 0)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });
});

describe('a state that is lost and made anew', () => {
  it('knows which rows stay flagged, lists them, and spends no write on them', async () => {
    const log = await LogWorld.open({ mapping: mappingOf({ company, person }) }, { company: ['name'] });
    try {
      ({ world } = log);
      await log.startIntake();
      await log.put(world.event('company', '1', { name: 'Kept' }));
      await log.put(world.event('company', '2', { name: 'Stays' }));
      await log.intake.caughtUp();
      await world.rest();
      await log.put(world.event('company', '1', null, { sourceTime: GONE_AT }));
      await log.intake.caughtUp();
      await world.rest();
      const before = flags();
      await log.rebuild();
      world.sandbox.clearCalls();
      await log.startIntake();
      await world.rest();
      expect(flags()).toEqual(before);
      expect(before).toEqual([
        ['Kept', FLAG],
        ['Stays', null],
      ]);
      expect(world.writes()).toEqual([]);
      expect((await kept()).map(({ key, after }) => [key, after])).toEqual([['crm/company/1', FLAG]]);
    } finally {
      await log.close();
      await open();
    }
  });
});

function idOf(row: Readonly<Record<string, unknown>>): string {
  return String(row.sourceKey).split('/')[2] ?? '';
}
