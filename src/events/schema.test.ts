import avro from 'avsc';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile } from './avro-types.ts';
import type { FieldType } from './event.ts';
import {
  avroTypeOf,
  CONTROL_SCHEMA,
  changeEventSchema,
  evolve,
  fieldTypeOf,
  OUTCOME_SCHEMA,
  readObjectSchema,
  type SchemaField,
  WATERMARK_SCHEMA,
} from './schema.ts';

const fieldType: fc.Arbitrary<FieldType> = fc.letrec<{ type: FieldType }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom<FieldType>(
      { kind: 'string' },
      { kind: 'long' },
      { kind: 'double' },
      { kind: 'boolean' },
      { kind: 'date' },
      { kind: 'timestamp' },
    ),
    fc
      .tuple(fc.integer({ min: 1, max: 38 }), fc.nat(38))
      .map(([precision, scale]): FieldType => ({ kind: 'decimal', precision, scale: Math.min(scale, precision) })),
    fc.record({ kind: fc.constant('array' as const), items: tie('type') }),
  ),
})).type;

const field = (name: string, type: FieldType, legal = name): SchemaField => ({ name, legal, type });
const STRING: FieldType = { kind: 'string' };
const described = (fields: readonly SchemaField[]) => ({
  source: 'Smart CRM',
  object: 'Kişi',
  legalSource: 'smart_crm',
  legalObject: 'kisi',
  fields,
});

test('every kind of field becomes an Avro type and is found in it again', () => {
  fc.assert(
    fc.property(fieldType, (type) => {
      expect(fieldTypeOf(avroTypeOf(type))).toEqual(type);
    }),
  );
});

test('the schema of an object is complete: names, types and source are read back from it', () => {
  const fields = [field('Ad Soyad', STRING, 'Ad_Soyad'), field('Tutar', { kind: 'decimal', precision: 12, scale: 2 })];
  const schema = changeEventSchema(described(fields));
  expect(readObjectSchema(schema)).toEqual(described(fields));
  expect(compile(schema).name).toBe('changeover.smart_crm.kisi.ChangeEvent');
});

test('every envelope is legal Avro and says of each field what it means', () => {
  for (const schema of [changeEventSchema(described([])), WATERMARK_SCHEMA, OUTCOME_SCHEMA, CONTROL_SCHEMA]) {
    expect(compile(schema).typeName).toBe('record');
    const { doc, fields } = JSON.parse(schema) as { doc: string; fields: { name: string; doc?: string }[] };
    expect(doc.length).toBeGreaterThan(20);
    for (const each of fields) expect(each.doc, each.name).toMatch(/\w/);
  }
});

test('schemas of others are not taken for ours', () => {
  expect(readObjectSchema(WATERMARK_SCHEMA)).toBeNull();
  expect(readObjectSchema('"string"')).toBeNull();
  expect(readObjectSchema('{"type":"record","name":"ChangeEvent","namespace":"else.a.b","fields":[]}')).toBeNull();
});

test('new fields come behind, and a field the source no longer has stays', () => {
  const old = [field('a', STRING), field('b', STRING)];
  expect(evolve('Kişi', old, [field('c', STRING), field('b', STRING)])).toEqual({
    fields: [...old, field('c', STRING)],
    added: ['c'],
  });
});

test('a changed type is refused, and every such field named', () => {
  const old = [field('a', STRING), field('b', STRING), field('d', { kind: 'array', items: STRING })];
  const now = [
    field('a', { kind: 'long' }),
    field('b', STRING),
    field('d', { kind: 'array', items: { kind: 'date' } }),
  ];
  expect(() => evolve('Kişi', old, now)).toThrow(
    expect.objectContaining({
      code: 'EVENT_SCHEMA_INCOMPATIBLE',
      message: 'fields of Kişi changed their type: a (string, now long), d (array of string, now array of date)',
      retry: 'hold',
    }),
  );
});

test('a decimal may get more digits, never fewer, and never another scale', () => {
  const decimal = (precision: number, scale: number): FieldType => ({ kind: 'decimal', precision, scale });
  const wide = evolve('o', [field('a', decimal(10, 2))], [field('a', decimal(18, 2))]);
  expect(wide.fields).toEqual([field('a', decimal(18, 2))]);
  expect(evolve('o', wide.fields, [field('a', decimal(10, 2))]).fields).toEqual(wide.fields);
  expect(() => evolve('o', wide.fields, [field('a', decimal(18, 4))])).toThrow(/decimal 18\.2, now decimal 18\.4/);
});

test('whatever is added, every reader of today reads the events of before (BACKWARD)', () => {
  const fields = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 20 }), fieldType), {
    selector: ([n]) => n,
    maxLength: 10,
  });
  fc.assert(
    fc.property(fields, fields, (old, now) => {
      const before = old.map(([n, type]) => field(`f${n}`, type));
      const types = new Map(before.map(({ name, type }) => [name, type]));
      const after = evolve(
        'o',
        before,
        now.map(([n, type]) => field(`f${n}`, types.get(`f${n}`) ?? type)),
      );
      const writer = avro.Type.forSchema(JSON.parse(changeEventSchema(described(before))));
      const reader = avro.Type.forSchema(JSON.parse(changeEventSchema(described(after.fields))));
      const record = {
        key: 'a/b/c',
        op: 'UPSERT',
        epoch: 1,
        sequence: 2,
        sourceVersion: null,
        sourceTime: null,
        sourceCreated: null,
        observedAt: 3,
        run: 'r',
        contentHash: 'h',
        after: Object.fromEntries(before.map(({ legal }) => [legal, null])),
      };
      const read = reader.fromBuffer(writer.toBuffer(record), reader.createResolver(writer));
      expect(read.after).toEqual(Object.fromEntries(after.fields.map(({ legal }) => [legal, null])));
    }),
  );
});
