import { z } from 'zod';
import { asText, isEmpty, NotAnOption, type Value } from '../values.ts';
import { optionOf, optionSettings } from './select.ts';
import { define } from './transform.ts';

export const multiSelect = define({
  name: 'multi-select',
  doc: 'The options that the elements of a list mean (see `select`; `split` makes the list). With `unknown: leave` unknown elements are left out one by one, and listed.',
  takes: ['list', 'text', 'any'],
  gives: 'options',
  lossy: 'labels over 63 characters, and commas in them',
  settings: z.strictObject(optionSettings),
  shorthand: 'table',
  whole: true,
  examples: [
    { from: ['Call', 'Email', 'Call'], gives: ['CALL', 'EMAIL'] },
    { settings: { unknown: 'leave' }, from: ['Call', 'Fax'], gives: ['CALL'], loses: ['dropped'] },
    { from: ['Fax'], gives: { refused: 'MAPPING_OPTION_NOT_LISTED' } },
  ],
  apply: (value, settings, context) => {
    const elements = Array.isArray(value) ? (value as readonly Value[]) : [value];
    const found = new Set<string>();
    for (const element of elements) {
      if (isEmpty(element)) continue;
      try {
        found.add(optionOf(element, settings, context));
      } catch (thrown) {
        if (!(thrown instanceof NotAnOption) || thrown.policy !== 'leave') throw thrown;
        context.lose('dropped', asText(element), '');
      }
    }
    return found.size === 0 ? null : [...found];
  },
});
