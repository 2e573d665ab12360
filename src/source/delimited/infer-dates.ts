import type { ColumnFormat, ColumnProposal } from '../connector.ts';
import { isDay } from './zone.ts';

const SHAPE =
  /^(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})(?:(T| {1,2})(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(?: ?([AaPp][Mm]))?(Z|[+-]\d{2}:?\d{2})?)?$/;

type Order = 'dMy' | 'Mdy' | 'yMd';

const ORDERS: readonly Order[] = ['dMy', 'Mdy', 'yMd'];

/** Decides the date pattern of a column: one pattern that every value has, and that no other reads differently. */
export class DateScan {
  readonly #orders = new Set<Order>(ORDERS);
  #matched = 0;
  #separator: string | null = null;
  #suffix: string | null = null;
  #shortYear: boolean | null = null;
  /** Parts of the date, and the hour, that were seen with a single digit. */
  readonly #single = { day: false, month: false, hour: false };
  #same = true;
  #failed = false;

  add(text: string): void {
    if (this.#failed) return;
    const match = SHAPE.exec(text);
    if (match === null || !this.#fits(match)) {
      this.#failed = true;
      return;
    }
    this.#matched += 1;
  }

  #fits(match: RegExpExecArray): boolean {
    const [, first = '', separator = '', second = '', third = ''] = match;
    const suffix = suffixOf(match);
    if (suffix === null) return false;
    this.#separator ??= separator;
    this.#suffix ??= suffix;
    if (this.#separator !== separator || this.#suffix !== suffix) return false;
    if ((match[6] ?? '').length === 1) this.#single.hour = true;
    const yearFirst = first.length === 4;
    const year = yearFirst ? first : third;
    if (year.length !== 4 && year.length !== 2) return false;
    this.#shortYear ??= year.length === 2;
    if (this.#shortYear !== (year.length === 2)) return false;
    const number = Number(year) + (year.length === 2 ? 2000 : 0);
    if (!yearFirst && first.length > 2) return false;
    if (yearFirst && third.length > 2) return false;
    this.#narrow(yearFirst, number, first, second, third);
    return this.#orders.size > 0;
  }

  #narrow(yearFirst: boolean, year: number, first: string, second: string, third: string): void {
    const day = yearFirst ? third : first;
    if (!yearFirst || !isDay(year, Number(second), Number(day))) this.#orders.delete('yMd');
    if (yearFirst || !isDay(year, Number(second), Number(first))) this.#orders.delete('dMy');
    if (yearFirst || !isDay(year, Number(first), Number(second))) this.#orders.delete('Mdy');
    if (!yearFirst && Number(first) !== Number(second)) this.#same = false;
    if (day.length === 1) this.#single.day = true;
    if (second.length === 1) this.#single.month = true;
  }

  /** Null where not all `filled` values are dates of one pattern. */
  propose(filled: number): ColumnProposal | null {
    if (this.#failed || this.#matched !== filled || filled === 0) return null;
    const candidates = [...this.#orders].map((order) => this.#format(order));
    const [only] = candidates;
    if (only === undefined) return null;
    if (candidates.length === 1)
      return { decided: true, format: only, reason: 'every value is a date of this pattern, and of no other' };
    const reason = this.#same
      ? 'day and month are equal in every value'
      : 'no day is later than the 12th, so day and month cannot be told apart';
    return { decided: false, candidates, reason };
  }

  #format(order: Order): ColumnFormat {
    const year = this.#shortYear === true ? 'yy' : 'yyyy';
    // With month and day swapped, a single digit in either place loosens both: which is which is not known yet.
    const loose = order === 'Mdy' ? { day: this.#single.month, month: this.#single.day } : this.#single;
    const day = loose.day ? 'd' : 'dd';
    const month = loose.month ? 'M' : 'MM';
    const separator = this.#separator ?? '.';
    const date = { dMy: [day, month, year], Mdy: [month, day, year], yMd: [year, month, day] }[order].join(separator);
    const suffix = this.#single.hour
      ? (this.#suffix ?? '').replace('HH', 'H').replace('hh', 'h')
      : (this.#suffix ?? '');
    return suffix === '' ? { type: 'date', pattern: date } : { type: 'timestamp', pattern: date + suffix };
  }
}

/** The pattern of what follows the date: '' for nothing, null for a time there is not. */
function suffixOf(match: RegExpExecArray): string | null {
  const [, , , , , gap, hour, minute = '0', second = '0', fraction, meridiem, offset] = match;
  if (hour === undefined) return '';
  const most = meridiem === undefined ? 23 : 12;
  if (Number(hour) > most || Number(minute) > 59 || Number(second) > 59) return null;
  const seconds = match[8] === undefined ? '' : ':ss';
  const fractions = fraction === undefined ? '' : '.SSS';
  const half = meridiem === undefined ? '' : match[0].includes(` ${meridiem}`) ? ' a' : 'a';
  const separator = gap === 'T' ? "'T'" : (gap ?? ' ');
  return `${separator}${half === '' ? 'HH' : 'hh'}:mm${seconds}${fractions}${half}${offset === undefined ? '' : 'XXX'}`;
}
