import { isDay, type Zone } from '../delimited/zone.ts';

export type TimeOrigin = 'manifest' | 'name' | 'file-time';

const STAMP =
  /(?<!\d)((?:19|20)\d{2})([-_.]?)(\d{2})\2(\d{2})(?:[T_ .-]{0,2}(\d{2})[:h.-]?(\d{2})(?:[:m.-]?(\d{2}))?)?(Z)?(?!\d)/;

/** The time that a folder's or file's name tells, such as 2026-03-01T0900, 20260301-090000 or 2026-03-01; null where it tells none. */
export function timeInName(name: string, zone: Zone, utc: Zone): number | null {
  const match = STAMP.exec(name);
  if (match === null) return null;
  const part = (index: number): number => Number(match[index] ?? 0);
  const wall = {
    year: part(1),
    month: part(3),
    day: part(4),
    hour: part(5),
    minute: part(6),
    second: part(7),
    millisecond: 0,
  };
  if (!isDay(wall.year, wall.month, wall.day) || wall.hour > 23 || wall.minute > 59 || wall.second > 59) return null;
  return (match[8] === 'Z' ? utc : zone).instant(wall);
}
