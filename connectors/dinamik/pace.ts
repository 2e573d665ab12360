import type { Clock } from '../../src/core/ports.ts';
import type { SourcePace } from '../../src/source/connector.ts';

export interface PaceOptions {
  /** Calls a second at the beginning. */
  readonly start: number;
  /** Calls a second that are never exceeded, however patient the source is. */
  readonly most: number;
  /** Calls at once that are never exceeded. */
  readonly mostAtOnce: number;
}

/** Never slower than this, calls a second: a source that refuses everything is asked by rests, not by the rate. */
const SLOWEST = 0.2;
/** Growth a second while no limit has been met. */
const RISE = 1.5;
/** What is left of the rate after a refusal. */
const FALL = 0.85;
/** The rate that is held lies so far below the one at which calls were refused. */
const BELOW = 0.98;
/** Growth a second, as a share of the ceiling, back to the rate that is held. */
const RECOVERY = 0.08;
/** First step above the ceiling, as a share of it; each further second doubles it, up to so much above the ceiling. */
const STEP = 0.01;
const MOST_ABOVE = 1.5;
/** A trial that nobody refused for so long: the ceiling lies higher. */
const TRIAL_MS = 12_000;
/** How long a rate is held before more is tried; doubles with every trial that fails. */
const HOLD_MS = 12_000;
const LONGEST_HOLD_MS = 48_000;
/** Without a word of the source: rests after refusals in a row. */
const FIRST_REST_MS = 500;
const LONGEST_REST_MS = 6_000;
/** After a rest no longer than this, the source counts by the second; after a longer one, by ten seconds or by the minute. */
const SHORT_REST_MS = 2_000;
const SPANS_MS = [10_000, 60_000] as const;
const MEMORY_MS = 60_000;
/** What was granted just before a refusal tells the limit, where the source counts by the second. */
const JUST_BEFORE_MS = 4_000;
/** A second fall so soon: what was granted just before was too much, and the last minute tells it better. */
const SOON_MS = 20_000;
/** Answers that take so many times the usual count as a sign of too much. */
const SLOW = 2.5;
const SLOW_MS = 50;
const SLOW_EVERY_MS = 5_000;

type Phase =
  /** No limit was met yet. */
  | { readonly kind: 'rising' }
  /** Back to just below the ceiling, held there until `until`, then more is tried. */
  | { readonly kind: 'below-limit'; readonly until: number }
  | { readonly kind: 'trying-more'; readonly step: number; readonly since: number }
  /** No call starts before `until`; then one alone. */
  | { readonly kind: 'resting'; readonly until: number; readonly refusals: number; readonly fall: Fall };

/** What was known when the rate fell. */
interface Fall {
  readonly at: number;
  readonly rate: number;
  /** Calls a second that were granted in the last seconds, and in the last minute. */
  readonly justBefore: number;
  readonly inAll: number;
  /** Falls in a row, each soon after the one before. */
  readonly inARow: number;
}

/**
 * Finds a limit that nobody documents: additive increase, multiplicative decrease (DIN-S1). The rate begins low and grows
 * while calls wait for it; a refusal (429, 503) or answers that become slow let it fall. Where calls were refused is
 * remembered as the ceiling: the rate goes back to just below it, rests there, and tries more from time to time.
 */
export class Pace {
  readonly #clock: Clock;
  readonly #options: PaceOptions;
  #rate: number;
  #ceiling: number | null = null;
  #phase: Phase = { kind: 'rising' };
  #hold = HOLD_MS;
  #atOnce = 1;
  #running = 0;
  /** Earliest start of the next call. */
  #next = 0;
  #grownAt = 0;
  /** Whether a call waited for its turn since the rate grew last: only then does it mean something that none was refused. */
  #wanted = false;
  /** Calls that started before the last fall say nothing about the rate after it. */
  #fellAt = Number.NEGATIVE_INFINITY;
  #resumedAt = Number.NEGATIVE_INFINITY;
  #inARow = 0;
  /** Over what span the source seems to count, milliseconds; null while it seems to count by the second. */
  #span: number | null = null;
  #slowedAt = Number.NEGATIVE_INFINITY;
  #usual: number | null = null;
  #recent: number | null = null;
  readonly #granted: number[] = [];
  #began: number | null = null;
  #answered = 0;
  #refused = 0;
  readonly #waiting: (() => void)[] = [];
  #released = false;

  constructor(clock: Clock, options: PaceOptions) {
    this.#clock = clock;
    this.#options = options;
    this.#rate = Math.min(options.start, options.most);
  }

