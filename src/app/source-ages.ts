import type { Clock, Logger } from '../core/ports.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { StateStore } from '../state/state.ts';

const SETTING = 'source.taken-at';

/**
 * When the newest data read of each source was taken, milliseconds since 1970. Kept in the state, so that the lag is
 * known right after a restart and not only after the next export.
 */
export class SourceAges {
  readonly #state: StateStore;
  readonly #logger: Logger;
  readonly #taken: Map<string, number>;
  #saving: Promise<void> = Promise.resolve();

  private constructor(state: StateStore, logger: Logger, taken: Map<string, number>) {
    this.#state = state;
    this.#logger = logger;
    this.#taken = taken;
  }

  static async open(state: StateStore, logger: Logger): Promise<SourceAges> {
    const kept = ((await state.read((tx) => tx.settings.get(SETTING))) ?? {}) as Readonly<Record<string, number>>;
    return new SourceAges(state, logger, new Map(Object.entries(kept)));
  }

  /** Objects of one export share its time, and each tells it; an older one changes nothing. */
  took(source: string, at: number): void {
    if (at <= (this.#taken.get(source) ?? Number.NEGATIVE_INFINITY)) return;
    this.#taken.set(source, at);
    const all = Object.fromEntries(this.#taken);
    this.#saving = this.#saving
      .then(() => this.#state.transaction((tx) => tx.settings.set(SETTING, all)))
      .catch((error: unknown) =>
        this.#logger.warn({ error }, 'the time of the newest export was not kept; the lag is unknown after a restart'),
      );
  }

  /** Shows the lag of each source at every scrape; absent until known. */
  show(metrics: Metrics, clock: Clock): void {
    metrics.onScrape(async () => {
      for (const [source, at] of this.#taken)
        metrics.set('changeover_source_lag_seconds', { source }, Math.max(0, clock.now() - at) / 1000);
    });
  }

  /** Resolves once everything told so far is kept. */
  saved(): Promise<void> {
    return this.#saving;
  }
}
