/** A date and time of day as a clock on the wall shows it. Month from 1. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
}

/** Whether the calendar has the day. */
export function isDay(year: number, month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Milliseconds since 1970 of a wall time in UTC; years below 100 are meant as they stand. */
export function utcTime(wall: WallTime): number {
  const date = new Date(
    Date.UTC(2000, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second, wall.millisecond),
  );
  date.setUTCFullYear(wall.year, wall.month - 1, wall.day);
  return date.getTime();
}

/** Turns wall times of one IANA zone into instants. Not the host's zone: the same on every machine. */
export class Zone {
  readonly name: string;
  readonly #format: Intl.DateTimeFormat | null;
  readonly #offsets = new Map<number, number>();

  constructor(name: string) {
    this.name = name;
    this.#format =
      name === 'UTC'
        ? null
        : new Intl.DateTimeFormat('en-US', {
            timeZone: name,
            hourCycle: 'h23',
            year: 'numeric',
            month: 'numeric',
            day: 'numeric',
            hour: 'numeric',
            minute: 'numeric',
            second: 'numeric',
          });
  }

  /**
   * The instant of a wall time. One that happens twice (clocks set back) is the first of both; one that is left out
   * (clocks set forward) is as far after the gap's start as it says.
   */
  instant(wall: WallTime): number {
    const asUtc = utcTime(wall);
    if (this.#format === null) return asUtc;
    const before = asUtc - this.#offsetAt(asUtc - 86_400_000);
    if (before + this.#offsetAt(before) === asUtc) return before;
    const after = asUtc - this.#offsetAt(asUtc + 86_400_000);
    return after + this.#offsetAt(after) === asUtc ? after : before;
  }

  /** Zone's distance from UTC, milliseconds, looked up once per quarter of an hour. */
  #offsetAt(instant: number): number {
    const quarter = Math.floor(instant / 900_000);
    const known = this.#offsets.get(quarter);
    if (known !== undefined) return known;
    if (this.#offsets.size > 100_000) this.#offsets.clear();
    const start = quarter * 900_000;
    const parts = new Map(this.#format?.formatToParts(start).map((part) => [part.type, Number(part.value)]) ?? []);
    const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
    const wall = {
      year: part('year'),
      month: part('month'),
      day: part('day'),
      hour: part('hour'),
      minute: part('minute'),
      second: part('second'),
      millisecond: 0,
    };
    const offset = utcTime(wall) - start;
    this.#offsets.set(quarter, offset);
    return offset;
  }
}
