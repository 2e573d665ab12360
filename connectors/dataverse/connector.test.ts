import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type DataverseSandbox,
  type DataverseSandboxOptions,
  startDataverseSandbox,
} from '../../sandbox/dataverse/index.ts';
import { column, text } from '../../sandbox/dataverse/model/columns.ts';
import { IDENTITY } from '../../sandbox/dataverse/store/identity.ts';
import type { Values } from '../../sandbox/dataverse/store/rows.ts';
import { SimulatedClock } from '../../src/core/clock.ts';
import type { Clock } from '../../src/core/ports.ts';
import { seededRandom } from '../../src/core/random.ts';
import { Follower } from './testing.ts';

/** The connector against the simulator: what arrives is what the source has, whatever happens in between. */

let clock: SimulatedClock;
/** How far the source's clock is ahead of ours. */
let aheadMs = 0;
const running = (of: SimulatedClock): Pick<Clock, 'monotonic' | 'sleep'> => ({
  monotonic: () => of.monotonic(),
  sleep: (ms, signal) => of.sleep(ms, signal),
});
let sandbox: DataverseSandbox;
let follower: Follower;

async function start(
  options: DataverseSandboxOptions = {},
  settings: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  clock = new SimulatedClock({ start: Date.UTC(2026, 2, 4, 9) });
  sandbox = await startDataverseSandbox({
    clock: { ...running(clock), now: () => clock.now() + aheadMs },
    random: seededRandom(3),
    ...options,
  });
  follower = new Follower(sandbox, clock, settings);
}

async function again(
  options: DataverseSandboxOptions,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await sandbox.close();
  await start(options, settings);
}

beforeEach(() => {
  aheadMs = 0;
  return start();
});
afterEach(() => sandbox.close());

const account = (values: Values = {}): string =>
  sandbox.organisation.create('account', { name: 'Ada Ltd', ...values }).id;
const accounts = (count: number): string[] => Array.from({ length: count }, (_, at) => account({ name: `Firm ${at}` }));
const names = (object = 'account'): string[] =>
  [...follower.of(object).values()].map(({ name }) => String(name)).sort();
const sourceNames = (): string[] =>
  sandbox.organisation
    .rows('account')
    .map(({ values }) => String(values.name))
    .sort();

describe('change tracking (OPX-S2)', () => {
  it('gives everything, then changes and deletes, as one stream', async () => {
    const ids = accounts(7);
    await follower.follow('account');
    expect(names()).toEqual(sourceNames());
    expect(follower.ends).toMatchObject([{ rows: 7, rejected: 0, retained: 0 }]);
    sandbox.organisation.update('account', ids[0] ?? '', { name: 'Renamed' });
    sandbox.organisation.remove('account', ids[1] ?? '');
    account({ name: 'New' });
    await follower.follow('account');
    expect(names()).toEqual(sourceNames());
    expect(follower.repeated).toBe(0);
  });

  it('tells how long the environment still keeps the changes', async () => {
    account();
    await follower.follow('account');
    const until = follower.kept.get('account') ?? 0;
    expect(Math.round((until - clock.now()) / 3_600_000)).toBe(7 * 24);
    await clock.advance(3_600_000);
    await follower.follow('account');
    expect(Math.round(((follower.kept.get('account') ?? 0) - until) / 60_000)).toBe(60);
  });

  it('sends the same preference on every page, and the delta token as it was given', async () => {
    await again({}, { pageSize: 3 });
    accounts(8);
    await follower.follow('account');
    await follower.follow('account');
    const reads = sandbox.calls().filter(({ url }) => /accounts\?\$select=(?!accountid$)/.test(url));
    expect(new Set(reads.map(({ prefer }) => prefer)).size).toBe(1);
    expect(reads.some(({ url }) => /\$deltatoken=\d+%21\d\d%2f/.test(url))).toBe(true);
  });

  it('finds what was deleted while its token expired, by the ids', async () => {
    const ids = accounts(5);
    await follower.follow('account');
    sandbox.organisation.remove('account', ids[2] ?? '');
    sandbox.expireTracking('account');
    account({ name: 'New' });
    await follower.follow('account');
    expect(names()).toEqual(sourceNames());
    expect(follower.ends).toHaveLength(2);
  });

  it.each([400, 410, 500] as const)('recognises an expired token answered with %i', async (expiredStatus) => {
    await again({ switches: { expiredStatus } });
    accounts(3);
    await follower.follow('account');
    await clock.advance(9 * 86_400_000);
    account({ name: 'Late' });
    await follower.follow('account');
    expect(names()).toEqual(sourceNames());
  });

  it.each([
    ['delete', 5],
    ['keep', 10],
  ] as const)(
    'asks before a comparison deletes much, and does as answered, without another gap: %s',
    async (answer, left) => {
      await again({}, { deleteRows: 1, deleteShare: 0.1 });
      const ids = accounts(10);
      await follower.follow('account');
      for (const id of ids.slice(0, 5)) sandbox.organisation.remove('account', id);
      sandbox.expireTracking('account');
      await follower.follow('account');
      expect(follower.of('account').size).toBe(10);
      expect(follower.ends.at(-1)).toMatchObject({ rows: 5, retained: 5 });
      expect(follower.questions).toMatchObject([{ object: 'account', choices: ['delete', 'keep'] }]);
      account({ name: 'While nobody has answered' });
      await follower.follow('account');
      expect(follower.of('account').size).toBe(11);
      follower.answers.set(follower.questions[0]?.id ?? '', answer);
      await follower.follow('account');
      await follower.follow('account');
      expect(follower.of('account').size).toBe(left + 1);
      expect(follower.questions).toHaveLength(1);
    },
  );

  it('never takes a page without any link for the end', async () => {
    await again({}, { annotations: false });
    accounts(3);
    sandbox.fault({ fault: { kind: 'noLinks' }, match: /\/accounts/, count: 1 });
    await expect(follower.follow('account')).rejects.toMatchObject({ code: 'DATAVERSE_NO_LINK' });
    expect(follower.of('account').size).toBe(0);
    await follower.follow('account');
    expect(names()).toEqual(sourceNames());
  });

  it('does without annotations where they lose the delta link, and still knows where lookups point', async () => {
    await again({ switches: { annotationsLoseDeltaLink: true } });
    const parent = account();
    sandbox.organisation.create('contact', { lastname: 'Archer', parentcustomerid: { id: parent, table: 'account' } });
    await follower.follow('contact');
    expect([...follower.of('contact').values()]).toMatchObject([
      { 'parentcustomerid/account': parent, 'parentcustomerid/contact': null },
    ]);
  });
});

