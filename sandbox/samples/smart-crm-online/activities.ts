import { COUNTS, LAST_MINUTE, ownerEmail } from './common.ts';
import type { Row } from './dialect.ts';
import type { SeededRandom } from './random.ts';
import { dayAndTime, isoTime } from './tables.ts';
import {
  CALL_SUBJECTS,
  DISPOSITIONS,
  EMAIL_SUBJECTS,
  MEETING_PLACES,
  MEETING_SUBJECTS,
  NOTE_TITLES,
  PHRASES,
  PHRASES_1254,
} from './words.ts';

export interface Parties {
  readonly company: ReadonlyMap<string, Row>;
  readonly contact: ReadonlyMap<string, Row>;
  readonly deal: ReadonlyMap<string, Row>;
}

export type ActivityTables = Record<'call' | 'email' | 'meeting' | 'note', Map<string, Row>>;

export function activities(random: SeededRandom, parties: Parties): ActivityTables {
  const choose = new Chooser(random, parties);
  const table = (count: number, first: number, prefix: string, row: (id: string) => Row): Map<string, Row> =>
    new Map(Array.from({ length: count }, (_, index) => `${prefix}${first + index}`).map((id) => [id, row(id)]));
  return {
    call: table(COUNTS.call, 100_001, 'CL', (id) => callRow(random, id, choose)),
    email: table(COUNTS.email, 500_001, 'EM', (id) => emailRow(random, id, choose)),
    meeting: table(COUNTS.meeting, 3_001, 'TP', (id) => meetingRow(random, id, choose)),
    note: table(COUNTS.note, 70_001, 'N', (id) => noteRow(random, id, choose)),
  };
}

/** Picks the contacts, deals and companies that activities speak of. */
export class Chooser {
  readonly #random: SeededRandom;
  readonly #contacts: readonly Row[];
  readonly #deals: readonly string[];
  readonly #companies: readonly Row[];
  /** Names that only one contact has: a name alone finds the person. */
  readonly #singleNames: readonly string[];

  constructor(random: SeededRandom, parties: Parties) {
    this.#random = random;
    this.#contacts = [...parties.contact.values()];
    this.#deals = [...parties.deal.keys()];
    this.#companies = [...parties.company.values()];
    const uses = new Map<string, number>();
    for (const contact of this.#contacts) uses.set(fullName(contact), (uses.get(fullName(contact)) ?? 0) + 1);
    this.#singleNames = [...uses].filter(([, count]) => count === 1).map(([name]) => name);
  }

  contact(): Row {
    return this.#random.pick(this.#contacts);
  }

  contactId(): string {
    return this.contact()['Contact ID'] ?? '';
  }

  /** Mostly a name that is enough to find the person; now and then one that several have. */
  contactName(): string {
    return this.#random.chance(0.93) ? this.#random.pick(this.#singleNames) : fullName(this.contact());
  }

  dealId(): string {
    return this.#random.pick(this.#deals);
  }

  companyId(): string {
    return this.#random.pick(this.#companies)['Company ID'] ?? '';
  }

  companyName(): string {
    return this.#random.pick(this.#companies)['Company Name'] ?? '';
  }
}

function fullName(contact: Row): string {
  return `${contact['First Name']} ${contact['Last Name']}`.trim();
}

const moment = (random: SeededRandom): number => random.integer(1000, LAST_MINUTE - 3000);

function body(random: SeededRandom, phrases: readonly string[]): string {
  return random.sample(phrases, random.integer(1, 2)).join(' ');
}

export function callRow(random: SeededRandom, id: string, choose: Chooser): Row {
  const at = moment(random);
  const draw = random.next();
  const parent = { 'Contact ID': '', 'Contact Name': '', 'Company Name': '', 'Deal ID': '' };
  if (draw < 0.72) parent['Contact ID'] = choose.contactId();
  else if (draw < 0.85) parent['Deal ID'] = choose.dealId();
  else if (draw < 0.9) Object.assign(parent, { 'Contact ID': choose.contactId(), 'Deal ID': choose.dealId() });
  else if (draw < 0.95) parent['Company Name'] = choose.companyName();
  else if (draw < 0.992) parent['Contact Name'] = choose.contactName();
  else parent['Contact Name'] = 'Santral / switchboard';
  return {
    'Call ID': id,
    Subject: random.pick(CALL_SUBJECTS),
    Direction: random.pick(['Inbound', 'Outbound', 'Outbound']),
    Disposition: random.pick(DISPOSITIONS),
    'Duration (minutes)': random.chance(0.9) ? String(random.integer(0, 55)) : '',
    'Call Time': dayAndTime(at),
    Notes: random.chance(0.4) ? body(random, PHRASES) : '',
    Owner: ownerEmail(random),
    ...parent,
    Modified: dayAndTime(at + random.pick([0, 0, 5, 1440])),
  };
}

export function emailRow(random: SeededRandom, id: string, choose: Chooser): Row {
  const at = moment(random);
  const contact = choose.contact();
  const owner = ownerEmail(random);
  const theirs = contact.Email || 'info@unknown.example';
  const inbound = random.chance(0.5);
  const byAddress = contact.Email !== '' && random.chance(0.1);
  return {
    'Email ID': id,
    Subject: random.pick(EMAIL_SUBJECTS),
    Body: body(random, PHRASES),
    Direction: inbound ? 'Incoming' : 'Outgoing',
    Sent: isoTime(at),
    From: inbound ? theirs : owner,
    To: inbound ? owner : theirs,
    Owner: owner,
    'Contact ID': byAddress ? '' : (contact['Contact ID'] ?? ''),
    'Deal ID': random.chance(0.15) ? choose.dealId() : '',
    Attachments: String(random.pick([0, 0, 0, 1, 2])),
  };
}

export function meetingRow(random: SeededRandom, id: string, choose: Chooser): Row {
  const at = moment(random);
  const withDeal = random.chance(0.3);
  return {
    'Toplantı No': id,
    Konu: random.pick(MEETING_SUBJECTS),
    Başlangıç: dayAndTime(at),
    Bitiş: dayAndTime(at + random.pick([30, 60, 90])),
    Yer: random.pick(MEETING_PLACES),
    Açıklama: random.chance(0.7) ? body(random, PHRASES_1254) : '',
    Katılımcılar: `${choose.contactName()}, ${choose.contactName()}`,
    Sorumlu: ownerEmail(random),
    'Kişi No': withDeal ? '' : choose.contactId(),
    'Fırsat No': withDeal ? choose.dealId() : '',
    Güncelleme: dayAndTime(at + random.pick([0, 15, 600])),
  };
}

export function noteRow(random: SeededRandom, id: string, choose: Chooser): Row {
  const at = moment(random);
  const draw = random.next();
  const parent = { 'Contact ID': '', 'Company ID': '', 'Deal ID': '' };
  if (draw < 0.6) parent['Contact ID'] = choose.contactId();
  else if (draw < 0.82) parent['Deal ID'] = choose.dealId();
  else parent['Company ID'] = choose.companyId();
  return {
    'Note ID': id,
    Title: random.pick(NOTE_TITLES),
    Body: body(random, PHRASES),
    Author: ownerEmail(random),
    Created: dayAndTime(at),
    Modified: dayAndTime(at + random.pick([0, 0, 30, 2880])),
    ...parent,
  };
}
