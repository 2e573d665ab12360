import type { Row } from '../smart-crm-online/dialect.ts';
import { SeededRandom } from '../smart-crm-online/random.ts';
import { day, dayAndTime, slug, turkishNumber } from '../smart-crm-online/tables.ts';
import {
  BRITISH_FIRM,
  BRITISH_FIRST,
  BRITISH_FORM,
  BRITISH_LAST,
  BRITISH_PLACES,
  BRITISH_TRADE,
  CALL_SUBJECTS,
  DEAL_SUBJECTS,
  DISPOSITIONS,
  EMAIL_SUBJECTS,
  INDUSTRIES,
  JOB_TITLES,
  LEAD_SOURCES,
  MEETING_PLACES,
  MEETING_SUBJECTS,
  NOTE_TITLES,
  OWNERS,
  PHRASES_1254,
  TURKISH_FIRM,
  TURKISH_FIRST,
  TURKISH_FORM,
  TURKISH_LAST,
  TURKISH_PLACES,
  TURKISH_TRADE,
  WAIVED_OWNER,
} from '../smart-crm-online/words.ts';
import { attachmentsOf, WITH_FILES } from './attachments.ts';
import type { TableName, Tables } from './tables.ts';

/** Rows of the first export at size 1. */
export const COUNTS = {
  accounts: 300,
  contacts: 1_500,
  leads: 400,
  deals: 600,
  tasks: 800,
  calls: 500,
  emails: 500,
  meetings: 200,
  notes: 600,
  campaigns: 20,
  tickets: 300,
  ticket_messages: 900,
} as const;

/** Minutes since 2022-01-01, Istanbul: nothing is younger than the first export, and nothing in the second than that. */
const FIRST_TAKEN = 2_190_600;
const SECOND_TAKEN = FIRST_TAKEN + 7 * 24 * 60;

const STAGES = [
  ['Sales', 'New', 10, 'open'],
  ['Sales', 'Proposal', 50, 'open'],
  ['Sales', 'Won', 100, 'won'],
  ['Sales', 'Lost', 0, 'lost'],
  ['Yenileme', 'Hatırlatma', 40, 'open'],
  ['Yenileme', 'Yenilendi', 100, 'won'],
  ['Yenileme', 'Kaybedildi', 0, 'lost'],
] as const;

const LIFECYCLE = ['Subscriber', 'Opportunity', 'Customer', 'Evangelist'] as const;
const MEMBERS = OWNERS.filter(({ member }) => member).map(({ email }) => email);

/** The account as its first export has it: the same for the same seed and size. */
export function firstExport(seed: number, size = 1): Tables {
  return new Writer(new SeededRandom(seed), size).everything();
}

/** A week later: some rows changed, some are gone, some came; nothing that others hang on is taken away. */
export function secondExport(first: Tables, seed: number): Tables {
  const random = new SeededRandom(seed + 1);
  const modified = () => dayAndTime(random.integer(FIRST_TAKEN + 1, SECOND_TAKEN - 1));
  const change = (table: TableName, share: number, into: (row: Row) => Row): ReadonlyMap<string, Row> =>
    new Map(
      [...first[table]].map(([id, row]) => [id, random.chance(share) ? { ...into(row), Modified: modified() } : row]),
    );
  const without = (table: TableName, share: number): ReadonlyMap<string, Row> =>
    new Map([...first[table]].filter(() => !random.chance(share)));
  const contacts = new Map(change('contacts', 0.05, (row) => ({ ...row, 'Job Title': random.pick(JOB_TITLES) })));
  const account = random.pick([...first.accounts.keys()]);
  for (let index = 1; index <= 20; index += 1) {
    const id = `C-later-${index}`;
    contacts.set(id, {
      'Contact ID': id,
      'First Name': random.pick(TURKISH_FIRST),
      'Last Name': random.pick(TURKISH_LAST),
      Email: `later.${index}@new.example`,
      'Account ID': account,
      'Lifecycle Stage': 'Subscriber',
      Owner: random.pick(MEMBERS),
      Created: modified(),
      Modified: modified(),
    });
  }
  return {
    ...first,
    contacts,
    accounts: change('accounts', 0.05, (row) => ({ ...row, Employees: String(random.integer(1, 900)) })),
    deals: change('deals', 0.1, (row) => ({ ...row, Stage: row.Pipeline === 'Sales' ? 'Won' : 'Yenilendi' })),
    tasks: without('tasks', 0.02),
    calls: without('calls', 0.02),
    tickets: change('tickets', 0.2, (row) => ({ ...row, Status: 'Closed' })),
  };
}

class Writer {
  readonly #random: SeededRandom;
  readonly #size: number;

  constructor(random: SeededRandom, size: number) {
    this.#random = random;
    this.#size = size;
  }

