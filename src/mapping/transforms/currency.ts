import { z } from 'zod';
import { scaled } from '../numbers.ts';
import { asText, BadValue, isEmpty, type Value } from '../values.ts';
import { decimalMark, toDecimal } from './number.ts';
import { define } from './transform.ts';

const SIGNS: Readonly<Record<string, string>> = {
  '£': 'GBP',
  '€': 'EUR',
  '₺': 'TRY',
  '¥': 'JPY',
  '₹': 'INR',
  '₽': 'RUB',
  '₩': 'KRW',
  '₪': 'ILS',
  '₴': 'UAH',
};

/** Knows currencies in use and those that were: `DEM` stands in old records, and is no mistake. */
const NAMES = new Intl.DisplayNames('en', { type: 'currency', fallback: 'none' });

export const currency = define({
  name: 'currency',
  doc: 'An amount with its currency, exact to the millionth. Takes an amount, or [amount, currency]; a code or sign may stand in the cell; else the default currency counts. The dollar sign names no currency.',
  takes: ['text', 'any', 'number', 'decimal', 'list'],
  gives: 'currency',
  lossy: 'digits beyond the sixth after the point',
  settings: z.strictObject({
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/)
      .optional(),
    decimalMark,
  }),
  shorthand: 'currency',
  whole: true,
  examples: [
    { from: '1500.25', gives: { amountMicros: 1500250000, currencyCode: 'GBP' } },
    {
      from: ['1.234,56', 'eur'],
      settings: { decimalMark: ',' },
      gives: { amountMicros: 1234560000, currencyCode: 'EUR' },
    },
    { from: '₺ 12', gives: { amountMicros: 12000000, currencyCode: 'TRY' } },
    { from: '0.0000005', gives: { amountMicros: 1, currencyCode: 'GBP' }, loses: ['rounded'] },
    { from: '12 bananas', gives: { refused: 'MAPPING_BAD_NUMBER' } },
    { from: '12 XQZ', gives: { refused: 'MAPPING_BAD_CURRENCY' } },
  ],
  apply: (value, settings, context) => {
    const [amount = null, code = null] = Array.isArray(value) ? (value as readonly Value[]) : [value];
    if (isEmpty(amount)) return null;
    const { digits, sign } = split(amount, settings.decimalMark ?? null);
    const currencyCode =
      (isEmpty(code) ? (sign ?? settings.currency ?? context.currency) : codeOf(asText(code))) ?? null;
    if (currencyCode === null)
      throw new BadValue('MAPPING_BAD_CURRENCY', 'no currency is known for this amount', value);
    const { integer, exact } = scaled(digits, 6);
    if (!exact) context.lose('rounded', digits, integer.toString());
    const amountMicros = Number(integer);
    if (!Number.isSafeInteger(amountMicros))
      throw new BadValue('MAPPING_BAD_CURRENCY', 'the amount is beyond what Twenty can hold exactly', value);
    return { amountMicros, currencyCode };
  },
});

function split(amount: Value, mark: '.' | ',' | null): { digits: string; sign: string | null } {
  if (typeof amount === 'number') return { digits: toDecimal(amount, null), sign: null };
  const text = asText(amount).trim();
  const match = /^(?<before>[A-Za-z]{3}\b|\p{Sc})?\s*(?<number>.*?)\s*(?<after>\b[A-Za-z]{3}|\p{Sc})?$/u.exec(text);
  const word = match?.groups?.before ?? match?.groups?.after ?? null;
  const digits = toDecimal(word === null ? text : (match?.groups?.number ?? text), mark);
  return { digits, sign: word === null || word === '$' ? null : codeOf(word) };
}

function codeOf(word: string): string {
  const code = SIGNS[word.trim()] ?? word.trim().toUpperCase();
  if (!/^[A-Z]{3}$/.test(code) || NAMES.of(code) === undefined)
    throw new BadValue('MAPPING_BAD_CURRENCY', `${JSON.stringify(word)} is not a currency code`, word);
  return code;
}
