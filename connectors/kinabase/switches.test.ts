import { describe, expect, it } from 'vitest';
import { startKinabaseSandbox } from '../../sandbox/kinabase/index.ts';
import type { Switches } from '../../sandbox/kinabase/switches.ts';
import { SimulatedClock } from '../../src/core/clock.ts';
import { seededRandom } from '../../src/core/random.ts';
import type { FieldValues } from '../../src/source/connector.ts';
import { Follower } from './testing.ts';

/** Whatever the service does where the public pages leave it open, the same records are read. */

type Settings = Readonly<Record<string, unknown>>;
const OBJECTS = ['companies', 'people', 'people.calls', 'activity'] as const;
const RECORDS = 23;
/** So short that tokens end in the middle of reads. */
const MOMENT = 3;

interface Read {
  readonly records: Readonly<Record<string, ReadonlyMap<string, FieldValues>>>;
  readonly warnings: readonly string[];
  readonly linksTo: readonly string[];
  readonly tokens: number;
}

/** A first read, then what people do, then what comes of it; the same deeds and ids in every world. */
async function read(switches: Partial<Switches>, settings: Settings, callsPerMinute: number | null): Promise<Read> {
  const clock = new SimulatedClock({ start: Date.UTC(2026, 2, 4, 9) });
  const sandbox = await startKinabaseSandbox({ clock, random: seededRandom(3), switches, callsPerMinute });
  const follower = new Follower(sandbox, clock, { pageSize: 5, activities: { people: 'read' }, ...settings });
  const { workspace } = sandbox;
  try {
    workspace.define({ slug: 'companies', name: 'Companies' });
    workspace.define({ slug: 'people', name: 'People', fields: [{ key: 'tags', type: 'multiselect' }] });
    const company = workspace.create('companies', { name: 'Acme' }, { id: 'c-1' });
    for (let at = 1; at <= RECORDS; at += 1) {
      const lists = { calls: [{ id: '1', data: { about: `Call ${at}` } }] };
      const data = { name: `Person ${at}`, tags: ['a', 'b'], company: { id: company.id } };
      workspace.create('people', data, { id: `p-${at}`, lists });
      workspace.addActivity('people', `p-${at}`, { id: 'a', type: 'comment', content: 'Hi', timestamp: clock.now() });
      await clock.advance(1_000);
    }
    await clock.advance(600_000);
    const { objects } = await follower.connector.describe();
    const follow = async (): Promise<void> => {
      for (const object of OBJECTS) await follower.follow(object);
    };
    await follow();
    await clock.advance(5_000);
    workspace.update('people', 'p-2', { name: 'Renamed' });
    workspace.setLists('people', 'p-3', { calls: [] });
    workspace.remove('people', 'p-4');
    workspace.create('people', { name: 'New', tags: [], company: null }, { id: 'p-99' });
    workspace.addActivity('people', 'p-5', { id: 'b', type: 'comment', content: 'Later', timestamp: clock.now() });
    for (let polls = 1; polls <= 3; polls += 1) {
      await clock.advance(1_000_000);
      await follow();
    }
    const people = objects.find(({ name }) => name === 'people')?.fields ?? [];
    return {
      records: Object.fromEntries(OBJECTS.map((object) => [object, follower.of(object)])),
      warnings: follower.warnings,
      linksTo: people.find(({ name }) => name === 'company')?.refersTo ?? [],
      tokens: sandbox.access.issued,
    };
  } finally {
    await follower.close();
    await sandbox.close();
  }
}

/** As the documentation has it. */
const usual = read({}, {}, null);

