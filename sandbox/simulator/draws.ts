import type { Random } from '../../src/core/ports.ts';

/** What a sample is made of: everything comes of the seed alone. */
export class Draws {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** A whole number between the two, both included. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.#random.next() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.#random.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.whole(0, items.length - 1)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  uuid(): string {
    return this.#random.uuid();
  }
}
