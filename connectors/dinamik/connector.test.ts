import { describe, expect, it } from 'vitest';
import { type DinamikSandboxOptions, makeDinamikSandbox } from '../../sandbox/dinamik/index.ts';
import { SimulatedClock } from '../../src/core/clock.ts';
import { seededRandom } from '../../src/core/random.ts';
import { Follower } from './testing.ts';

/** An account with so many companies, and somebody who follows it. */
function world(options: DinamikSandboxOptions = {}, settings: Readonly<Record<string, unknown>> = {}, rows = 25) {
  const clock = new SimulatedClock();
  const { sandbox } = makeDinamikSandbox({ clock, random: seededRandom(3), ...options });
  for (let at = 1; at <= rows; at += 1) sandbox.account.create('Company', { values: { name: `Company ${at}` } });
  const access = { ...sandbox, http: sandbox.http() };
  return {
    clock,
    sandbox,
    follower: new Follower(access, clock, { pageSize: 10, deleteRows: 50, idGap: 20, ...settings }),
  };
}

const UTC_NOON = Date.parse('2026-03-29T12:00:00Z');

const SECOND_PAGE = /Company\/GetList\?page=2/;

describe('what the API may answer', () => {
  it.each([
    ['pages', {}],
    ['whole lists', { switches: { lists: 'rows' } }],
    ['single records', { switches: { lists: 'none' } }],
    ['names with capitals', { switches: { names: 'pascal' } }],
    ['errors with status 200', { switches: { refusals: 'flag', absent: 'flag' } }],
    ['totals', { switches: { totals: true } }],
    ['details inside the row', { switches: { details: 'rows' } }],
    ['details inside the single record', { switches: { details: 'entity' } }],
    ['the newest first', { switches: { order: 'newest-first' } }],
    ['the token inside the entity', { switches: { tokenIn: 'entity' } }],
  ] as const)('is read whole: %s', async (_name, options) => {
    const { follower } = world(options);
    await follower.follow('company');
    expect(follower.of('company').size).toBe(25);
    expect(follower.ends.at(-1)).toMatchObject({ rows: 25, rejected: 0 });
  });
});

describe('what the settings say of an account', () => {
  it('a login elsewhere: there, and without the setting the object stops and names where it was refused', async () => {
    const options = { switches: { loginPath: '/v1/token' } };
    const { follower } = world(options, { loginPaths: ['/token'] });
    await follower.follow('company');
    expect(follower.of('company').size).toBe(25);
    await expect(world(options).follower.follow('company')).rejects.toMatchObject({
      code: 'DINAMIK_CREDENTIALS',
      place: { url: expect.stringContaining('/api/Auth/Login') as string },
    });
  });

  it('another zone: the same instant, whatever the clock on its wall shows', async () => {
    for (const timezone of ['Europe/Istanbul', 'Europe/London', 'America/New_York']) {
      const { sandbox, follower } = world({ switches: { timezone } }, { timezone }, 0);
      sandbox.account.create('Company', { values: { name: 'One' }, inserted: UTC_NOON, updated: UTC_NOON });
      await follower.follow('company');
      expect([...follower.of('company').values()]).toEqual([
        expect.objectContaining({ insertDate: '2026-03-29T12:00:00.000Z', updateDate: '2026-03-29T12:00:00.000Z' }),
      ]);
    }
  });

  it('a parameter that gives what changed: between two looks at everything, only that is asked for', async () => {
    const { sandbox, clock, follower } = world(
      { switches: { since: 'updatedAfter' } },
      { since: 'updatedAfter', sinceOverlapSeconds: 1, sweepSeconds: 3_600 },
    );
    await follower.follow('company');
    await clock.sleep(60_000);
    sandbox.account.update('Company', 7, { values: { name: 'Renamed' } });
    const before = sandbox.calls().length;
    await follower.follow('company');
    const lists = sandbox
      .calls()
      .slice(before)
      .filter(({ url }) => url.includes('/Company/GetList'));
    expect(lists.length).toBeGreaterThan(0);
    for (const { url } of lists) expect(url).toContain('updatedAfter=');
    expect(follower.of('company').get('7')).toMatchObject({ name: 'Renamed' });
    expect(follower.of('company').size).toBe(25);
    expect(follower.deleted).toEqual([]);
  });
});