type Row = readonly [what: string, switches: Partial<Switches>, settings?: Settings, callsPerMinute?: number];
const ROWS: readonly Row[] = [
  ['the secret goes by the name of public clients', { secretField: 'secret' }, { secretField: 'secret' }],
  ['tokens end in the middle of reads', { tokenSeconds: MOMENT }],
  ['the limit says how long to wait', { retryAfter: 'seconds' }, { callsPerMinute: 1_000 }, 60],
  ['the limit says nothing', { retryAfter: 'absent' }, { callsPerMinute: 1_000 }, 60],
  ['changes include those of the very time', { updatedAfter: 'inclusive' }],
  ['records come by their last change', { order: 'updated' }],
  ['records come by their last change, in pages', { order: 'updated' }, { whole: 'never' }],
  ['records come in any order', { order: 'shuffled' }],
  ['records carry no times', { recordTimes: false }],
  ['records carry no times, and come in pages', { recordTimes: false }, { whole: 'never' }],
  ['collections tell their fields', { collections: 'with-fields' }],
  ['collections come in an object', { collectionsIn: 'object' }],
  ['nothing can be read whole, as the settings say', { all: false }, { whole: 'never' }],
  ['nothing can be read whole, which is found out', { all: false }],
  ['one call gives few records, as the settings say', { allRecords: 10 }, { wholeRecords: 10 }],
  ['lists come with pages only', { listsInAll: false }],
  ['pages have a size of their own', { pageSize: 'ignored' }, { whole: 'never' }],
  ['a record that is gone is a wrong call', { goneStatus: 400 }],
  ['links are bare ids', { links: 'text' }],
  [
    'an activity is no change of its record',
    { activitiesTouch: false },
    { activitiesTouch: false, activitiesSeconds: 60 },
  ],
  ['answers have no date', { dateHeader: false }],
];

describe('The same records are read where', () => {
  it.each(ROWS.map((row) => ({ what: row[0], row })))('$what', async ({ row }) => {
    const [, switches, settings = {}, callsPerMinute] = row;
    const [expected, found] = await Promise.all([usual, read(switches, settings, callsPerMinute ?? null)]);
    for (const object of OBJECTS) {
      expect(expected.records[object]?.size, object).toBeGreaterThan(0);
      expect(found.records[object], object).toEqual(expected.records[object]);
    }
    expect(found.linksTo).toEqual(['companies']);
    if (switches.tokenSeconds !== undefined) expect(found.tokens).toBeGreaterThan(expected.tokens);
  });

  it('one call gives fewer records than the settings say: that is noticed, and pages give the rest', async () => {
    const found = await read({ allRecords: 10 }, {}, null);
    for (const object of OBJECTS) expect(found.records[object], object).toEqual((await usual).records[object]);
    expect(found.warnings).toContain('KINABASE_WHOLE_CUT');
  });
});

describe('The probe says what the settings have wrong where', () => {
  it.each([
    [
      'records tell their times elsewhere',
      {},
      { createdKey: 'madeAt', updatedKey: 'movedAt' },
      'they do not say madeAt and movedAt (`createdKey`, `updatedKey`)',
    ],
    ['records tell no times', { recordTimes: false }, {}, 'they do not say createdAt and updatedAt'],
    ['nothing can be read whole', { all: false }, {}, 'people: only page by page (`whole: never`)'],
    [
      'one call gives few records',
      { allRecords: 3 },
      {},
      'people: one call gives only 3 of 4 records (`wholeRecords: 3`)',
    ],
    ['pages have a size of their own', { pageSize: 'ignored' }, {}, 'people: 4 records, pages of 10'],
    ['an activity is no change of its record', { activitiesTouch: false }, {}, 'set `activitiesTouch: false`'],
    [
      'changes include those of the very time',
      { updatedAfter: 'inclusive' },
      {},
      '`updatedAfter` includes the time itself',
    ],
    [
      'changes leave those of the very time out',
      { updatedAfter: 'exclusive' },
      {},
      '`updatedAfter` leaves out the time itself',
    ],
    ['collections tell their fields', { collections: 'with-fields' }, {}, 'The list of collections tells fields'],
    [
      'answers have no date',
      { dateHeader: false },
      {},
      'The service does not say what time it is: times go by our clock',
    ],
  ] as const)('%s', async (_what, switches, settings, told) => {
    const clock = new SimulatedClock({ start: Date.UTC(2026, 2, 4, 9) });
    const sandbox = await startKinabaseSandbox({ clock, random: seededRandom(3), switches });
    const follower = new Follower(sandbox, clock, settings);
    sandbox.workspace.define({ slug: 'people', name: 'People', fields: [{ key: 'name', type: 'text' }] });
    for (let at = 1; at <= 4; at += 1) sandbox.workspace.create('people', { name: `Person ${at}` }, { id: `p-${at}` });
    await clock.advance(60_000);
    sandbox.workspace.addActivity('people', 'p-1', { type: 'comment', content: 'Hi', timestamp: clock.now() });
    const lines = await follower.connector.probe();
    await follower.close();
    await sandbox.close();
    expect(lines.join('\n')).toContain(told);
  });
});
