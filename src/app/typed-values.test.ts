import { describe, expect, it } from 'vitest';
import type { EventField, FieldType } from '../events/event.ts';
import { typedValues } from './typed-values.ts';

const field = (name: string, type: FieldType): EventField => ({ name, type });
const fields = [
  field('text', { kind: 'string' }),
  field('long', { kind: 'long' }),
  field('double', { kind: 'double' }),
  field('decimal', { kind: 'decimal', precision: 5, scale: 2 }),
  field('boolean', { kind: 'boolean' }),
  field('date', { kind: 'date' }),
  field('timestamp', { kind: 'timestamp' }),
  field('array', { kind: 'array', items: { kind: 'string' } }),
];
const typed = (name: string, text: string) => typedValues(fields, { [name]: text }, 'deal')[name];

describe('what a person typed', () => {
  it.each([
    ['text', ' a=b ', ' a=b '],
    ['text', '', ''],
    ['long', '-42', -42],
    ['long', '9007199254740993', 9007199254740993n],
    ['double', '1.5e3', 1500],
    ['decimal', '-123.45', '-123.45'],
    ['decimal', '000123', '000123'],
    ['boolean', 'false', false],
    ['date', '2024-02-29', '2024-02-29'],
    ['timestamp', '1970-01-01T01:00:00+01:00', 0],
    ['array', '["a","b"]', ['a', 'b']],
    ['date', '', null],
  ])('becomes a value of its field: %s %s', (name, text, value) => expect(typed(name, text)).toEqual(value));

  it.each([
    ['long', '1.5'],
    ['long', '9223372036854775808'],
    ['double', 'many'],
    ['decimal', '1234.5'],
    ['decimal', '1.234'],
    ['boolean', 'yes'],
    ['date', '2023-02-29'],
    ['date', '29.02.2024'],
    ['timestamp', '2024-02-29'],
    ['array', 'a,b'],
    ['colour', 'red'],
  ])('is refused where the field cannot hold it: %s %s', (name, text) =>
    expect(() => typed(name, text)).toThrow(expect.objectContaining({ code: 'USAGE' })),
  );
});
