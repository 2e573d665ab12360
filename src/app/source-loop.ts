import { asChangeoverError, type ChangeoverError } from '../core/errors.ts';
import type { LogEvent } from '../events/event.ts';
import type { CompiledMapping } from '../mapping/model.ts';
import type { SourcePace } from '../source/connector.ts';
import type { EventWriter } from '../source/runner/object-reader.ts';
import type { SourceObserver } from '../source/runner/observer.ts';
import { type ObjectStatus, SourceRunner } from '../source/runner/runner.ts';
import type { Application } from './application.ts';
import { reportNewcomers } from './newcomers.ts';
import { reassignInactiveOwners } from './operations/owners.ts';
import { introduce, pollMsOf, type SourceUnit } from './source-unit.ts';

/** What a source is doing before its objects can be read at all. */
export type SourceState =
  | { readonly kind: 'introducing' }
  /** It could not be described: no complete export yet, credentials refused … */
  | { readonly kind: 'waiting'; readonly error: ChangeoverError; readonly since: number }
  | { readonly kind: 'reading' };

/** After the state was out of reach, milliseconds. */
const STATE_WAIT_MS = 2_000;

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

  /** Whether more records of the object are known to be on their way to the log. */
  isReading(object: string): boolean {
    const status: ObjectStatus | undefined = this.runner.statuses().get(object);
    return this.#state.kind !== 'reading' || status?.kind === 'reading' || status?.kind === 'never-read';
  }

  /** One look at everything; returns how many events were appended. */
  async pollOnce(signal: AbortSignal): Promise<number> {
    if (this.#state.kind !== 'reading' && !(await this.introduce())) return 0;
    return (await this.runner.pollOnce(signal)).appended;
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
    await this.runner.ask(description);
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
    try {
      await app.events.append(source, object, events);
    } catch (thrown) {
      if (asChangeoverError(thrown).code !== 'EVENT_FIELD_UNKNOWN') throw thrown;
      await this.#describe();
      await app.events.append(source, object, events);
    }
  }
}