  get state(): SourcePace {
    return {
      phase: this.#phase.kind,
      callsPerSecond: this.#rate,
      ceilingPerSecond: this.#ceiling,
      atOnce: this.#atOnce,
      answered: this.#answered,
      refused: this.#refused,
      latencyMs: this.#recent,
    };
  }

  /** Runs the call when its turn comes. What it returns says whether the source granted it. */
  async run<T>(call: () => Promise<Judged<T>>, signal?: AbortSignal): Promise<T> {
    await this.#turn(signal);
    const started = this.#clock.monotonic();
    this.#began ??= started;
    try {
      const { value, verdict } = await call();
      this.#judge(verdict, started);
      return value;
    } finally {
      this.#running -= 1;
      this.#wake();
    }
  }

  /** In the order in which they came; one at a time looks at the clock. */
  async #turn(signal: AbortSignal | undefined): Promise<void> {
    if (this.#released || this.#waiting.length > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#released = true;
    try {
      for (;;) {
        signal?.throwIfAborted();
        const now = this.#clock.monotonic();
        this.#grow(now);
        const phase = this.#phase;
        const at = Math.max(this.#next, phase.kind === 'resting' ? phase.until : 0);
        const most = phase.kind === 'resting' ? 1 : this.#atOnce;
        if (this.#running >= most) {
          this.#wanted = true;
          await new Promise<void>((resolve) => {
            this.#wakeFirst = resolve;
          });
          continue;
        }
        if (at > now) {
          this.#wanted = true;
          // A remainder too small to move the clock would be waited for for ever.
          await this.#clock.sleep(Math.max(1, at - now), signal);
          continue;
        }
        this.#running += 1;
        this.#next = Math.max(this.#next + 1000 / this.#rate, now);
        return;
      }
    } finally {
      this.#released = false;
      this.#waiting.shift()?.();
    }
  }

  #wakeFirst: (() => void) | null = null;

  #wake(): void {
    const wake = this.#wakeFirst;
    this.#wakeFirst = null;
    wake?.();
  }