describe('by modified time (OPX-S2)', () => {
  const inspections = (): string[] =>
    sandbox.organisation
      .rows('opx_inspection')
      .map(({ id }) => id)
      .sort();

  it('gives each change once in spite of the overlap, and finds deletes by comparing ids', async () => {
    const made = ['A', 'B', 'C'].map((name) => sandbox.organisation.create('opx_inspection', { opx_name: name }).id);
    await follower.follow('opx_inspection');
    expect(follower.ends).toMatchObject([{ rows: 3 }]);
    await clock.advance(30_000);
    sandbox.organisation.update('opx_inspection', made[0] ?? '', { opx_score: 5 });
    await follower.follow('opx_inspection');
    await follower.follow('opx_inspection');
    expect(follower.repeated).toBe(0);
    expect(follower.of('opx_inspection').get(made[0] ?? '')).toMatchObject({ opx_score: 5 });
    sandbox.organisation.remove('opx_inspection', made[1] ?? '');
    await clock.advance(1_000_000);
    await follower.follow('opx_inspection');
    expect([...follower.of('opx_inspection').keys()].sort()).toEqual(inspections());
  });
});

describe('without change tracking and without a modified time (OPX-S2)', () => {
  it('reads the table whole now and then, tells each change once, and finds deletes', async () => {
    await again({}, { tables: ['processstage'], customTables: false, pageSize: 2 });
    const stages = (): Record<string, unknown> =>
      Object.fromEntries(sandbox.organisation.rows('processstage').map(({ id, values }) => [id, values.stagename]));
    const followed = (): Record<string, unknown> =>
      Object.fromEntries([...follower.of('processstage')].map(([id, { stagename }]) => [id, stagename]));
    const id = (at: number): string => `00000000-0000-4000-8000-0000000000${10 + at}`;
    for (let at = 0; at < 5; at += 1) sandbox.organisation.force('processstage', id(at), { stagename: `Stage ${at}` });
    await follower.follow('processstage', 1);
    await follower.follow('processstage');
    expect(followed()).toEqual(stages());
    expect(follower.ends).toMatchObject([{ rows: Object.keys(stages()).length }]);
    sandbox.organisation.force('processstage', id(1), { stagename: 'Renamed' });
    sandbox.organisation.remove('processstage', id(2));
    sandbox.organisation.force('processstage', id(7), { stagename: 'New' });
    await clock.advance(1_000_000);
    await follower.follow('processstage');
    expect(followed()).toEqual(stages());
    expect(follower.repeated).toBe(0);
    sandbox.clearCalls();
    await follower.follow('processstage');
    expect(sandbox.calls().filter(({ url }) => url.includes('/processstages'))).toEqual([]);
  });
});

