import { isDay, Zone } from '../../src/source/delimited/zone.ts';

const WRITTEN = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,7}))?)?)?(Z|[+-]\d{2}:?\d{2})?$/;
const NET = /^\/Date\((-?\d+)\)\/$/;

/** Reads the dates of an account: written by a clock on its wall, without a word about the zone. */
export class Times {
  readonly #zone: Zone;
  readonly #format: Intl.DateTimeFormat;

  constructor(timezone: string) {
    this.#zone = new Zone(timezone);
    this.#format = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'medium' });
  }

  /** Milliseconds; null for what is no time. One that names its own zone is meant as it stands. */
  instant(text: string): number | null {
    const net = NET.exec(text);
    if (net !== null) return Number(net[1]);
    const match = WRITTEN.exec(text);
    if (match === null) return null;
    const [, year = '', month = '', day = '', hour = '0', minute = '0', second = '0', fraction = '', offset] = match;
    if (!isDay(Number(year), Number(month), Number(day)) || Number(hour) > 23) return null;
    if (offset !== undefined) {
      const time = Date.parse(text.replace(' ', 'T'));
      return Number.isNaN(time) ? null : time;
    }
    return this.#zone.instant({
      year: Number(year),
      month: Number(month),
      day: Number(day),
      hour: Number(hour),
      minute: Number(minute),
      second: Number(second),
      millisecond: Number(fraction.slice(0, 3).padEnd(3, '0')),
    });
  }

  /** An instant as the account's clock shows it, for filters. */
  written(instant: number): string {
    return this.#format.format(instant).replace(' ', 'T');
  }

  /** `2026-03-04` of a text that begins with a day; else null. */
  day(text: string): string | null {
    const match = WRITTEN.exec(text);
    if (match === null || !isDay(Number(match[1]), Number(match[2]), Number(match[3]))) return null;
    return text.slice(0, 10);
  }
}
