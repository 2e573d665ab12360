import { z } from 'zod';
import { define } from './transform.ts';

export const trim = define({
  name: 'trim',
  doc: 'Takes white space from both ends.',
  takes: ['text', 'any'],
  gives: 'text',
  lossy: null,
  settings: z.strictObject({}),
  shorthand: null,
  examples: [
    { from: '  Ada ', gives: 'Ada' },
    { from: ['a ', ' b'], gives: ['a', 'b'] },
  ],
  apply: (value) => (typeof value === 'string' ? value.trim() : value),
});