describe('the probe', () => {
  it('says where it logged in, how each module is listed, where details stand, and the zone', async () => {
    const { sandbox, clock, follower } = world({ switches: { totals: true } });
    sandbox.account.create('Contact', { values: { firstName: 'Ann', machineId: 1 } });
    sandbox.account.create('Machine', { values: { name: 'Press' } });
    await clock.sleep(120_000);
    const told = await follower.connector.probe?.();
    expect(told).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^Logged in at .*\/v1\/api\/Auth\/Login\.$/),
        'company: listed in pages, 25 in all.',
        expect.stringMatching(/^company: by routes of their own: .*emails/),
        'Machine: answers, and is no module of the settings; add it to customModules.',
        'Dates are read in Europe/Istanbul; the newest change looked at is 2 minutes old.',
        expect.stringMatching(/^No call was refused at up to/),
      ]),
    );
    expect(told?.join('\n')).not.toContain('student');
  });

  it('says what the settings have wrong', async () => {
    const { follower } = world(
      { switches: { lists: 'none', order: 'newest-first' } },
      { timezone: 'America/New_York' },
    );
    expect(await follower.connector.probe?.()).toContain('company: listed only one by one, by id, without a total.');
    const zoned = world({ switches: { order: 'newest-first' } }, { timezone: 'America/New_York' });
    expect(await zoned.follower.connector.probe?.()).toEqual(
      expect.arrayContaining([
        'company: not in the order of ids.',
        expect.stringMatching(/^The newest change lies \d+ minutes in the future: America\/New_York is not/),
      ]),
    );
  });

  it('goes on past a module that cannot be read', async () => {
    const { sandbox, follower } = world();
    sandbox.account.create('Contact', { values: { firstName: 'Ann' } });
    sandbox.fault({ fault: { kind: 'text', text: 'Sistem bakımda' }, match: /\/Company\// });
    expect(await follower.connector.probe?.()).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^company: cannot be read \(DINAMIK_BAD_ANSWER\)/),
        'contact: listed in pages, without a total.',
      ]),
    );
  });
});

