import { afterEach, describe, expect, it } from 'vitest';
import { LogWorld } from '../../test/support/log-world.ts';
import { type Judge, refuse } from '../../test/support/refusing.ts';
import { restForGood } from '../../test/support/sink/deaths.ts';
import { contactOfCompany } from '../../test/support/sink/objects.ts';
import { text } from '../../test/support/sink/values.ts';
import { mappingOf, type TestObject } from '../../test/support/sink-world.ts';
import type { OutcomeNotice } from '../events/notices.ts';
import type { WriterOptions } from './deps.ts';

/** Long enough to look at what is parked before it is tried again, on a busy machine too. */
const FIRST_RETRY_MS = 1_500;

let log: LogWorld;
afterEach(() => log.close());

const company: TestObject = {
  target: 'company',
  tier: 'company',
  draft: ({ after }) =>
    after.name === 'Unmappable'
      ? { kind: 'refused', field: 'name', code: 'TEST', reason: 'not a name' }
      : { fields: { name: text(after.name) } },
};

async function open(writer: Partial<WriterOptions> = {}): Promise<void> {
  log = await LogWorld.open(
    {
      mapping: mappingOf({ company, contact: contactOfCompany }),
      writer: { firstRetryMs: FIRST_RETRY_MS, attempts: 3, ...writer },
    },
    { company: ['name'], contact: ['name', 'company'] },
  );
  await log.startIntake();
}

const told = (notices: readonly OutcomeNotice[]) =>
  notices.map(({ key, outcome, attempt }) => `${outcome} ${key} ${attempt}`);

const passing =
  (name: string, times: number): Judge =>
  (_object, fields) => {
    if (fields.name !== name || times === 0) return null;
    times -= 1;
    return 'other';
  };

describe('a record refused alone for a passing reason', () => {
  it('is parked with those who depend on it, tried again later, and told of until it is through', async () => {
    await open();
    refuse(log.world.client, passing('Acme', 2));
    await log.put(
      log.world.event('company', '1', { name: 'Acme' }),
      log.world.event('contact', '1', { name: 'Ada', company: '1' }),
    );
    await log.world.rest();
    expect(await log.world.classes()).toEqual({
      'company/1': 'on-the-way SINK_RETRY_LATER',
      'contact/1': 'held SINK_PARENT_UNDECIDED',
    });
    const one = { source: 'crm', object: 'company', attempt: 1, records: 1 };
    expect(await log.world.state.read((tx) => tx.retries.counts(null))).toEqual([one]);
    await restForGood(log.world);
    expect(await log.world.classes()).toEqual({ 'company/1': 'applied', 'contact/1': 'applied' });
    expect(told(await log.notices('retry'))).toEqual([
      'RETRY crm/company/1 1',
      'RETRY crm/company/1 2',
      'RELEASED crm/company/1 2',
    ]);
    const [first, second] = await log.notices('retry');
    expect((first?.dueAt ?? 0) - (first?.at ?? 0)).toBe(FIRST_RETRY_MS);
    expect((second?.dueAt ?? 0) - (second?.at ?? 0)).toBe(2 * FIRST_RETRY_MS);
    expect(await log.notices('dead')).toEqual([]);
  });

  it('ends as a dead letter where the reason does not pass, and its dependants go on without it', async () => {
    await open();
    refuse(log.world.client, passing('Acme', Number.POSITIVE_INFINITY));
    await log.put(
      log.world.event('company', '1', { name: 'Acme' }),
      log.world.event('contact', '1', { name: 'Ada', company: '1' }),
    );
    await restForGood(log.world);
    expect(await log.world.classes()).toEqual({
      'company/1': 'dead-lettered SINK_TWENTY_REFUSED',
      'contact/1': 'applied',
    });
    expect(told(await log.notices('retry'))).toEqual(['RETRY crm/company/1 1', 'RETRY crm/company/1 2']);
    expect(told(await log.notices('dead'))).toEqual(['DEAD crm/company/1 3']);
  });

  it('never goes back behind a newer event that came while it was parked', async () => {
    await open({ firstRetryMs: 60_000 });
    refuse(log.world.client, passing('Old', 1));
    await log.put(log.world.event('company', '1', { name: 'Old' }));
    await log.world.rest();
    await log.put(log.world.event('company', '1', { name: 'New' }));
    await log.world.rest();
    expect(log.world.rows('company').map((row) => row.name)).toEqual(['New']);
    expect(await log.world.classes()).toEqual({ 'company/1': 'applied' });
    // Its notice is of an event that is no longer the record's: nobody has to take it back.
    expect(told(await log.notices('retry'))).toEqual(['RETRY crm/company/1 1']);
  });

  it('does not wake a record that is parked on its own account', async () => {
    await open({ firstRetryMs: 60_000 });
    const refusing = refuse(log.world.client, (_object, { name }) =>
      name === 'Acme' || (name as { firstName?: string })?.firstName === 'Ada' ? 'other' : null,
    );
    await log.put(log.world.event('company', '1', { name: 'Acme' }));
    await log.put(log.world.event('contact', '1', { name: 'Ada', company: '' }));
    await log.world.rest();
    await log.world.state.transaction((tx) =>
      tx.dependencies.set([
        { key: 'crm/company/1', on: ['record:crm/contact/1'] },
        { key: 'crm/contact/1', on: ['record:crm/company/1'] },
      ]),
    );
    await log.world.state.transaction((tx) => tx.records.touch(['crm/company/1']));
    log.world.running.wake();
    await log.world.rest();
    expect(refusing.calls()).toBe(3);
  });
});

