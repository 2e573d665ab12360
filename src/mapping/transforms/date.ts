import { z } from 'zod';
import { datePattern, isoDate, readIsoDate, readIsoTime, readLocal } from '../dates.ts';
import { asText, BadValue } from '../values.ts';
import { define } from './transform.ts';

/** A date pattern, checked when the mapping is read. */
export const pattern = z
  .string()
  .refine((text) => datePattern(text) !== null, 'must name a full date, such as dd.MM.yyyy, each part once')
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
    if (typeof value === 'number') return isoDate(zone.toLocal(value));
    const text = asText(value);
    const iso = readIsoDate(text);
    if (iso !== null) return iso;
    const compiled = settings.pattern === undefined ? null : datePattern(settings.pattern);
    const read = compiled === null ? null : readLocal(text, compiled);
    if (read !== null) return isoDate(read.local);
    const instant = readIsoTime(text, zone);
    if (instant !== null) return isoDate(zone.toLocal(instant));
    throw new BadValue('MAPPING_BAD_DATE', `${JSON.stringify(text)} is not a date of the form ${settings.pattern ?? 'yyyy-MM-dd'}`, value);
  },
});
