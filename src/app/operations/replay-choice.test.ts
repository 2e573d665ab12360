import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { scratchFolder } from '../../../test/support/scratch.ts';
import { EmbeddedBus } from '../../bus/embedded/embedded-bus.ts';
import { testClock } from '../../bus/embedded/test-clock.ts';
import { contentHash, recordKey } from '../../core/identifiers.ts';
import type { ChangeEvent } from '../../events/event.ts';
import { EventLog } from '../../events/log.ts';
import { memoryNameTable } from '../../events/names.ts';
import type { CompiledMapping } from '../../mapping/model.ts';
import type { Application } from '../application.ts';
import { chosenRecords } from './replay-choice.ts';

const DAY = 86_400_000;
const NOON = Date.parse('2026-03-10T12:00:00Z');
const clock = testClock(NOON);
let folder = '';
let bus: EmbeddedBus;
let events: EventLog;
beforeEach(() => {
  folder = scratchFolder('changeover-replay-');
  clock.set(NOON);
  bus = new EmbeddedBus({ file: join(folder, 'log.sqlite'), clock });
  events = new EventLog({ bus, schemas: bus.schemas, names: memoryNameTable(), retentionMs: 2 * DAY });
});
afterEach(async () => {
  await bus.close();
  rmSync(folder, { recursive: true });
});

/** One event a day of an object, the newest today. */
async function logged(object: string, days: number): Promise<void> {
  await events.declare('crm', object, [{ name: 'Name', type: { kind: 'string' } }]);
  for (let ago = days - 1; ago >= 0; ago -= 1) {
    const after = { Name: `${ago} days ago` };
    const event: ChangeEvent = {
      kind: 'change',
      key: recordKey('crm', object, `${ago}`),
      source: 'crm',
      object,
      id: `${ago}`,
      op: 'UPSERT',
      order: { epoch: 1, sequence: days - ago },
      sourceVersion: null,
      sourceTime: null,
      sourceCreated: null,
      observedAt: NOON - ago * DAY,
      run: 'run-1',
      contentHash: contentHash(after),
      after,
    };
    await events.append('crm', object, [event]);
  }
}

const mapping = {
  source: 'crm',
  objects: new Map(['contact', 'deal'].map((object) => [object, {}])),
} as unknown as CompiledMapping;
const since = (time: number) =>
  chosenRecords({ events, ports: { clock } } as unknown as Application, [mapping], {
    source: 'crm',
    objects: [],
    records: [],
    from: new Date(time).toISOString(),
  });

test('--from takes the records with events from that moment on, of objects that were ever read', async () => {
  await logged('contact', 5);
  const found = await since(NOON - 2.5 * DAY);
  expect(found).toEqual({ objects: null, keys: ['crm/contact/0', 'crm/contact/1', 'crm/contact/2'], shorter: [] });
});

test('a log that begins later, by its retention, is said to, with the time from which on it is whole', async () => {
  await logged('contact', 5);
  await bus.removeExpired();
  const found = await since(NOON - 4.5 * DAY);
  expect(found.keys).toEqual(['crm/contact/0', 'crm/contact/1', 'crm/contact/2']);
  expect(found.shorter).toEqual([{ object: 'contact', begins: '2026-03-08T12:00:00.000Z' }]);
  expect(await since(NOON - 1.5 * DAY)).toMatchObject({ keys: ['crm/contact/0', 'crm/contact/1'], shorter: [] });
});

test('a log that holds nothing any more is said to', async () => {
  await logged('contact', 3);
  clock.set(NOON + 10 * DAY);
  await bus.removeExpired();
  expect(await since(NOON)).toMatchObject({ keys: [], shorter: [{ object: 'contact', begins: null }] });
});
