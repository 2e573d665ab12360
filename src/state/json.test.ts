import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromJson, toJson } from './json.ts';

describe('JSON in the state', () => {
  it('gives every value back as it was, bigints too, and objects that look like bigints', () => {
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.bigInt(),
        fc.boolean(),
        fc.constant(null),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('$bigint', '$$bigint')), tie('value'), { maxKeys: 3 }),
      ),
    })).value;
    fc.assert(
      fc.property(value, (given) => {
        expect(fromJson(toJson(given))).toEqual(normal(given));
      }),
    );
  });

  it('gives equal text for equal values, whatever the order of their members', () => {
    expect(toJson({ b: 1, a: { d: [1n], c: undefined } })).toBe('{"a":{"d":[{"$bigint":"1"}]},"b":1}');
    expect(toJson({ a: { d: [1n] }, b: 1 })).toBe(toJson({ b: 1, a: { d: [1n] } }));
  });

  it('stands for what JSON lacks as JSON does', () => {
    expect(fromJson(toJson([undefined, Number.NaN, Number.POSITIVE_INFINITY]))).toEqual([null, null, null]);
    expect(toJson(undefined)).toBe('null');
  });
});

/** -0 is 0 in JSON, and an object made without a prototype comes back with one. */
function normal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normal);
  if (typeof value === 'number') return value === 0 ? 0 : value;
  if (value === null || typeof value !== 'object') return value;
  const copy: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    Object.defineProperty(copy, name, { value: normal(member), enumerable: true, configurable: true, writable: true });
  }
  return copy;
}
