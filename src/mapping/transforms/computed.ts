import { z } from 'zod';
import { define } from './transform.ts';

export const computed = define({
  name: 'computed',
  doc: 'A value that the source computes. It moves as it was read and does not compute itself any more: listed as a loss, with its formula.',
  takes: ['any', 'text', 'number', 'decimal', 'boolean', 'date', 'timestamp', 'list'],
  gives: 'same',
  lossy: 'the formula: the value stays as it was read',
  settings: z.strictObject({ formula: z.string().min(1) }),
  shorthand: 'formula',
  whole: true,
  examples: [{ settings: { formula: 'amount * 2' }, from: 240, gives: 240, loses: ['retyped'] }],
  apply: (value, { formula }, context) => {
    context.lose('retyped', formula, value);
    return value;
  },
});
