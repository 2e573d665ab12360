/** A time zone with its rules; made once per compiled mapping, since the formatter behind it is dear. */
export class Zone {
  readonly name: string;
  readonly #formatter: Intl.DateTimeFormat;

  /** Throws a RangeError for a name that the tz database does not have. */
  constructor(name: string) {
    this.name = name;
    this.#formatter = new Intl.DateTimeFormat('en-GB', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
  }

  /**
   * The instant of a wall clock, milliseconds; `local` is that clock read as if it were UTC.
   * An hour that happens twice is its first; one that is skipped is moved on by the length of the gap.
   */
  toUtc(local: number): number {
    const before = this.#offset(local - 86_400_000);
    const after = this.#offset(local + 86_400_000);
    for (const offset of before === after ? [before] : [before, after]) {
      if (this.#offset(local - offset) === offset) return local - offset;
    }
    return local - before;
  }

  /** The wall clock of an instant, read as if it were UTC. */
  toLocal(instant: number): number {
    return instant + this.#offset(instant);
  }

  #offset(instant: number): number {
    const parts: Record<string, number> = {};
    for (const part of this.#formatter.formatToParts(instant)) {
      if (part.type !== 'literal' && part.type !== 'era') parts[part.type] = Number(part.value);
    }
    const wall = Date.UTC(parts.year ?? 0, (parts.month ?? 1) - 1, parts.day ?? 1, parts.hour ?? 0, parts.minute ?? 0, parts.second ?? 0);
    return wall - Math.floor(instant / 1000) * 1000;
  }
}
