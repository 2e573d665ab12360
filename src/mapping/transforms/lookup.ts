import { z } from 'zod';
import { asText, BadValue } from '../values.ts';
import { define } from './transform.ts';

export const lookup = define({
  name: 'lookup',
  doc: 'Renames through a table of the mapping. What is not in it stays as it is (`unknown: keep`), is emptied (empty) or refused (refuse).',
  takes: ['text', 'any', 'number', 'boolean', 'decimal'],
  gives: 'text',
  lossy: null,
  settings: z.strictObject({
    table: z.string().min(1),
    unknown: z.enum(['keep', 'empty', 'refuse']).default('refuse'),
  }),
  shorthand: 'table',
  examples: [
    { settings: { table: 'countries', unknown: 'refuse' }, from: 'UK', gives: 'United Kingdom' },
    { settings: { table: 'countries', unknown: 'keep' }, from: 'Chile', gives: 'Chile' },
    { settings: { table: 'countries', unknown: 'refuse' }, from: 'Chile', gives: { refused: 'MAPPING_BAD_VALUE' } },
  ],
  apply: (value, settings, context) => {
    const text = asText(value).trim();
    const found = context.table(settings.table).get(text);
    if (found !== undefined) return found;
    if (settings.unknown === 'keep') return value;
    if (settings.unknown === 'empty') {
      context.lose('dropped', text, '');
      return null;
    }
    throw new BadValue('MAPPING_BAD_VALUE', `${JSON.stringify(text)} is not in the table ${settings.table}`, value);
  },
});
