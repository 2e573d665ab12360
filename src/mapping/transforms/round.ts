import { z } from 'zod';
import { scaled, unscaled } from '../numbers.ts';
import { toDecimal } from './number.ts';
import { define } from './transform.ts';

export const round = define({
  name: 'round',
  doc: 'Rounds to `places` digits after the point, half away from zero; every change is listed as a loss.',
  takes: ['text', 'any', 'number', 'decimal'],
  gives: 'number',
  lossy: 'digits after the point',
  settings: z.strictObject({ places: z.number().int().min(0).max(12).default(0) }),
  shorthand: 'places',
  examples: [
    { from: '12.5', gives: 13, loses: ['rounded'] },
    { settings: { places: 1 }, from: '12.34', gives: 12.3, loses: ['rounded'] },
    { from: 12, gives: 12 },
  ],
  apply: (value, { places }, context) => {
    const digits = toDecimal(value, null);
    const { integer, exact } = scaled(digits, places);
    const rounded = unscaled(integer, places);
    if (!exact) context.lose('rounded', digits, rounded);
    return Number(rounded);
  },
});
