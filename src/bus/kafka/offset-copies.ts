import type { Clock, Logger } from '../../core/ports.ts';
import type { Position } from '../bus.ts';

/** A group's offset is stored this long after it moved, at the latest, milliseconds. */
const DELAY = 1_000;

export interface OffsetCopiesOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  commit(positions: readonly Position[]): Promise<void>;
}

/**
 * Copies how far a member has read to where Kafka keeps it, for others to see: the position in the state decides, so a copy
 * that could not be stored is no loss, and the next takes its place.
 */
export class OffsetCopies {
  readonly #options: OffsetCopiesOptions;
  readonly #closing = new AbortController();
  #waiting = new Map<string, Position>();
  #scheduled: Promise<void> | null = null;

  constructor(options: OffsetCopiesOptions) {
    this.#options = options;
  }

  moved(position: Position): void {
    this.#waiting.set(`${position.topic}/${position.partition}`, position);
    if (!this.#closing.signal.aborted) this.#scheduled ??= this.#later();
  }

  /** Stores what waits, now. Never throws. */
  async flush(): Promise<void> {
    const positions = [...this.#waiting.values()];
    if (positions.length === 0) return;
    this.#waiting = new Map();
    try {
      await this.#options.commit(positions);
    } catch (thrown) {
      this.#options.logger.debug({ error: String(thrown) }, 'group offsets could not be stored; the next will be');
      // Not over newer ones.
      this.#waiting = new Map([
        ...positions.map((each) => [`${each.topic}/${each.partition}`, each] as const),
        ...this.#waiting,
      ]);
    }
  }

  /** The partitions are no longer ours: what waits is not for us to store. */
  forget(): void {
    this.#waiting = new Map();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#scheduled;
  }

  async #later(): Promise<void> {
    await this.#options.clock.sleep(DELAY, this.#closing.signal).catch(() => undefined);
    this.#scheduled = null;
    if (this.#closing.signal.aborted) return;
    await this.flush();
    if (this.#waiting.size > 0 && !this.#closing.signal.aborted) this.#scheduled ??= this.#later();
  }
}
