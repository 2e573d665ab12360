import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromStored, toStored } from './text.ts';

const text = fc.string({
  unit: fc.oneof(fc.constantFrom('\0', '\x01', '\x02', '0', '1', 'a'), fc.string({ unit: 'grapheme', maxLength: 1 })),
});
const bytesOf = (value: string) => Buffer.from(value, 'utf8');

describe('stored text', () => {
  it('comes back as it was, and holds no U+0000', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(toStored(value)).not.toContain('\0');
        expect(fromStored(toStored(value))).toBe(value);
      }),
    );
  });

  it('sorts as the text itself does, byte by byte: keys are paged in their order', () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        const plain = Buffer.compare(bytesOf(one), bytesOf(other));
        expect(Buffer.compare(bytesOf(toStored(one)), bytesOf(toStored(other)))).toBe(plain);
      }),
    );
  });
});
