import { z } from 'zod';
import { patternOf } from '../cells.ts';
import { dayAt, isoDay, readIsoDate, readIsoTime } from '../dates.ts';
import { asText, BadValue } from '../values.ts';
import { pattern } from './date.ts';
import { define, type TransformContext } from './transform.ts';

const at = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as 12:00')
  .default('00:00');

export const timestamp = define({
  name: 'timestamp',
  doc: 'An instant. Text must be ISO 8601 or as `pattern` says; without an offset it is a wall clock of the default time zone. A day becomes `at` o’clock of that day.',
  takes: ['text', 'any', 'date', 'timestamp', 'number'],
  gives: 'timestamp',
  lossy: null,
  settings: z.strictObject({ pattern, at }),
  shorthand: 'pattern',
  examples: [
    { from: '2024-07-01T10:00:00+02:00', gives: '2024-07-01T08:00:00.000Z' },
    { from: '2024-07-01 10:00', gives: '2024-07-01T09:00:00.000Z' },
    {
      settings: { pattern: 'dd.MM.yyyy HH:mm', at: '00:00' },
      from: '01.01.2024 10:00',
      gives: '2024-01-01T10:00:00.000Z',
    },
    { settings: { at: '12:00' }, from: '2024-07-01', gives: '2024-07-01T11:00:00.000Z' },
    { from: 'soon', gives: { refused: 'MAPPING_BAD_DATE' } },
  ],
  apply: (value, settings, context) => {
    const instant = typeof value === 'number' ? value : read(asText(value), settings, context);
    if (instant === null || !Number.isFinite(instant) || Math.abs(instant) > 8.64e15) {
      throw new BadValue(
        'MAPPING_BAD_DATE',
        `${JSON.stringify(asText(value))} is not a time of the form ${settings.pattern ?? 'ISO 8601'}`,
        value,
      );
    }
    return new Date(instant).toISOString();
  },
});

function read(
  text: string,
  settings: { readonly pattern?: string | undefined; readonly at: string },
  { zone }: TransformContext,
): number | null {
  const compiled = settings.pattern === undefined ? null : patternOf(settings.pattern);
  const moment = compiled?.parse(text.trim(), zone) ?? null;
  if (moment !== null)
    return compiled?.hasTime === true ? moment.instant : dayAt(isoDay(moment.wall), settings.at, zone);
  const day = readIsoDate(text);
  return day === null ? readIsoTime(text, zone) : dayAt(day, settings.at, zone);
}
