import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { contentHash, recordKey } from '../core/identifiers.ts';
import { bigintOf, bytesOf, dateOf, daysOf, decimalOf, unscaled } from './avro-types.ts';
import { EventCodec } from './codec.ts';
import type { ChangeEvent, FieldType, FieldValue, FieldValues } from './event.ts';
import { changeEventSchema, type SchemaField } from './schema.ts';
import { memorySchemaTable } from './schema-table.ts';

const field = (name: string, type: FieldType): SchemaField => ({ name: `the ${name}`, legal: name, type });
const FIELDS: readonly SchemaField[] = [
  field('text', { kind: 'string' }),
  field('whole', { kind: 'long' }),
  field('real', { kind: 'double' }),
  field('money', { kind: 'decimal', precision: 12, scale: 2 }),
  field('flag', { kind: 'boolean' }),
  field('day', { kind: 'date' }),
  field('moment', { kind: 'timestamp' }),
  field('tags', { kind: 'array', items: { kind: 'string' } }),
  field('days', { kind: 'array', items: { kind: 'array', items: { kind: 'date' } } }),
];
const SCHEMA = changeEventSchema({
  source: 'crm',
  object: 'contact',
  legalSource: 'crm',
  legalObject: 'contact',
  fields: FIELDS,
});

function change(after: FieldValues | null): ChangeEvent {
  return {
    kind: 'change',
    key: recordKey('crm', 'contact', '17/b'),
    source: 'crm',
    object: 'contact',
    id: '17/b',
    op: after === null ? 'DELETE' : 'UPSERT',
    order: { epoch: 3, sequence: 2 ** 40 },
    sourceVersion: 'v1',
    sourceTime: 1_700_000_000_123,
    sourceCreated: null,
    observedAt: 1_700_000_000_456,
    run: 'run',
    contentHash: contentHash(after),
    after,
  };
}

async function codec(): Promise<{ codec: EventCodec; encode: (event: ChangeEvent) => Buffer; id: number }> {
  const schemas = memorySchemaTable();
  const id = await schemas.register('subject', SCHEMA);
  const made = new EventCodec(schemas);
  return { codec: made, encode: await made.encoder(id), id };
}

async function roundTrip(after: FieldValues | null): Promise<FieldValues | null> {
  const { codec: made, encode } = await codec();
  const [result] = await made.decode([{ value: encode(change(after)) }]);
  if (result?.ok !== true || result.event.kind !== 'change')
    throw result?.ok === false ? result.error : new Error('no event');
  expect({ ...result.event, after }).toEqual(change(after));
  return result.event.after;
}

const VALUES = {
  'the text': 'Çağrı\n"quoted"',
  'the whole': 2n ** 63n - 1n,
  'the real': -0.1,
  'the money': '-1234567890.05',
  'the flag': false,
  'the day': '2024-02-29',
  'the moment': -1,
  'the tags': ['a', null, ''],
  'the days': [['1969-12-31', null], [], null],
} satisfies FieldValues;
const NOTHING: FieldValues = Object.fromEntries(FIELDS.map(({ name }) => [name, null]));

describe('values come back as they went in', () => {
  test('of every kind, a delete, and a record without any', async () => {
    expect(await roundTrip(VALUES)).toEqual(VALUES);
    expect(await roundTrip(null)).toBeNull();
    expect(await roundTrip({})).toEqual(NOTHING);
  });

  test('whatever they are', async () => {
    const date = fc.integer({ min: daysOf('0000-01-01') ?? 0, max: daysOf('9999-12-31') ?? 0 }).map(dateOf);
    const long = fc.oneof(
      fc.maxSafeInteger(),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).filter((n) => !Number.isSafeInteger(Number(n))),
    );
    const value = (values: fc.Arbitrary<FieldValue>) => fc.option(values, { nil: null });
    const after = fc.record({
      'the text': value(fc.string({ unit: 'grapheme' })),
      'the whole': value(long),
      'the real': value(fc.double()),
      'the money': value(fc.bigInt({ min: -999_999_999_999n, max: 999_999_999_999n }).map((n) => decimalOf(n, 2))),
      'the flag': value(fc.boolean()),
      'the day': value(date),
      'the moment': value(fc.maxSafeInteger()),
      'the tags': value(fc.array(value(fc.string()))),
      'the days': value(fc.array(value(fc.array(value(date))))),
    });
    await fc.assert(
      fc.asyncProperty(after, async (values) => {
        expect(await roundTrip(values)).toEqual(values);
      }),
    );
  });

  test('where a double holds the number, but not twice the number', async () => {
    const edges = [2 ** 52 - 1, 2 ** 52, 2 ** 52 + 1, 2 ** 53 - 1].flatMap((edge) => [edge, -edge]);
    for (const edge of edges) expect(await roundTrip({ 'the whole': edge })).toMatchObject({ 'the whole': edge });
    for (const edge of [2n ** 53n, -(2n ** 53n), -(2n ** 63n)]) {
      expect(await roundTrip({ 'the whole': edge })).toMatchObject({ 'the whole': edge });
    }
  });

  test('a decimal gets all the digits of its scale', async () => {
    expect(await roundTrip({ 'the money': '12.3' })).toMatchObject({ 'the money': '12.30' });
  });
});