describe('a dead letter of the mapping', () => {
  it('is told once, however often it is looked at, and taken back when it goes through', async () => {
    await open();
    await log.put(log.world.event('company', '1', { name: 'Unmappable' }));
    await log.world.rest();
    await log.world.planAgain();
    const mended: TestObject = { ...company, draft: ({ after }) => ({ fields: { name: text(after.name) } }) };
    await log.world.confirm(mappingOf({ company: mended, contact: contactOfCompany }, { hash: 'two' }));
    await log.world.planAgain();
    expect(await log.world.classes()).toEqual({ 'company/1': 'applied' });
    expect(told(await log.notices('dead'))).toEqual(['DEAD crm/company/1 1', 'RELEASED crm/company/1 0']);
  });
});

describe('a deletion that Twenty refuses', () => {
  it('is a dead letter like any other', async () => {
    await open();
    await log.put(log.world.event('company', '1', { name: 'Acme' }));
    await log.world.rest();
    log.world.client.softDelete = async () => ({
      kind: 'refused',
      reason: 'bad-value',
      message: 'not this one',
      partial: false,
    });
    await log.put(log.world.event('company', '1', null));
    await log.world.rest();
    expect(await log.world.classes()).toEqual({ 'company/1': 'delete-held SINK_TWENTY_REFUSED' });
    expect(told(await log.notices('dead'))).toEqual(['DEAD crm/company/1 1']);
    const [balance] = await log.world.balances();
    expect(balance).toMatchObject({ live: 0, residue: 0 });
  });
});

describe('a state restored from an older backup', () => {
  it('learns what was parked and refused since, without another call', async () => {
    await open({ firstRetryMs: 60_000 });
    await log.put(
      log.world.event('company', '1', { name: 'Slow' }),
      log.world.event('company', '2', { name: 'Bad' }),
      log.world.event('company', '3', { name: 'Unmappable' }),
    );
    await log.world.backup();
    const refusing = refuse(log.world.client, (_object, { name }) =>
      name === 'Slow' ? 'other' : name === 'Bad' ? 'bad-value' : null,
    );
    await log.world.rest();
    const classes = await log.world.classes();
    const parked = await log.world.state.read((tx) => tx.records.get(['crm/company/1']));
    expect(classes).toEqual({
      'company/1': 'on-the-way SINK_RETRY_LATER',
      'company/2': 'dead-lettered SINK_TWENTY_REFUSED',
      'company/3': 'dead-lettered SINK_MAPPING_REFUSED',
    });
    const calls = refusing.calls();
    await log.intake.stop();
    await log.world.restore();
    await log.reopen();
    await log.startIntake();
    await log.world.rest();
    expect(await log.world.classes()).toEqual(classes);
    const again = await log.world.state.read((tx) => tx.records.get(['crm/company/1']));
    expect(again.get('crm/company/1')).toMatchObject({ attempt: 1, dueAt: parked.get('crm/company/1')?.dueAt });
    expect(refusing.calls()).toBe(calls);
  });
});

describe('a lost state', () => {
  it('has the same dead letters and parked records once it is rebuilt', async () => {
    await open({ firstRetryMs: 60_000 });
    refuse(log.world.client, (_object, { name }) => (name === 'Slow' ? 'other' : name === 'Bad' ? 'bad-value' : null));
    await log.put(
      log.world.event('company', '1', { name: 'Slow' }),
      log.world.event('company', '2', { name: 'Bad' }),
      log.world.event('company', '3', { name: 'Fine' }),
    );
    await log.world.rest();
    const classes = await log.world.classes();
    await log.rebuild();
    log.world.sandbox.clearCalls();
    await log.startIntake();
    await log.world.rest();
    expect(await log.world.classes()).toEqual(classes);
    expect(log.world.writes()).toEqual([]);
    expect(await log.world.state.read((tx) => tx.outbox.count())).toBe(0);
  });
});
