const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?(Z|[+-]\d{2}(:?\d{2})?)?$/i;

/** True where the day exists: the built-in parser turns February 31st into March. */
function dayExists(text: string): boolean {
  const day = new Date(`${text.slice(0, 10)}T00:00:00.000Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text.slice(0, 10));
}

/** ISO text of an instant to the millisecond, as the server shows it; undefined where the text is none. */
export function parseInstant(text: string): string | undefined {
  if (DATE.test(text)) return dayExists(text) ? `${text}T00:00:00.000Z` : undefined;
  if (!DATE_TIME.test(text) || !dayExists(text)) return undefined;
  const zoned = /(Z|[+-]\d{2}(:?\d{2})?)$/i.test(text) ? text : `${text}Z`;
  const time = new Date(
    zoned
      .replace(' ', 'T')
      .replace(',', '.')
      .replace(/([+-]\d{2})$/, '$1:00'),
  );
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

/** The calendar day of a DATE field; undefined where the text is none. */
export function parseDay(text: string): string | undefined {
  if (!DATE.test(text) && !DATE_TIME.test(text)) return undefined;
  return dayExists(text) ? text.slice(0, 10) : undefined;
}
