import { isDay, utcTime, type WallTime, type Zone } from './cells.ts';

const ISO_DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const ISO_TIME =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d{2}(?::?\d{2})?)?$/;

/** `yyyy-MM-dd` where the text is exactly that and a day that exists. */
export function readIsoDate(text: string): string | null {
  const match = ISO_DATE.exec(text.trim());
  if (match === null) return null;
  return isDay(Number(match[1]), Number(match[2]), Number(match[3])) ? match[0] : null;
}

/** The instant of an ISO 8601 time, milliseconds; without an offset it is a wall clock of `zone`. */
export function readIsoTime(text: string, zone: Zone): number | null {
  const match = ISO_TIME.exec(text.trim());
  if (match === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  if (!isDay(year, month, day) || hour > 23 || minute > 59 || second > 59) return null;
  const millisecond = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
  const wall = { year, month, day, hour, minute, second, millisecond };
  const offset = match[8];
  return offset === undefined ? zone.instant(wall) : utcTime(wall) - offsetOf(offset);
}

/** The instant at which a day of the zone reaches a time of day, `12:00`. */
export function dayAt(day: string, clock: string, zone: Zone): number {
  const [year = 1, month = 1, date = 1] = day.split('-').map(Number);
  const [hour = 0, minute = 0] = clock.split(':').map(Number);
  return zone.instant({ year, month, day: date, hour, minute, second: 0, millisecond: 0 });
}

/** The day that the zone's calendar shows at an instant. */
export function dayOf(instant: number, zone: Zone): string {
  let local = instant;
  for (let round = 0; round < 3; round++) local = instant + (local - zone.instant(wallOf(local)));
  return isoDay(wallOf(local));
}

export function isoDay(wall: WallTime): string {
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${String(wall.year).padStart(4, '0')}-${two(wall.month)}-${two(wall.day)}`;
}

function wallOf(local: number): WallTime {
  const date = new Date(local);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    millisecond: date.getUTCMilliseconds(),
  };
}

function offsetOf(text: string): number {
  if (text === 'Z') return 0;
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(3).replace(':', '') || 0);
  return (text.startsWith('-') ? -minutes : minutes) * 60_000;
}