describe('values (OPX-10)', () => {
  it('keeps digits, zones, labels and links of every column type', async () => {
    const parent = account();
    const project = sandbox.organisation.create('opx_project', {
      opx_name: 'Bridge',
      opx_headcount: 12,
      opx_serial: 42,
      opx_progress: 0.125,
      opx_latitude: 41.01,
      opx_budget: 1250.5,
      opx_critical: true,
      opx_starton: '2026-03-04',
      opx_deadline: '2026-03-04T09:00:00Z',
      opx_shiftstart: '2026-03-04T08:30:00Z',
      opx_phase: 100_000_002,
      opx_skills: [100_000_000, 100_000_003],
      opx_customerid: { id: parent, table: 'account' },
      opx_accountid: { id: parent, table: 'account' },
    });
    await follower.follow('opx_project');
    expect(follower.of('opx_project').get(project.id)).toMatchObject({
      opx_name: 'Bridge',
      opx_headcount: 12,
      opx_serial: 42,
      opx_progress: '0.125',
      opx_latitude: 41.01,
      opx_budget: '1250.5',
      transactioncurrencyid: 'GBP',
      opx_critical: true,
      opx_starton: '2026-03-04',
      opx_deadline: Date.UTC(2026, 2, 4, 9),
      opx_shiftstart: '2026-03-04T08:30:00',
      opx_phase: 'Running',
      opx_skills: ['Electrical', 'Software'],
      'opx_customerid/account': parent,
      'opx_customerid/contact': null,
      opx_accountid: parent,
      ownerid: 'changeover@opex365.example',
    });
  });

  it('shows an option that the definitions do not know, and a type that nobody has heard of', async () => {
    const id = account();
    sandbox.alter({
      kind: 'addColumn',
      table: 'account',
      column: column('opx_odd', 'Odd', { kind: 'Other', typeName: 'HologramType' }),
    });
    const row = sandbox.organisation.row('account', id);
    sandbox.organisation.force('account', id, { ...row?.values, industrycode: 999, opx_odd: 'shape' });
    await follower.follow('account');
    expect(follower.of('account').get(id)).toMatchObject({ industrycode: '#999', opx_odd: 'shape' });
  });

  it('takes up a column that appears while it runs, for all rows', async () => {
    const id = account();
    await follower.follow('account');
    sandbox.alter({ kind: 'addColumn', table: 'account', column: text('opx_new', 'New') });
    sandbox.organisation.update('account', id, { opx_new: 'value' });
    await clock.advance(20_000);
    await follower.follow('account');
    expect(follower.of('account').get(id)).toMatchObject({ opx_new: 'value' });
  });

  it('lists parties by role and by table, and those without a record (OPX-6)', async () => {
    const contact = sandbox.organisation.create('contact', { firstname: 'Ann', lastname: 'Archer' }).id;
    const mail = sandbox.organisation.create('email', { subject: 'Offer' });
    sandbox.organisation.setParties({ id: mail.id, table: 'email' }, [
      { party: { id: IDENTITY.applicationUser, table: 'systemuser' }, mask: 1, address: 'me@firm.example' },
      { party: { id: contact, table: 'contact' }, mask: 2, address: 'ann@firm.example' },
      { party: null, mask: 3, address: 'stranger@else.example' },
    ]);
    await follower.follow('email');
    expect(follower.of('email').get(mail.id)).toMatchObject({
      to: ['Ann Archer <ann@firm.example>'],
      cc: ['stranger@else.example'],
      'parties/contact': [contact],
      'parties/unresolved': ['stranger@else.example'],
    });
  });
});

describe('files (OPX-7)', () => {
  it.each([0, 1, 5_000_000])('of %i bytes come in blocks, and never in a read of rows', async (size) => {
    const note = sandbox.organisation.create('annotation', {
      subject: 'Plan',
      objectid: { id: account(), table: 'account' },
    });
    const content = { kind: 'made', size, seed: 9, head: new Uint8Array() } as const;
    sandbox.organisation.attach('annotation', note.id, 'documentbody', 'plan.bin', 'application/octet-stream', content);
    await follower.follow('annotation');
    const reference = String(follower.of('annotation').get(note.id)?.file);
    let bytes = 0;
    for await (const block of await follower.connector.openFile(reference, new AbortController().signal))
      bytes += block.length;
    expect(bytes).toBe(size);
    expect(sandbox.calls().some(({ url }) => url.includes('annotations?') && url.includes('documentbody'))).toBe(false);
  });

  it('that are gone are said to be', async () => {
    const open = follower.connector.openFile(
      `annotation/${IDENTITY.system}/documentbody`,
      new AbortController().signal,
    );
    await expect(open).rejects.toMatchObject({ code: 'DATAVERSE_NO_FILE' });
  });
});