  everything(): Tables {
    const random = this.#random;
    const accounts = this.#many('accounts', 'A', () => this.#account());
    const contacts = this.#many('contacts', 'C', (id) => this.#contact(id, accounts));
    const leads = this.#many('leads', 'L', (id, index) => this.#lead(id, index, accounts, contacts));
    const deals = this.#many('deals', 'D', () => this.#deal(contacts));
    const about = (): Row => this.#about(contacts, deals);
    const tickets = this.#many('tickets', 'S', () => {
      const contact = this.#of(contacts);
      return {
        Subject: random.pick(PHRASES_1254).slice(0, 60),
        Description: random.pick(PHRASES_1254),
        Priority: random.pick(['Low', 'Normal', 'High'] as const),
        Status: random.pick(['Open', 'Pending', 'Closed'] as const),
        Assignee: this.#owner(),
        'Contact ID': contact['Contact ID'] ?? '',
        'Account ID': '',
        ...this.#times(),
      };
    });
    return {
      accounts,
      contacts,
      leads,
      deals,
      tickets,
      tasks: this.#many('tasks', 'T', () => ({
        Subject: random.pick(CALL_SUBJECTS),
        Description: random.pick(PHRASES_1254),
        Status: random.pick(['Open', 'In progress', 'Completed'] as const),
        'Due Date': day(random.integer(FIRST_TAKEN - 100_000, FIRST_TAKEN + 100_000)),
        Assignee: this.#owner(),
        ...(random.chance(0.9) ? this.#about(contacts, deals) : {}),
        ...this.#times(),
      })),
      calls: this.#many('calls', 'K', () => ({
        Subject: random.pick(CALL_SUBJECTS),
        Description: random.pick(PHRASES_1254),
        Direction: random.pick(['Inbound', 'Outbound'] as const),
        Outcome: random.pick(DISPOSITIONS),
        'Duration (minutes)': String(random.integer(0, 90)),
        Time: this.#moment(),
        Owner: this.#owner(),
        ...about(),
        Modified: this.#moment(),
      })),
      emails: this.#many('emails', 'E', () => ({
        Subject: random.pick(EMAIL_SUBJECTS),
        Body: random.pick(PHRASES_1254),
        Direction: random.pick(['Inbound', 'Outbound'] as const),
        Sent: this.#moment(),
        From: 'someone@else.example',
        To: this.#owner(),
        Owner: this.#owner(),
        ...about(),
      })),
      meetings: this.#many('meetings', 'M', () => {
        const start = random.integer(60, FIRST_TAKEN - 200);
        return {
          Subject: random.pick(MEETING_SUBJECTS),
          Description: random.pick(PHRASES_1254),
          Start: dayAndTime(start),
          End: dayAndTime(start + random.integer(15, 120)),
          Place: random.pick(MEETING_PLACES),
          Attendees: random.pick(TURKISH_FIRST),
          Owner: this.#owner(),
          ...about(),
          Modified: this.#moment(),
        };
      }),
      notes: this.#many('notes', 'N', () => ({
        Title: random.pick(NOTE_TITLES),
        Body: random.pick(PHRASES_1254),
        Author: this.#owner(),
        ...about(),
        ...this.#times(),
      })),
      campaigns: this.#many('campaigns', 'P', (_, index) => ({
        'Campaign Name': `Kampanya ${index}`,
        Type: random.pick(['E-mail', 'Event'] as const),
        Status: random.pick(['Planned', 'Running', 'Finished'] as const),
        'Start Date': day(FIRST_TAKEN - 50_000),
        'End Date': day(FIRST_TAKEN - 20_000),
        Sent: String(random.integer(100, 9_000)),
        Opened: String(random.integer(10, 900)),
        Clicked: String(random.integer(0, 90)),
        ...this.#times(),
      })),
      ticket_messages: this.#many('ticket_messages', 'X', () => ({
        'Ticket ID': this.#of(tickets)['Ticket ID'] ?? '',
        Body: random.pick(PHRASES_1254),
        Author: random.chance(0.5) ? this.#owner() : 'someone@else.example',
        Sent: this.#moment(),
      })),
      stages: new Map(
        STAGES.map(([Pipeline, Stage, probability, Outcome], index) => {
          const id = String(index + 1);
          return [id, { 'Stage ID': id, Pipeline, Stage, Order: id, Probability: String(probability), Outcome }];
        }),
      ),
      users: new Map(
        OWNERS.filter(({ listed }) => listed).map(({ email, firstName, lastName, active }, index) => {
          const id = `U${index + 1}`;
          const Role = index === 0 ? 'Administrator' : 'Agent';
          return [
            id,
            { 'User ID': id, Name: `${firstName} ${lastName}`, Email: email, Active: active ? 'Yes' : 'No', Role },
          ];
        }),
      ),
    };
  }

  #many(
    table: keyof typeof COUNTS,
    letter: string,
    make: (id: string, index: number) => Row,
  ): ReadonlyMap<string, Row> {
    const count = Math.max(2, Math.round(COUNTS[table] * this.#size));
    const column = ID[table];
    return new Map(
      Array.from({ length: count }, (_, index) => {
        const id = `${letter}-${String(index + 1).padStart(5, '0')}`;
        const files = WITH_FILES.find((name) => name === table);
        const named = files === undefined ? {} : { Attachments: attachmentsOf(files, id, index + 1) };
        return [id, { [column]: id, ...make(id, index + 1), ...named }];
      }),
    );
  }

  #of(rows: ReadonlyMap<string, Row>): Row {
    return this.#random.pick([...rows.values()]);
  }

  #owner(): string {
    return this.#random.chance(0.01) ? WAIVED_OWNER : this.#random.pick(MEMBERS);
  }

  #moment(): string {
    return dayAndTime(this.#random.integer(60, FIRST_TAKEN - 60));
  }

  #times(): Row {
    const created = this.#random.integer(60, FIRST_TAKEN - 60);
    return { Created: dayAndTime(created), Modified: dayAndTime(this.#random.integer(created, FIRST_TAKEN - 1)) };
  }

  #about(contacts: ReadonlyMap<string, Row>, deals: ReadonlyMap<string, Row>): Row {
    const deal = this.#random.chance(0.3) ? (this.#of(deals)['Deal ID'] ?? '') : '';
    return { 'Contact ID': this.#of(contacts)['Contact ID'] ?? '', 'Deal ID': deal };
  }

  #account(): Row {
    const random = this.#random;
    const turkish = random.chance(0.5);
    const name = turkish
      ? `${random.pick(TURKISH_FIRM)} ${random.pick(TURKISH_TRADE)} ${random.integer(1, 9_999)} ${random.pick(TURKISH_FORM)}`
      : `${random.pick(BRITISH_FIRM)} ${random.pick(BRITISH_TRADE)} ${random.integer(1, 9_999)} ${random.pick(BRITISH_FORM)}`;
    return {
      'Account Name': name,
      Domain: `www.${slug(name)}.example`,
      Industry: random.pick(INDUSTRIES),
      Employees: String(random.integer(1, 900)),
      Phone: '',
      ...this.#address(turkish),
      Owner: this.#owner(),
      ...this.#times(),
    };
  }

  #address(turkish: boolean): Row {
    const { street, city, postcode } = this.#random.pick(turkish ? TURKISH_PLACES : BRITISH_PLACES);
    const country = turkish ? 'Türkiye' : 'United Kingdom';
    return { Street: this.#random.pick(street), City: city, Postcode: postcode, Country: country };
  }

  #contact(id: string, accounts: ReadonlyMap<string, Row>): Row {
    const random = this.#random;
    const turkish = random.chance(0.5);
    const first = random.pick(turkish ? TURKISH_FIRST : BRITISH_FIRST);
    const last = random.pick(turkish ? TURKISH_LAST : BRITISH_LAST);
    return {
      'First Name': first,
      'Last Name': last,
      Email: `${slug(first)}.${slug(last)}.${slug(id)}@firm.example`,
      'Job Title': random.pick(JOB_TITLES),
      'Account ID': random.chance(0.9) ? (this.#of(accounts)['Account ID'] ?? '') : '',
      ...this.#address(turkish),
      'Lifecycle Stage': random.pick(LIFECYCLE),
      Owner: this.#owner(),
      ...this.#times(),
    };
  }

  /** Every tenth lead became a contact, and kept its address. */
  #lead(id: string, index: number, accounts: ReadonlyMap<string, Row>, contacts: ReadonlyMap<string, Row>): Row {
    const random = this.#random;
    const first = random.pick(BRITISH_FIRST);
    const last = random.pick(BRITISH_LAST);
    const became = index % 10 === 0 ? [...contacts.values()][index / 10 - 1] : undefined;
    return {
      'First Name': first,
      'Last Name': last,
      Email: became?.Email ?? `${slug(first)}.${slug(last)}.${slug(id)}@lead.example`,
      Company: random.chance(0.3) ? (this.#of(accounts)['Account Name'] ?? '') : '',
      'Lead Source': random.pick(LEAD_SOURCES),
      'Lead Status': random.pick(['New', 'Working', 'Unqualified'] as const),
      Owner: this.#owner(),
      ...this.#times(),
    };
  }

  #deal(contacts: ReadonlyMap<string, Row>): Row {
    const random = this.#random;
    const [pipeline, stage] = random.pick(STAGES);
    const contact = this.#of(contacts);
    return {
      'Deal Name': random.pick(DEAL_SUBJECTS),
      Value: turkishNumber(random.integer(100, 9_000_000) / 10),
      Currency: random.pick(['TRY', 'EUR', 'GBP'] as const),
      Pipeline: pipeline,
      Stage: stage,
      'Expected Close Date': day(FIRST_TAKEN + random.integer(0, 300_000)),
      Owner: this.#owner(),
      'Account ID': contact['Account ID'] ?? '',
      'Contact ID': contact['Contact ID'] ?? '',
      ...this.#times(),
    };
  }
}

const ID: Readonly<Record<keyof typeof COUNTS, string>> = {
  accounts: 'Account ID',
  contacts: 'Contact ID',
  leads: 'Lead ID',
  deals: 'Deal ID',
  tasks: 'Task ID',
  calls: 'Call ID',
  emails: 'Email ID',
  meetings: 'Meeting ID',
  notes: 'Note ID',
  campaigns: 'Campaign ID',
  tickets: 'Ticket ID',
  ticket_messages: 'Message ID',
};
