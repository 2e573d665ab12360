import { afterEach, describe, expect, it } from 'vitest';
import {
  type KinabaseSandbox,
  type KinabaseSandboxOptions,
  startKinabaseSandbox,
} from '../../sandbox/kinabase/index.ts';
import type { Data } from '../../sandbox/kinabase/store/model.ts';
import { SimulatedClock } from '../../src/core/clock.ts';
import { seededRandom } from '../../src/core/random.ts';
import { Follower } from './testing.ts';

/** What the service may answer, and what people may do, that nobody would wish for: nothing is lost, nothing guessed. */

let clock: SimulatedClock;
let sandbox: KinabaseSandbox;
let follower: Follower;

async function start(
  settings: Readonly<Record<string, unknown>> = {},
  options: KinabaseSandboxOptions = {},
): Promise<void> {
  clock = new SimulatedClock({ start: Date.UTC(2026, 2, 4, 9) });
  sandbox = await startKinabaseSandbox({ clock, random: seededRandom(3), ...options });
  sandbox.workspace.define({ slug: 'people', name: 'People' });
  follower = new Follower(sandbox, clock, settings);
}

afterEach(async () => {
  await follower.close();
  await sandbox.close();
});

const PAGED = { whole: 'never', pageSize: 3 };
const person = (data: Data = {}): string => sandbox.workspace.create('people', { name: 'Ada', ...data }).id;
const people = (count: number): string[] => Array.from({ length: count }, (_, at) => person({ name: `Person ${at}` }));
const names = (): string[] => [...follower.of('people').values()].map(({ name }) => String(name)).sort();
const sourceNames = (): string[] =>
  sandbox.workspace
    .records('people')
    .map(({ data }) => String(data.name))
    .sort();
const fieldsOf = async (object: string) => {
  const { objects, notes } = await follower.connector.describe();
  return { fields: objects.find(({ name }) => name === object)?.fields ?? [], notes };
};

it('the number of an only record is a number, and no truth value', async () => {
  await start();
  person();
  const { fields } = await fieldsOf('people');
  expect(fields.find(({ name }) => name === 'numericId')).toMatchObject({
    proposal: { decided: true, format: { type: 'integer' } },
  });
});

describe('credentials', () => {
  it('that are refused stop the source', async () => {
    await start();
    sandbox.access.granted = false;
    await expect(follower.follow('people')).rejects.toMatchObject({
      code: 'KINABASE_CREDENTIALS',
      retry: 'never',
      message: expect.not.stringContaining('takes the secret') as string,
    });
  });

  it.each([
    ['secret', 'appSecret'],
    ['appSecret', 'secret'],
  ] as const)(
    'that are sent as another name than %s are refused, and the name that the service takes is told',
    async (taken, sent) => {
      await start({ secretField: sent }, { switches: { secretField: taken } });
      const refused = {
        code: 'KINABASE_CREDENTIALS',
        hint: `Set \`secretField: ${taken}\` in the settings of the source.`,
      };
      await expect(follower.connector.describe()).rejects.toMatchObject(refused);
      await expect(follower.connector.probe()).rejects.toMatchObject(refused);
      // It is told, and not used.
      await expect(follower.follow('people')).rejects.toMatchObject(refused);
      expect(sandbox.calls().filter(({ url }) => !url.endsWith('/token'))).toEqual([]);
      follower.restart({ secretField: taken });
      person();
      await follower.follow('people');
      expect(names()).toEqual(sourceNames());
    },
  );

  it('that expire in the middle of pages are renewed, and nothing is missing', async () => {
    await start(PAGED);
    people(12);
    sandbox.fault({ fault: { kind: 'status', status: 401 }, match: /pageIndex=2/, count: 1 });
    await follower.follow('people');
    expect(names()).toEqual(sourceNames());
    expect(sandbox.access.issued).toBe(2);
  });

  it('that were asked for and have not come are waited for, and after five working days the other way is named (KIN-S1)', async () => {
    await start({ accessRequested: '2026-02-27' });
    sandbox.access.granted = false;
    await expect(follower.connector.describe()).rejects.toMatchObject({ code: 'KINABASE_ACCESS_PENDING' });
    await clock.advance(3 * 86_400_000);
    await expect(follower.connector.describe()).rejects.toMatchObject({ code: 'KINABASE_ACCESS_OVERDUE' });
  });

  it('that see less than an administrator are refused (KIN-S1)', async () => {
    await start({ expectedCollections: ['People', 'Salaries'] });
    sandbox.workspace.define({ slug: 'salaries', name: 'Salaries', restricted: true });
    await expect(follower.connector.describe()).resolves.toMatchObject({ source: 'crm' });
    sandbox.access.administrator = false;
    await expect(follower.connector.describe()).rejects.toMatchObject({ code: 'KINABASE_NOT_ADMINISTRATOR' });
  });
});

