import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DataverseSandbox, type Fault, startDataverseSandbox } from '../../sandbox/dataverse/index.ts';
import { column } from '../../sandbox/dataverse/model/columns.ts';
import { SimulatedClock } from '../../src/core/clock.ts';
import { seededRandom } from '../../src/core/random.ts';
import { Follower } from './testing.ts';

/** What an environment may do wrong, each with a code of its own: what happened, and the good rest goes on. */

let clock: SimulatedClock;
let sandbox: DataverseSandbox;
let follower: Follower;

async function open(settings: Readonly<Record<string, unknown>> = {}, aheadMs = 0): Promise<void> {
  clock = new SimulatedClock({ start: Date.UTC(2026, 2, 4, 9) });
  const { monotonic, sleep } = { monotonic: () => clock.monotonic(), sleep: clock.sleep.bind(clock) };
  sandbox = await startDataverseSandbox({
    clock: { monotonic, sleep, now: () => clock.now() + aheadMs },
    random: seededRandom(3),
    limits: null,
  });
  follower = new Follower(sandbox, clock, settings);
}

async function again(settings: Readonly<Record<string, unknown>>, aheadMs = 0): Promise<void> {
  await sandbox.close();
  await open(settings, aheadMs);
}

beforeEach(() => open());
afterEach(() => sandbox.close());

const account = (): string => sandbox.organisation.create('account', { name: 'Ada Ltd' }).id;
const notes = async (): Promise<string> => (await follower.connector.describe()).notes.join('\n');

describe('stops the table, and says why', () => {
  it('DATAVERSE_NO_APPLICATION_USER: the registration is nobody in the environment', async () => {
    sandbox.access.applicationUser = false;
    await expect(follower.follow('account')).rejects.toMatchObject({ code: 'DATAVERSE_NO_APPLICATION_USER' });
  });

  it('DATAVERSE_PRIVILEGE: a table that may not be read is left out, the others go on', async () => {
    account();
    sandbox.allow('lead', 'none');
    await expect(follower.follow('lead')).rejects.toMatchObject({ code: 'DATAVERSE_PRIVILEGE', retry: 'never' });
    expect(await notes()).toContain(
      'lead may not be read by the application user; the other tables go on. (DATAVERSE_PRIVILEGE)',
    );
    await follower.follow('account');
    expect(follower.of('account').size).toBe(1);
  });

  const kept: readonly (readonly [string, Fault])[] = [
    ['DATAVERSE_FOREIGN_LINK', { kind: 'foreignLinks', origin: 'http://127.0.0.1:9' }],
    ['DATAVERSE_WEB_PAGE', { kind: 'html', status: 200 }],
    ['DATAVERSE_BAD_ANSWER', { kind: 'truncated' }],
    ['DATAVERSE_NO_LINK', { kind: 'noLinks' }],
    ['DATAVERSE_UNAVAILABLE', { kind: 'status', status: 503 }],
  ];
  it.each(kept)('%s: nothing is taken from such answers, and all of it once they are right', async (code, fault) => {
    account();
    sandbox.fault({ fault, match: /\/accounts/ });
    await expect(follower.follow('account')).rejects.toMatchObject({ code });
    expect(follower.of('account').size).toBe(0);
    sandbox.clearFaults();
    await follower.follow('account');
    expect(follower.of('account').size).toBe(1);
    expect(follower.ends).toMatchObject([{ rows: 1 }]);
  });
});

describe('goes on, and tells', () => {
  it('DATAVERSE_UNTRACKED: a table without change tracking is followed all the same', async () => {
    expect(await notes()).toContain('opx_inspection has no change tracking. (DATAVERSE_UNTRACKED)');
    sandbox.organisation.create('opx_inspection', { opx_name: 'First' });
    await follower.follow('opx_inspection');
    expect(follower.of('opx_inspection').size).toBe(1);
  });

  it('DATAVERSE_UNKNOWN_TYPE: a value of a type that nobody has heard of is text', async () => {
    const id = account();
    const type = { kind: 'Other', typeName: 'HologramType' } as const;
    sandbox.alter({ kind: 'addColumn', table: 'account', column: column('opx_odd', 'Odd', type) });
    sandbox.organisation.force('account', id, { ...sandbox.organisation.row('account', id)?.values, opx_odd: 'cube' });
    expect(await notes()).toContain('account.opx_odd is of the type HologramType. (DATAVERSE_UNKNOWN_TYPE)');
    await follower.follow('account');
    expect(follower.of('account').get(id)).toMatchObject({ opx_odd: 'cube' });
  });

  it('DATAVERSE_UNKNOWN_OPTION: an option that the definitions do not list stays visible as its number', async () => {
    const id = account();
    sandbox.organisation.force('account', id, {
      ...sandbox.organisation.row('account', id)?.values,
      industrycode: 999,
    });
    await follower.follow('account');
    expect(follower.of('account').get(id)).toMatchObject({ industrycode: '#999' });
    expect(follower.warnings).toEqual(['DATAVERSE_UNKNOWN_OPTION']);
  });

  it('DATAVERSE_LOST_ROW: a lookup at a row that was deleted keeps its id as text', async () => {
    await again({ annotations: false });
    const lead = sandbox.organisation.create('lead', { subject: 'Gone', lastname: 'Lead' }).id;
    const project = sandbox.organisation.create('opx_project', {
      opx_name: 'Bridge',
      opx_originid: { id: lead, table: 'lead' },
    }).id;
    sandbox.organisation.remove('lead', lead);
    await follower.follow('opx_project');
    expect(follower.of('opx_project').get(project)).toMatchObject({
      'opx_originid/lead': null,
      'opx_originid/other': lead,
    });
    expect(new Set(follower.warnings)).toEqual(new Set(['DATAVERSE_LOST_ROW']));
  });

  it('DATAVERSE_CLOCK_SKEW: clocks that are an hour apart lose nothing', async () => {
    await again({}, 3_600_000);
    const id = account();
    const inspection = sandbox.organisation.create('opx_inspection', { opx_name: 'First' }).id;
    await follower.follow('account');
    await follower.follow('opx_inspection');
    await clock.advance(60_000);
    sandbox.organisation.update('account', id, { name: 'Renamed' });
    sandbox.organisation.update('opx_inspection', inspection, { opx_name: 'Second' });
    await follower.follow('account');
    await follower.follow('opx_inspection');
    expect(follower.of('account').get(id)).toMatchObject({ name: 'Renamed' });
    expect(follower.of('opx_inspection').get(inspection)).toMatchObject({ opx_name: 'Second' });
    expect(follower.warnings).toEqual(['DATAVERSE_CLOCK_SKEW']);
  });
});
