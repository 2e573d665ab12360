import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Deaths, restThroughDeaths } from '../../test/support/sink/deaths.ts';
import { byId, noteTarget } from '../../test/support/sink/links.ts';
import { arrivals, asTheyCome, type Life, livesOf } from '../../test/support/sink/lives.ts';
import { parentCompany } from '../../test/support/sink/objects.ts';
import { oneEmail, personName, text } from '../../test/support/sink/values.ts';
import { mappingOf, SinkWorld, type TestObject } from '../../test/support/sink-world.ts';
import { SimulatedClock } from '../core/clock.ts';
import { contentHash, recordKey } from '../core/identifiers.ts';
import type { ChangeEvent, FieldValues } from '../events/event.ts';

const company: TestObject = {
  target: 'company',
  tier: 'company',
  draft: ({ after }) => ({
    fields: { name: text(after.name) },
    lookups: [{ index: 'name', value: text(after.name) }],
    links: [
      { name: 'parent', attempts: [byId('parentCompanyId', 'company', after.parent)], otherwise: { kind: 'leave' } },
    ],
  }),
};

const contact: TestObject = {
  target: 'person',
  tier: 'person',
  policies: { duplicate: 'merge', softDeleted: 'restore' },
  draft: ({ after }) =>
    after.job === 'spam'
      ? { kind: 'excluded', rule: 'spam' }
      : {
          fields: {
            name: personName(after.name),
            jobTitle: text(after.job),
            emails: oneEmail(after.email),
          },
          links: [
            {
              name: 'company',
              attempts: [
                {
                  column: 'companyId',
                  label: 'by name',
                  by: 'lookup',
                  object: 'company',
                  index: 'name',
                  value: text(after.company),
                  among: 'newest',
                },
              ],
              otherwise:
                text(after.company) === ''
                  ? { kind: 'leave' }
                  : {
                      kind: 'placeholder',
                      column: 'companyId',
                      placeholder: {
                        name: `company/name/${text(after.company)}`,
                        object: 'company',
                        target: 'company',
                        fields: { name: `${text(after.company)} (?)` },
                      },
                    },
            },
          ],
        },
};

const note: TestObject = {
  target: 'note',
  tier: 'activity',
  draft: ({ after }) => ({
    fields: { title: text(after.title) },
    children: [
      noteTarget('noteId', {
        name: 'parent',
        attempts: [
          byId('targetPersonId', 'contact', after.contact),
          {
            column: 'targetCompanyId',
            label: 'company of the contact',
            by: 'through',
            object: 'contact',
            id: text(after.through),
            link: 'company',
          },
        ],
        otherwise: { kind: 'skip' },
      }),
    ],
  }),
};

let world: SinkWorld;
const deaths = new Deaths();

beforeAll(async () => {
  world = await SinkWorld.open({
    mapping: mappingOf({ company, contact, note }, { desired: { fields: [parentCompany] } }),
    // Leases and deadlines end by this clock: how long the machine takes for a step decides nothing.
    clock: new SimulatedClock(),
    batchSize: 3,
    writer: { latencyMs: 5, passSize: 7, parallel: 3 },
    steps: { reached: () => deaths.reached() },
  });
});
afterAll(() => world.close());

const NAMES = ['acme', 'beta', 'gamma'];
const EMAILS = ['', 'a@example.com', 'b@example.com'];
const IDS = ['1', '2', '3'];

const values: Readonly<Record<string, fc.Arbitrary<FieldValues>>> = {
  company: fc.record({ name: fc.constantFrom(...NAMES), parent: fc.constantFrom('', ...IDS) }),
  contact: fc.record({
    name: fc.constantFrom('Ada', 'Bob'),
    job: fc.constantFrom('', 'Engineer', 'spam'),
    email: fc.constantFrom(...EMAILS),
    company: fc.constantFrom('', ...NAMES),
  }),
  note: fc.record({
    title: fc.constantFrom('One', 'Two'),
    contact: fc.constantFrom('', ...IDS),
    through: fc.constantFrom('', ...IDS),
  }),
};

const lives = livesOf(values, IDS, { freq: 5, maxLength: 3 });

