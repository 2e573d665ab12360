import { asChangeoverError } from '../core/errors.ts';
import type { Clock, Logger } from '../core/ports.ts';
import type { EventLog } from '../events/log.ts';
import { INTAKE_GROUP } from '../sink/index.ts';
import type { StateStore } from '../state/state.ts';
import { readingNow } from './source-activity.ts';

const LOOK_MS = 1_000;

export interface ComingParts {
  readonly state: StateStore;
  readonly events: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly objects: readonly { readonly source: string; readonly object: string }[];
}

/**
 * Whether more of an object is coming, where other processes read sources and take events in: looked up in the state and
 * the log once a second. Until the first look, and while it fails, everything is said to be coming: waiting is safe.
 *
 * First who is reading, then how far intake is: what was appended before the first look is seen by the second.
 */
export class ComingElsewhere {
  readonly #parts: ComingParts;
  #coming: ReadonlySet<string> | null = null;

  constructor(parts: ComingParts) {
    this.#parts = parts;
  }

  isComing(source: string, object: string): boolean {
    return this.#coming === null || this.#coming.has(`${source}/${object}`);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#parts;
    while (!signal.aborted) {
      try {
        this.#coming = await this.#look();
      } catch (thrown) {
        this.#coming = null;
        logger.warn({ message: asChangeoverError(thrown).message }, 'what is coming cannot be seen; the writer waits');
      }
      await clock.sleep(LOOK_MS, signal).catch(() => undefined);
    }
  }

  async #look(): Promise<ReadonlySet<string>> {
    const { state, events, clock, objects } = this.#parts;
    const coming = new Set(await readingNow(state, clock.now(), objects));
    for (const { source, object } of objects) {
      const topic = await events.topic(source, object);
      const bounds = await events.bus.bounds(topic);
      const positions = await state.read((tx) => tx.positions.all(INTAKE_GROUP));
      const behind = bounds.some(({ partition, end, start }) => {
        const next = positions.find((one) => one.topic === topic && one.partition === partition)?.next ?? start;
        return end > next;
      });
      if (behind) coming.add(`${source}/${object}`);
    }
    return coming;
  }
}
