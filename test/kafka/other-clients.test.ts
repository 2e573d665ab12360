import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import avro from 'avsc';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stateNames } from '../../src/app/names.ts';
import { type KafkaBus, openKafkaBus } from '../../src/bus/kafka/kafka-bus.ts';
import { systemClock } from '../../src/core/clock.ts';
import { contentHash, recordKey } from '../../src/core/identifiers.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { systemRandom } from '../../src/core/random.ts';
import type { ChangeEvent, FieldValues, WatermarkEvent } from '../../src/events/event.ts';
import { EventLog } from '../../src/events/log.ts';
import type { ControlNotice, OutcomeNotice } from '../../src/events/notices.ts';
import { registrySchemas } from '../../src/events/registry/registry.ts';
import { openSqliteState } from '../../src/state/sqlite/store.ts';
import { type KcatMessage, kcatConsume } from '../support/servers/kcat.ts';
import { kafkaBrokers, registryUrl, uniqueName } from '../support/servers/servers.ts';

const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const source = uniqueName('crm');
let brokers: readonly string[];
let registry: string;
let bus: KafkaBus;
let log: EventLog;
let closeState: () => Promise<void>;

beforeAll(async () => {
  brokers = await kafkaBrokers();
  registry = await registryUrl();
  bus = await openKafkaBus({ brokers, clock: systemClock(), random: systemRandom(), logger: silentLogger() });
  const folder = mkdtempSync(join(tmpdir(), 'changeover-clients-'));
  const state = await openSqliteState({ file: join(folder, 'state.sqlite'), clock: systemClock() });
  closeState = async () => {
    await state.close();
    rmSync(folder, { recursive: true });
  };
  log = new EventLog({
    bus,
    schemas: registrySchemas({ url: registry, logger: silentLogger() }),
    names: stateNames(state),
    partitions: 2,
  });
});

afterAll(async () => {
  await bus.close();
  await closeState();
});

const FIELDS = [
  { name: 'Ad Soyad', type: { kind: 'string' } },
  { name: 'visits', type: { kind: 'long' } },
  { name: 'rating', type: { kind: 'double' } },
  { name: 'amount', type: { kind: 'decimal', precision: 10, scale: 2 } },
  { name: 'vip', type: { kind: 'boolean' } },
  { name: 'born', type: { kind: 'date' } },
  { name: 'seen', type: { kind: 'timestamp' } },
  { name: 'tags', type: { kind: 'array', items: { kind: 'string' } } },
] as const;

const AFTER: FieldValues = {
  'Ad Soyad': 'Ğülşen İnce',
  visits: 12,
  rating: 4.5,
  amount: '1234.50',
  vip: true,
  born: '1990-02-28',
  seen: 1_700_000_000_000,
  tags: ['a', null],
};

function change(id: string, after: FieldValues | null): ChangeEvent {
  return {
    kind: 'change',
    key: recordKey(source, 'contact', id),
    source,
    object: 'contact',
    id,
    op: after === null ? 'DELETE' : 'UPSERT',
    order: { epoch: 1, sequence: Number(id) },
    sourceVersion: '7',
    sourceTime: null,
    sourceCreated: null,
    observedAt: 1_700_000_000_123,
    run: 'run',
    contentHash: contentHash(after),
    after,
  };
}

/** Decodes as a stranger would: knowing the registry's address, and nothing of ours. */
async function decode(value: Buffer): Promise<Readonly<Record<string, unknown>>> {
  const byTheirClient: unknown = await new SchemaRegistry({ host: registry }).decode(value);
  const response = await fetch(`${registry}/schemas/ids/${value.readInt32BE(1)}`);
  const { schema } = (await response.json()) as { readonly schema: string };
  const byAvsc: unknown = avro.Type.forSchema(JSON.parse(schema) as avro.Schema).fromBuffer(value.subarray(5));
  expect(byTheirClient).toEqual(byAvsc);
  return byAvsc as Readonly<Record<string, unknown>>;
}

async function read(topic: string): Promise<readonly KcatMessage[]> {
  return kcatConsume({ brokers, topic });
}

