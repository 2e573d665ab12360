import { underAny } from '../core/abort.ts';
import type { Clock } from '../core/ports.ts';

/** Wakes whoever waits; a raise between mark and wait is not lost. */
export class Signal {
  readonly #clock: Clock;
  #count = 0;
  #waiting: AbortController | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  mark(): number {
    return this.#count;
  }

  raisedSince(mark: number): boolean {
    return this.#count !== mark;
  }

  raise(): void {
    this.#count += 1;
    this.#waiting?.abort();
  }

  /** Until raised after the mark, the time is over, or the signal is aborted. Never rejects. */
  async wait(mark: number, ms: number, stop: AbortSignal): Promise<void> {
    if (this.raisedSince(mark) || stop.aborted) return;
    const waiting = new AbortController();
    this.#waiting = waiting;
    await underAny([waiting.signal, stop], (signal) => this.#clock.sleep(ms, signal)).catch(() => undefined);
    this.#waiting = null;
  }
}
