import { z } from 'zod';
import { decimalOf, readDecimal } from '../numbers.ts';
import { asText, BadValue, type Value } from '../values.ts';
import { define } from './transform.ts';

/** The decimal digits of a number or a text; refuses what can be misread. */
export function toDecimal(value: Value, mark: '.' | ',' | null): string {
  const digits = typeof value === 'number' ? decimalOf(value) : readDecimal(asText(value), mark);
  if (digits === null)
    throw new BadValue(
      'MAPPING_BAD_NUMBER',
      `${JSON.stringify(asText(value))} is not a number that can be read in one way`,
      value,
    );
  return digits;
}

export const decimalMark = z.enum(['.', ',']).optional();

export const number = define({
  name: 'number',
  doc: 'A number for a NUMBER field. Digits beyond what such a field can hold are rounded away and listed.',
  takes: ['text', 'any', 'number', 'decimal'],
  gives: 'number',
  lossy: 'digits beyond the 15th',
  settings: z.strictObject({ decimalMark }),
  shorthand: 'decimalMark',
  examples: [
    { from: '1234.50', gives: 1234.5 },
    { settings: { decimalMark: ',' }, from: '1.234,56', gives: 1234.56 },
    { from: '1,234', gives: { refused: 'MAPPING_BAD_NUMBER' } },
    { from: 'abc', gives: { refused: 'MAPPING_BAD_NUMBER' } },
  ],
  apply: (value, settings, context) => {
    const digits = toDecimal(value, settings.decimalMark ?? null);
    const result = Number(digits);
    if (!Number.isFinite(result)) throw new BadValue('MAPPING_BAD_NUMBER', 'the number is too large', value);
    if (decimalOf(result) !== digits) context.lose('rounded', digits, result);
    return result;
  },
});
