import { asChangeoverError, ChangeoverError } from '../core/errors.ts';
import type { LogEvent } from '../events/event.ts';
import { formatTraceParent, traceParent } from '../events/trace.ts';
import type { CompiledMapping } from '../mapping/model.ts';
import type { SourcePace } from '../source/connector.ts';
import type { EventWriter } from '../source/runner/object-reader.ts';
import type { SourceObserver } from '../source/runner/observer.ts';
import { type ObjectStatus, SourceRunner } from '../source/runner/runner.ts';
import type { Application } from './application.ts';
import { reportNewcomers } from './newcomers.ts';
import { reassignInactiveOwners } from './operations/owners.ts';
import { introduce, pollMsOf, type SourceUnit } from './source-unit.ts';
import { withStageMaps } from './stage-maps.ts';

/** What a source is doing before its objects can be read at all. */
export type SourceState =
  | { readonly kind: 'introducing' }
  /** It could not be described: no complete export yet, credentials refused … */
  | { readonly kind: 'waiting'; readonly error: ChangeoverError; readonly since: number }
  | { readonly kind: 'reading' };

const ON_ITS_WAY: ReadonlySet<ObjectStatus['kind']> = new Set(['never-read', 'reading', 'elsewhere']);

/** What could not be read, and why. */
export interface Unread {
  readonly source: string;
  /** Null: the source as a whole. */
  readonly object: string | null;
  readonly error: ChangeoverError;
  /** When it is tried again by itself, milliseconds; null where that takes a person, or a new description. */
  readonly again: number | null;
}

/** After the state was out of reach, milliseconds. */
const STATE_WAIT_MS = 2_000;
/**
 * A reader's lease is never longer than this, milliseconds. One that stands still for so long only loses what it read since its last
 * checkpoint, unlike a writer: nothing is in flight that another one must wait for.
 */
const LONGEST_LEASE_MS = 10_000;

/** After how long without a sign of a process its sources are read by another one, and what it told of them counts no more. */
export function readerLeaseMs(shape: { readonly leaseMs: number }): number {
  return Math.min(shape.leaseMs, LONGEST_LEASE_MS);
}

export interface SourceLoopParts {
  readonly app: Application;
  readonly unit: SourceUnit;
  readonly mapping: CompiledMapping;
  readonly observer: SourceObserver;
  readonly holder: string;
  readonly run: string;
}

/** Describes the source, then polls its objects; describes it again when it shows something new. */
export class SourceLoop {
  readonly #parts: SourceLoopParts;
  readonly #events: EventWriter;
  readonly runner: SourceRunner;
  #state: SourceState = { kind: 'introducing' };

  constructor(parts: SourceLoopParts) {
    this.#parts = parts;
    const { app, unit, mapping } = parts;
    this.#events = { append: (source, object, events) => this.#append(source, object, events) };
    this.runner = new SourceRunner({
      connector: unit.connector,
      objects: [...mapping.objects.keys()],
      state: app.state,
      events: this.#events,
      clock: app.ports.clock,
      random: app.ports.random,
      logger: app.ports.logger.child({ source: unit.configuration.name }),
      steps: app.ports.steps,
      observer: parts.observer,
      holder: parts.holder,
      leaseMs: readerLeaseMs(app.shape),
      run: parts.run,
      pollMs: pollMsOf(unit),
    });
  }

  get source(): string {
    return this.#parts.unit.configuration.name;
  }

  /** How fast the source is called; null where it documents its limits itself. */
  get pace(): SourcePace | null {
    return this.#parts.unit.connector.pace?.() ?? null;
  }

  get state(): SourceState {
    return this.#state;
  }

  /**
   * Whether more records of the object are known to be on their way to the log. What another process reads may be left to us
   * half read, if that one dies.
   */
  isReading(object: string): boolean {
    const kind = this.runner.statuses().get(object)?.kind;
    return this.#state.kind !== 'reading' || (kind !== undefined && ON_ITS_WAY.has(kind));
  }

