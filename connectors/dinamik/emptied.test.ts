import { describe, expect, it } from 'vitest';
import { type DinamikSandboxOptions, makeDinamikSandbox } from '../../sandbox/dinamik/index.ts';
import { SimulatedClock } from '../../src/core/clock.ts';
import { seededRandom } from '../../src/core/random.ts';
import { Follower } from './testing.ts';

/** Addresses, e-mails and phones that the API shows as empty, with status 200: gone, or an outage. */

const DETAIL_SECONDS = 60;
const DUE_MS = (DETAIL_SECONDS + 1) * 1000;
const EVERYWHERE = [
  ['by routes of their own', 'routes', /GetEmails/],
  ['in the single record', 'entity', /GetById/],
  ['in the rows', 'rows', /GetList|GetById/],
] as const;

/** Companies with an e-mail address each, read to their end. */
async function world(count: number, options: DinamikSandboxOptions = {}) {
  const clock = new SimulatedClock();
  const { sandbox } = makeDinamikSandbox({ clock, random: seededRandom(3), ...options });
  for (let at = 1; at <= count; at += 1)
    sandbox.account.create('Company', {
      values: { name: `Company ${at}` },
      details: { Emails: [{ email: `${at}@firm.example` }] },
    });
  const access = { ...sandbox, http: sandbox.http() };
  const settings = { pageSize: 10, deleteRows: 3, deleteShare: 0, detailSeconds: DETAIL_SECONDS };
  const follower = new Follower(access, clock, settings);
  await follower.follow('company');
  const emails = (): readonly unknown[] => [...follower.of('company').values()].map((values) => values.emails);
  return {
    clock,
    sandbox,
    follower,
    emails,
    before: emails(),
    /** The next look, at which details are due. */
    async look() {
      await clock.sleep(DUE_MS);
      await follower.follow('company');
    },
    outage: (match: RegExp = /GetEmails/) => sandbox.fault({ fault: { kind: 'emptyDetails' }, match }),
  };
}

describe('details of many records that turn empty at once', () => {
  it.each(EVERYWHERE)(
    '%s: none is emptied, a person is asked, and the end of the outage ends it',
    async (_, details, match) => {
      const { sandbox, follower, look, outage, emails, before } = await world(25, { switches: { details } });
      outage(match);
      await look();
      await look();
      expect(emails()).toEqual(before);
      expect(new Set(follower.questions.map(({ id }) => id)).size).toBe(1);
      expect(follower.questions[0]).toMatchObject({ object: 'company', choices: ['empty', 'keep'], blocking: false });
      expect(follower.warnings).toContain('DINAMIK_DETAILS_EMPTY');
      sandbox.clearFaults();
      sandbox.account.update('Company', 7, { details: { Emails: [{ email: 'new@firm.example' }] } });
      await look();
      expect(emails()).toEqual(before.map((one, at) => (at === 6 ? ['new@firm.example'] : one)));
      expect(follower.repeated).toBe(0);
    },
  );

  it('are emptied once a person said so, and only of those that are still without', async () => {
    const { sandbox, follower, look, emails } = await world(12);
    for (let id = 1; id <= 10; id += 1) sandbox.account.updateBehind('Company', id, { Emails: [] });
    await look();
    follower.answers.set(follower.questions[0]?.id ?? '', 'empty');
    sandbox.account.updateBehind('Company', 5, { Emails: [{ email: 'again@firm.example' }] });
    await look();
    expect(emails().flat()).toEqual(['again@firm.example', '11@firm.example', '12@firm.example']);
  });

  it('stay where a person said so, are not asked about again, and hold up no other record', async () => {
    const { sandbox, follower, look, emails, before } = await world(12);
    for (let id = 1; id <= 10; id += 1) sandbox.account.updateBehind('Company', id, { Emails: [] });
    await look();
    follower.answers.set(follower.questions[0]?.id ?? '', 'keep');
    await look();
    sandbox.account.update('Company', 12, { values: { name: 'Renamed' } });
    sandbox.account.updateBehind('Company', 3, { Emails: [{ email: 'back@firm.example' }] });
    await look();
    await look();
    expect(follower.of('company').get('12')).toMatchObject({ name: 'Renamed' });
    expect(emails()).toEqual(before.map((one, at) => (at === 2 ? ['back@firm.example'] : one)));
    expect(follower.questions).toHaveLength(1);
  });

  it('are asked about also where they turn empty a few at a time', async () => {
    const { sandbox, follower, look, emails } = await world(30);
    for (let id = 1; id <= 9; id += 1) {
      sandbox.account.updateBehind('Company', id, { Emails: [] });
      if (id % 3 === 0) {
        // Looks follow each other faster than details are due: the row shows that something changed.
        for (const one of [id - 2, id - 1, id]) sandbox.account.update('Company', one, { values: { note: 'changed' } });
        await follower.follow('company');
      }
    }
    expect(emails().filter((one) => Array.isArray(one) && one.length === 0)).toHaveLength(3);
    expect(follower.questions).toHaveLength(1);
    await look();
    expect(emails().filter((one) => Array.isArray(one) && one.length === 0)).toHaveLength(3);
  });

  it('are held over a restart that lost the work folder', async () => {
    const { follower, look, outage, emails, before } = await world(25);
    outage();
    await look();
    follower.restart();
    await look();
    expect(emails()).toEqual(before);
  });
});

describe('details of a few records that turn empty', () => {
  it.each(EVERYWHERE)('%s: one that was really emptied is emptied', async (_, details) => {
    const { sandbox, follower, look, emails, before } = await world(25, { switches: { details } });
    sandbox.account.updateBehind('Company', 4, { Emails: [] });
    await look();
    expect(emails()).toEqual(before.map((one, at) => (at === 3 ? [] : one)));
    expect(follower.questions).toEqual([]);
  });

  it('the only record that had any is emptied', async () => {
    const { sandbox, look, emails } = await world(1);
    sandbox.account.updateBehind('Company', 1, { Emails: [] });
    await look();
    expect(emails()).toEqual([[]]);
  });

  it('all that had any, few as they are: a person is asked', async () => {
    const { follower, look, outage, emails, before } = await world(3);
    outage();
    await look();
    expect(emails()).toEqual(before);
    expect(follower.questions).toHaveLength(1);
  });

  it('while others are shown without, too: nothing is emptied, nobody is asked, and the change comes with the end of it', async () => {
    const { sandbox, follower, outage, emails, before } = await world(25);
    outage();
    sandbox.account.update('Company', 4, { values: { name: 'Renamed' } });
    await follower.follow('company');
    await follower.follow('company');
    expect(emails()).toEqual(before);
    expect(follower.questions).toEqual([]);
    expect(follower.warnings).toContain('DINAMIK_DETAILS_EMPTY');
    sandbox.clearFaults();
    await follower.follow('company');
    expect(follower.of('company').get('4')).toMatchObject({ name: 'Renamed', emails: ['4@firm.example'] });
    expect(emails()).toEqual(before);
  });

  it('two that were really emptied are told from an outage, whichever record is read for comparison', async () => {
    const { sandbox, follower, emails, before } = await world(25);
    sandbox.account.updateBehind('Company', 1, { Emails: [] });
    sandbox.account.updateBehind('Company', 4, { Emails: [] });
    sandbox.account.update('Company', 4, { values: { name: 'Renamed' } });
    await follower.follow('company');
    await follower.follow('company');
    expect(emails()).toEqual(before.map((one, at) => (at === 0 || at === 3 ? [] : one)));
  });
});