describe('what is worked out of other modules', () => {
  /** The fields of a deal that has these invoices. */
  async function invoiced(...invoices: readonly Readonly<Record<string, string | number>>[]) {
    const { sandbox, follower } = world({}, {}, 0);
    const opportunityId = sandbox.account.create('Opportunity', { values: { name: 'Deal', currency: 'EUR' } }).id;
    for (const values of invoices) sandbox.account.create('Invoice', { values: { opportunityId, ...values } });
    await follower.follow('deal');
    return follower.of('deal').get(String(opportunityId));
  }
  const lira = (
    invoiceNumber: string,
    total: string | number,
    more: Readonly<Record<string, string | number>> = {},
  ) => ({
    invoiceNumber,
    total,
    currency: 'TRY',
    ...more,
  });

  it('invoices are added up in their own currency; one without a tax has none (DIN-8)', async () => {
    expect(await invoiced(lira('A', 0.1, { tax: 0.02 }), lira('B', 0.2))).toMatchObject({
      'invoices/total': '0.30',
      'invoices/tax': '0.02',
      'invoices/currency': 'TRY',
      'invoices/notAdded': '',
    });
  });

  it.each([
    [
      'several currencies',
      [lira('A', 5), { ...lira('B', 7), currency: 'EUR' }],
      'A: total 5 TRY, tax ?\nB: total 7 EUR, tax ?',
    ],
    [
      'one without a currency',
      [lira('A', 5), { invoiceNumber: 'B', total: 7 }],
      'A: total 5 TRY, tax ?\nB: total 7 ?, tax ?',
    ],
    ['a total that cannot be read', [lira('A', 'yüz'), lira('B', 7)], 'A: total yüz TRY, tax ?\nB: total 7 TRY, tax ?'],
    ['no total', [{ invoiceNumber: 'A', currency: 'TRY' }], 'A: total ? TRY, tax ?'],
    ['a tax that cannot be read', [lira('A', 5, { tax: 'KDV' })], 'A: total 5 TRY, tax KDV'],
  ])('invoices are listed, and not added up: %s (DIN-8)', async (_name, invoices, listed) => {
    expect(await invoiced(...invoices)).toMatchObject({
      'invoices/total': null,
      'invoices/tax': null,
      'invoices/notAdded': listed,
    });
  });

  it('an invoice knows whether its deal is there, however deals are listed, and when it comes (DIN-8)', async () => {
    for (const lists of ['pages', 'rows', 'none'] as const) {
      const { sandbox, clock, follower } = world({ switches: { lists } }, { idSweepSeconds: 0 }, 0);
      for (let at = 1; at <= 30; at += 1) sandbox.account.create('Opportunity', { values: { name: `Deal ${at}` } });
      // More ids in a row are free than a short list looks past.
      for (let at = 2; at < 30; at += 1) sandbox.account.remove('Opportunity', at);
      const invoice = (opportunityId: number | string | null) =>
        String(sandbox.account.create('Invoice', { values: { opportunityId } }).id);
      const of = (id: string) => follower.of('invoice').get(id)?.dealFound;
      const there = [invoice(1), invoice(30)];
      const not = [invoice(null), invoice(0), invoice(''), invoice('yok'), invoice(2)];
      const early = invoice(31);
      await follower.follow('invoice');
      expect(there.map(of), lists).toEqual(['true', 'true']);
      expect(not.map(of), lists).toEqual(not.map(() => 'false'));
      expect(of(early), lists).toBe('false');
      sandbox.account.create('Opportunity', { values: { name: 'Late' } });
      await clock.sleep(61_000);
      await follower.follow('invoice');
      expect(of(early), lists).toBe('true');
    }
  });

  it('a deal without invoices has nothing that could not be added up', async () => {
    expect(await invoiced()).toMatchObject({ 'invoices/count': '0', 'invoices/total': null, 'invoices/notAdded': '' });
  });

  it('a message is about whom its ticket is about, unless it says so itself, and follows its ticket (DIN-9)', async () => {
    const { sandbox, follower } = world({}, {}, 0);
    const ticketId = sandbox.account.create('Ticket', { values: { companyId: 1, contactId: 2 } }).id;
    const message = (values: Readonly<Record<string, number | null>>) =>
      String(sandbox.account.create('TicketMessage', { values }).id);
    const silent = message({ ticketId });
    const zero = message({ ticketId, companyId: 0, contactId: null });
    const own = message({ ticketId, companyId: 5, contactId: 6 });
    const lost = message({ ticketId: 999 });
    await follower.follow('ticketMessage');
    const of = (id: string) => follower.of('ticketMessage').get(id);
    for (const id of [silent, zero]) expect(of(id)).toMatchObject({ companyId: '1', contactId: '2' });
    expect(of(own)).toMatchObject({ companyId: '5', contactId: '6' });
    expect(of(lost)?.companyId ?? null).toBeNull();
    sandbox.account.update('Ticket', ticketId, { values: { contactId: 3 } });
    await follower.follow('ticketMessage');
    expect(of(silent)).toMatchObject({ companyId: '1', contactId: '3' });
    expect(of(own)).toMatchObject({ contactId: '6' });
  });
});

