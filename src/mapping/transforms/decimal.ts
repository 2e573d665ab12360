import { z } from 'zod';
import { decimalMark, toDecimal } from './number.ts';
import { define } from './transform.ts';

export const decimal = define({
  name: 'decimal',
  doc: 'A decimal number with all its digits, for `currency`, `round` or a text field.',
  takes: ['text', 'any', 'number', 'decimal'],
  gives: 'decimal',
  lossy: null,
  settings: z.strictObject({ decimalMark }),
  shorthand: 'decimalMark',
  examples: [
    { settings: { decimalMark: ',' }, from: '1.234,560', gives: '1234.56' },
    { from: '(12.50)', gives: '-12.5' },
  ],
  apply: (value, settings) => toDecimal(value, settings.decimalMark ?? null),
});