function eventsOf(all: readonly Life[]): ChangeEvent[] {
  let sequence = 0;
  return all.flatMap((life, at) =>
    life.states.map((after): ChangeEvent => {
      sequence += 1;
      return {
        kind: 'change',
        key: recordKey('crm', life.object, life.id),
        source: 'crm',
        object: life.object,
        id: life.id,
        op: after === null ? 'DELETE' : 'UPSERT',
        order: { epoch: 1, sequence },
        sourceVersion: null,
        sourceTime: 1000 + sequence,
        sourceCreated: at,
        observedAt: 0,
        run: 'test',
        contentHash: contentHash(after),
        after,
      };
    }),
  );
}

/** What comes again (a replay, a crash) may come again at any time after it. */
function arrival(events: readonly ChangeEvent[], random: () => number): ChangeEvent[] {
  const first = arrivals(events, random);
  const again = first
    .filter(() => random() % 3 === 0)
    .map(({ event, at }) => ({ event, at: at + (random() % 500_000) }));
  return asTheyCome([...first, ...again]);
}

/** Live content by source key, with links by source key too: what does not depend on ids. */
function content(): unknown {
  const keys = new Map<unknown, unknown>();
  for (const object of ['company', 'person', 'note'])
    for (const row of world.rows(object)) keys.set(row.id, row.sourceKey);
  const link = (id: unknown) => (id === null ? null : (keys.get(id) ?? `unknown ${String(id)}`));
  const found: Record<string, unknown> = {};
  const add = (key: unknown, row: unknown) => {
    if (String(key) in found) found[`${String(key)} twice`] = row;
    found[String(key)] = row;
  };
  for (const row of world.rows('company')) add(row.sourceKey, [row.name, link(row.parentCompanyId), row.sourceKeys]);
  for (const row of world.rows('person')) {
    const { primaryEmail } = row.emails as { primaryEmail: string };
    const { firstName } = row.name as { firstName: string };
    add(row.sourceKey, [firstName, row.jobTitle, primaryEmail, link(row.companyId), row.sourceKeys]);
  }
  for (const row of world.rows('note')) add(row.sourceKey, [row.title]);
  for (const row of world.rows('noteTarget')) {
    add(`${String(link(row.noteId))}>target`, [link(row.targetPersonId), link(row.targetCompanyId)]);
  }
  return found;
}

async function conserved(): Promise<void> {
  const { rows, counted, balances } = await world.state.read(async (tx) => ({
    rows: await tx.ledger.rows(null),
    counted: await tx.ledger.recount(null),
    balances: await world.balances(),
  }));
  expect(rows).toEqual(counted);
  for (const balance of balances) expect(balance.residueA).toBe(0);
}

async function run(chunks: readonly (readonly ChangeEvent[])[]): Promise<{ content: unknown; classes: unknown }> {
  await world.reset();
  for (const chunk of chunks) {
    if (chunk.length > 0) await world.take(...chunk);
    await conserved();
    await world.rest();
    await conserved();
  }
  return { content: content(), classes: await world.classes() };
}

const PARTING: readonly Life[] = [
  { object: 'contact', id: '1', states: [{ name: 'Ada', job: '', email: 'b@example.com', company: '' }] },
  {
    object: 'contact',
    id: '3',
    states: [
      { name: 'Ada', job: '', email: 'b@example.com', company: 'gamma' },
      { name: 'Ada', job: '', email: '', company: '' },
    ],
  },
];

