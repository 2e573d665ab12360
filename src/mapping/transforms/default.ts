import { z } from 'zod';
import { isEmpty } from '../values.ts';
import { define } from './transform.ts';

const scalar = z.union([z.string(), z.number(), z.boolean()]);

export const byDefault = define({
  name: 'default',
  doc: 'The given value where there is none, for the transforms that follow.',
  takes: ['any', 'text', 'number', 'decimal', 'boolean', 'date', 'timestamp', 'list', 'option', 'options'],
  gives: 'same',
  lossy: null,
  settings: z.strictObject({ value: scalar }),
  shorthand: 'value',
  nulls: true,
  whole: true,
  examples: [
    { settings: { value: 'GBP' }, from: '', gives: 'GBP' },
    { settings: { value: 'GBP' }, from: 'EUR', gives: 'EUR' },
  ],
  apply: (value, settings) => (isEmpty(value) ? settings.value : value),
});
