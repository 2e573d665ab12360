import { z } from 'zod';
import { asText } from '../values.ts';
import { define } from './transform.ts';

export const text = define({
  name: 'text',
  doc: 'Any value as text: numbers in plain digits, lists joined with a comma and a space.',
  takes: ['any', 'text', 'number', 'decimal', 'boolean', 'date', 'timestamp', 'list', 'json', 'option', 'options'],
  gives: 'text',
  lossy: null,
  settings: z.strictObject({}),
  shorthand: null,
  whole: true,
  examples: [
    { from: 12.5, gives: '12.5' },
    { from: ['a', 'b'], gives: 'a, b' },
  ],
  apply: (value) => asText(value),
});
