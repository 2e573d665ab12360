import type { Random } from '../../../src/core/ports.ts';
import { Draws } from '../../simulator/draws.ts';
import { guidOf } from '../guid.ts';
import type { Organisation } from '../store/organisation.ts';
import type { Reference, Values } from '../store/rows.ts';
import type { Sizes } from './sizes.ts';

/** First day of the sample's history, and its length in days; the last day is that of the export of the other samples. */
const BEGINS = Date.UTC(2023, 0, 9, 8);
const DAYS = 1_150;

/** Writes the rows of the sample: ids and times come of the seed alone. */
export class Writing extends Draws {
  readonly organisation: Organisation;
  readonly sizes: Sizes;

  constructor(organisation: Organisation, random: Random, sizes: Sizes) {
    super(random);
    this.organisation = organisation;
    this.sizes = sizes;
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