describe('deaths at any step, lost answers and outages', () => {
  it('end in the same content as an undisturbed run', async () => {
    const fault = fc.record({
      fail: fc.constantFrom('answerLost' as const, 'drop' as const, 503),
      after: fc.nat({ max: 5 }),
      operation: fc.constantFrom('createMany', 'deleteMany', 'destroyMany', 'findMany'),
    });
    await fc.assert(
      fc.asyncProperty(
        lives,
        fc.array(fault, { maxLength: 3 }),
        fc.array(fc.integer({ min: 1, max: 25 }), { maxLength: 3 }),
        async (all, faults, dying) => {
          const events = eventsOf(all);
          const half = Math.ceil(events.length / 2);
          const chunks = [events.slice(0, half), events.slice(half)];
          const expected = await run(chunks);
          await world.reset();
          for (const { fail, after, operation } of faults)
            world.sandbox.fault({ match: { operation }, fail, after, count: 1 });
          deaths.plan(dying);
          try {
            for (const chunk of chunks) {
              if (chunk.length > 0) await world.take(...chunk);
              await restThroughDeaths(world);
              await conserved();
            }
          } finally {
            deaths.plan([]);
            world.sandbox.clearFaults();
          }
          expect(content()).toEqual(expected.content);
          expect(await world.classes()).toEqual(expected.classes);
          expect(await world.state.read((tx) => tx.intents.all())).toEqual([]);
        },
      ),
      {
        numRuns: Number(process.env.SINK_RUNS ?? 10),
        // Found here: a death between the two writes of a parting left the first row with a contributor too many.
        examples: [[PARTING, [{ fail: 503, after: 0, operation: 'createMany' }], [19]]],
      },
    );
  }, 1_200_000);
});

describe('any order and any repetition of events', () => {
  it('ends in the same content of Twenty, keeps the conservation law, and replays without a write', async () => {
    await fc.assert(
      fc.asyncProperty(
        lives,
        fc.infiniteStream(fc.nat({ max: 1_000_000 })),
        fc.integer({ min: 1, max: 4 }),
        async (all, stream, parts) => {
          const events = eventsOf(all);
          const random = () => stream.next().value;
          const shuffled = arrival(events, random);
          const size = Math.ceil(shuffled.length / parts) || 1;
          const chunks = Array.from({ length: parts }, (_, index) => shuffled.slice(index * size, (index + 1) * size));
          const expected = await run([events]);
          const found = await run(chunks);
          expect(found.content).toEqual(expected.content);
          // Records that the source deleted before we ever saw them alive were never known.
          const live = (classes: unknown) =>
            Object.fromEntries(
              Object.entries(classes as Record<string, string>).filter(([, one]) => one !== 'deleted'),
            );
          expect(live(found.classes)).toEqual(live(expected.classes));
          expect(Object.values(live(found.classes)).filter((one) => one === 'on-the-way')).toEqual([]);
          world.sandbox.clearCalls();
          await world.planAgain();
          expect(world.writes()).toEqual([]);
          await world.take(...events);
          await world.rest();
          expect(world.writes()).toEqual([]);
        },
      ),
      { numRuns: Number(process.env.SINK_RUNS ?? 15) },
    );
  }, 1_200_000);
});

describe('a state that is restored from any backup (SPEC.md §15)', () => {
  it('ends in the same content as an undisturbed run, however much was written since the backup', async () => {
    const PARTS = 4;
    await fc.assert(
      fc.asyncProperty(
        lives,
        fc.infiniteStream(fc.nat({ max: 1_000_000 })),
        // After which part the backup is made, how many more are written, and how many are in the log that were not taken in.
        fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 3 })),
        async (all, stream, [backedUp, written]) => {
          const events = eventsOf(all);
          const random = () => stream.next().value;
          const shuffled = arrival(events, random);
          const size = Math.ceil(shuffled.length / PARTS) || 1;
          const chunks = Array.from({ length: PARTS }, (_, at) => shuffled.slice(at * size, (at + 1) * size));
          const expected = await run([shuffled]);
          const live = (classes: unknown) =>
            Object.entries(classes as Record<string, string>).filter(([, one]) => one !== 'deleted');
          await run(chunks.slice(0, backedUp));
          await world.backup();
          for (const chunk of chunks.slice(backedUp, backedUp + written)) {
            if (chunk.length > 0) await world.take(...chunk);
            await world.rest();
          }
          await world.restore();
          const since = chunks.slice(backedUp).flat();
          if (since.length > 0) await world.take(...since);
          await world.rest();
          await conserved();
          expect(content()).toEqual(expected.content);
          expect(live(await world.classes())).toEqual(live(expected.classes));
          world.sandbox.clearCalls();
          await world.planAgain();
          expect(world.writes()).toEqual([]);
        },
      ),
      { numRuns: Number(process.env.SINK_RUNS ?? 20) },
    );
  }, 1_200_000);
});