  #grow(now: number): void {
    if (now - this.#grownAt < 1000) return;
    const wanted = this.#wanted;
    this.#grownAt = now;
    this.#wanted = false;
    if (!wanted) return;
    const grew = grown(this.#phase, this.#rate, this.#ceiling ?? this.#rate, now);
    this.#phase = grew.phase;
    this.#rate = Math.min(grew.rate, this.#options.most);
    if (grew.ceiling !== undefined) this.#ceiling = grew.ceiling;
    this.#fitAtOnce(1);
  }

  /** As many at once as the rate needs at the present speed of answers, and one more; up by one at a time. */
  #fitAtOnce(up: number): void {
    const needed = Math.ceil(((this.#rate * (this.#recent ?? 0)) / 1000) * 1.5) + 1;
    this.#atOnce = Math.max(1, Math.min(this.#options.mostAtOnce, needed, this.#atOnce + up));
  }

  #judge(verdict: Verdict, started: number): void {
    const now = this.#clock.monotonic();
    switch (verdict.kind) {
      case 'granted':
        this.#answered += 1;
        this.#granted.push(now);
        this.#measure(now - started, now);
        if (this.#phase.kind === 'resting') this.#resume(now, this.#phase.fall);
        return;
      case 'refused':
        this.#refused += 1;
        this.#fall(now, started, verdict.waitMs);
        return;
      case 'unknown':
        return;
    }
  }

  #resume(now: number, fall: Fall): void {
    this.#ceiling = Math.max(SLOWEST, Math.min(fall.rate, this.#ceilingAfter(now, fall)));
    this.#rate = Math.max(SLOWEST, Math.min(this.#ceiling * BELOW, fall.rate * FALL));
    // After a long rest the source's span is empty, and would grant a trial that it cannot go on granting.
    const full = now - fall.at > SHORT_REST_MS ? (this.#span ?? 0) : 0;
    this.#phase = { kind: 'below-limit', until: now + Math.max(this.#hold, full) };
    this.#next = Math.max(this.#next, now + 1000 / this.#rate);
    this.#grownAt = now;
    this.#resumedAt = now;
    this.#inARow = fall.inARow;
    this.#fitAtOnce(0);
  }

  #ceilingAfter(now: number, fall: Fall): number {
    const rest = now - fall.at;
    if (rest <= SHORT_REST_MS) {
      if (this.#span !== null) return this.#throughput(this.#span, now);
      if (fall.inARow === 0) return Math.max(fall.justBefore, fall.rate * FALL);
      return fall.inARow === 1 ? fall.justBefore : Math.min(fall.justBefore, fall.inAll);
    }
    // The rest may have lasted longer than needed: what was granted just before its span counts, too.
    const span = SPANS_MS.find((one) => rest <= one) ?? MEMORY_MS;
    this.#span = span;
    const seen = Math.max(span, rest * 1.25);
    return (this.#grantedIn(seen, now) * 1000) / (rest <= span ? span : seen);
  }

  #fall(now: number, started: number, waitMs: number | null): void {
    const resting = this.#phase.kind === 'resting' ? this.#phase : null;
    if (started < this.#fellAt) return;
    this.#fellAt = now;
    const refusals = (resting?.refusals ?? 0) + 1;
    const rest = waitMs ?? Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** (refusals - 1));
    // A trial that failed: more is tried less often. A limit that fell is met at once, and says nothing of that kind.
    if (this.#phase.kind === 'trying-more') this.#hold = Math.min(LONGEST_HOLD_MS, this.#hold * 2);
    else if (resting === null) this.#hold = HOLD_MS;
    this.#phase = { kind: 'resting', until: now + rest, refusals, fall: resting?.fall ?? this.#fallAt(now) };
  }

  #fallAt(now: number): Fall {
    return {
      at: now,
      rate: this.#rate,
      justBefore: this.#throughput(JUST_BEFORE_MS, now),
      inAll: this.#throughput(MEMORY_MS, now),
      inARow: now - this.#resumedAt < SOON_MS ? this.#inARow + 1 : 0,
    };
  }

  /** Calls a second that were granted in the last span, or since the first call. */
  #throughput(span: number, now: number): number {
    const known = Math.max(1000, Math.min(span, now - (this.#began ?? now)));
    return (this.#grantedIn(known, now) * 1000) / known;
  }

  #grantedIn(span: number, now: number): number {
    while ((this.#granted[0] ?? now) < now - 2 * MEMORY_MS) this.#granted.shift();
    let count = 0;
    for (let at = this.#granted.length - 1; at >= 0 && (this.#granted[at] ?? 0) > now - span; at -= 1) count += 1;
    return count;
  }

  #measure(took: number, now: number): void {
    this.#recent = this.#recent === null ? took : this.#recent * 0.8 + took * 0.2;
    // The usual time follows down at once, and up only slowly.
    const usual = this.#usual ?? took;
    this.#usual = this.#recent < usual ? this.#recent : usual + (this.#recent - usual) * 0.002;
    if (this.#recent < this.#usual * SLOW + SLOW_MS || now - this.#slowedAt < SLOW_EVERY_MS) return;
    this.#slowedAt = now;
    this.#rate = Math.max(SLOWEST, this.#rate * FALL);
    this.#atOnce = Math.max(1, this.#atOnce - 1);
    if (this.#phase.kind !== 'resting') {
      this.#ceiling = this.#rate / BELOW;
      this.#phase = { kind: 'below-limit', until: now + this.#hold };
    }
  }
}

interface Grown {
  readonly phase: Phase;
  readonly rate: number;
  readonly ceiling?: number;
}

/** One second of growth. */
function grown(phase: Phase, rate: number, ceiling: number, now: number): Grown {
  const held = ceiling * BELOW;
  switch (phase.kind) {
    case 'rising':
      return { phase, rate: rate * RISE };
    case 'below-limit':
      if (rate < held) return { phase, rate: Math.min(held, rate + ceiling * RECOVERY) };
      return now < phase.until ? { phase, rate } : { phase: { kind: 'trying-more', step: STEP, since: now }, rate };
    case 'trying-more': {
      const most = ceiling * MOST_ABOVE;
      const next = Math.min(most, rate + ceiling * phase.step);
      if (next < most || now - phase.since < TRIAL_MS) return { phase: { ...phase, step: phase.step * 2 }, rate: next };
      return { phase: { kind: 'trying-more', step: STEP, since: now }, rate: next, ceiling: next };
    }
    case 'resting':
      return { phase, rate };
  }
}

/** What an answer says about the limit. */
export type Verdict =
  | { readonly kind: 'granted' }
  /** `waitMs`: as the source asked; null where it did not say. */
  | { readonly kind: 'refused'; readonly waitMs: number | null }
  /** No answer came. */
  | { readonly kind: 'unknown' };

export interface Judged<T> {
  readonly value: T;
  readonly verdict: Verdict;
}
