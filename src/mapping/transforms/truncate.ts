import { z } from 'zod';
import { asText, cut } from '../values.ts';
import { define } from './transform.ts';

export const truncate = define({
  name: 'truncate',
  doc: 'Cuts longer texts to `length` characters; every cut is listed as a loss.',
  takes: ['text', 'any'],
  gives: 'text',
  lossy: 'what stands behind the cut',
  settings: z.strictObject({ length: z.number().int().min(1) }),
  shorthand: 'length',
  examples: [
    { settings: { length: 3 }, from: 'abcdef', gives: 'abc', loses: ['truncated'] },
    { settings: { length: 10 }, from: 'abc', gives: 'abc' },
  ],
  apply: (value, { length }, context) => {
    const full = asText(value);
    const short = cut(full, length);
    if (short !== full) context.lose('truncated', full, short);
    return short;
  },
});
