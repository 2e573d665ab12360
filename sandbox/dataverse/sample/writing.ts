import type { Random } from '../../../src/core/ports.ts';
import { guidOf } from '../guid.ts';
import type { Organisation } from '../store/organisation.ts';
import type { Reference, Values } from '../store/rows.ts';
import type { Sizes } from './sizes.ts';

/** First day of the sample's history, and its length in days; the last day is that of the export of the other samples. */
const BEGINS = Date.UTC(2023, 0, 9, 8);
const DAYS = 1_150;

/** Writes the rows of the sample: ids and times come of the seed alone. */
export class Writing {
  readonly organisation: Organisation;
  readonly sizes: Sizes;
  readonly #random: Random;

  constructor(organisation: Organisation, random: Random, sizes: Sizes) {
    this.organisation = organisation;
    this.sizes = sizes;
    this.#random = random;
  }

  reference(table: string, name: string | number): Reference {
    return { table, id: guidOf(`sample/${table}/${name}`) };
  }

  /** A row with times of its own; what is given wins. */
  row(table: string, name: string | number, values: Values): Reference {
    const target = this.reference(table, name);
    const createdon = this.moment();
    const modifiedon = this.instant(Date.parse(createdon) + this.whole(0, 90) * 86_400_000);
    this.organisation.load(table, target.id, { createdon, modifiedon, ...values });
    return target;
  }

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

  moment(): string {
    return this.instant(BEGINS + this.whole(0, DAYS * 24 * 60) * 60_000);
  }

  day(): string {
    return this.moment().slice(0, 10);
  }

  instant(ms: number): string {
    return `${new Date(ms).toISOString().slice(0, 19)}Z`;
  }
}
