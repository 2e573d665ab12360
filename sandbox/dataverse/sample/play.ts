import type { Random } from '../../../src/core/ports.ts';
import type { Organisation } from '../store/organisation.ts';
import { isReference, type Row } from '../store/rows.ts';

/** What people do while the sync runs: one deed at a time, the same deeds from the same seed. */
export class Play {
  readonly #organisation: Organisation;
  readonly #random: Random;
  #deeds = 0;

  constructor(organisation: Organisation, random: Random) {
    this.#organisation = organisation;
    this.#random = random;
  }

  get deeds(): number {
    return this.#deeds;
  }

  /** Does the next thing; says what. */
  next(): string {
    const deed = DEEDS[this.#deeds % DEEDS.length];
    this.#deeds += 1;
    return deed === undefined ? '' : deed(this.#organisation, (table) => this.#any(table), this.#deeds);
  }

  #any(table: string): Row {
    const rows = this.#organisation.rows(table);
    const row = rows[Math.floor(this.#random.next() * rows.length)];
    if (row === undefined) throw new Error(`no row of ${table} is left`);
    return row;
  }
}

type Deed = (organisation: Organisation, any: (table: string) => Row, number: number) => string;

const owner = (row: Row): { ownerid: { id: string; table: string } } | Record<string, never> =>
  isReference(row.values.ownerid) ? { ownerid: row.values.ownerid } : {};

const DEEDS: readonly Deed[] = [
  (organisation, any, number) => {
    const { id } = any('contact');
    organisation.update('contact', id, { jobtitle: `Title ${number}` });
    return `contact ${id} has another title`;
  },
  (organisation, any) => {
    const { id, values } = any('opportunity');
    organisation.update('opportunity', id, { salesstage: (Number(values.salesstage ?? 0) + 1) % 4, statecode: 0 });
    return `opportunity ${id} moved on`;
  },
  (organisation, any, number) => {
    const account = any('account');
    const { id } = organisation.create('contact', {
      firstname: 'New',
      lastname: `Person ${number}`,
      emailaddress1: `new-${number}@played.example`,
      parentcustomerid: { id: account.id, table: 'account' },
      ...owner(account),
    });
    return `contact ${id} is new`;
  },
  (organisation, any) => {
    const { id } = any('phonecall');
    organisation.remove('phonecall', id);
    return `call ${id} is deleted`;
  },
  (organisation, any) => {
    const { id } = any('opportunity');
    organisation.update('opportunity', id, { statecode: 1 });
    return `opportunity ${id} is won`;
  },
  (organisation, any, number) => {
    const contact = any('contact');
    const call = organisation.create('phonecall', { subject: `Played call ${number}`, ...owner(contact) });
    organisation.setParties({ id: call.id, table: 'phonecall' }, [
      { party: { id: contact.id, table: 'contact' }, mask: 2 },
    ]);
    organisation.update('phonecall', call.id, { statecode: 1 });
    return `call ${call.id} is new`;
  },
  (organisation, any) => {
    const { id } = any('incident');
    organisation.update('incident', id, { prioritycode: 1 });
    return `case ${id} is urgent`;
  },
];
