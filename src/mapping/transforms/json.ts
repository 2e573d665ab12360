import { z } from 'zod';
import { asText, BadValue, type Value } from '../values.ts';
import { define } from './transform.ts';

export const json = define({
  name: 'json',
  doc: 'Text as JSON, for RAW_JSON fields; other values as they are.',
  takes: ['any', 'text', 'number', 'decimal', 'boolean', 'date', 'timestamp', 'list', 'json'],
  gives: 'json',
  lossy: null,
  settings: z.strictObject({}),
  shorthand: null,
  whole: true,
  examples: [
    { from: '{"a":[1]}', gives: { a: [1] } },
    { from: '{', gives: { refused: 'MAPPING_BAD_VALUE' } },
  ],
  apply: (value) => {
    if (typeof value !== 'string') return value;
    try {
      return JSON.parse(value) as Value;
    } catch {
      throw new BadValue('MAPPING_BAD_VALUE', `${JSON.stringify(asText(value).slice(0, 80))} is not JSON`, value);
    }
  },
});
