import { z } from 'zod';
import { BadValue } from '../values.ts';
import { decimalMark, toDecimal } from './number.ts';
import { define } from './transform.ts';

export const integer = define({
  name: 'integer',
  doc: 'A whole number up to 2^53; a fraction is refused (see `round`).',
  takes: ['text', 'any', 'number', 'decimal'],
  gives: 'number',
  lossy: null,
  settings: z.strictObject({ decimalMark }),
  shorthand: 'decimalMark',
  examples: [
    { from: '007', gives: 7 },
    { settings: { decimalMark: '.' }, from: '12,000', gives: 12000 },
    { from: '1.5', gives: { refused: 'MAPPING_BAD_NUMBER' } },
  ],
  apply: (value, settings) => {
    const digits = toDecimal(value, settings.decimalMark ?? null);
    const result = Number(digits);
    if (digits.includes('.') || !Number.isSafeInteger(result)) {
      throw new BadValue('MAPPING_BAD_NUMBER', `${digits} is not a whole number up to 2^53`, value);
    }
    return result;
  },
});
