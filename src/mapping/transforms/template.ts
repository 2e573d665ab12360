import { z } from 'zod';
import { asText, type Value } from '../values.ts';
import { define } from './transform.ts';

export const template = define({
  name: 'template',
  doc: 'A text with the value in it: {} is the value, {1}, {2} … the elements of a list.',
  takes: ['text', 'any', 'number', 'decimal', 'boolean', 'date', 'timestamp', 'list', 'option'],
  gives: 'text',
  lossy: null,
  settings: z.strictObject({ text: z.string().min(1) }),
  shorthand: 'text',
  whole: true,
  examples: [
    { settings: { text: 'Call: {}' }, from: 'Renewal', gives: 'Call: Renewal' },
    { settings: { text: '{1} ({2})' }, from: ['Ada', 'Acme'], gives: 'Ada (Acme)' },
  ],
  apply: (value, { text }) => {
    const elements = Array.isArray(value) ? (value as readonly Value[]) : [value];
    return text.replace(/\{(\d*)\}/g, (_all, index: string) =>
      asText(index === '' ? value : (elements[Number(index) - 1] ?? null)),
    );
  },
});
