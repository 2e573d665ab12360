import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { linkTo, noteTarget } from '../../test/support/sink/links.ts';
import { arrivals, asTheyCome, type Life, livesOf } from '../../test/support/sink/lives.ts';
import { oneEmail, oneLink, personName, text } from '../../test/support/sink/values.ts';
import { mappingOf, SinkWorld, type TestObject } from '../../test/support/sink-world.ts';
import type { ChangeEvent, FieldValues } from '../events/event.ts';
import type { MergeRule } from '../mapping/model.ts';
import type { ApartRow } from '../state/state.ts';
import { takeBack, takeOut } from './unmerge.ts';

const said = { by: 'eve', reason: null, now: 5, run: 'test' };

const merging: ReadonlyMap<string, MergeRule> = new Map<string, MergeRule>([
  ['jobTitle', { kind: 'newest' }],
  ['linkedinLink', { kind: 'all', rest: null }],
  ['avatarUrl', { kind: 'prefer', objects: ['lead'] }],
]);

/** Leads alone say something of the city: it goes with them. */
const person = (priority: number, lead: boolean): TestObject => ({
  target: 'person',
  tier: 'person',
  policies: { duplicate: 'merge', softDeleted: 'restore', priority, merging },
  standsForOthers: !lead,
  draft: ({ after }) => ({
    fields: {
      name: personName(after.name),
      jobTitle: text(after.job),
      linkedinLink: oneLink(after.url),
      emails: oneEmail(after.email),
      ...(lead ? { avatarUrl: text(after.url) } : {}),
    },
    sameAs: text(after.same) === '' ? null : { object: 'contact', id: text(after.same) },
    children: text(after.job) === '' ? [] : [noteTarget('targetPersonId')],
  }),
});

const deal: TestObject = {
  target: 'opportunity',
  tier: 'opportunity',
  draft: ({ after }) => ({
    fields: { name: text(after.name) },
    links: [linkTo(text(after.of), 'pointOfContactId', after.contact, { kind: 'leave' })],
  }),
};

let world: SinkWorld;
beforeAll(async () => {
  world = await SinkWorld.open({
    mapping: mappingOf({ contact: person(1, false), lead: person(0, true), deal }),
    batchSize: 3,
    writer: { latencyMs: 5, passSize: 7, parallel: 3 },
  });
});
afterAll(() => world.close());

const IDS = ['1', '2', '3'];
const people = {
  name: fc.constantFrom('Ada', 'Bob'),
  job: fc.constantFrom('', 'Clerk', 'Engineer'),
  url: fc.constantFrom('', 'https://one.example', 'https://two.example'),
  email: fc.constantFrom('a@example.com', 'a@example.com', 'b@example.com', ''),
};
const values: Readonly<Record<string, fc.Arbitrary<FieldValues>>> = {
  contact: fc.record(people),
  lead: fc.record({ ...people, same: fc.constantFrom('', '', '1', '2') }),
  deal: fc.record({
    name: fc.constant('Deal'),
    of: fc.constantFrom('contact', 'lead'),
    contact: fc.constantFrom(...IDS),
  }),
};
const lives = livesOf(values, IDS, { freq: 8, minLength: 1, maxLength: 2 });

/** In the order of the source; which of several changed last is the same in every order of arrival. */
function eventsOf(all: readonly Life[]): ChangeEvent[] {
  return all.flatMap((life, at) =>
    life.states.map((after, turn) =>
      world.event(life.object, life.id, after, {
        sourceCreated: at,
        sourceTime: 1000 + ((at * 7) % 10) + turn * 10,
      }),
    ),
  );
}

function content(): unknown {
  const keys = new Map(world.rows('person').map((row) => [row.id, row.sourceKey]));
  return {
    people: sorted(
      world
        .rows('person')
        .map((row) => [
          row.sourceKey,
          row.sourceKeys,
          row.name,
          row.jobTitle,
          row.avatarUrl,
          row.linkedinLink,
          row.emails,
        ]),
    ),
    targets: sorted(world.rows('noteTarget').map((row) => keys.get(row.targetPersonId))),
    deals: sorted(world.rows('opportunity').map((row) => [row.sourceKey, keys.get(row.pointOfContactId) ?? null])),
  };
}

function sorted(rows: readonly unknown[]): readonly string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}

async function conserved(): Promise<void> {
  for (const balance of await world.balances()) expect(balance.residueA).toBe(0);
}

async function take(events: readonly ChangeEvent[]): Promise<void> {
  if (events.length > 0) await world.take(...events);
  await world.rest();
  await conserved();
}

async function fresh(apart: readonly ApartRow[], events: readonly ChangeEvent[]): Promise<unknown> {
  await world.reset();
  await world.state.transaction((tx) => tx.apart.put(apart));
  await take(events);
  return content();
}

it('merged and unmerged, in whatever order things came, leaves the rows of never having merged, and taken back those of never having been unmerged', async () => {
  let unmerged = 0;
  await fc.assert(
    fc.asyncProperty(
      lives,
      fc.infiniteStream(fc.nat({ max: 1_000_000 })),
      fc.nat({ max: 20 }),
      fc.nat({ max: 18 }),
      async (all, stream, which, cut) => {
        const events = eventsOf(all);
        const shuffled = asTheyCome(arrivals(events, () => stream.next().value));
        await world.reset();
        await take(shuffled.slice(0, Math.max(6, cut)));
        const shared = (await world.state.read((tx) => tx.lineage.page('person', null, 100))).map(
          ({ targetKey }) => targetKey,
        );
        const targets = await world.state.read((tx) => tx.targets.get(shared));
        const candidates = [...targets.values()].flatMap(({ contributors }) => contributors);
        const key = candidates[which % Math.max(1, candidates.length)];
        if (key === undefined) return;
        unmerged += 1;
        await world.state.transaction((tx) => takeOut(tx, key, said));
        world.wake();
        await take([]);
        await take(shuffled.slice(Math.max(6, cut)));
        const found = content();
        const apart = await world.state.read((tx) => tx.apart.of([key]));
        // A restart and a replay of everything change nothing, and cost no write.
        await world.stopWriter();
        world.sandbox.clearCalls();
        await world.state.transaction((tx) => tx.records.touchAll('crm', null));
        await take(events);
        expect(world.writes()).toEqual([]);
        await world.state.transaction((tx) => takeBack(tx, key, null, said));
        world.wake();
        await take([]);
        const back = content();
        expect(found).toEqual(await fresh(apart, events));
        expect(back).toEqual(await fresh([], events));
      },
    ),
    { numRuns: Number(process.env.SINK_RUNS ?? 12) },
  );
  expect(unmerged).toBeGreaterThan(0);
}, 1_200_000);