describe('bad input', () => {
  const logins = (sandbox: ReturnType<typeof world>['sandbox']): readonly string[] =>
    sandbox
      .calls()
      .filter(({ method }) => method === 'POST')
      .map(({ url }) => new URL(url, 'http://account').pathname);

  it.each([
    ['/api/Auth/Login', ['/v1/api/Auth/Login', '/v1/Auth/Login', '/api/Auth/Login']],
    ['/v1/Auth/Login', ['/v1/api/Auth/Login', '/v1/Auth/Login']],
  ])('a path before the right one that wants a token: the next is tried, each once (%s)', async (loginPath, tried) => {
    const { sandbox, follower } = world({ switches: { loginPath } });
    await follower.follow('company');
    expect(follower.of('company').size).toBe(25);
    expect(logins(sandbox)).toEqual(tried);
  });

  it('refused everywhere: every address is named with its answer, and none is asked a second time', async () => {
    const { sandbox, follower } = world({ switches: { loginPath: '/elsewhere' } });
    for (const object of ['company', 'contact', 'deal'])
      await expect(follower.follow(object)).rejects.toMatchObject({
        code: 'DINAMIK_CREDENTIALS',
        message: expect.stringMatching(
          /v1\/api\/Auth\/Login answered status 401: .*v1\/Auth\/Login answered status 404: .*;.*\/api\/Auth\/Login answered status 404/,
        ) as string,
      });
    expect(logins(sandbox)).toHaveLength(4);
  });

  it('a refusal that speaks of the key ends the search, and the same key is not tried again; another one is', async () => {
    const { sandbox, clock } = world();
    const access = { ...sandbox, apiSecret: 'wrong', http: sandbox.http() };
    const follower = new Follower(access, clock);
    for (const object of ['company', 'contact'])
      await expect(follower.follow(object)).rejects.toMatchObject({ code: 'DINAMIK_CREDENTIALS' });
    expect(logins(sandbox)).toEqual(['/v1/api/Auth/Login']);
    access.apiSecret = sandbox.apiSecret;
    await follower.follow('company');
    expect(follower.of('company').size).toBe(25);
  });

  it('an address that failed is asked again later, those that refused are not', async () => {
    const { sandbox, follower } = world({ switches: { loginPath: '/v1/Auth/Login' } });
    sandbox.fault({ fault: { kind: 'status', status: 500 }, match: /v1\/Auth\/Login/ });
    await expect(follower.follow('company')).rejects.toMatchObject({ code: 'DINAMIK_UNAVAILABLE', retry: 'later' });
    sandbox.clearFaults();
    await follower.follow('company');
    expect(logins(sandbox).filter((path) => path === '/v1/api/Auth/Login')).toHaveLength(1);
  });

  it('a route of details that is gone: the object stops, and no field is emptied', async () => {
    const { sandbox, clock, follower } = world({}, { detailSeconds: 60 }, 0);
    sandbox.account.create('Company', { values: { name: 'One' }, details: { Emails: [{ email: 'a@firm.example' }] } });
    await follower.follow('company');
    expect(follower.of('company').get('1')?.emails).toEqual(['a@firm.example']);
    await clock.sleep(61_000);
    sandbox.fault({ fault: { kind: 'noRoute' }, match: /GetEmails/ });
    await expect(follower.follow('company')).rejects.toMatchObject({ code: 'DINAMIK_BAD_ANSWER', retry: 'later' });
    expect(follower.of('company').get('1')?.emails).toEqual(['a@firm.example']);
    sandbox.clearFaults();
    await follower.follow('company');
    expect(follower.repeated).toBe(0);
  });

  it('credentials refused: the object stops, and says so', async () => {
    const { sandbox, clock } = world();
    const wrong = new Follower({ ...sandbox, apiSecret: 'wrong', http: sandbox.http() }, clock);
    await expect(wrong.follow('company')).rejects.toMatchObject({ code: 'DINAMIK_CREDENTIALS', retry: 'never' });
  });

  it('a token that ends in the middle of a list: a new login, and nothing is missed', async () => {
    const { sandbox, follower } = world();
    sandbox.fault({ fault: { kind: 'tokenExpired' }, match: SECOND_PAGE, count: 1, after: 1 });
    await follower.follow('company');
    expect(follower.of('company').size).toBe(25);
  });

  it.each([
    ['a sentence with status 200', { kind: 'text', text: 'Sistem bakımda' }, 'DINAMIK_BAD_ANSWER'],
    ['an error flag with status 200', { kind: 'flag', message: 'Beklenmeyen hata' }, 'DINAMIK_ERROR_FLAG'],
  ] as const)('%s: nothing is taken from it, and it is read later', async (_name, fault, code) => {
    const { sandbox, follower } = world();
    sandbox.fault({ fault, match: SECOND_PAGE });
    await expect(follower.follow('company')).rejects.toMatchObject({ code, retry: 'later' });
    sandbox.clearFaults();
    await follower.follow('company');
    expect(follower.of('company').size).toBe(25);
  });

  it.each([429, 503])('status %i means too fast: calls go slower, and nothing is missed (DIN-S1)', async (status) => {
    const { sandbox, follower } = world();
    await follower.connector.probe?.();
    const before = follower.paces.at(-1)?.callsPerSecond ?? 0;
    sandbox.fault({ fault: { kind: 'status', status }, match: SECOND_PAGE, count: 2 });
    await follower.follow('company');
    expect(follower.of('company').size).toBe(25);
    expect(follower.waits.map(({ cause }) => cause)).toContain('throttled');
    const pace = follower.paces.at(-1);
    expect(pace).toMatchObject({ refused: 2, ceilingPerSecond: expect.any(Number) as number });
    expect(pace?.callsPerSecond).toBeLessThan(before);
  });

  it('an empty page in the middle is not the end', async () => {
    const { sandbox, follower } = world();
    sandbox.fault({ fault: { kind: 'emptyPage' }, match: SECOND_PAGE, after: 1, count: 1 });
    await follower.follow('company');
    await follower.follow('company');
    expect(follower.warnings).toContain('DINAMIK_EMPTY_PAGE');
    expect(follower.of('company').size).toBe(25);
  });

  it('totals that change while paging: read again until all were seen', async () => {
    const { sandbox, follower } = world({ switches: { totals: true } });
    sandbox.fault({ fault: { kind: 'moves', deed: 'insert' }, match: SECOND_PAGE, after: 1, count: 1 });
    await follower.follow('company');
    expect(follower.warnings).toContain('DINAMIK_TOTAL_MOVED');
    expect(follower.of('company').size).toBe(26);
  });

  it('a record on two pages counts once', async () => {
    const { sandbox, follower } = world();
    sandbox.fault({ fault: { kind: 'repeatedRow' }, match: SECOND_PAGE, after: 1, count: 1 });
    await follower.follow('company');
    expect(follower.warnings).toContain('DINAMIK_ROW_TWICE');
    expect(follower.ends.at(-1)?.rows).toBe(25);
  });

  it('an id given to another record: the old one is deleted, the new one told', async () => {
    const { sandbox, clock, follower } = world({ switches: { reuseIds: true } });
    await follower.follow('company');
    await clock.sleep(60_000);
    sandbox.account.remove('Company', 7);
    sandbox.account.create('Company', { values: { name: 'Another' } });
    await follower.follow('company');
    expect(follower.warnings).toContain('DINAMIK_ID_REUSED');
    expect(follower.deleted).toEqual(['7']);
    expect(follower.of('company').get('7')).toMatchObject({ name: 'Another' });
  });

  it('a module that disappears: it stops, and nothing is deleted', async () => {
    const { sandbox, follower } = world();
    await follower.follow('company');
    sandbox.account.rename('Company', 'Firm');
    await expect(follower.follow('company')).rejects.toMatchObject({ code: 'DINAMIK_NO_MODULE', retry: 'never' });
    expect(follower.deleted).toEqual([]);
  });
});