describe('a value that does not fit is refused by name, and never rounded', () => {
  test.each<[string, FieldValue]>([
    ['the text', 1],
    ['the whole', 1.5],
    ['the whole', 2 ** 60],
    ['the whole', 2n ** 63n],
    ['the real', '1'],
    ['the money', '0.005'],
    ['the money', '10000000000.00'],
    ['the money', 12],
    ['the money', '1e3'],
    ['the money', ''],
    ['the money', '.'],
    ['the flag', 'true'],
    ['the day', '2023-02-29'],
    ['the day', '1.2.2024'],
    ['the moment', 0.5],
    ['the tags', 'a'],
    ['the tags', [1]],
    ['the days', [['2024-13-01']]],
  ])('%s: %s', async (name, value) => {
    const { encode } = await codec();
    expect(() => encode(change({ ...NOTHING, [name]: value }))).toThrow(
      expect.objectContaining({
        code: 'EVENT_VALUE_INVALID',
        place: { object: 'contact', record: 'crm/contact/17/b', field: name },
      }),
    );
  });
});

describe('the bytes are those of the Avro specification', () => {
  test.each<[bigint, string]>([
    [0n, '00'],
    [127n, '7f'],
    [128n, '0080'],
    [-128n, '80'],
    [-129n, 'ff7f'],
    [255n, '00ff'],
    [-1n, 'ff'],
    [65_536n, '010000'],
  ])('the decimal %s is %s', (value, hex) => {
    expect(bytesOf(value).toString('hex')).toBe(hex);
    expect(bigintOf(Buffer.from(hex, 'hex'))).toBe(value);
  });

  test('any whole number survives its bytes and its text', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.nat(20), (value, scale) => {
        expect(bigintOf(bytesOf(value))).toBe(value);
        expect(unscaled(decimalOf(value, scale), 1_000, scale)).toBe(value);
      }),
    );
  });

  test('days count from 1970', () => {
    expect([daysOf('1970-01-01'), daysOf('1970-01-02'), daysOf('1969-12-31'), daysOf('2000-03-01')]).toEqual([
      0, 1, -1, 11_017,
    ]);
  });
});

describe('beside a schema registry', () => {
  let server: Server | null = null;
  afterEach(() => new Promise<void>((resolve) => (server === null ? resolve() : server.close(() => resolve()))));

  /** As much of the Confluent API as the client asks for. */
  async function registry(id: number): Promise<SchemaRegistry> {
    const local = createServer((request, response) => {
      response.setHeader('content-type', 'application/vnd.schemaregistry.v1+json');
      const answer =
        request.method === 'POST'
          ? { id }
          : request.url === `/schemas/ids/${id}`
            ? { schema: SCHEMA }
            : { compatibilityLevel: 'BACKWARD' };
      request.resume().on('end', () => response.end(JSON.stringify(answer)));
    });
    server = local;
    await new Promise<void>((resolve) => {
      local.listen(0, '127.0.0.1', resolve);
    });
    const { port } = local.address() as AddressInfo;
    return new SchemaRegistry({ host: `http://127.0.0.1:${port}` });
  }

  test('its client writes the same bytes, and reads ours', async () => {
    const { encode, id } = await codec();
    const event = change({ ...VALUES, 'the whole': 42 });
    const ours = encode(event);
    const client = await registry(id);
    const registered = await client.register({ type: SchemaType.AVRO, schema: SCHEMA }, { subject: 'subject' });
    const after = {
      text: VALUES['the text'],
      whole: 42,
      real: -0.1,
      money: bytesOf(-123_456_789_005n),
      flag: false,
      day: daysOf('2024-02-29'),
      moment: -1,
      tags: ['a', null, ''],
      days: [[-1, null], [], null],
    };
    const { order, kind: _kind, source: _source, object: _object, id: _id, ...envelope } = event;
    const theirs = await client.encode(registered.id, { ...envelope, ...order, after });
    expect(ours.equals(theirs)).toBe(true);
    expect((await client.decode(ours)).after).toEqual(after);
  });
});
