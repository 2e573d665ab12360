import type { Coming } from './deps.ts';

/** How often the state is looked at when nobody woke us, milliseconds: decisions of other processes arrive this way. */
export const LOOK_MS = 1000;
/** Looking again may take this share of the time: readers of the same process need the rest to bring what is waited for. */
const SHARE = 1 / 20;

/**
 * Records that the writer left because more is coming. They are looked at again as soon as nothing more is coming; until then
 * only now and then, as a first load of several sources may leave thousands of them, each planned for nothing.
 */
export class LaterRecords {
  readonly #keys = new Set<string>();
  #since = Number.NEGATIVE_INFINITY;
  #costMs = 0;
  #coming = '';

  get keys(): ReadonlySet<string> {
    return this.#keys;
  }

  add(keys: readonly string[]): void {
    for (const key of keys) this.#keys.add(key);
  }

  /** How long it took to plan what was looked at. */
  planned(milliseconds: number): void {
    this.#costMs += milliseconds;
  }

  /**
   * Whether it is time to look at them again, which they are then no longer left from. `coming`: what more is coming; once that
   * is less than it was, some of them may go on.
   */
  lookAgain(time: number, coming: readonly Coming[]): boolean {
    const waiting = coming.join(' ');
    const pause = waiting === '' || waiting !== this.#coming ? LOOK_MS : Math.max(LOOK_MS, this.#costMs / SHARE);
    if (time - this.#since < pause) return false;
    this.#since = time;
    this.#coming = waiting;
    this.#costMs = 0;
    this.#keys.clear();
    return true;
  }
}
