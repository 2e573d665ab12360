import { afterEach, describe, expect, it } from 'vitest';
import { LogWorld } from '../../test/support/log-world.ts';
import { refuse } from '../../test/support/refusing.ts';
import { contactOfCompany } from '../../test/support/sink/objects.ts';
import { text } from '../../test/support/sink/values.ts';
import { mappingOf, type TestObject } from '../../test/support/sink-world.ts';
import { correctValues, discard, type Said, sendAgain } from './decisions.ts';

let log: LogWorld;
afterEach(() => log.close());

const company: TestObject = {
  target: 'company',
  tier: 'company',
  draft: ({ after }) =>
    text(after.name).startsWith('?')
      ? { kind: 'refused', field: 'name', code: 'TEST', reason: 'not a name' }
      : { fields: { name: text(after.name), size: text(after.size) } },
};

const size = { object: 'company', name: 'size', label: 'Size', type: 'TEXT', because: 'test' } as const;

async function open(): Promise<void> {
  log = await LogWorld.open(
    { mapping: mappingOf({ company, contact: contactOfCompany }, { desired: { fields: [size] } }) },
    { company: ['name', 'size'], contact: ['name', 'company'] },
  );
  await log.startIntake();
}

const said = (reason = 'seen to'): Said & { readonly reason: string } => ({
  by: 'Jo',
  reason,
  now: log.world.clock.now(),
  run: 'test',
});

const put = (id: string, name: string, size = '') => log.put(log.world.event('company', id, { name, size }));
const names = () => log.world.rows('company').map((row) => row.name);
const KEY = 'crm/company/1';

/** The same log under an empty state, as `state rebuild` makes it. */
async function rebuild(): Promise<void> {
  await log.rebuild();
  await log.startIntake();
  await log.world.rest();
}

describe('an edited dead letter', () => {
  it('goes to Twenty with the values of that person, and says so in the topic and in the audit', async () => {
    await open();
    await put('1', '?', '7');
    await log.world.rest();
    await log.world.decide((tx) => correctValues(tx, KEY, { name: 'Acme' }, said('the name was missing')));
    expect(log.world.rows('company')).toMatchObject([{ name: 'Acme', size: '7' }]);
    expect(await log.world.classes()).toEqual({ 'company/1': 'applied' });
    const notices = await log.notices('dead');
    expect(notices.map(({ outcome, by, changes }) => [outcome, by, changes])).toEqual([
      ['DEAD', null, null],
      ['EDITED', 'Jo', '{"name":"Acme"}'],
    ]);
    expect(await log.world.state.read((tx) => tx.audit.of(KEY))).toMatchObject([
      {
        by: 'Jo',
        action: 'dead-letters-edit',
        reason: 'the name was missing',
        detail: { was: { name: '?' }, is: { name: 'Acme' } },
      },
    ]);
    // The event is the source's word still.
    const row = (await log.world.state.read((tx) => tx.records.get([KEY]))).get(KEY);
    expect(row?.event.after).toEqual({ name: '?', size: '7' });
  });

  it('keeps what was corrected before, of the same event', async () => {
    await open();
    await put('1', '?', 'x');
    await log.world.rest();
    await log.world.decide((tx) => correctValues(tx, KEY, { size: '9' }, said()));
    expect(await log.world.classes()).toEqual({ 'company/1': 'dead-lettered SINK_MAPPING_REFUSED' });
    await log.world.decide((tx) => correctValues(tx, KEY, { name: 'Acme' }, said()));
    expect(log.world.rows('company')).toMatchObject([{ name: 'Acme', size: '9' }]);
  });

  it('never stands in the way of a later change in the source', async () => {
    await open();
    await put('1', '?');
    await log.world.rest();
    await log.world.decide((tx) => correctValues(tx, KEY, { name: 'By hand' }, said()));
    await put('1', 'By the source');
    await log.world.rest();
    expect(names()).toEqual(['By the source']);
    await put('1', '?');
    await log.world.rest();
    // The old correction was of another event, though its values were the same.
    expect(await log.world.classes()).toEqual({ 'company/1': 'dead-lettered SINK_MAPPING_REFUSED' });
  });

  it('stays when the source sends the same again, and when everything is planned again', async () => {
    await open();
    await put('1', '?');
    await log.world.rest();
    await log.world.decide((tx) => correctValues(tx, KEY, { name: 'By hand' }, said()));
    log.world.sandbox.clearCalls();
    await put('1', '?');
    await log.world.planAgain();
    expect(names()).toEqual(['By hand']);
    expect(log.world.writes()).toEqual([]);
  });

  it('is edited still where the state is lost and rebuilt from the log', async () => {
    await open();
    await put('1', '?');
    await log.world.rest();
    await log.world.decide((tx) => correctValues(tx, KEY, { name: 'By hand' }, said()));
    log.world.sandbox.clearCalls();
    await rebuild();
    expect(names()).toEqual(['By hand']);
    expect(await log.world.classes()).toEqual({ 'company/1': 'applied' });
    expect(log.world.writes()).toEqual([]);
  });

  it('is refused for a record that nobody refused', async () => {
    await open();
    await put('1', 'Acme');
    await log.world.rest();
    await expect(
      log.world.state.transaction((tx) => correctValues(tx, KEY, { name: 'x' }, said())),
    ).rejects.toMatchObject({
      code: 'DEAD_LETTER_UNKNOWN',
    });
  });
});