  /**
   * What the last look could not read, the source itself or single objects, failures before open questions; what the source
   * does not have is left out.
   */
  unread(): readonly Unread[] {
    const { source } = this;
    if (this.#state.kind === 'waiting') return [{ source, object: null, error: this.#state.error, again: null }];
    const failed = [...this.runner.statuses()].flatMap(([object, status]) => {
      if (status.kind === 'stopped') return [{ source, object, error: status.error, again: null }];
      if (status.kind !== 'backing-off') return [];
      // An error that waits for a person is no reason to wait for the clock.
      const again = status.error.retry === 'hold' ? null : status.until;
      return [{ source, object, error: status.error, again }];
    });
    return [...failed, ...unanswered(source, this.runner.statuses())];
  }

  /** One look at everything, also at what another process reads at first; returns how many events were appended. */
  async pollOnce(signal: AbortSignal): Promise<number> {
    if (this.#state.kind !== 'reading' && !(await this.introduce())) return 0;
    const { appended } = await this.runner.pollOnce(signal);
    return appended + (await this.runner.readAfterOthers(signal));
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts.app.ports;
    while (!signal.aborted && this.#state.kind !== 'reading') {
      if (await this.introduce()) break;
      await clock.sleep(pollMsOf(this.#parts.unit), signal).catch(() => undefined);
    }
    while (!signal.aborted) await this.#pollOn(signal);
  }

  /** Polls until the signal, or until the state is out of reach: then it is waited for. @throws what waiting cannot help. */
  async #pollOn(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#parts.app.ports;
    try {
      await this.runner.run(signal);
    } catch (thrown) {
      const error = asChangeoverError(thrown);
      if (error.retry !== 'later' && error.retry !== 'now') throw thrown;
      logger.warn({ source: this.source, code: error.code, message: error.message }, 'the source waits for the state');
      await clock.sleep(error.retryAfterMs ?? STATE_WAIT_MS, signal).catch(() => undefined);
    }
  }

  /** Describes the source and asks its questions; false while it cannot be described, with the reason in `state`. */
  async introduce(): Promise<boolean> {
    const { app } = this.#parts;
    try {
      await this.#describe();
      this.#state = { kind: 'reading' };
      return true;
    } catch (thrown) {
      const error = asChangeoverError(thrown);
      const known = this.#state.kind === 'waiting' ? this.#state : null;
      // Told once per reason, not at every look.
      if (known === null || known.error.message !== error.message) {
        app.ports.logger.warn(
          { source: this.source, code: error.code, place: error.place, hint: error.hint },
          error.message,
        );
      }
      this.#state = { kind: 'waiting', error, since: known?.since ?? app.ports.clock.now() };
      return false;
    }
  }

  async #describe(): Promise<void> {
    const { app, unit } = this.#parts;
    const description = await introduce(app, unit);
    await reassignInactiveOwners({ app, daemon: null }, unit.configuration, description.owners);
    await this.runner.ask(await withStageMaps(app, unit, description));
    const now = app.ports.clock.now();
    const reported = await app.state.transaction((tx) => reportNewcomers(tx, this.source, description, now));
    if (reported.length > 0)
      app.ports.logger.warn(
        { source: this.source, reviews: reported },
        'the source has what its mapping does not know',
      );
  }

  /** A field that appeared since the last description is declared first, then the page goes on (ALL-5). */
  async #append(source: string, object: string, events: readonly LogEvent[]): Promise<void> {
    const { app } = this.#parts;
    // Each page begins a trace, which its messages carry to whoever reads them.
    const trace = traceParent(app.ports.random);
    const header = formatTraceParent(trace);
    app.ports.logger.debug({ source, object, events: events.length, traceId: trace.traceId }, 'a page goes to the log');
    try {
      await app.events.append(source, object, events, header);
    } catch (thrown) {
      if (asChangeoverError(thrown).code !== 'EVENT_FIELD_UNKNOWN') throw thrown;
      await this.#describe();
      await app.events.append(source, object, events, header);
    }
  }
}

/** Objects that are not read before a question is answered; the source itself where all of them wait for the same. */
function unanswered(source: string, statuses: ReadonlyMap<string, ObjectStatus>): readonly Unread[] {
  const waiting = [...statuses].flatMap(([object, status]) => (status.kind === 'asking' ? [{ object, status }] : []));
  const asked = new Set(waiting.map(({ status }) => status.questions.join(', ')));
  const all = asked.size === 1 && waiting.length === statuses.size && statuses.size > 1;
  return (all ? waiting.slice(0, 1) : waiting).map(({ object, status }) => ({
    source,
    object: all ? null : object,
    error: new ChangeoverError(
      'SOURCE_QUESTION_OPEN',
      `${all ? source : `${source}/${object}`} is not read before this is answered: ${status.questions.join(', ')}`,
      { place: { object: all ? source : `${source}/${object}` } },
    ),
    again: null,
  }));
}
