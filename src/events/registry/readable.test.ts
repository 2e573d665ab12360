import avro from 'avsc';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unreadableFields } from './readable.ts';

const record = (fields: readonly object[], name = 'R') => JSON.stringify({ type: 'record', name, fields });
const field = (name: string, type: unknown, more: object = {}) => ({ name, type, ...more });

test('fields that went, came with a default, or were widened are readable', () => {
  const before = record([field('gone', 'string'), field('count', 'int'), field('note', 'string')]);
  const after = record([
    field('count', 'long'),
    field('note', ['null', 'string']),
    field('more', ['null', 'string'], { default: null }),
  ]);
  expect(unreadableFields(after, before)).toEqual([]);
});

test('a field of another type, and one that came without a default, are named by their paths', () => {
  const inner = (type: string) => ['null', { type: 'record', name: 'After', fields: [field('amount', type)] }];
  const before = record([field('after', inner('string')), field('tags', { type: 'array', items: 'string' })]);
  const after = record([
    field('after', inner('long')),
    field('tags', { type: 'array', items: 'int' }),
    field('needed', 'string'),
  ]);
  expect(unreadableFields(after, before)).toEqual(['after.amount', 'tags', 'needed']);
});

test('what a union holds no longer is named', () => {
  const before = record([field('value', ['null', 'string', 'long'])]);
  expect(unreadableFields(record([field('value', ['null', 'string'])]), before)).toEqual(['value']);
});

test('another record altogether is named as that', () => {
  expect(unreadableFields(record([], 'Person'), record([], 'Invoice'))).toEqual(['the record itself']);
});

test('it finds a field exactly where Avro itself cannot resolve the schemas', () => {
  const type = fc.oneof(
    fc.constantFrom<unknown>('int', 'long', 'double', 'string', 'boolean', 'bytes'),
    fc.constantFrom<unknown>('int', 'string', 'double').map((one) => ['null', one]),
    fc.constantFrom<unknown>('long', 'string').map((items) => ({ type: 'array', items })),
  );
  const schema = fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), type), { selector: ([name]) => name });
  const resolves = (after: string, before: string) => {
    try {
      const parse = (text: string) => avro.Type.forSchema(JSON.parse(text) as avro.Schema);
      parse(after).createResolver(parse(before));
      return true;
    } catch {
      return false;
    }
  };
  fc.assert(
    fc.property(schema, schema, (one, other) => {
      const [after, before] = [one, other].map((fields) => record(fields.map(([name, of]) => field(name, of))));
      expect(unreadableFields(after ?? '', before ?? '').length === 0).toBe(resolves(after ?? '', before ?? ''));
    }),
    { numRuns: 500 },
  );
});
