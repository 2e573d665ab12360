import { ChangeoverError } from '../../core/errors.ts';
import { isDay, type WallTime, type Zone } from './zone.ts';

/**
 * Date and time patterns, as in `dd.MM.yyyy HH:mm`. `yyyy` four digits, `yy` two (00 to 69 are 2000 to 2069), `MM` and `dd`
 * two, `M` and `d` one or two, `HH` and `H` hours 0 to 23, `hh` and `h` hours 1 to 12 with `a` for AM or PM, `mm`, `ss`,
 * `SSS` a fraction of 1 to 9 digits, `XXX` Z or an offset such as +03:00. Letters inside single quotes stand for themselves.
 * `excel` is a spreadsheet's serial number, days since 1899-12-30.
 */
export interface CompiledPattern {
  readonly pattern: string;
  readonly hasTime: boolean;
  /** Null where the text does not have the pattern, or names no day or time there is. */
  parse(text: string, zone: Zone): ParsedMoment | null;
}

export interface ParsedMoment {
  readonly wall: WallTime;
  /** Milliseconds since 1970 UTC. */
  readonly instant: number;
}

type Part =
  | 'year'
  | 'shortYear'
  | 'month'
  | 'day'
  | 'hour'
  | 'halfHour'
  | 'minute'
  | 'second'
  | 'fraction'
  | 'offset'
  | 'meridiem';

const TOKENS: Readonly<Record<string, readonly [Part, string]>> = {
  yyyy: ['year', '(\\d{4})'],
  yy: ['shortYear', '(\\d{2})'],
  MM: ['month', '(\\d{2})'],
  M: ['month', '(\\d{1,2})'],
  dd: ['day', '(\\d{2})'],
  d: ['day', '(\\d{1,2})'],
  HH: ['hour', '(\\d{2})'],
  H: ['hour', '(\\d{1,2})'],
  hh: ['halfHour', '(\\d{2})'],
  h: ['halfHour', '(\\d{1,2})'],
  mm: ['minute', '(\\d{2})'],
  ss: ['second', '(\\d{2})'],
  SSS: ['fraction', '(\\d{1,9})'],
  XXX: ['offset', '(Z|[+-]\\d{2}:?\\d{2})'],
  a: ['meridiem', '([AaPp]\\.?[Mm]\\.?|ÖÖ|ÖS|öö|ös)'],
};

const TOKEN = /yyyy|yy|MM?|dd?|HH?|hh?|mm|ss|SSS|XXX|a|'([^']*)'|[^A-Za-z']/gy;

/** Throws CELL_INVALID where the pattern itself has letters that mean nothing. */
export function compilePattern(pattern: string): CompiledPattern {
  if (pattern === 'excel') return EXCEL;
  const parts: Part[] = [];
  let expression = '';
  let end = 0;
  for (const match of pattern.matchAll(TOKEN)) {
    end = match.index + match[0].length;
    const token = TOKENS[match[0]];
    if (token === undefined) expression += (match[1] ?? match[0]).replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
    else {
      parts.push(token[0]);
      expression += token[1];
    }
  }
  const dated =
    parts.includes('month') && parts.includes('day') && (parts.includes('year') || parts.includes('shortYear'));
  if (end !== pattern.length || !dated)
    throw new ChangeoverError('CELL_INVALID', `${JSON.stringify(pattern)} is not a date pattern`);
  const whole = new RegExp(`^${expression}$`, 'u');
  const hasTime = parts.includes('hour') || parts.includes('halfHour');
  return { pattern, hasTime, parse: (text, zone) => read(whole, parts, text, zone) };
}

function read(whole: RegExp, parts: readonly Part[], text: string, zone: Zone): ParsedMoment | null {
  const match = whole.exec(text);
  if (match === null) return null;
  const found = new Map(parts.map((part, i) => [part, match[i + 1] ?? '']));
  const number = (part: Part): number => Number(found.get(part) ?? 0);
  const shortYear = number('shortYear');
  const hour = hourOf(found);
  if (hour === null) return null;
  const wall: WallTime = {
    year: found.has('year') ? number('year') : shortYear + (shortYear < 70 ? 2000 : 1900),
    month: number('month'),
    day: number('day'),
    hour,
    minute: number('minute'),
    second: number('second'),
    millisecond: Number((found.get('fraction') ?? '0').padEnd(3, '0').slice(0, 3)),
  };
  if (
    wall.year === 0 ||
    !isDay(wall.year, wall.month, wall.day) ||
    wall.hour > 23 ||
    wall.minute > 59 ||
    wall.second > 59
  )
    return null;
  const offset = found.get('offset');
  return { wall, instant: offset === undefined ? zone.instant(wall) : offsetInstant(wall, offset) };
}

function hourOf(found: ReadonlyMap<Part, string>): number | null {
  const half = found.get('halfHour');
  if (half === undefined) return Number(found.get('hour') ?? 0);
  const hour = Number(half);
  if (hour < 1 || hour > 12) return null;
  const meridiem = (found.get('meridiem') ?? 'am').toLowerCase();
  return (hour % 12) + (meridiem.startsWith('p') || meridiem === 'ös' ? 12 : 0);
}

function offsetInstant(wall: WallTime, offset: string): number {
  const utc = Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second, wall.millisecond);
  if (offset === 'Z') return utc;
  const sign = offset.startsWith('-') ? -1 : 1;
  const digits = offset.slice(1).replace(':', '');
  return utc - sign * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))) * 60_000;
}

const EXCEL: CompiledPattern = {
  pattern: 'excel',
  hasTime: true,
  parse: (text, zone) => {
    if (!/^\d{1,6}(?:[.,]\d{1,12})?$/.test(text)) return null;
    const serial = Number(text.replace(',', '.'));
    if (serial < 61 || serial > 2_958_465) return null;
    // Spreadsheets have no zones: the serial is a wall time. Rounded to the second, as their fractions are inexact.
    const date = new Date(Math.round(serial * 86_400) * 1000 - 2_209_161_600_000);
    const wall: WallTime = {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      hour: date.getUTCHours(),
      minute: date.getUTCMinutes(),
      second: date.getUTCSeconds(),
      millisecond: 0,
    };
    return { wall, instant: zone.instant(wall) };
  },
};
