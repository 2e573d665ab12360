import { z } from 'zod';
import { asText, BadValue, foldKey } from '../values.ts';
import { define } from './transform.ts';

const words = z.array(z.string().min(1)).min(1);

export const boolean = define({
  name: 'boolean',
  doc: 'Yes or no: true/false, yes/no, 1/0, or the words given. Any other word is refused.',
  takes: ['text', 'any', 'boolean', 'number'],
  gives: 'boolean',
  lossy: null,
  settings: z.strictObject({ yes: words.default(['true', 'yes', '1']), no: words.default(['false', 'no', '0']) }),
  shorthand: null,
  examples: [
    { from: 'Yes', gives: true },
    { settings: { yes: ['evet'], no: ['hayır'] }, from: 'Hayır', gives: false },
    { from: 'maybe', gives: { refused: 'MAPPING_BAD_BOOLEAN' } },
  ],
  apply: (value, { yes, no }) => {
    if (typeof value === 'boolean') return value;
    const word = foldKey(asText(value));
    if (yes.some((known) => foldKey(known) === word)) return true;
    if (no.some((known) => foldKey(known) === word)) return false;
    throw new BadValue(
      'MAPPING_BAD_BOOLEAN',
      `${JSON.stringify(asText(value))} is neither ${yes.join('/')} nor ${no.join('/')}`,
      value,
    );
  },
});
