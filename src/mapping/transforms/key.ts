import { z } from 'zod';
import { asText, foldKey } from '../values.ts';
import { define } from './transform.ts';

export const key = define({
  name: 'key',
  doc: 'The form in which names are compared: case, width, white space and Turkish i folded, the same on every machine. Indexes and placeholders do it by themselves.',
  takes: ['text', 'any', 'number'],
  gives: 'text',
  lossy: 'capitals and spacing',
  settings: z.strictObject({}),
  shorthand: null,
  examples: [{ from: ' ACME\u00a0 Işıl ', gives: 'acme işil' }],
  apply: (value) => foldKey(asText(value)),
});