describe('limits and access (OPX-S1)', () => {
  it.each(['seconds', 'date'] as const)(
    'waits as told in %s, visibly, even where the clocks differ by an hour',
    async (retryAfter) => {
      aheadMs = 3_600_000;
      await again({ switches: { retryAfter } });
      accounts(3);
      sandbox.fault({
        fault: { kind: 'throttle', limit: 'requests', seconds: [12, 12] },
        match: /\/accounts/,
        count: 1,
      });
      const before = clock.now();
      await follower.follow('account');
      expect(names()).toEqual(sourceNames());
      expect(follower.waits).toContainEqual({ cause: 'requests', seconds: 12 });
      expect(clock.now() - before).toBeGreaterThanOrEqual(11_000);
    },
  );

  it('waits by itself where the settings allow less than the environment does, and is never refused', async () => {
    const limits = { requests: 30, executionSeconds: 1_200, concurrent: 52, windowSeconds: 300 };
    await again({ limits }, { pageSize: 1, callsPerFiveMinutes: 30 });
    accounts(60);
    await follower.follow('account');
    expect(names()).toEqual(sourceNames());
    expect(sandbox.calls().some(({ status }) => status === 429)).toBe(false);
    expect(new Set(follower.waits.map(({ cause }) => cause))).toEqual(new Set(['allowance']));
  });

  it('stops for long where the calls of a day are used up, and goes on where it was', async () => {
    await again({}, { pageSize: 1, callsPerDay: 25 });
    accounts(20);
    await expect(follower.follow('account')).rejects.toMatchObject({ code: 'DATAVERSE_THROTTLED', retry: 'later' });
    await clock.advance(25 * 3_600_000);
    await follower.follow('account');
    await clock.advance(25 * 3_600_000);
    await follower.follow('account');
    expect(names()).toEqual(sourceNames());
  });

  it('waits longer and longer where nothing says how long', async () => {
    accounts(3);
    sandbox.fault({ fault: { kind: 'status', status: 503 }, match: /\/accounts/, count: 3 });
    await follower.follow('account');
    const waits = follower.waits.filter(({ cause }) => cause === 'unavailable').map(({ seconds }) => seconds);
    expect(waits).toHaveLength(3);
    for (const [at, seconds] of waits.entries()) {
      expect(seconds).toBeGreaterThanOrEqual(0.75 * 2 ** at);
      expect(seconds).toBeLessThanOrEqual(1.25 * 2 ** at);
    }
    expect(names()).toEqual(sourceNames());
  });

  it('renews its token before it expires, and when it is revoked', async () => {
    await again({ switches: { tokenSeconds: 30 } });
    accounts(3);
    await follower.follow('account');
    const issued = sandbox.access.issued;
    await clock.advance(25_000);
    await follower.follow('account');
    expect(sandbox.access.issued).toBe(issued + 1);
    expect(sandbox.calls().some(({ status }) => status === 401)).toBe(false);
    sandbox.access.revoke();
    await follower.follow('account');
    expect(names()).toEqual(sourceNames());
  });

  it('says what is wrong with secret, application user, role and table', async () => {
    sandbox.allow('lead', 'none');
    await expect(follower.follow('lead')).rejects.toMatchObject({ code: 'DATAVERSE_PRIVILEGE', retry: 'never' });
    await expect(follower.follow('nothing')).rejects.toMatchObject({ code: 'DATAVERSE_NO_TABLE', retry: 'never' });
    expect((await follower.connector.describe()).notes.join()).toContain('lead may not be read');
    sandbox.access.applicationUser = false;
    await expect(follower.follow('account')).rejects.toMatchObject({ code: 'DATAVERSE_NO_APPLICATION_USER' });
    const wrong = new Follower({ ...sandbox, secret: 'wrong' }, clock);
    await expect(wrong.follow('account')).rejects.toMatchObject({ code: 'DATAVERSE_CREDENTIALS' });
  });

  it('takes a right to read files of e-mails that is taken away for an error, after a restart too, and one never given for none', async () => {
    const mail = sandbox.organisation.create('email', { subject: 'Offer' });
    const attach = (name: string): void =>
      void sandbox.organisation.create('activitymimeattachment', {
        objectid: { id: mail.id, table: 'email' },
        filename: name,
      });
    attach('a.txt');
    sandbox.allow('activitymimeattachment', 'none');
    await follower.follow('email');
    expect(follower.of('email').get(mail.id)).toMatchObject({ attachments: [] });
    sandbox.allow('activitymimeattachment', 'organization');
    sandbox.organisation.update('email', mail.id, { subject: 'Offer 2' });
    await clock.advance(60_000);
    await follower.follow('email');
    const files = follower.of('email').get(mail.id)?.attachments;
    expect(files).toHaveLength(1);
    sandbox.allow('activitymimeattachment', 'none');
    follower.restart();
    sandbox.organisation.update('email', mail.id, { subject: 'Offer 3' });
    await clock.advance(60_000);
    await expect(follower.follow('email')).rejects.toMatchObject({ code: 'DATAVERSE_PRIVILEGE' });
    expect(follower.of('email').get(mail.id)).toMatchObject({ attachments: files });
  });

  it('never follows a link to another origin', async () => {
    accounts(3);
    sandbox.fault({ fault: { kind: 'foreignLinks', origin: 'http://127.0.0.1:9' }, match: /\/accounts/ });
    await expect(follower.follow('account')).rejects.toMatchObject({ code: 'DATAVERSE_FOREIGN_LINK' });
  });

  it('asks again for answers that are a web page, broken off or cut', async () => {
    accounts(3);
    sandbox.fault({ fault: { kind: 'html', status: 200 }, match: /\/accounts/, count: 1 });
    sandbox.fault({ fault: { kind: 'truncated' }, match: /\/accounts/, count: 1 });
    sandbox.fault({ fault: { kind: 'drop' }, match: /\/accounts/, count: 1 });
    await follower.follow('account');
    expect(names()).toEqual(sourceNames());
  });

  it('describes an environment without Sales and Service', async () => {
    await again({ modules: [] });
    const { objects, notes } = await follower.connector.describe();
    expect(objects.map(({ name }) => name)).not.toContain('opportunity');
    expect(notes.join()).toContain('no table opportunity');
  });
});

