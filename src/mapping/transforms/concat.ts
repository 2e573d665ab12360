import { z } from 'zod';
import { asText, isEmpty, type Value } from '../values.ts';
import { define } from './transform.ts';

export const concat = define({
  name: 'concat',
  doc: 'The non-empty elements of a list as one text, `separator` (a space by default) between them.',
  takes: ['list', 'text', 'any'],
  gives: 'text',
  lossy: null,
  settings: z.strictObject({ separator: z.string().default(' ') }),
  shorthand: 'separator',
  whole: true,
  examples: [
    { from: ['Ada', '', 'Lovelace'], gives: 'Ada Lovelace' },
    { settings: { separator: ', ' }, from: ['a', null, 'b'], gives: 'a, b' },
  ],
  apply: (value, { separator }) => {
    const elements = Array.isArray(value) ? (value as readonly Value[]) : [value];
    return elements
      .filter((element) => !isEmpty(element))
      .map(asText)
      .join(separator);
  },
});
