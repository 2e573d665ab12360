import type { Random } from '../../../src/core/ports.ts';
import { type Deed, Play } from '../../simulator/play.ts';
import type { Account, Row } from '../account.ts';

/** What people of the sample do while the sync runs. */
export function samplePlay(account: Account, random: Random): Play<Account, Row> {
  return new Play({ world: account, deeds: DEEDS, rowsOf: (kind) => account.rows(kind), random });
}

const DEEDS: readonly Deed<Account, Row>[] = [
  (account, any, number) => {
    const { id } = any('Contact');
    account.update('Contact', id, { values: { title: `Unvan ${number}` } });
    return `contact ${id} has another title`;
  },
  (account, any) => {
    const { id, values } = any('Opportunity');
    account.update('Opportunity', id, { values: { stageId: values.stageId === 11 ? 12 : 11 } });
    return `deal ${id} moved on`;
  },
  (account, any, number) => {
    const company = any('Company');
    const { id } = account.create('Contact', {
      values: { firstName: 'Yeni', lastName: `Kişi ${number}`, companyId: company.id, ownerId: 1 },
      details: { Emails: [{ email: `yeni-${number}@played.example` }], Phones: [], Addresses: [], CustomFields: [] },
    });
    return `contact ${id} is new`;
  },
  (account, any) => {
    const { id } = any('Activity');
    account.remove('Activity', id);
    return `activity ${id} is deleted`;
  },
  (account, any, number) => {
    const { id, values } = any('Ticket');
    const { id: message } = account.create('TicketMessage', {
      values: {
        ticketId: id,
        sequence: 90 + number,
        authorName: 'Ayşe',
        body: `Mesaj ${number}`,
        sentDate: '2026-03-10T10:00:00',
        contactId: values.contactId ?? null,
        companyId: values.companyId ?? null,
      },
    });
    return `message ${message} of ticket ${id} is new`;
  },
  (account, any) => {
    const { id } = any('Invoice');
    account.update('Invoice', id, { values: { status: 'Ödendi' } });
    return `invoice ${id} is paid`;
  },
  (account, any, number) => {
    const { id } = any('Machine');
    account.update('Machine', id, { values: { name: `Makine (yeni ad ${number})` } });
    return `machine ${id} has another name`;
  },
];