describe('a discarded dead letter', () => {
  it('counts as excluded from that moment on, whatever is planned again, and its dependants go on', async () => {
    await open();
    await put('1', '?');
    await log.put(log.world.event('contact', '1', { name: 'Ada', company: '1' }));
    await log.world.rest();
    expect(
      await log.world.state.transaction((tx) => discard(tx, [KEY, 'crm/contact/1'], said('a test record'))),
    ).toEqual([KEY]);
    expect((await log.world.classes())['company/1']).toBe('excluded SINK_DISCARDED');
    await log.world.planAgain();
    expect(await log.world.classes()).toEqual({ 'company/1': 'excluded SINK_DISCARDED', 'contact/1': 'applied' });
    const balance = (await log.world.balances()).find(({ object }) => object === 'company');
    expect(balance).toMatchObject({ live: 1, excluded: 1, deadLettered: 0, residueA: 0 });
    expect((await log.notices('dead')).map(({ outcome }) => outcome)).toEqual(['DEAD', 'DISCARDED']);
  });

  it('leaves in Twenty what stands there of the record', async () => {
    await open();
    await put('1', 'Acme');
    await log.put(log.world.event('contact', '1', { name: 'Ada', company: '1' }));
    await log.world.rest();
    const [row] = log.world.rows('company');
    await put('1', '?');
    await log.world.rest();
    await log.world.decide((tx) => discard(tx, [KEY], said()));
    await log.world.planAgain();
    expect(log.world.rows('company')).toEqual([row]);
    expect(log.world.rows('person')).toMatchObject([{ companyId: row?.id }]);
    await put('1', 'Acme Inc');
    await log.world.rest();
    expect(log.world.rows('company')).toMatchObject([{ id: row?.id, name: 'Acme Inc' }]);
  });

  it('of a refused deletion lets the row be', async () => {
    await open();
    await put('1', 'Acme');
    await log.world.rest();
    const softDelete = log.world.client.softDelete;
    log.world.client.softDelete = async () => ({ kind: 'refused', reason: 'bad-value', message: 'no', partial: false });
    await log.put(log.world.event('company', '1', null));
    await log.world.rest();
    expect(await log.world.classes()).toEqual({ 'company/1': 'delete-held SINK_TWENTY_REFUSED' });
    log.world.client.softDelete = softDelete;
    await log.world.decide((tx) => discard(tx, [KEY], said()));
    expect(await log.world.classes()).toEqual({ 'company/1': 'deleted' });
    expect(names()).toEqual(['Acme']);
    await log.world.planAgain();
    expect(names()).toEqual(['Acme']);
  });

  it('is tried again with its next change, or when that person takes the decision back', async () => {
    await open();
    const refusing = refuse(log.world.client, (_object, { name }) => (name === 'Bad' ? 'bad-value' : null));
    await put('1', 'Bad');
    await put('2', 'Bad');
    await log.world.rest();
    await log.world.decide((tx) => discard(tx, [KEY, 'crm/company/2'], said()));
    refusing.stop();
    await put('2', 'Good');
    await log.world.rest();
    expect(await log.world.classes()).toEqual({ 'company/1': 'excluded SINK_DISCARDED', 'company/2': 'applied' });
    expect(await log.world.decide((tx) => sendAgain(tx, [KEY, 'crm/company/2'], said()))).toEqual([KEY]);
    expect(await log.world.classes()).toEqual({ 'company/1': 'applied', 'company/2': 'applied' });
  });

  it('is discarded still where the state is lost, unless that was taken back', async () => {
    await open();
    await put('1', '?');
    await put('2', '?');
    await log.world.rest();
    await log.world.decide((tx) => discard(tx, [KEY, 'crm/company/2'], said()));
    await log.world.decide((tx) => sendAgain(tx, ['crm/company/2'], said()));
    const classes = await log.world.classes();
    expect(classes).toEqual({
      'company/1': 'excluded SINK_DISCARDED',
      'company/2': 'dead-lettered SINK_MAPPING_REFUSED',
    });
    await rebuild();
    expect(await log.world.classes()).toEqual(classes);
  });
});
