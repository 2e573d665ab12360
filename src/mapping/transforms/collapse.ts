import { z } from 'zod';
import { define } from './transform.ts';

export const collapse = define({
  name: 'collapse',
  doc: 'Makes every run of white space (line ends and no-break spaces too) one space, and trims.',
  takes: ['text', 'any'],
  gives: 'text',
  lossy: null,
  settings: z.strictObject({}),
  shorthand: null,
  examples: [{ from: ' Ada \u00a0\n Lovelace', gives: 'Ada Lovelace' }],
  apply: (value) => (typeof value === 'string' ? value.replace(/\s+/g, ' ').trim() : value),
});
