import { describe, expect, it } from 'vitest';
import { makeDinamikSandbox } from '../../sandbox/dinamik/index.ts';
import type { Switches } from '../../sandbox/dinamik/switches.ts';
import { SimulatedClock } from '../../src/core/clock.ts';
import { seededRandom } from '../../src/core/random.ts';
import type { FieldValues } from '../../src/source/connector.ts';
import { Follower } from './testing.ts';

/** Whatever the API does where no public text settles it, the same records are read. */

type Settings = Readonly<Record<string, unknown>>;
const OBJECTS = ['company', 'contact', 'deal', 'invoice'] as const;

/** London puts its clocks forward on 29 March, and back on 25 October 2026: times on both sides of each. */
const TIMES = [
  '2026-03-29T00:59:59.250Z',
  '2026-03-29T01:00:00Z',
  '2026-10-24T23:59:59Z',
  '2026-10-25T02:00:00Z',
  '2026-12-31T23:30:00Z',
].map(Date.parse);

const BEGIN = Date.UTC(2027, 0, 4, 9);

interface Read {
  readonly records: Readonly<Record<string, ReadonlyMap<string, FieldValues>>>;
  readonly logins: number;
  readonly probe: readonly string[];
}

/** A first read, then what people do, then what comes of it; the same deeds in every account. */
async function read(switches: Partial<Switches>, settings: Settings): Promise<Read> {
  const clock = new SimulatedClock({ start: BEGIN });
  const { sandbox } = makeDinamikSandbox({ clock, random: seededRandom(3), switches });
  const { account } = sandbox;
  const access = { ...sandbox, http: sandbox.http() };
  const follower = new Follower(access, clock, {
    pageSize: 4,
    idGap: 20,
    idSweepSeconds: 0,
    sweepSeconds: 60,
    modules: OBJECTS,
    ...settings,
  });
  for (const [at, time] of TIMES.entries()) {
    const values = { name: `Firm ${at + 1}`, ownerId: 1 };
    const details = { Emails: [{ email: `info-${at}@firm.example` }], Phones: [{ phone: '0212 555 00 18' }] };
    account.create('Company', { values, details, inserted: time, updated: time + 1_000 });
    account.create('Contact', { values: { firstName: `Ann ${at}`, companyId: at + 1 }, inserted: time });
    account.create('Opportunity', { values: { name: `Deal ${at}`, companyId: at + 1, stageId: 7 }, inserted: time });
    const lines = [{ description: 'Pump', quantity: 1, unitPrice: at, total: at }];
    const invoice = { invoiceNumber: `F-${at}`, opportunityId: at + 1, total: at, tax: 0, currency: 'TRY' };
    account.create('Invoice', { values: invoice, details: { Lines: lines }, inserted: time });
  }
  account.create('User', { values: { fullName: 'Ayşe', email: 'ayse@firm.example' } });
  account.create('Pipeline', { values: { name: 'Satış', stages: [{ id: 7, name: 'Yeni', order: 1 }] } });
  const follow = async (): Promise<void> => {
    for (const object of OBJECTS) await follower.follow(object);
  };
  await follow();
  // At the same moment in every account, however long the first read took.
  await clock.sleep(BEGIN + 300_000 - clock.now());
  account.update('Company', 2, { values: { name: 'Renamed' } });
  account.remove('Contact', 3);
  account.create('Contact', { values: { firstName: 'New', companyId: 1 } });
  for (let polls = 1; polls <= 4; polls += 1) {
    await clock.sleep(61_000);
    await follow();
  }
  const logins = sandbox.calls().filter(({ method }) => method === 'POST').length;
  const probe = (await follower.connector.probe?.()) ?? [];
  return { records: Object.fromEntries(OBJECTS.map((object) => [object, follower.of(object)])), logins, probe };
}

/** Fields with something in them: where a field could stand is seen in different places. */
function filled(records: ReadonlyMap<string, FieldValues> | undefined): Readonly<Record<string, FieldValues>> {
  const something = ([, value]: readonly [string, unknown]): boolean =>
    value !== null && value !== '' && !(Array.isArray(value) && value.length === 0);
  const rows = [...(records ?? [])].map(([id, values]): [string, FieldValues] => [
    id,
    Object.fromEntries(Object.entries(values).filter(something)),
  ]);
  return Object.fromEntries(rows);
}

const usual = read({}, {});

type Row = readonly [what: string, switches: Partial<Switches>, settings?: Settings];
const ROWS: readonly Row[] = [
  ['lists come at once', { lists: 'rows' }],
  ['lists come at once, as the settings say', { lists: 'rows' }, { lists: 'rows' }],
  ['there are no lists', { lists: 'none' }],
  ['there are no lists, as the settings say', { lists: 'none' }, { lists: 'ids' }],
  ['there are no lists, whatever the settings say', { lists: 'none' }, { lists: 'pages' }],
  ['a page has no more than so many rows', { mostRows: 3 }],
  ['lists tell how many there are', { totals: true }],
  ['details stand in the single record', { details: 'entity' }],
  ['details stand in each row', { details: 'rows' }],
  ['names have capitals', { names: 'pascal' }],
  ['refusals come with status 200', { refusals: 'flag' }],
  ['what is not there is nothing', { absent: 'null' }],
  ['what is not there is a flag', { absent: 'flag' }],
  ['a limit says how long to wait', { retryAfter: true }],
  [
    'there is a parameter for changes, as the settings say',
    { since: 'changedAfter' },
    { since: 'changedAfter', sweepSeconds: 120 },
  ],
  ['there is a parameter for changes that the settings do not name', { since: 'changedAfter' }],
  ['the settings name a parameter for changes that is not there', {}, { since: 'changedAfter' }],
  ['the newest come first', { order: 'newest-first' }],
  ['the login is elsewhere, as the settings say', { loginPath: '/v1/token' }, { loginPaths: ['/token'] }],
  ['the token stands in the entity', { tokenIn: 'entity' }],
  ['tokens end sooner than the settings say', { tokenSeconds: 30 }],
  ['tokens end when the settings say', { tokenSeconds: 60 }, { tokenMinutes: 1 }],
  [
    'the account is in a zone with summer time, as the settings say',
    { timezone: 'Europe/London' },
    { timezone: 'Europe/London' },
  ],
  ['the account is far away, as the settings say', { timezone: 'America/St_Johns' }, { timezone: 'America/St_Johns' }],
];

describe('The same records are read where', () => {
  it.each(ROWS.map((row) => ({ what: row[0], row })))('$what', async ({ row: [, switches, settings = {}] }) => {
    const [expected, found] = await Promise.all([usual, read(switches, settings)]);
    for (const object of OBJECTS) {
      expect(expected.records[object]?.size, object).toBe(TIMES.length);
      expect(filled(found.records[object]), object).toEqual(filled(expected.records[object]));
    }
    if (switches.tokenSeconds !== undefined) expect(found.logins).toBeGreaterThan(expected.logins);
  });
});

describe('Where the settings are wrong it is told', () => {
  it('of the zone', async () => {
    const { probe } = await read({ timezone: 'Europe/London' }, { timezone: 'America/New_York' });
    expect(probe.join('\n')).toMatch(/lies \d+ minutes in the future: America\/New_York is not the account's zone/);
  });

  it('of the login', async () => {
    await expect(read({ loginPath: '/v1/token' }, {})).rejects.toMatchObject({ code: 'DINAMIK_CREDENTIALS' });
  });
});
