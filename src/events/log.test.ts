import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EmbeddedBus } from '../bus/embedded/embedded-bus.ts';
import { testClock } from '../bus/embedded/test-clock.ts';
import { contentHash, recordKey } from '../core/identifiers.ts';
import type { ChangeEvent, EventField, FieldValues, WatermarkEvent } from './event.ts';
import { EventLog } from './log.ts';
import { memoryNameTable, SOURCES } from './names.ts';

let folder = '';
let bus: EmbeddedBus;
const names = memoryNameTable();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-events-'));
  bus = new EmbeddedBus({ file: join(folder, 'log.sqlite'), clock: testClock() });
});
afterEach(async () => {
  await bus.close();
  rmSync(folder, { recursive: true });
});

function change(id: string, sequence: number, after: FieldValues | null, object = 'Kişi'): ChangeEvent {
  return {
    kind: 'change',
    key: recordKey('crm', object, id),
    source: 'crm',
    object,
    id,
    op: after === null ? 'DELETE' : 'UPSERT',
    order: { epoch: 1, sequence },
    sourceVersion: null,
    sourceTime: 1_700_000_000_000,
    sourceCreated: null,
    observedAt: 1_700_000_000_500,
    run: 'run-1',
    contentHash: contentHash(after),
    after,
  };
}

function watermark(sequence: number): WatermarkEvent {
  return {
    kind: 'watermark',
    source: 'crm',
    object: 'Kişi',
    order: { epoch: 1, sequence },
    edge: 'end',
    snapshot: 's1',
    observedAt: 1_700_000_001_000,
    run: 'run-1',
    rows: 2,
    rejected: 0,
    retained: 1,
  };
}

const text = (name: string): EventField => ({ name, type: { kind: 'string' } });

async function everything(log: EventLog, topic: string): Promise<readonly (readonly unknown[])[]> {
  const found: unknown[][] = [];
  for (const { partition, start, end } of await bus.bounds(topic)) {
    const events: unknown[] = [];
    for await (const read of log.read({ topic, partition }, start, end)) events.push(read.ok ? read.event : read.error);
    found.push(events);
  }
  return found;
}

test('events come back as they were, under the names of the source', async () => {
  const log = new EventLog({ bus, schemas: bus.schemas, names });
  const declared = await log.declare('crm', 'Kişi', [text('Ad Soyad'), text('ad_soyad'), text('__proto__')]);
  expect(declared).toEqual({ topic: 'changeover.crm.kisi', schemaId: 1, added: ['Ad Soyad', 'ad_soyad', '__proto__'] });
  const after = JSON.parse('{"Ad Soyad": "Çağrı Öz", "ad_soyad": null, "__proto__": "odd"}') as FieldValues;
  const events = [change('1/a', 1, after), change('2', 2, null), watermark(3)];
  await log.append('crm', 'Kişi', events);
  expect(await everything(log, declared.topic)).toEqual([events]);
  const [[first] = []] = await everything(log, declared.topic);
  expect(Object.keys((first as ChangeEvent).after ?? {})).toEqual(Object.keys(after));
});

test('a watermark stands in every partition, behind what was appended before it', async () => {
  const log = new EventLog({ bus, schemas: bus.schemas, names, partitions: 4 });
  const { topic } = await log.declare('crm', 'Kişi', [text('a')]);
  await log.append(
    'crm',
    'Kişi',
    Array.from({ length: 20 }, (_, i) => change(`${i}`, i, { a: `${i}` })),
  );
  await log.append('crm', 'Kişi', [watermark(20)]);
  for (const events of await everything(log, topic)) {
    expect(events.at(-1)).toEqual(watermark(20));
    expect(events.filter((event) => (event as { kind: string }).kind === 'watermark')).toHaveLength(1);
  }
});

test('events of before a new field are read with the schema they were written with', async () => {
  const log = new EventLog({ bus, schemas: bus.schemas, names });
  const { topic } = await log.declare('crm', 'Kişi', [text('a'), text('b')]);
  await log.append('crm', 'Kişi', [change('1', 1, { a: 'x', b: 'y' })]);
  expect(await log.declare('crm', 'Kişi', [text('c'), text('a')])).toMatchObject({ added: ['c'] });
  await log.append('crm', 'Kişi', [change('1', 2, { a: 'x', c: 'z' })]);
  expect(await everything(log, topic)).toEqual([
    [change('1', 1, { a: 'x', b: 'y' }), { ...change('1', 2, { a: 'x', c: 'z' }), after: { a: 'x', b: null, c: 'z' } }],
  ]);
});

test('a later run appends with the schema of an earlier one, without discovering again', async () => {
  const first = new EventLog({ bus, schemas: bus.schemas, names });
  const { topic } = await first.declare('crm', 'Kişi', [text('a')]);
  const later = new EventLog({ bus, schemas: bus.schemas, names });
  await later.append('crm', 'Kişi', [change('1', 1, { a: 'x' })]);
  expect(await everything(later, topic)).toEqual([[change('1', 1, { a: 'x' })]]);
});

