import type { Coming } from './deps.ts';
import type { Planned } from './desk.ts';
import { LaterRecords, LOOK_MS } from './later.ts';
import type { Shut } from './pass.ts';

/** Records that planning left for another time, by what they wait for. In memory only: they are due in the state. */
export class LeftRecords {
  /** Share a row with others that are in hand: looked at again after every commit. */
  readonly #postponed = new Set<string>();
  /** More is coming that they may wait for. */
  readonly #later = new LaterRecords();
  /** Share a row with one of a closed object: looked at again once that is open, or with their next event. */
  readonly #shut = new Map<string, Shut>();
  #postponedSince = 0;

  add({ planned, postponed, later, shut }: Omit<Planned, 'settled'>): void {
    for (const key of planned) this.#shut.delete(key);
    for (const key of postponed) this.#postponed.add(key);
    this.#later.add(later);
    for (const one of shut) this.#shut.set(one.key, one);
  }

  /** Not to be taken again yet, whatever their event. */
  *[Symbol.iterator](): Generator<string> {
    yield* this.#postponed;
    yield* this.#later.keys;
  }

  /** Not to be taken again with the event that they have, by key. */
  get shut(): ReadonlyMap<string, Shut> {
    return this.#shut;
  }

  /** Some will be looked at again by themselves, so the writer is not at rest. */
  get soonAgain(): boolean {
    return this.#postponed.size + this.#later.keys.size > 0;
  }

  /** How long it took to plan what was left for later. */
  planned(milliseconds: number): void {
    this.#later.planned(milliseconds);
  }

  committed(): void {
    this.#postponed.clear();
  }

  /**
   * What the gates say now. Told each time they are read, and not only what changed: a plan that began before may leave records
   * behind after an object was opened, and nothing else would ever look at them again.
   */
  closed(objects: ReadonlySet<string>): void {
    for (const { key, by } of this.#shut.values()) if (!by.every((name) => objects.has(name))) this.#shut.delete(key);
  }

  /** @param time by the monotonic clock; `coming`: what more is coming */
  lookAgain(time: number, coming: readonly Coming[]): void {
    this.#later.lookAgain(time, coming);
    if (time - this.#postponedSince < LOOK_MS) return;
    this.#postponedSince = time;
    this.#postponed.clear();
  }
}
