import type { Random } from '../../../src/core/ports.ts';
import { type Deed, Play } from '../../simulator/play.ts';
import type { Organisation } from '../store/organisation.ts';
import { isReference, type Row } from '../store/rows.ts';

/** What people of the sample do while the sync runs. */
export function samplePlay(organisation: Organisation, random: Random): Play<Organisation, Row> {
  return new Play({ world: organisation, deeds: DEEDS, rowsOf: (kind) => organisation.rows(kind), random });
}

const owner = (row: Row): { ownerid: { id: string; table: string } } | Record<string, never> =>
  isReference(row.values.ownerid) ? { ownerid: row.values.ownerid } : {};

const DEEDS: readonly Deed<Organisation, Row>[] = [
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
