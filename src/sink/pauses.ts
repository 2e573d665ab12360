import type { Clock } from '../core/ports.ts';
import type { SinkEvents } from './deps.ts';

/** Why the lane to Twenty waits. */
export type LaneCause = Parameters<SinkEvents['waiting']>[0];

/** How long the lane waits where Twenty says nothing of it, milliseconds. */
export const FAILED_MS = 5000;
export const UNAUTHORIZED_MS = 60_000;

/** Who keeps calls from starting: an operator until they say otherwise, or the lane for a while. Those under way come to their end. */
export class Pauses {
  readonly #clock: Clock;
  readonly #events: SinkEvents | undefined;
  #lane: { readonly until: number; readonly cause: LaneCause } | null = null;
  /** By an operator. */
  byOperator = false;

  constructor({ clock, events }: { readonly clock: Clock; readonly events?: SinkEvents }) {
    this.#clock = clock;
    this.#events = events;
  }

  /** The lane waits for so many milliseconds from now, or longer where it waits longer already. */
  lane(cause: LaneCause, forMs: number): void {
    const until = this.#clock.now() + forMs;
    this.#lane = { until: Math.max(until, this.#lane?.until ?? until), cause };
    this.#events?.waiting(cause, forMs);
  }

  /** Lets the lane go on whose time is over. */
  lookAtTime(): void {
    if (this.#lane !== null && this.#clock.now() >= this.#lane.until) this.#lane = null;
  }

  /** Milliseconds since 1970 until which the lane waits; null: it does not. */
  get laneUntil(): number | null {
    return this.#lane?.until ?? null;
  }

  /** What the lane waits for, in words; null: for nothing. */
  get laneReason(): string | null {
    return this.#lane === null ? null : `Twenty: ${this.#lane.cause}`;
  }

  get any(): boolean {
    return this.byOperator || this.#lane !== null;
  }
}
