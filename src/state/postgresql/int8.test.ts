import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseInt8 } from './int8.ts';

describe('64-bit integers', () => {
  it('come back exactly as they were written', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (number) => {
        expect(parseInt8(String(number))).toBe(number);
      }),
    );
    expect(parseInt8('9007199254740991')).toBe(2 ** 53 - 1);
  });

  it('are refused where a number could not hold them exactly, never rounded', () => {
    for (const text of ['9007199254740992', '9007199254740993', '-9007199254740992', '9223372036854775807'])
      expect(() => parseInt8(text)).toThrow(/2\^53/);
    fc.assert(
      fc.property(fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }), (number) => {
        expect(() => parseInt8(String(number))).toThrow(/2\^53/);
        expect(() => parseInt8(String(-number))).toThrow(/2\^53/);
      }),
    );
  });

  it('are refused where they are none', () => {
    for (const text of ['', 'x', '1.5', 'NaN', 'Infinity']) expect(() => parseInt8(text)).toThrow(/whole number/);
  });
});
