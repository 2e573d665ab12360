import type { Lane } from './twenty.ts';

/** Most urgent first. */
export const LANES: readonly Lane[] = ['cutover', 'operator', 'live', 'load', 'verify'];

/**
 * After so many calls granted to others a waiting lane gets the next one, whoever else waits: the urgent go first, none
 * starves. So live changes always get a fifth, loading a ninth, verification a seventeenth of the calls.
 */
const PATIENCE: Readonly<Record<Lane, number>> = { cutover: 0, operator: 0, live: 4, load: 8, verify: 16 };

/** Waiting callers, by lane. First come, first served within a lane. */
export class LaneQueue<Waiter> {
  readonly #waiting: Readonly<Record<Lane, Waiter[]>> = { cutover: [], operator: [], live: [], load: [], verify: [] };
  readonly #passedOver: Record<Lane, number> = { cutover: 0, operator: 0, live: 0, load: 0, verify: 0 };

  get size(): number {
    return LANES.reduce((sum, lane) => sum + this.#waiting[lane].length, 0);
  }

  length(lane: Lane): number {
    return this.#waiting[lane].length;
  }

  add(lane: Lane, waiter: Waiter): void {
    this.#waiting[lane].push(waiter);
  }

  remove(lane: Lane, waiter: Waiter): boolean {
    const at = this.#waiting[lane].indexOf(waiter);
    if (at >= 0) this.#waiting[lane].splice(at, 1);
    return at >= 0;
  }

  /** Who goes next, of one lane alone where it is named; undefined when nobody waits. */
  take(only?: Lane): Waiter | undefined {
    if (only !== undefined) return this.#waiting[only].shift();
    const waiting = LANES.filter((lane) => this.#waiting[lane].length > 0);
    const impatient = waiting.findLast((lane) => PATIENCE[lane] > 0 && this.#passedOver[lane] >= PATIENCE[lane]);
    const chosen = impatient ?? waiting[0];
    if (chosen === undefined) return undefined;
    for (const lane of waiting) this.#passedOver[lane] += 1;
    this.#passedOver[chosen] = 0;
    return this.#waiting[chosen].shift();
  }

  *all(): Iterable<Waiter> {
    for (const lane of LANES) yield* this.#waiting[lane];
  }
}
