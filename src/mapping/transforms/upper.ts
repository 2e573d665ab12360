import { z } from 'zod';
import { asText } from '../values.ts';
import { define } from './transform.ts';

export const upper = define({
  name: 'upper',
  doc: 'Capitals, the same on every machine: never by the rules of a language (i becomes I).',
  takes: ['text', 'any'],
  gives: 'text',
  lossy: 'small letters',
  settings: z.strictObject({}),
  shorthand: null,
  examples: [{ from: 'gb', gives: 'GB' }],
  apply: (value) => asText(value).toUpperCase(),
});
