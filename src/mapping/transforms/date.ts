import { z } from 'zod';
import { patternOf } from '../cells.ts';
import { dayOf, isoDay, readIsoDate, readIsoTime } from '../dates.ts';
import { asText, BadValue } from '../values.ts';
import { define } from './transform.ts';

/** A date pattern, checked when the mapping is read. */
export const pattern = z
  .string()
  .refine((text) => patternOf(text) !== null, 'must name a full date, such as dd.MM.yyyy')
  .optional();

export const date = define({
  name: 'date',
  doc: 'A day. Text must be yyyy-MM-dd or as `pattern` says; of a time the day in the default time zone is taken.',
  takes: ['text', 'any', 'date', 'timestamp', 'number'],
  gives: 'date',
  lossy: 'the time of day, where there is one',
  settings: z.strictObject({ pattern }),
  shorthand: 'pattern',
  examples: [
    { from: '2024-02-29', gives: '2024-02-29' },
    { settings: { pattern: 'dd.MM.yyyy' }, from: '31.12.2024', gives: '2024-12-31' },
    { settings: { pattern: 'dd.MM.yyyy' }, from: '31.02.2024', gives: { refused: 'MAPPING_BAD_DATE' } },
    { from: '01/02/2024', gives: { refused: 'MAPPING_BAD_DATE' } },
  ],
  apply: (value, settings, { zone }) => {
    if (typeof value === 'number') return dayOf(value, zone);
    const text = asText(value);
    const iso = readIsoDate(text);
    if (iso !== null) return iso;
    const read =
      settings.pattern === undefined ? null : (patternOf(settings.pattern)?.parse(text.trim(), zone) ?? null);
    if (read !== null) return isoDay(read.wall);
    const instant = readIsoTime(text, zone);
    if (instant !== null) return dayOf(instant, zone);
    throw new BadValue(
      'MAPPING_BAD_DATE',
      `${JSON.stringify(text)} is not a date of the form ${settings.pattern ?? 'yyyy-MM-dd'}`,
      value,
    );
  },
});