test('a field that nobody discovered and that holds nothing is no reason to stop: an export may lack a column', async () => {
  const log = new EventLog({ bus, schemas: bus.schemas, names });
  const { topic } = await log.declare('crm', 'Kişi', [text('a')]);
  await log.append('crm', 'Kişi', [change('1', 1, { a: 'x', absent: null })]);
  expect(await everything(log, topic)).toMatchObject([[{ id: '1', after: { a: 'x' } }]]);
});

test('a field that was not discovered is refused by name, and nothing of its page is appended', async () => {
  const log = new EventLog({ bus, schemas: bus.schemas, names });
  const { topic } = await log.declare('crm', 'Kişi', [text('a')]);
  await expect(
    log.append('crm', 'Kişi', [change('1', 1, { a: 'x' }), change('2', 2, { a: 'x', yeni: 'y' })]),
  ).rejects.toMatchObject({ code: 'EVENT_FIELD_UNKNOWN', place: { field: 'yeni', record: 'crm/Kişi/2' } });
  expect(await bus.bounds(topic)).toMatchObject([{ start: 0, end: 0 }]);
});

test('a message of somebody else is reported in its place, and spoils no other', async () => {
  const log = new EventLog({ bus, schemas: bus.schemas, names });
  const { topic } = await log.declare('crm', 'Kişi', [text('a')]);
  const foreign = (value: number[]) => ({ key: 'k', value: Uint8Array.from(value), timestamp: 1, headers: {} });
  await log.append('crm', 'Kişi', [change('1', 1, { a: 'x' })]);
  await bus.append(topic, [
    foreign([]),
    foreign([0, 0, 0]),
    foreign([1, 0, 0, 0, 1, 0]),
    foreign([0, 0, 0, 0, 99, 0]),
    foreign([0, 0, 0, 0, 1, 7]),
  ]);
  await log.append('crm', 'Kişi', [change('2', 2, { a: 'y' })]);
  const [events = []] = await everything(log, topic);
  expect(events.map((event) => (event as { code?: string; id?: string }).code ?? (event as { id: string }).id)).toEqual(
    ['1', 'EVENT_NOT_OURS', 'EVENT_NOT_OURS', 'EVENT_NOT_OURS', 'EVENT_SCHEMA_UNKNOWN', 'EVENT_DAMAGED', '2'],
  );
});

test('a changed type stops the object with the field’s name, and leaves schema and log as they were', async () => {
  const log = new EventLog({ bus, schemas: bus.schemas, names });
  const { topic, schemaId } = await log.declare('crm', 'Kişi', [text('Tutar'), text('b')]);
  await expect(
    log.declare('crm', 'Kişi', [{ name: 'Tutar', type: { kind: 'double' } }, text('b')]),
  ).rejects.toMatchObject({
    code: 'EVENT_SCHEMA_INCOMPATIBLE',
    place: { object: 'Kişi', field: 'Tutar' },
  });
  expect(await log.declare('crm', 'Kişi', [text('Tutar'), text('b')])).toEqual({ topic, schemaId, added: [] });
  await log.append('crm', 'Kişi', [change('1', 1, { Tutar: '1', b: null })]);
  expect(await everything(log, topic)).toEqual([[change('1', 1, { Tutar: '1', b: null })]]);
});

test('the names of a lost state are found again in the log, whatever is asked for first', async () => {
  const first = new EventLog({ bus, schemas: bus.schemas, names: memoryNameTable() });
  const before = await first.declare('crm', 'Kişi', [text('Ad'), text('ad'), text('客户')]);
  const second = await first.declare('crm', 'kisi', [text('a')]);
  await first.append('crm', 'Kişi', [change('1', 1, { Ad: 'x', ad: 'y', 客户: 'z' })]);
  await first.append('crm', 'kisi', [change('1', 1, { a: 'x' }, 'kisi')]);
  const later = new EventLog({ bus, schemas: bus.schemas, names: memoryNameTable() });
  await later.recoverNames(new Set(['crm']));
  expect(await later.declare('crm', 'kisi', [text('a')])).toEqual({ ...second, added: [] });
  expect(await later.declare('crm', 'Kişi', [text('客户'), text('ad'), text('Ad')])).toEqual({ ...before, added: [] });
  // A field that came anew takes no name that stands in the schema.
  expect(await later.declare('crm', 'Kişi', [text('AD')])).toMatchObject({ added: ['AD'] });
});

test('names of a source that is not ours are left alone', async () => {
  const other = new EventLog({ bus, schemas: bus.schemas, names: memoryNameTable() });
  await other.declare('crm', 'Kişi', [text('a')]);
  await other.append('crm', 'Kişi', [change('1', 1, { a: 'x' })]);
  const table = memoryNameTable();
  await new EventLog({ bus, schemas: bus.schemas, names: table }).recoverNames(new Set(['another']));
  expect(await table.all(SOURCES)).toEqual(new Map());
});

test('a trace parent given with the events stands in the header of each', async () => {
  const log = new EventLog({ bus, schemas: bus.schemas, names });
  const { topic } = await log.declare('crm', 'Kişi', [text('a')]);
  await log.append(
    'crm',
    'Kişi',
    [change('1', 1, null), watermark(2)],
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  );
  const headers: unknown[] = [];
  for await (const { message } of log.read({ topic, partition: 0 }, 0, 2)) headers.push(message.headers);
  const expected = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
  expect(headers).toEqual([expected, expected]);
});
