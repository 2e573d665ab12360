import { z } from 'zod';
import { asText } from '../values.ts';
import { define } from './transform.ts';

export const suffix = define({
  name: 'suffix',
  doc: 'Puts `text` behind a value that is not empty.',
  takes: ['text', 'any', 'number', 'decimal', 'date', 'timestamp'],
  gives: 'text',
  lossy: null,
  settings: z.strictObject({ text: z.string().min(1) }),
  shorthand: 'text',
  examples: [{ settings: { text: ' min' }, from: 30, gives: '30 min' }],
  apply: (value, { text }) => `${asText(value)}${text}`,
});
