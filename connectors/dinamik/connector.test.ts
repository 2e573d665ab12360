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
  ] as const)('is read whole: %s', async (_name, options) => {
    const { follower } = world(options);
    await follower.follow('company');
    expect(follower.of('company').size).toBe(25);
    expect(follower.ends.at(-1)).toMatchObject({ rows: 25, rejected: 0 });
  });
});

describe('bad input', () => {
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

  it('an empty page in the middle is not the end', async () => {
    const { sandbox, follower } = world();
    sandbox.fault({ fault: { kind: 'emptyPage' }, match: SECOND_PAGE, after: 1, count: 1 });
    await follower.follow('company');
    await follower.follow('company');
    expect(follower.notices).toContain('DINAMIK_EMPTY_PAGE');
    expect(follower.of('company').size).toBe(25);
  });

  it('totals that change while paging: read again until all were seen', async () => {
    const { sandbox, follower } = world({ switches: { totals: true } });
    sandbox.fault({ fault: { kind: 'moves', deed: 'insert' }, match: SECOND_PAGE, after: 1, count: 1 });
    await follower.follow('company');
    expect(follower.notices).toContain('DINAMIK_TOTAL_MOVED');
    expect(follower.of('company').size).toBe(26);
  });

  it('a record on two pages counts once', async () => {
    const { sandbox, follower } = world();
    sandbox.fault({ fault: { kind: 'repeatedRow' }, match: SECOND_PAGE, after: 1, count: 1 });
    await follower.follow('company');
    expect(follower.notices).toContain('DINAMIK_ROW_TWICE');
    expect(follower.ends.at(-1)?.rows).toBe(25);
  });

  it('an id given to another record: the old one is deleted, the new one told', async () => {
    const { sandbox, clock, follower } = world({ switches: { reuseIds: true } });
    await follower.follow('company');
    await clock.sleep(60_000);
    sandbox.account.remove('Company', 7);
    sandbox.account.create('Company', { values: { name: 'Another' } });
    await follower.follow('company');
    expect(follower.notices).toContain('DINAMIK_ID_REUSED');
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
});
