import { asChangeoverError, type ChangeoverError } from '../../core/errors.ts';
import type { Clock, Logger, Random, Steps } from '../../core/ports.ts';
import type { StateStore } from '../../state/state.ts';
import type { Connector, SourceDescription } from '../connector.ts';
import { type EventWriter, ObjectReader, type ReadOutcome, reviewOf } from './object-reader.ts';
import type { SourceObserver } from './observer.ts';

export interface SourceRunnerParts {
  readonly connector: Connector;
  /** Which objects to read, in order; the mapping decides. */
  readonly objects: readonly string[];
  readonly state: StateStore;
  readonly events: EventWriter;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly steps: Steps;
  readonly observer: SourceObserver;
  readonly holder: string;
  /** See ObjectReaderParts. */
  readonly leaseMs: number;
  readonly run: string;
  readonly pollMs: number;
}

/** What an object's reader is doing, for status and readiness. Every wait says what it waits for. */
export type ObjectStatus =
  | { readonly kind: 'never-read' }
  | { readonly kind: 'reading'; readonly since: number }
  | { readonly kind: 'up-to-date'; readonly at: number }
  /** Another process reads it. Asked for again until it is free: that process may have died on the way. */
  | { readonly kind: 'elsewhere'; readonly at: number }
  /** The source does not have it: left out, and looked for again now and then. */
  | { readonly kind: 'absent'; readonly error: ChangeoverError; readonly at: number }
  /** A person must answer `questions` first. */
  | { readonly kind: 'asking'; readonly questions: readonly string[]; readonly at: number }
  | { readonly kind: 'backing-off'; readonly error: ChangeoverError; readonly until: number }
  | { readonly kind: 'stopped'; readonly error: ChangeoverError; readonly at: number };

export interface PollResult {
  readonly appended: number;
  readonly statuses: ReadonlyMap<string, ObjectStatus>;
}

const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 60_000;
/** An object that the source does not have is looked for no more often than this: looking may cost calls. */
const ABSENT_AGAIN_MS = 900_000;
/** How often an object that another process reads is asked for again, milliseconds: a transaction, and no call to the source. */
const ELSEWHERE_AGAIN_MS = 1_000;

/** Reads one source: every object, again and again, each on its own so that one that fails does not stop the others. */
export class SourceRunner {
  readonly #parts: SourceRunnerParts;
  readonly #readers: ReadonlyMap<string, ObjectReader>;
  readonly #statuses = new Map<string, ObjectStatus>();
  readonly #failures = new Map<string, number>();
  readonly #toldAbsent = new Set<string>();
  /** Reads that failed in this life. */
  #faults = 0;
  #paused = false;
  #mended = false;
  #wake: (() => void) | null = null;

  constructor(parts: SourceRunnerParts) {
    this.#parts = parts;
    this.#readers = new Map(parts.objects.map((object) => [object, new ObjectReader({ ...parts, object })]));
    for (const object of parts.objects) this.#statuses.set(object, { kind: 'never-read' });
  }

  get source(): string {
    return this.#parts.connector.source;
  }

  statuses(): ReadonlyMap<string, ObjectStatus> {
    return this.#statuses;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.nudge();
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Polls again at once instead of at the next interval, what stopped or was not there too: somebody may have mended it. */
  nudge(): void {
    this.#mended = true;
    this.#wake?.();
  }

  /** Puts the questions of a description before people; answers already given stay. */
  async ask(description: SourceDescription): Promise<void> {
    const now = this.#parts.clock.now();
    await this.#parts.state.transaction((tx) =>
      tx.reviews.ask(description.questions.map((question) => reviewOf(this.source, question, now))),
    );
  }

  /** Polls until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (!this.#paused) await this.pollOnce(signal);
      if (signal.aborted) return;
      await this.#untilNextPoll(signal);
    }
  }

  async #untilNextPoll(signal: AbortSignal): Promise<void> {
    const { clock, pollMs } = this.#parts;
    const interrupted = new AbortController();
    this.#wake = () => interrupted.abort();
    const either = AbortSignal.any([signal, interrupted.signal]);
    const next = clock.now() + pollMs;
    try {
      while (clock.now() < next) {
        const elsewhere = this.#elsewhere().length > 0 && !this.#paused;
        await clock.sleep(Math.min(next - clock.now(), elsewhere ? ELSEWHERE_AGAIN_MS : pollMs), either);
        if (elsewhere) await this.#readReleased(signal);
      }
    } catch (thrown) {
      // Woken early or stopped: the loop looks at the signal itself.
      if (!either.aborted) throw thrown;
    } finally {
      this.#wake = null;
    }
  }

  #elsewhere(): readonly string[] {
    return [...this.#statuses].flatMap(([object, { kind }]) => (kind === 'elsewhere' ? [object] : []));
  }

  /** Reads those of the objects that others read before and do not any more; returns how many events were appended. */
  async #readReleased(signal: AbortSignal): Promise<number> {
    let appended = 0;
    for (const object of this.#elsewhere()) appended += await this.#readOne(object, signal, false);
    return appended;
  }

