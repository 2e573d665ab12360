import { digitsOf } from '../../../src/core/exact-json.ts';
import type { PlainColumns, PlainKind } from '../../../src/source/connector.ts';
import { cellParser, trimCell } from '../../../src/source/delimited/parse.ts';
import { type CompiledPattern, compilePattern } from '../../../src/source/delimited/patterns.ts';
import { Zone } from '../../../src/source/delimited/zone.ts';
import type { TextSettings } from './settings.ts';

const TIMES = { Created: 'time', Modified: 'time' } as const;

/** What an API gives as numbers, days and times, of the fields that are known. Everything else is text, or told by its JSON. */
export const PLAIN: PlainColumns = {
  account: { Employees: 'number', ...TIMES },
  contact: TIMES,
  lead: TIMES,
  deal: { Value: 'number', 'Expected Close Date': 'day', ...TIMES },
  task: { 'Due Date': 'day', ...TIMES },
  call: { 'Duration (minutes)': 'number', Time: 'time', Modified: 'time' },
  email: { Sent: 'time' },
  meeting: { Start: 'time', End: 'time', Modified: 'time' },
  note: TIMES,
  campaign: {
    'Start Date': 'day',
    'End Date': 'day',
    Sent: 'number',
    Opened: 'number',
    Clicked: 'number',
    ...TIMES,
  },
  ticket: TIMES,
  message: { Sent: 'time' },
  stage: { Order: 'number', Probability: 'number' },
};

/** How times stand in the sets that are made of an API. */
export const TIME_PATTERN = "yyyy-MM-dd'T'HH:mm:ss.SSSXXX";

const ISO_TIMES: readonly CompiledPattern[] = ["'T'", ' '].flatMap((gap) =>
  ['HH:mm:ss.SSS', 'HH:mm:ss', 'HH:mm'].flatMap((clock) =>
    ['XXX', ''].map((offset) => compilePattern(`yyyy-MM-dd${gap}${clock}${offset}`)),
  ),
);
const ISO_DAY = compilePattern('yyyy-MM-dd');
/** A day that a program wrote as a time. */
const MIDNIGHT = /^(\d{4}-\d{2}-\d{2})[T ]00:00(?::00(?:\.0+)?)?Z?$/;
/** Digits and marks alone: a currency beside them is for the mapping to read. */
const BARE = /^[+-]?[\d.,'\u00a0\u202f ]+$/;

/** A value as it goes into a set. */
export interface PlainValue {
  readonly text: string;
  /** A JSON number, or a text that the settings say how to read as one: its point is no mark between thousands. */
  readonly number: boolean;
}

/** Reads values of an API: JSON numbers and ISO times as they are, other texts as the settings say. */
export class PlainReader {
  readonly #zone: Zone;
  readonly #read: Readonly<Record<PlainKind, (text: string) => string | null>>;

  /** `timezone` is that of times without an offset. */
  constructor({ decimalMark, day, time }: TextSettings, timezone: string) {
    this.#zone = new Zone(timezone);
    const days = day === undefined ? null : compilePattern(day);
    const times = time === undefined ? null : compilePattern(time);
    this.#read = {
      number: decimalMark === undefined ? wholeNumber : decimal(decimalMark),
      day: (text) => this.#day(days, text) ?? this.#time(ISO_TIMES, text),
      time: (text) => this.#time(times === null ? ISO_TIMES : [times, ...ISO_TIMES], text),
    };
  }

  /** A text that cannot be read stays as it is: what becomes of it is the mapping's word. */
  value(kind: PlainKind | undefined, value: string | number | bigint): PlainValue {
    if (typeof value !== 'string') return { text: digitsOf(value), number: true };
    const read = kind === undefined ? null : this.#read[kind](trimCell(value));
    return { text: read ?? value, number: read !== null && kind === 'number' };
  }

  /** Whether a value that JSON gives is one of its kind, or a text that is read as one. */
  reads(kind: PlainKind, value: unknown): boolean {
    if (typeof value === 'string') return this.#read[kind](trimCell(value)) !== null;
    return kind === 'number' && (typeof value === 'number' || typeof value === 'bigint');
  }

  #time(patterns: readonly CompiledPattern[], text: string): string | null {
    for (const pattern of patterns) {
      const moment = pattern.parse(text, this.#zone);
      if (moment !== null) return new Date(moment.instant).toISOString();
    }
    return null;
  }

  #day(pattern: CompiledPattern | null, text: string): string | null {
    const wall = pattern?.parse(text, this.#zone)?.wall;
    if (wall !== undefined) {
      const two = (part: number): string => String(part).padStart(2, '0');
      return `${String(wall.year).padStart(4, '0')}-${two(wall.month)}-${two(wall.day)}`;
    }
    const day = MIDNIGHT.exec(text)?.[1] ?? text;
    return ISO_DAY.parse(day, this.#zone) === null ? null : day;
  }
}

/** Nothing says what a point or a comma means. */
function wholeNumber(text: string): string | null {
  return /^[+-]?\d+$/.test(text) ? text : null;
}

function decimal(mark: '.' | ','): (text: string) => string | null {
  const parse = cellParser({ type: 'decimal', decimalMark: mark });
  return (text) => {
    const read = BARE.test(text) ? parse(text) : null;
    return read?.ok === true && typeof read.value === 'string' ? read.value : null;
  };
}