describe('calls at once (OPX-S1)', () => {
  /** The most calls that were open at one moment. */
  async function most(settings: Readonly<Record<string, unknown>>, table: string): Promise<number> {
    await again({}, settings);
    for (let at = 0; at < 200; at += 1) sandbox.organisation.create('task', { subject: `Task ${at}` });
    let open = 0;
    let seen = 0;
    follower.watch({
      began: () => {
        open += 1;
        seen = Math.max(seen, open);
      },
      ended: () => {
        open -= 1;
      },
    });
    await follower.follow(table);
    return seen;
  }

  it('are never more for one table than its own limit', async () => {
    expect(await most({ tableConcurrency: 2, concurrency: 8 }, 'task')).toBe(2);
    expect(await most({ tableConcurrency: 4, concurrency: 8 }, 'task')).toBe(4);
  });

  it('are never more in all than the limit for all, nor than the environment recommends', async () => {
    expect(await most({ tableConcurrency: 8, concurrency: 3 }, 'task')).toBe(3);
    expect(await most({ tableConcurrency: 8, concurrency: 52 }, 'task')).toBe(4);
  });
});

describe('all at once', () => {
  it('ends equal to the source: throttled, tokens of 30 s, two expiries, a new column, killed again and again', async () => {
    await again({ switches: { tokenSeconds: 30 } }, { pageSize: 5 });
    const random = seededRandom(11);
    accounts(40);
    sandbox.fault({ fault: { kind: 'throttle', limit: 'executionTime', seconds: [1, 30] }, rate: 1 / 3 });
    for (let round = 0; round < 20; round += 1) {
      const rows = sandbox.organisation.rows('account');
      const some = rows[Math.floor(random.next() * rows.length)];
      if (some !== undefined) {
        if (round % 3 === 0) sandbox.organisation.remove('account', some.id);
        else sandbox.organisation.update('account', some.id, { name: `Changed ${round}` });
      }
      account({ name: `New ${round}` });
      if (round === 7 || round === 14) sandbox.expireTracking('account');
      if (round === 10) sandbox.alter({ kind: 'addColumn', table: 'account', column: text('opx_late', 'Late') });
      follower.restart();
      await follower.follow('account', 1 + Math.floor(random.next() * 6));
    }
    sandbox.clearFaults();
    follower.restart();
    await follower.follow('account');
    await follower.follow('account');
    const versions = (list: Iterable<readonly [string, unknown]>): Readonly<Record<string, unknown>> =>
      Object.fromEntries(list);
    expect(versions([...follower.of('account')].map(([id, { name }]) => [id, name]))).toEqual(
      versions(sandbox.organisation.rows('account').map(({ id, values }) => [id, values.name])),
    );
  });
});