describe('answers', () => {
  it.each([
    [
      'an error text with status 200',
      { kind: 'error-in-answer', message: 'Database busy' },
      'KINABASE_ERROR_IN_ANSWER',
    ],
    ['a web page', { kind: 'html', status: 200 }, 'KINABASE_BAD_ANSWER'],
    ['a broken answer', { kind: 'truncated' }, 'KINABASE_BAD_ANSWER'],
    ['a failure', { kind: 'status', status: 503 }, 'KINABASE_UNAVAILABLE'],
  ] as const)('%s is asked for again, and told where it stays', async (_what, fault, code) => {
    await start();
    people(3);
    sandbox.fault({ fault, match: /all/, count: 1 });
    await follower.follow('people');
    expect(names()).toEqual(sourceNames());
    sandbox.fault({ fault, match: /all/ });
    await expect(follower.follow('people')).rejects.toMatchObject({ code });
  });

  it('of a limit that others use up are waited for', async () => {
    await start();
    people(3);
    sandbox.fault({ fault: { kind: 'throttle' }, match: /all/, count: 2 });
    await follower.follow('people');
    expect(names()).toEqual(sourceNames());
    expect(follower.waits.map(({ cause }) => cause)).toEqual(['throttled', 'throttled']);
  });
});

describe('pages', () => {
  it('that are empty before the end are no end', async () => {
    await start(PAGED);
    people(10);
    sandbox.fault({ fault: { kind: 'empty-page' }, match: /pageIndex=1/, count: 2 });
    await follower.follow('people');
    expect(names()).toEqual(sourceNames());
  });

  it('that stay empty before the end are told, and taken up again where they were', async () => {
    await start(PAGED);
    people(10);
    sandbox.fault({ fault: { kind: 'empty-page' }, match: /pageIndex=1/, count: 3 });
    await expect(follower.follow('people')).rejects.toMatchObject({ code: 'KINABASE_EMPTY_PAGE' });
    await follower.follow('people');
    expect(names()).toEqual(sourceNames());
  });

  it('that tell another total are read again until they hold what they tell', async () => {
    await start(PAGED);
    people(9);
    sandbox.fault({ fault: { kind: 'other-total', total: 11 }, match: /pageIndex=3/, count: 1 });
    sandbox.fault({ fault: { kind: 'other-total', total: 11 }, match: /pageIndex=2/, count: 1 });
    await follower.follow('people').catch(() => undefined);
    await follower.follow('people');
    expect(names()).toEqual(sourceNames());
  });

  it('with a record twice give it once', async () => {
    await start(PAGED);
    people(10);
    sandbox.fault({ fault: { kind: 'repeated-record' }, match: /pageIndex/ });
    await follower.follow('people');
    expect(names()).toEqual(sourceNames());
    expect(follower.repeated).toBe(0);
    expect(follower.warnings).toContain('KINABASE_REPEATED_RECORD');
  });

  it('of another size than was asked for are read to the end', async () => {
    await start({ whole: 'never' }, { switches: { pageSize: 'ignored' } });
    people(25);
    await follower.follow('people');
    expect(names()).toEqual(sourceNames());
    expect(follower.warnings).toContain('KINABASE_PAGE_SIZE');
  });
});

describe('collections', () => {
  it('that are renamed go on under their name', async () => {
    await start();
    people(2);
    await follower.follow('people');
    sandbox.workspace.rename('people', 'humans', 'Humans');
    sandbox.workspace.create('humans', { name: 'New' });
    follower.restart();
    await follower.follow('people');
    expect(names()).toEqual(['New', 'Person 0', 'Person 1']);
  });

  it('that are removed delete nothing', async () => {
    await start();
    people(2);
    sandbox.workspace.define({ slug: 'other', name: 'Other' });
    await follower.follow('people');
    sandbox.workspace.drop('people');
    await clock.advance(900_000);
    await expect(follower.follow('people')).rejects.toMatchObject({ code: 'KINABASE_COLLECTION_GONE', retry: 'never' });
    expect(follower.of('people').size).toBe(2);
    expect(follower.deleted.length).toBe(0);
  });

  it('whose keys differ only in their signs keep both, under names of their own (KIN-3)', async () => {
    await start();
    person({ status: 'a', Status: 'b', files: 'mine' });
    await follower.connector.describe();
    await follower.follow('people');
    expect([...follower.of('people').values()]).toMatchObject([{ Status: 'b', status_: 'a', files_: 'mine' }]);
  });
});

