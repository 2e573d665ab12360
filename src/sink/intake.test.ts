import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogWorld } from '../../test/support/log-world.ts';
import { byId, linkTo, noteTarget } from '../../test/support/sink/links.ts';
import { company } from '../../test/support/sink/objects.ts';
import { namesOf, oneEmail, personName, text } from '../../test/support/sink/values.ts';
import { mappingOf, type SinkWorld, SOURCE, type TestObject } from '../../test/support/sink-world.ts';
import type { Step } from '../core/ports.ts';
import type { ChangeEvent, WatermarkEvent } from '../events/event.ts';

const contact: TestObject = {
  target: 'person',
  tier: 'person',
  policies: { duplicate: 'merge' },
  draft: ({ after }) => ({
    fields: {
      name: personName(after.name),
      emails: oneEmail(after.email),
    },
    links: [
      {
        name: 'company',
        attempts: [byId('companyId', 'company', after.company)],
        otherwise: {
          kind: 'placeholder',
          column: 'companyId',
          placeholder: { name: 'unknown', object: 'company', target: 'company', fields: { name: 'Unknown' } },
        },
      },
    ],
  }),
};

const note: TestObject = {
  target: 'note',
  tier: 'activity',
  draft: ({ after }) => ({
    fields: { title: text(after.title) },
    children: [noteTarget('noteId', linkTo('contact', 'targetPersonId', after.contact, { kind: 'skip' }))],
  }),
};

let log: LogWorld;
let world: SinkWorld;
const reached: Step[] = [];

beforeEach(async () => {
  reached.length = 0;
  log = await LogWorld.open(
    { mapping: mappingOf({ company, contact, note }), steps: { reached: (step) => reached.push(step) } },
    { company: ['name'], contact: ['name', 'email', 'company'], note: ['title', 'contact'] },
  );
  ({ world } = log);
});
afterEach(() => log.close());

function end(object: string, rows: number, sequence: number): WatermarkEvent {
  return {
    kind: 'watermark',
    source: SOURCE,
    object,
    order: { epoch: 1, sequence },
    edge: 'end',
    snapshot: 's1',
    observedAt: 0,
    run: 'test',
    rows,
    rejected: 1,
    retained: 0,
  };
}

const company1 = (name: string): ChangeEvent => world.event('company', '1', { name });

describe('intake (SPEC.md I1)', () => {
  it('takes events in order, once, and goes on from the state’s own position', async () => {
    await log.log.append(SOURCE, 'company', [company1('Old'), world.event('company', '2', { name: 'Two' })]);
    await log.startIntake();
    expect(await world.classes()).toEqual({ 'company/1': 'on-the-way', 'company/2': 'on-the-way' });
    await log.intake.stop();
    await log.log.append(SOURCE, 'company', [company1('New')]);
    await log.reopen();
    await log.intake.start();
    expect(log.intake.behind('company')).toBe(true);
    await log.intake.caughtUp();
    expect(log.intake.behind('company')).toBe(false);
    const row = await world.state.read((tx) => tx.records.get(['crm/company/1']));
    expect(row.get('crm/company/1')?.event.after).toEqual({ name: 'New' });
    expect(reached.filter((step) => step === 'intake')).toHaveLength(2);
    expect(reached.filter((step) => step === 'after-intake')).toHaveLength(2);
  });

  it('counts bytes of others on our topics and sets them aside', async () => {
    const topic = await log.log.topic(SOURCE, 'company');
    await log.bus.append(topic, [{ key: 'x', value: Buffer.from('not ours at all'), timestamp: 0, headers: {} }]);
    await log.log.append(SOURCE, 'company', [company1('One')]);
    await log.startIntake();
    expect(log.intake.foreign()).toBe(1);
    expect(log.intake.stopped()).toBe(null);
    expect(await world.classes()).toEqual({ 'company/1': 'on-the-way' });
  });

  it('keeps the watermark of the source’s own count, which identity B is held against (ALL-3)', async () => {
    await log.log.append(SOURCE, 'company', [
      company1('One'),
      world.event('company', '2', { name: 'Two' }),
      end('company', 3, 100),
    ]);
    await log.startIntake();
    const [balance] = await world.balances();
    expect(balance).toMatchObject({
      counted: 3,
      live: 2,
      rejected: 1,
      deadLettered: 1,
      onTheWay: 2,
      residueA: 0,
      residueB: 0,
    });
    // The source counts one row more than ever reached us.
    await log.log.append(SOURCE, 'company', [end('company', 4, 101)]);
    await log.intake.caughtUp();
    const [after] = await world.balances();
    expect(after).toMatchObject({ residueA: 0, residueB: -1, residue: 1 });
  });
});

describe('a lost state', () => {
  it('is rebuilt from the log and the sync fields, and then a full replay spends no write call', async () => {
    await log.log.append(SOURCE, 'company', [company1('One')]);
    await log.log.append(SOURCE, 'contact', [
      world.event('contact', 'a', { name: 'Ada', email: 'a@example.com', company: '1' }, { sourceCreated: 2 }),
      world.event('contact', 'b', { name: 'Bob', email: 'a@example.com', company: '' }, { sourceCreated: 1 }),
      world.event('contact', 'c', { name: 'Cy', email: 'c@example.com', company: '' }),
    ]);
    await log.log.append(SOURCE, 'note', [
      world.event('note', 'n', { title: 'Note', contact: 'a' }),
      world.event('note', 'm', { title: 'Gone', contact: 'a' }),
      world.event('note', 'm', null),
    ]);
    await log.startIntake();
    await world.rest();
    const before = world.sandbox.dump('person');
    const ids = (object: string) =>
      world
        .rows(object)
        .map((row) => row.id)
        .sort();
    const [people, notes, targets] = [ids('person'), ids('note'), ids('noteTarget')];
    const classes = await world.classes();
    expect(Object.values(classes)).not.toContain('on-the-way');

    const rebuilt = await log.rebuild();
    expect(rebuilt.unknown).toEqual([]);
    world.sandbox.clearCalls();
    await world.rest();
    expect(world.writes()).toEqual([]);
    // The note that was deleted before was never alive for the new state.
    const alive = Object.fromEntries(Object.entries(classes).filter(([, one]) => one !== 'deleted'));
    expect(Object.fromEntries(Object.entries(await world.classes()).filter(([, one]) => one !== 'deleted'))).toEqual(
      alive,
    );
    expect([ids('person'), ids('note'), ids('noteTarget')]).toEqual([people, notes, targets]);
    expect(world.sandbox.dump('person')).toEqual(before);
    await log.startIntake();
    await world.rest();
    expect(world.writes()).toEqual([]);
    await log.log.append(SOURCE, 'company', [company1('Eins')]);
    await log.intake.caughtUp();
    await world.rest();
    expect(namesOf(world.rows('company'))).toEqual(['Eins', 'Unknown']);
  });
});
