import type { Json } from '../json.ts';

interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** The calendar day of an instant in a time zone. */
function dayIn(instant: Date, timeZone: string): Day {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone, year: 'numeric', month: 'numeric', day: 'numeric' });
  const found = new Map(parts.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  return { year: found.get('year') ?? 0, month: found.get('month') ?? 1, day: found.get('day') ?? 1 };
}

function iso({ year, month, day }: Day): string {
  return new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10);
}

function weekStart({ year, month, day }: Day): string {
  const date = new Date(Date.UTC(year, month - 1, day));
  return iso({ year, month, day: day - ((date.getUTCDay() + 6) % 7) });
}

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

const TRUNCATE: Readonly<Record<string, (day: Day) => string>> = {
  DAY: iso,
  WEEK: weekStart,
  MONTH: (day) => iso({ ...day, day: 1 }),
  QUARTER: (day) => iso({ ...day, month: day.month - ((day.month - 1) % 3), day: 1 }),
  YEAR: (day) => iso({ ...day, month: 1, day: 1 }),
  DAY_OF_THE_WEEK: ({ year, month, day }) => WEEKDAYS[new Date(Date.UTC(year, month - 1, day)).getUTCDay()] ?? '',
  MONTH_OF_THE_YEAR: ({ month }) => MONTHS[month - 1] ?? '',
  QUARTER_OF_THE_YEAR: ({ month }) => `Q${Math.ceil(month / 3)}`,
};

/** The group a date belongs to, as its first day: `2019-05-01` for a month (recorded exchange 83). */
export function truncateInstant(value: Json, granularity: string, timeZone: string): Json {
  if (typeof value !== 'string') return null;
  const truncate = TRUNCATE[granularity];
  return truncate === undefined ? value : truncate(dayIn(new Date(value), timeZone));
}