describe('links', () => {
  it('put parents first, and tell circles, which a second write finishes (KIN-5)', async () => {
    await start();
    for (const [slug, name] of [
      ['invoices', 'Invoices'],
      ['firms', 'Firms'],
      ['teams', 'Teams'],
      ['orders', 'Orders'],
    ] as const)
      sandbox.workspace.define({ slug, name });
    const { workspace } = sandbox;
    const make = workspace.create.bind(workspace);
    const firm = make('firms', { name: 'Firm', parent: null });
    workspace.update('firms', firm.id, { parent: { id: firm.id } });
    const team = make('teams', { name: 'Team', lead: null });
    const ada = person({ firm: { id: firm.id }, team: { id: team.id } });
    workspace.update('teams', team.id, { lead: { id: ada } });
    const order = make('orders', { number: 1, buyer: { id: ada } });
    make('invoices', { number: 1, order: { id: order.id } });
    const { objects, notes } = await follower.connector.describe();
    const inOrder = objects.map(({ name }) => name).filter((name) => name !== 'activity');
    expect([inOrder.slice(0, 1), inOrder.slice(1, 3).sort(), inOrder.slice(3)]).toEqual([
      ['firms'],
      ['people', 'teams'],
      ['orders', 'invoices'],
    ]);
    const finished = 'point at each other in a circle: their links are finished by a second write.';
    expect(notes.filter((note) => note.includes('circle'))).toEqual([`firms ${finished}`, `people, teams ${finished}`]);
  });

  it('to another workspace stay as text, and are told', async () => {
    await start({ workspace: 'ours' });
    const ada = person();
    person({ name: 'Bob', friend: { id: ada }, cousin: { id: 'X1', workspace: 'theirs' } });
    const { notes } = await fieldsOf('people');
    expect(notes.join('\n')).toContain('[KINABASE_FOREIGN_LINK] 1 links of people.cousin');
    await follower.follow('people');
    expect([...follower.of('people').values()]).toContainEqual(
      expect.objectContaining({ friend: ada, cousin: 'theirs/X1' }),
    );
  });
});

describe('KIN-6 formulas', () => {
  const formulas = (fields: Readonly<Record<string, string>>) => ({
    fields: { people: Object.fromEntries(Object.entries(fields).map(([key, formula]) => [key, { formula }])) },
  });

  it('give what the source does not serve, and leave what it serves', async () => {
    await start(formulas({ total: 'amount * 2 + 1', label: 'name + "!"', grand: 'total * 10' }));
    person({ amount: 2.5, label: 'served' });
    const { fields, notes } = await fieldsOf('people');
    expect(fields.find(({ name }) => name === 'total')).toMatchObject({ formula: 'amount * 2 + 1' });
    expect(notes).toContain('people.total is computed (amount * 2 + 1): its value moves as it is, and stays so.');
    await follower.follow('people');
    expect([...follower.of('people').values()]).toMatchObject([{ total: '6', label: 'served', grand: '60' }]);
  });

  it('that need their own result are refused, the record goes on', async () => {
    await start(formulas({ a: 'b + 1', b: 'a + 1' }));
    person();
    expect((await fieldsOf('people')).notes.join('\n')).toContain('[KINABASE_FORMULA_LOOPS]');
    await follower.follow('people');
    expect([...follower.of('people').values()]).toMatchObject([{ name: 'Ada', a: null, b: null }]);
    expect(follower.warnings).toContain('KINABASE_FORMULA_LOOPS');
  });

  it.each([
    'process.env',
    'record.constructor.constructor("return process")()',
    'name.__proto__',
    'globalThis',
    'items.map(x, items.map(y, x + y))',
    'name +',
  ])('cannot read or do more than they may: %s', async (formula) => {
    await start(formulas({ bad: formula }));
    person({ items: [1, 2] });
    await follower.follow('people');
    expect([...follower.of('people').values()]).toMatchObject([{ name: 'Ada', bad: null }]);
    expect(follower.warnings).toContain('KINABASE_FORMULA_REFUSED');
  });
});
