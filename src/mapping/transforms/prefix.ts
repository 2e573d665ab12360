import { z } from 'zod';
import { asText } from '../values.ts';
import { define } from './transform.ts';

export const prefix = define({
  name: 'prefix',
  doc: 'Puts `text` in front of a value that is not empty.',
  takes: ['text', 'any', 'number', 'decimal', 'date', 'timestamp'],
  gives: 'text',
  lossy: null,
  settings: z.strictObject({ text: z.string().min(1) }),
  shorthand: 'text',
  examples: [{ settings: { text: 'Call: ' }, from: 'Renewal', gives: 'Call: Renewal' }],
  apply: (value, { text }) => `${text}${asText(value)}`,
});