test('an object’s topic, with changes, deletions and watermarks, is read by any client with the registry’s address', async () => {
  const { topic } = await log.declare(source, 'contact', FIELDS);
  const watermark: WatermarkEvent = {
    kind: 'watermark',
    source,
    object: 'contact',
    order: { epoch: 1, sequence: 3 },
    edge: 'end',
    snapshot: 's',
    observedAt: 1_700_000_000_456,
    run: 'run',
    rows: 1,
    rejected: 0,
    retained: 0,
  };
  await log.append(source, 'contact', [change('1', AFTER), change('2', null), watermark], TRACE);
  const messages = await read(topic);
  // kcat shows keys, times and headers as anybody sees them; a watermark stands in each of the two partitions.
  expect(messages).toHaveLength(4);
  expect(messages.map(({ headers }) => headers)).toEqual(messages.map(() => [['traceparent', TRACE]]));
  const byKey = new Map(messages.map((message) => [String(message.key), message]));
  const upsert = byKey.get(recordKey(source, 'contact', '1'));
  expect(upsert?.timestamp).toBe(1_700_000_000_123);
  const decoded = await decode(upsert?.value ?? Buffer.alloc(0));
  expect(decoded).toMatchObject({ op: 'UPSERT', key: recordKey(source, 'contact', '1'), epoch: 1, sequence: 1 });
  const after = Object.values(decoded.after as Readonly<Record<string, unknown>>);
  expect(after).toEqual([
    'Ğülşen İnce',
    12,
    4.5,
    // Avro's decimal: the digits of 1234.50 at scale 2, as the specification has them.
    Buffer.from([0x01, 0xe2, 0x3a]),
    true,
    7363,
    1_700_000_000_000,
    ['a', null],
  ]);
  const deletion = await decode(byKey.get(recordKey(source, 'contact', '2'))?.value ?? Buffer.alloc(0));
  expect(deletion).toMatchObject({ op: 'DELETE', after: null });
  const watermarks = messages.filter(({ key }) => String(key).startsWith('watermark '));
  expect(watermarks.map(({ partition }) => partition).sort()).toEqual([0, 1]);
  for (const { value } of watermarks) {
    expect(await decode(value ?? Buffer.alloc(0))).toMatchObject({ edge: 'end', rows: 1, sequence: 3 });
  }
});

test('so are the topics for retry, dead letters and control', async () => {
  const outcome: OutcomeNotice = {
    kind: 'outcome',
    key: recordKey(source, 'contact', '1'),
    outcome: 'RETRY',
    order: { epoch: 1, sequence: 1 },
    origin: { topic: 'origin', partition: 1, offset: 5 },
    attempt: 2,
    code: 'TWENTY_REFUSED',
    message: 'refused',
    dueAt: 1_700_000_100_000,
    at: 1_700_000_000_000,
    run: 'run',
    event: await log.encode(change('1', AFTER)),
    by: null,
    changes: null,
  };
  const control: ControlNotice = {
    kind: 'control',
    source,
    object: null,
    action: 'pause',
    by: 'Ayşe',
    reason: 'lunch',
    detail: { until: 13 },
    at: 1_700_000_000_000,
    run: 'run',
  };
  await log.notices.append(source, 'retry', [outcome]);
  await log.notices.append(source, 'dead', [{ ...outcome, outcome: 'DEAD', dueAt: null }]);
  await log.notices.append(source, 'control', [control]);
  for (const [to, key, expected] of [
    ['retry', outcome.key, { outcome: 'RETRY', attempt: 2, offset: 5, code: 'TWENTY_REFUSED' }],
    ['dead', outcome.key, { outcome: 'DEAD', dueAt: null }],
    ['control', source, { action: 'pause', by: 'Ayşe', detail: '{"until":13}' }],
  ] as const) {
    const [message] = await read(await log.sourceTopic(source, to));
    expect(String(message?.key)).toBe(key);
    const decoded = await decode(message?.value ?? Buffer.alloc(0));
    expect(decoded).toMatchObject(expected);
    // The event inside is a message of its own, for whoever wants to look.
    if (to !== 'control')
      expect(await decode(Buffer.from(decoded.event as Buffer))).toMatchObject({ key: outcome.key });
  }
});

test('what others write onto our topics is told apart from events, and harms nothing else', async () => {
  const { topic } = await log.declare(source, 'stranger', [FIELDS[0]]);
  const foreign = ['', 'abc', '{"json":true}'].map((text) => Buffer.from(text));
  const unknown = Buffer.concat([Buffer.from([0, 0x7f, 0xff, 0xff, 0xff]), Buffer.from('x')]);
  const values = [...foreign, unknown, Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1])];
  await bus.append(
    topic,
    values.map((value) => ({ key: 'k', value, timestamp: 1, headers: {} })),
  );
  const ours = { object: 'stranger', key: recordKey(source, 'stranger', '1') };
  await log.append(source, 'stranger', [{ ...change('1', { 'Ad Soyad': 'x' }), ...ours }]);
  const codes: string[] = [];
  for (const { partition, start, end } of await bus.bounds(topic)) {
    for await (const event of log.read({ topic, partition }, start, end)) {
      codes.push(event.ok ? 'event' : event.error.code);
    }
  }
  expect(codes.sort()).toEqual([
    'EVENT_NOT_OURS',
    'EVENT_NOT_OURS',
    'EVENT_NOT_OURS',
    'EVENT_SCHEMA_UNKNOWN',
    'EVENT_SCHEMA_UNKNOWN',
    'event',
  ]);
});
