import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mappingOf, SinkWorld, SOURCE, type TestObject } from '../../test/support/sink-world.ts';
import { stateNames } from '../app/names.ts';
import { EmbeddedBus } from '../bus/embedded/embedded-bus.ts';
import { systemClock } from '../core/clock.ts';
import { silentLogger } from '../core/logger.ts';
import type { Step } from '../core/ports.ts';
import type { ChangeEvent, WatermarkEvent } from '../events/event.ts';
import { EventLog } from '../events/log.ts';
import { createIntake, type Intake } from './intake.ts';
import { rebuildState } from './rebuild.ts';

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const company: TestObject = {
  target: 'company',
  tier: 'company',
  draft: ({ after }) => ({ fields: { name: text(after.name) } }),
};

const contact: TestObject = {
  target: 'person',
  tier: 'person',
  policies: { duplicate: 'merge' },
  draft: ({ after }) => ({
    fields: {
      name: { firstName: text(after.name), lastName: '' },
      emails: { primaryEmail: text(after.email), additionalEmails: [] },
    },
    links: [
      {
        name: 'company',
        attempts: [{ column: 'companyId', label: 'by id', by: 'id', object: 'company', id: text(after.company) }],
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
    children: [
      {
        name: 'target',
        target: 'noteTarget',
        fields: {},
        parentColumn: 'noteId',
        sharedKey: null,
        links: [
          {
            name: 'parent',
            attempts: [
              { column: 'targetPersonId', label: 'contact', by: 'id', object: 'contact', id: text(after.contact) },
            ],
            otherwise: { kind: 'skip' },
          },
        ],
      },
    ],
  }),
};

let world: SinkWorld;
let folder: string;
let bus: EmbeddedBus;
let log: EventLog;
let intake: Intake;
const reached: Step[] = [];

beforeEach(async () => {
  world = await SinkWorld.open({ mapping: mappingOf({ company, contact, note }) });
  folder = mkdtempSync(join(tmpdir(), 'changeover-log-'));
  bus = new EmbeddedBus({
    file: join(folder, 'log.db'),
    clock: systemClock(),
    logger: silentLogger(),
    access: 'write',
  });
  reached.length = 0;
  open();
  const string = (name: string) => ({ name, type: { kind: 'string' as const } });
  for (const [object, fields] of [
    ['company', ['name']],
    ['contact', ['name', 'email', 'company']],
    ['note', ['title', 'contact']],
  ] as const) {
    await log.declare(SOURCE, object, fields.map(string));
  }
});

afterEach(async () => {
  await intake.stop();
  await bus.close();
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Intake and log on the world's present state. */
function open(): void {
  log = new EventLog({ bus, schemas: bus.schemas, names: stateNames(world.state) });
  intake = createIntake({
    source: SOURCE,
    objects: ['company', 'contact', 'note'],
    state: world.state,
    events: log,
    clock: systemClock(),
    logger: silentLogger(),
    steps: { reached: (step) => reached.push(step) },
    maxBatch: 3,
  });
}

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
    await log.append(SOURCE, 'company', [company1('Old'), world.event('company', '2', { name: 'Two' })]);
    await intake.start();
    await intake.caughtUp();
    expect(await world.classes()).toEqual({ 'company/1': 'on-the-way', 'company/2': 'on-the-way' });
    await intake.stop();
    await log.append(SOURCE, 'company', [company1('New')]);
    open();
    await intake.start();
    expect(intake.behind('company')).toBe(true);
    await intake.caughtUp();
    expect(intake.behind('company')).toBe(false);
    const row = await world.state.read((tx) => tx.records.get(['crm/company/1']));
    expect(row.get('crm/company/1')?.event.after).toEqual({ name: 'New' });
    expect(reached.filter((step) => step === 'intake')).toHaveLength(2);
    expect(reached.filter((step) => step === 'after-intake')).toHaveLength(2);
  });

  it('counts bytes of others on our topics and sets them aside', async () => {
    const topic = await log.topic(SOURCE, 'company');
    await bus.append(topic, [{ key: 'x', value: Buffer.from('not ours at all'), timestamp: 0, headers: {} }]);
    await log.append(SOURCE, 'company', [company1('One')]);
    await intake.start();
    await intake.caughtUp();
    expect(intake.foreign()).toBe(1);
    expect(intake.stopped()).toBe(null);
    expect(await world.classes()).toEqual({ 'company/1': 'on-the-way' });
  });

  it('keeps the watermark of the source’s own count, which identity B is held against (ALL-3)', async () => {
    await log.append(SOURCE, 'company', [
      company1('One'),
      world.event('company', '2', { name: 'Two' }),
      end('company', 3, 100),
    ]);
    await intake.start();
    await intake.caughtUp();
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
    await log.append(SOURCE, 'company', [end('company', 4, 101)]);
    await intake.caughtUp();
    const [after] = await world.balances();
    expect(after).toMatchObject({ residueA: 0, residueB: -1, residue: 1 });
  });
});

describe('a lost state', () => {
  it('is rebuilt from the log and the sync fields, and then a full replay spends no write call', async () => {
    await log.append(SOURCE, 'company', [company1('One')]);
    await log.append(SOURCE, 'contact', [
      world.event('contact', 'a', { name: 'Ada', email: 'a@example.com', company: '1' }, { sourceCreated: 2 }),
      world.event('contact', 'b', { name: 'Bob', email: 'a@example.com', company: '' }, { sourceCreated: 1 }),
      world.event('contact', 'c', { name: 'Cy', email: 'c@example.com', company: '' }),
    ]);
    await log.append(SOURCE, 'note', [
      world.event('note', 'n', { title: 'Note', contact: 'a' }),
      world.event('note', 'm', { title: 'Gone', contact: 'a' }),
      world.event('note', 'm', null),
    ]);
    await intake.start();
    await intake.caughtUp();
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

    await intake.stop();
    await world.loseState();
    open();
    const rebuilt = await rebuildState({
      state: world.state,
      events: log,
      twenty: world.client,
      clock: systemClock(),
      logger: silentLogger(),
      mappings: [world.mapping],
      lane: 'load',
    });
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
    await intake.start();
    await intake.caughtUp();
    await world.rest();
    expect(world.writes()).toEqual([]);
    await log.append(SOURCE, 'company', [company1('Eins')]);
    await intake.caughtUp();
    await world.rest();
    expect(
      world
        .rows('company')
        .map((row) => row.name)
        .sort(),
    ).toEqual(['Eins', 'Unknown']);
  });
});
