import type { Random } from '../../../src/core/ports.ts';
import { Draws } from '../../simulator/draws.ts';
import type { Account, Row, Values, Written } from '../account.ts';

/** First day of the sample's history, and its length in days. */
const BEGINS = Date.UTC(2023, 0, 9, 6);
const DAYS = 1_150;
const DAY = 86_400_000;

/** Writes the rows of the sample: everything comes of the seed alone. */
export class Writing extends Draws {
  readonly account: Account;
  readonly #owners: number[] = [];

  constructor(account: Account, random: Random) {
    super(random);
    this.account = account;
  }

  owner(id: number): void {
    this.#owners.push(id);
  }

  /** A row with an owner and times of its own. */
  row(controller: string, values: Values, details: Written['details'] = {}): Row {
    const inserted = this.moment();
    const updated = inserted + this.whole(0, 90) * DAY;
    const owned = this.#owners.length === 0 ? values : { ownerId: this.pick(this.#owners), ...values };
    return this.account.create(controller, { values: owned, details, inserted, updated });
  }

  moment(): number {
    return BEGINS + this.whole(0, DAYS * 24 * 60) * 60_000;
  }

  /** As the account writes it: no zone. */
  time(): string {
    return new Date(this.moment()).toISOString().slice(0, 19);
  }

  day(): string {
    return `${this.time().slice(0, 10)}T00:00:00`;
  }
}
