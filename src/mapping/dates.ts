import type { Zone } from './zone.ts';

/** Dates and times by patterns of yyyy yy MM M dd d HH H hh h mm ss SSS a and literal characters. */

const TOKENS: Readonly<Record<string, { readonly pattern: string; readonly part: Part }>> = {
  yyyy: { pattern: '\\d{4}', part: 'year' },
  yy: { pattern: '\\d{2}', part: 'shortYear' },
  MM: { pattern: '\\d{1,2}', part: 'month' },
  M: { pattern: '\\d{1,2}', part: 'month' },
  dd: { pattern: '\\d{1,2}', part: 'day' },
  d: { pattern: '\\d{1,2}', part: 'day' },
  HH: { pattern: '\\d{1,2}', part: 'hour' },
  H: { pattern: '\\d{1,2}', part: 'hour' },
  hh: { pattern: '\\d{1,2}', part: 'hour' },
  h: { pattern: '\\d{1,2}', part: 'hour' },
  mm: { pattern: '\\d{2}', part: 'minute' },
  ss: { pattern: '\\d{2}', part: 'second' },
  SSS: { pattern: '\\d{1,9}', part: 'fraction' },
  a: { pattern: '[AaPp]\\.?[Mm]\\.?', part: 'half' },
  X: { pattern: 'Z|[+-]\\d{2}:?\\d{2}', part: 'zone' },
};

type Part = 'year' | 'shortYear' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'fraction' | 'half' | 'zone';

/** A pattern ready to read with. */
export interface DatePattern {
  readonly text: string;
  readonly expression: RegExp;
  readonly parts: readonly Part[];
}

/** Null where the pattern names no full date, or a token twice. Characters in single quotes stand for themselves. */
export function datePattern(text: string): DatePattern | null {
  const parts: Part[] = [];
  let expression = '';
  for (const [token, quoted, word] of text.matchAll(/'([^']*)'|(yyyy|yy|MM|M|dd|d|HH|H|hh|h|mm|ss|SSS|a|X)|[\s\S]/g)) {
    const known = word === undefined ? undefined : TOKENS[word];
    if (known !== undefined) {
      if (parts.includes(known.part)) return null;
      parts.push(known.part);
      expression += `(${known.pattern})`;
    } else {
      expression += (quoted ?? token).replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&').replace(/ /g, '[ \\u00a0\\u202f]');
    }
  }
  const dated = (parts.includes('year') || parts.includes('shortYear')) && parts.includes('month') && parts.includes('day');
  return dated ? { text, expression: new RegExp(`^${expression}$`), parts } : null;
}

/** The wall clock as if it were UTC, milliseconds, and the offset where the text tells one; null where it does not fit. */
export function readLocal(text: string, pattern: DatePattern): { readonly local: number; readonly offset: number | null } | null {
  const match = pattern.expression.exec(text.trim());
  if (match === null) return null;
  const got: Partial<Record<Part, string>> = {};
  pattern.parts.forEach((part, index) => {
    got[part] = match[index + 1];
  });
  const year = got.year === undefined ? shortYear(Number(got.shortYear)) : Number(got.year);
  const month = Number(got.month);
  const day = Number(got.day);
  const hour = hours(Number(got.hour ?? 0), got.half);
  const minute = Number(got.minute ?? 0);
  const second = Number(got.second ?? 0);
  const millisecond = Number((got.fraction ?? '0').padEnd(3, '0').slice(0, 3));
  if (hour === null || hour > 23 || minute > 59 || second > 59 || year < 1) return null;
  const local = new Date(0);
  local.setUTCFullYear(year, month - 1, day);
  if (local.getUTCMonth() !== month - 1 || local.getUTCDate() !== day) return null;
  local.setUTCHours(hour, minute, second, millisecond);
  return { local: local.getTime(), offset: got.zone === undefined ? null : offsetOf(got.zone) };
}

const ISO_DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const ISO_TIME =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d{2}(?::?\d{2})?)?$/;

/** `yyyy-MM-dd` where the text is exactly that and a day that exists. */
export function readIsoDate(text: string): string | null {
  const match = ISO_DATE.exec(text.trim());
  if (match === null) return null;
  const date = new Date(`${match[0]}T00:00:00Z`);
  return Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== match[0] ? null : match[0];
}

/** The instant of an ISO 8601 time, milliseconds; without an offset it is a wall clock of `zone`. */
export function readIsoTime(text: string, zone: Zone): number | null {
  const match = ISO_TIME.exec(text.trim());
  if (match === null) return null;
  const [, year, month, day, hour, minute, second = '00', fraction = '', offset] = match;
  if (readIsoDate(`${year}-${month}-${day}`) === null || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null;
  const local = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}Z`);
  return offset === undefined ? zone.toUtc(local) : local - offsetOf(offset);
}

export function isoDate(local: number): string {
  return new Date(local).toISOString().slice(0, 10);
}

function shortYear(year: number): number {
  return year < 70 ? 2000 + year : 1900 + year;
}

function hours(hour: number, half: string | undefined): number | null {
  if (half === undefined) return hour;
  if (hour < 1 || hour > 12) return null;
  return (hour % 12) + (/^p/i.test(half) ? 12 : 0);
}

function offsetOf(text: string): number {
  if (text === 'Z') return 0;
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(3).replace(':', '') || 0);
  return (text.startsWith('-') ? -minutes : minutes) * 60_000;
}
