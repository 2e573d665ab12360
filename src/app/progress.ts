import type { Clock } from '../core/ports.ts';

/** How far the work is, in numbers; whoever shows it decides how. */
export interface ProgressNumbers {
  readonly read: number;
  /** Records that the source still has to give in this read; null when unknown. */
  readonly toRead: number | null;
  readonly settled: number;
  readonly calls: number;
  /** Records settled a second, over the last half minute; null until measured. */
  readonly perSecond: number | null;
}

const WINDOW_MS = 30_000;

/** What the workspace lets through, for when nothing was measured lately. */
export interface Allowance {
  /** Milliseconds until so many calls could have been made (Budget.estimate). */
  estimate(calls: number): number;
  /** Rows that a call takes at most. */
  batchSize(): number;
}

/** Counts what happens, so that a rate and the time left can be told. */
export class Progress {
  readonly #clock: Clock;
  readonly #remaining = new Map<string, number>();
  readonly #recent: { readonly at: number; readonly records: number }[] = [];
  #allowance: Allowance | null = null;
  #read = 0;
  #settled = 0;
  #calls = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  read(_source: string, _object: string, events: number): void {
    this.#read += events;
  }

  remaining(source: string, object: string, records: number | null): void {
    if (records === null) this.#remaining.delete(`${source}/${object}`);
    else this.#remaining.set(`${source}/${object}`, records);
  }

  settled(records: number): void {
    this.#settled += records;
    const at = this.#clock.monotonic();
    this.#recent.push({ at, records });
    while ((this.#recent[0]?.at ?? at) < at - WINDOW_MS) this.#recent.shift();
  }

  called(): void {
    this.#calls += 1;
  }

  numbers(): ProgressNumbers {
    const now = this.#clock.monotonic();
    const recent = this.#recent.filter((entry) => entry.at >= now - WINDOW_MS);
    const first = recent[0];
    const seconds = first === undefined ? 0 : (now - first.at) / 1000;
    return {
      read: this.#read,
      toRead: this.#remaining.size === 0 ? null : [...this.#remaining.values()].reduce((sum, value) => sum + value, 0),
      settled: this.#settled,
      calls: this.#calls,
      perSecond: seconds < 1 ? null : recent.reduce((sum, entry) => sum + entry.records, 0) / seconds,
    };
  }

  /** From now on the time left is told from this while nothing settles: throttled, paused, or just begun. */
  expectBy(allowance: Allowance): void {
    this.#allowance = allowance;
  }

  /**
   * Seconds until so many records are settled: at the rate of the last half minute, or, while nothing settles, as the rate limit
   * would let through what they cost. Null where neither is known.
   */
  secondsFor(records: number): number | null {
    const rate = this.numbers().perSecond;
    return rate === null || rate === 0 ? this.#secondsAllowed(records) : records / rate;
  }

  /** Seconds until those on the way are settled, and those that the source still has to give in this read. */
  secondsLeft(onTheWay: number): number | null {
    return this.secondsFor(onTheWay + (this.numbers().toRead ?? 0));
  }

  /** By the calls that a record cost so far; before any was settled, by full calls of one row each. */
  #secondsAllowed(records: number): number | null {
    if (this.#allowance === null) return null;
    const perRecord =
      this.#settled > 0 && this.#calls > 0 ? this.#calls / this.#settled : 1 / this.#allowance.batchSize();
    return this.#allowance.estimate(Math.ceil(records * perRecord)) / 1000;
  }
}

/** `1,234 read, 980 settled (41/s), 254 on the way, about 7 s left` */
export function progressLine(numbers: ProgressNumbers, onTheWay: number, secondsLeft: number | null): string {
  const count = (value: number) => Math.round(value).toLocaleString('en-GB');
  const parts = [
    `${count(numbers.read)} read${numbers.toRead === null || numbers.toRead === 0 ? '' : `, ${count(numbers.toRead)} still to read`}`,
    `${count(numbers.settled)} settled${numbers.perSecond === null ? '' : ` (${count(numbers.perSecond)}/s)`}`,
    `${count(onTheWay)} on the way`,
    `${count(numbers.calls)} calls`,
  ];
  if (onTheWay + (numbers.toRead ?? 0) > 0 && secondsLeft !== null) parts.push(`about ${duration(secondsLeft)} left`);
  return parts.join(', ');
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