describe('deletes', () => {
  it('are told once the id cannot be read by itself', async () => {
    const { sandbox, follower } = world();
    await follower.follow('company');
    sandbox.account.remove('Company', 3);
    await follower.follow('company');
    expect(follower.deleted).toEqual(['3']);
  });

  it.each([
    ['delete', 'pages', 13],
    ['delete', 'none', 13],
    ['keep', 'pages', 25],
    ['keep', 'none', 25],
  ] as const)(
    'of many are asked about, none goes before, and they are dealt with as answered: %s (lists: %s)',
    async (answer, lists, left) => {
      const { sandbox, follower } = world({ switches: { lists } }, { deleteRows: 3, idSweepSeconds: 0 });
      await follower.follow('company');
      for (let id = 1; id <= 12; id += 1) sandbox.account.remove('Company', id);
      await follower.follow('company');
      follower.restart();
      await follower.follow('company');
      expect(follower.deleted).toEqual([]);
      expect(follower.questions[0]).toMatchObject({ object: 'company', choices: ['delete', 'keep'] });
      follower.answers.set(follower.questions[0]?.id ?? '', answer);
      await follower.follow('company');
      expect(follower.of('company').size).toBe(left);
      // What was decided stays decided, and another one goes as before.
      sandbox.account.remove('Company', 13);
      follower.restart();
      await follower.follow('company');
      await follower.follow('company');
      expect(follower.of('company').size).toBe(left - 1);
      expect(new Set(follower.questions.map(({ id }) => id)).size).toBe(1);
    },
  );
});
