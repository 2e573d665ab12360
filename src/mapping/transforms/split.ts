import { z } from 'zod';
import { asText } from '../values.ts';
import { define } from './transform.ts';

export const split = define({
  name: 'split',
  doc: 'A cell as a list: cut at `separators` (comma and semicolon by default), trimmed, without empty and repeated elements.',
  takes: ['text', 'any', 'list'],
  gives: 'list',
  lossy: null,
  settings: z.strictObject({
    separators: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).default([',', ';']),
  }),
  shorthand: 'separators',
  whole: true,
  examples: [
    { from: 'VIP; Partner,,VIP', gives: ['VIP', 'Partner'] },
    { settings: { separators: '|' }, from: 'a|b,c', gives: ['a', 'b,c'] },
  ],
  apply: (value, { separators }) => {
    let pieces = Array.isArray(value) ? value.map((member) => asText(member)) : [asText(value)];
    for (const separator of typeof separators === 'string' ? [separators] : separators) {
      pieces = pieces.flatMap((piece) => piece.split(separator));
    }
    return [...new Set(pieces.map((piece) => piece.trim()).filter((piece) => piece !== ''))];
  },
});
