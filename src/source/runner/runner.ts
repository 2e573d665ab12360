import { asChangeoverError, type ChangeoverError } from '../../core/errors.ts';
import type { Clock, Logger, Random, Steps } from '../../core/ports.ts';
import type { StateStore } from '../../state/state.ts';
import type { Connector, SourceDescription } from '../connector.ts';
import { type EventWriter, ObjectReader, reviewOf } from './object-reader.ts';
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
  readonly run: string;
  readonly pollMs: number;
}

/** What an object's reader is doing, for status and readiness. Every wait says what it waits for. */
export type ObjectStatus =
  | { readonly kind: 'never-read' }
  | { readonly kind: 'reading'; readonly since: number }
  | { readonly kind: 'up-to-date'; readonly at: number }
  | { readonly kind: 'elsewhere'; readonly at: number }
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

/** Reads one source: every object, again and again, each on its own so that one that fails does not stop the others. */
export class SourceRunner {
  readonly #parts: SourceRunnerParts;
  readonly #readers: ReadonlyMap<string, ObjectReader>;
  readonly #statuses = new Map<string, ObjectStatus>();
  readonly #failures = new Map<string, number>();
  #paused = false;
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

  /** Polls again at once instead of at the next interval. */
  nudge(): void {
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
    const interrupted = new AbortController();
    this.#wake = () => interrupted.abort();
    try {
      await this.#parts.clock.sleep(this.#parts.pollMs, AbortSignal.any([signal, interrupted.signal]));
    } catch {
      // Woken early or stopped: the loop looks at the signal itself.
    } finally {
      this.#wake = null;
    }
  }

  /** Reads every object once to its end. Never throws for a fault of the source: the object's status tells it. */
  async pollOnce(signal: AbortSignal): Promise<PollResult> {
    let appended = 0;
    let failed = false;
    for (const [object, reader] of this.#readers) {
      if (signal.aborted) break;
      if (!(await this.#mayRead(object))) continue;
      this.#statuses.set(object, { kind: 'reading', since: this.#parts.clock.now() });
      try {
        const outcome = await reader.readToEnd(signal);
        const at = this.#parts.clock.now();
        this.#failures.delete(object);
        this.#statuses.set(object, outcome.kind === 'read' ? { kind: 'up-to-date', at } : { kind: 'elsewhere', at });
        if (outcome.kind === 'read') appended += outcome.appended;
      } catch (thrown) {
        if (signal.aborted) break;
        failed = true;
        this.#failed(object, asChangeoverError(thrown));
      }
    }
    if (!signal.aborted)
      this.#parts.observer.polled(this.source, failed ? 'error' : appended > 0 ? 'ok' : 'nothing-new');
    return { appended, statuses: this.#statuses };
  }

  async #mayRead(object: string): Promise<boolean> {
    const status = this.#statuses.get(object);
    const now = this.#parts.clock.now();
    if (status?.kind === 'stopped') return false;
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

  /** Lets a stopped object be read again: after somebody mended what the error named. */
  restart(object: string): boolean {
    if (this.#statuses.get(object)?.kind !== 'stopped') return false;
    this.#statuses.set(object, { kind: 'never-read' });
    this.nudge();
    return true;
  }
}
