import { z } from 'zod';
import { asText } from '../values.ts';
import { define } from './transform.ts';

export const splitName = define({
  name: 'split-name',
  doc: 'A full name in one cell as first and last name: the last word is the last name, or what stands before a comma. The cut is a guess, so it is listed.',
  takes: ['text', 'any'],
  gives: 'name',
  lossy: 'where the last name begins',
  settings: z.strictObject({}),
  shorthand: null,
  examples: [
    { from: 'Ada  Lovelace', gives: { firstName: 'Ada', lastName: 'Lovelace' } },
    { from: 'Lovelace, Ada King', gives: { firstName: 'Ada King', lastName: 'Lovelace' } },
    { from: 'Ada King Lovelace', gives: { firstName: 'Ada King', lastName: 'Lovelace' }, loses: ['retyped'] },
    { from: 'Ada', gives: { firstName: 'Ada', lastName: '' } },
  ],
  apply: (value, _settings, context) => {
    const full = asText(value).replace(/\s+/g, ' ').trim();
    const comma = full.indexOf(',');
    if (comma > 0) return { firstName: full.slice(comma + 1).trim(), lastName: full.slice(0, comma).trim() };
    const space = full.lastIndexOf(' ');
    if (space < 0) return { firstName: full, lastName: '' };
    const split = { firstName: full.slice(0, space), lastName: full.slice(space + 1) };
    if (split.firstName.includes(' ')) context.lose('retyped', full, `${split.firstName} | ${split.lastName}`);
    return split;
  },
});
