import { z } from 'zod';
import { asText } from '../values.ts';
import { define } from './transform.ts';

export const lower = define({
  name: 'lower',
  doc: 'Small letters, the same on every machine: never by the rules of a language (I becomes i, İ becomes i).',
  takes: ['text', 'any'],
  gives: 'text',
  lossy: 'capitals',
  settings: z.strictObject({}),
  shorthand: null,
  examples: [{ from: 'İSTANBUL Iğdır', gives: 'istanbul iğdır' }],
  apply: (value) => asText(value).replace(/İ/g, 'i').toLowerCase(),
});