  /** Until no other process reads any of the objects, and what those left is read; returns how many events were appended. */
  async readAfterOthers(signal: AbortSignal): Promise<number> {
    let appended = 0;
    let told = '';
    for (;;) {
      const objects = this.#elsewhere();
      if (objects.length === 0) return appended;
      if (told !== objects.join())
        this.#parts.logger.info({ source: this.source, objects }, 'another process reads these; this one waits');
      told = objects.join();
      await this.#parts.clock.sleep(ELSEWHERE_AGAIN_MS, signal);
      appended += await this.#readReleased(signal);
    }
  }

  /** Reads every object once to its end. Never throws for a fault of the source: the object's status tells it. */
  async pollOnce(signal: AbortSignal): Promise<PollResult> {
    let appended = 0;
    const mended = this.#mended;
    this.#mended = false;
    const failures = this.#faults;
    for (const object of this.#readers.keys()) {
      if (signal.aborted) break;
      appended += await this.#readOne(object, signal, mended);
    }
    if (!signal.aborted)
      this.#parts.observer.polled(this.source, this.#faults > failures ? 'error' : appended > 0 ? 'ok' : 'nothing-new');
    return { appended, statuses: this.#statuses };
  }

  async #readOne(object: string, signal: AbortSignal, mended: boolean): Promise<number> {
    const reader = this.#readers.get(object);
    if (reader === undefined || !(await this.#mayRead(object, mended))) return 0;
    this.#statuses.set(object, { kind: 'reading', since: this.#parts.clock.now() });
    try {
      const outcome = await reader.readToEnd(signal);
      this.#failures.delete(object);
      this.#read(object, outcome);
      return outcome.kind === 'read' ? outcome.appended : 0;
    } catch (thrown) {
      if (!signal.aborted) this.#failed(object, asChangeoverError(thrown));
      return 0;
    }
  }

  #read(object: string, outcome: ReadOutcome): void {
    const at = this.#parts.clock.now();
    switch (outcome.kind) {
      case 'read':
        this.#statuses.set(object, { kind: 'up-to-date', at });
        return;
      case 'elsewhere':
        this.#statuses.set(object, { kind: 'elsewhere', at });
        return;
      case 'absent': {
        const { code, message, hint } = outcome.error;
        if (!this.#toldAbsent.has(object))
          this.#parts.logger.warn({ source: this.source, object, code, hint }, `${message}; it is left out`);
        this.#toldAbsent.add(object);
        this.#statuses.set(object, { kind: 'absent', error: outcome.error, at });
      }
    }
  }

  async #mayRead(object: string, mended: boolean): Promise<boolean> {
    const status = this.#statuses.get(object);
    const now = this.#parts.clock.now();
    if (status?.kind === 'stopped' && !mended) return false;
    if (status?.kind === 'absent' && !mended && status.at + ABSENT_AGAIN_MS > now) return false;
    if (status?.kind === 'backing-off' && status.until > now) return false;
    const open = await this.#parts.state.read((tx) =>
      tx.reviews.list({ source: this.source, queue: 'source', status: 'open', limit: 10_000 }),
    );
    const questions = open
      .filter((row) => row.blocking && (row.object === null || row.object === object))
      .map((row) => row.id);
    if (questions.length === 0) return true;
    this.#statuses.set(object, { kind: 'asking', questions, at: now });
    return false;
  }

  #failed(object: string, error: ChangeoverError): void {
    const { clock, random, logger, observer } = this.#parts;
    this.#faults += 1;
    const fields = { source: this.source, object, code: error.code, place: error.place, hint: error.hint };
    if (error.retry === 'never') {
      logger.error(fields, error.message);
      this.#statuses.set(object, { kind: 'stopped', error, at: clock.now() });
      return;
    }
    const failures = (this.#failures.get(object) ?? 0) + 1;
    this.#failures.set(object, failures);
    const exponential = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1));
    // Jitter, so that objects that failed together do not come back together.
    const wait = error.retryAfterMs ?? Math.round(exponential * (0.75 + random.next() / 2));
    logger.warn({ ...fields, waitMs: wait, failures }, error.message);
    observer.waited(this.source, error.code, wait / 1000);
    this.#statuses.set(object, { kind: 'backing-off', error, until: clock.now() + wait });
  }
}
