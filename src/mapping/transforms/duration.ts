import { z } from 'zod';
import { scaled } from '../numbers.ts';
import { asText, BadValue } from '../values.ts';
import { toDecimal } from './number.ts';
import { define } from './transform.ts';

type Unit = 'seconds' | 'minutes' | 'hours';
const SECONDS: Record<Unit, number> = { seconds: 1, minutes: 60, hours: 3600 };
const unit = z.enum(['seconds', 'minutes', 'hours']) satisfies z.ZodType<Unit>;

export const duration = define({
  name: 'duration',
  doc: 'A length of time as a number of `unit` (minutes by default) from `h:mm:ss`, `mm:ss`, or a number of `from` (seconds by default). Rounding is listed.',
  takes: ['text', 'any', 'number', 'decimal'],
  gives: 'number',
  lossy: 'parts of a unit',
  settings: z.strictObject({ from: unit.default('seconds'), unit: unit.default('minutes') }),
  shorthand: 'from',
  examples: [
    { from: '01:30:00', gives: 90 },
    { from: '90', gives: 2, loses: ['rounded'] },
    { settings: { from: 'seconds', unit: 'seconds' }, from: '2:05', gives: 125 },
    { from: 'long', gives: { refused: 'MAPPING_BAD_NUMBER' } },
  ],
  apply: (value, settings: { readonly from: Unit; readonly unit: Unit }, context) => {
    const clock = /^(?:(\d+):)?(\d{1,3}):([0-5]\d)$/.exec(asText(value).trim());
    const thousandths =
      clock === null
        ? Number(scaled(toDecimal(value, null), 3).integer) * SECONDS[settings.from]
        : (Number(clock[1] ?? 0) * 3600 + Number(clock[2]) * 60 + Number(clock[3])) * 1000;
    const exact = thousandths / 1000 / SECONDS[settings.unit];
    if (!Number.isFinite(exact) || exact < 0) throw new BadValue('MAPPING_BAD_NUMBER', 'not a length of time', value);
    const rounded = Math.round(exact);
    if (rounded !== exact) context.lose('rounded', value, rounded);
    return rounded;
  },
});
