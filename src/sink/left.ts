import type { Coming } from './deps.ts';
import type { Planned } from './desk.ts';
import { LaterRecords, LOOK_MS } from './later.ts';

/** Records that planning left for another time, by what they wait for. In memory only: they are due in the state. */
export class LeftRecords {
  /** Share a row with others that are in hand: looked at again after every commit. */
  readonly #postponed = new Set<string>();
  /** More is coming that they may wait for. */
  readonly #later = new LaterRecords();
  /** Share a row with one of a closed object: looked at again when the closed objects are others. */
  readonly #shut = new Set<string>();
  #postponedSince = 0;

  add({ postponed, later, closed }: Omit<Planned, 'settled'>): void {
    for (const key of postponed) this.#postponed.add(key);
    this.#later.add(later);
    for (const key of closed) this.#shut.add(key);
  }

  /** All of them: not to be taken again yet. */
  *[Symbol.iterator](): Generator<string> {
    yield* this.#postponed;
    yield* this.#later.keys;
    yield* this.#shut;
  }

  get shut(): ReadonlySet<string> {
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

  closedChanged(): void {
    this.#shut.clear();
  }

  /** @param time by the monotonic clock; `coming`: what more is coming */
  lookAgain(time: number, coming: readonly Coming[]): void {
    this.#later.lookAgain(time, coming);
    if (time - this.#postponedSince < LOOK_MS) return;
    this.#postponedSince = time;
    this.#postponed.clear();
  }
}
