import { z } from 'zod';
import { asText, isEmpty, type Value } from '../values.ts';
import { define } from './transform.ts';

export const first = define({
  name: 'first',
  doc: 'The first element that is not empty: a column with others to fall back on, or one of several values. With `list: true` the others are listed as lost.',
  takes: ['list', 'text', 'any'],
  gives: 'any',
  lossy: 'the other elements',
  settings: z.strictObject({ list: z.boolean().default(false) }),
  shorthand: null,
  whole: true,
  examples: [
    { from: ['', 'b', 'c'], gives: 'b' },
    { settings: { list: true }, from: ['a', 'b'], gives: 'a', loses: ['dropped'] },
  ],
  apply: (value, settings, context) => {
    const elements = (Array.isArray(value) ? (value as readonly Value[]) : [value]).filter(
      (element) => !isEmpty(element),
    );
    const [found = null, ...others] = elements;
    if (settings.list && others.length > 0) context.lose('dropped', elements.map(asText).join(', '), asText(found));
    return found;
  },
});
