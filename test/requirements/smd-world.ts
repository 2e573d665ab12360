import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Document } from 'yaml';
import { ZipFile } from 'yazl';
import { ENGLISH, type Language, TURKISH, writeExport } from '../../sandbox/samples/smartdesk/languages.ts';
import type { Deployment } from './deployment.ts';
import { AYSE, MEMBERS, OLIVER } from './sco-world.ts';

/** A small SmartDesk account for the rules of SMD: each record stands for one rule, and its id says which. */

export { AYSE, ENGLISH, MEMBERS, OLIVER, TURKISH };

export type Cells = Readonly<Record<string, string>>;
/** Rows per object; every column of an object stands in its first row. */
export type Tables = Readonly<Record<string, readonly Cells[]>>;

const TIMES = { Created: '01.02.2024 10:00', Modified: '15.03.2025 11:30' };

export const WORLD: Tables = {
  accounts: [
    {
      'Account ID': 'A-1',
      'Account Name': 'Acme Ltd',
      Domain: 'www.acme.example',
      Industry: 'Food',
      Employees: '120',
      Phone: '+44 20 7946 0018',
      Street: '8 Cheapside',
      City: 'London',
      Postcode: 'EC2V 6AA',
      Country: 'United Kingdom',
      Owner: OLIVER,
      ...TIMES,
      'Loyalty Level': 'Gold',
    },
  ],
  contacts: [
    {
      'Contact ID': 'C-customer',
      'First Name': 'Ann',
      'Last Name': 'Archer',
      Email: 'ann@acme.example',
      Phone: '+44 20 7946 0001',
      Mobile: '',
      'Job Title': 'Buyer',
      'Account ID': 'A-1',
      Street: '8 Cheapside',
      City: 'London',
      Postcode: 'EC2V 6AA',
      Country: 'United Kingdom',
      'Lifecycle Stage': 'Customer',
      Owner: AYSE,
      ...TIMES,
      'Preferred Language': 'Turkish',
    },
    {
      'Contact ID': 'C-contact',
      'Last Name': 'Işık',
      Email: 'isik@acme.example',
      'Lifecycle Stage': 'Subscriber',
      Owner: AYSE,
      ...TIMES,
    },
  ],
  leads: [
    {
      'Lead ID': 'L-new',
      'First Name': 'Lea',
      'Last Name': 'Dent',
      Email: 'lea@elsewhere.example',
      Phone: '',
      Company: 'Acme Ltd',
      'Lead Source': 'Web form',
      'Lead Status': 'Working',
      Owner: AYSE,
      ...TIMES,
    },
    { 'Lead ID': 'L-same', 'Last Name': 'A.', Email: 'ann@acme.example', 'Lead Source': 'Fair', Owner: AYSE, ...TIMES },
  ],
  deals: [
    {
      'Deal ID': 'D-1',
      'Deal Name': 'Big one',
      Value: '12.345,67',
      Currency: 'EUR',
      Pipeline: 'Sales',
      Stage: 'Proposal',
      'Expected Close Date': '31.12.2025',
      Owner: OLIVER,
      'Account ID': 'A-1',
      'Contact ID': 'C-customer',
      ...TIMES,
    },
  ],
  tasks: [
    {
      'Task ID': 'T-open',
      Subject: 'Call back',
      Description: 'Ask about the order',
      Status: 'Open',
      'Due Date': '20.05.2025',
      Assignee: OLIVER,
      'Contact ID': 'C-customer',
      'Deal ID': 'D-1',
      'Account ID': '',
      ...TIMES,
    },
    { 'Task ID': 'T-done', Subject: 'Own', Status: 'Completed', Assignee: AYSE, ...TIMES },
  ],
  calls: [
    {
      'Call ID': 'K-1',
      Subject: 'Intro',
      Description: 'Line 1',
      Direction: 'Outbound',
      Outcome: 'Left voicemail',
      'Duration (minutes)': '12',
      Time: '05.06.2024 14:30',
      Owner: OLIVER,
      'Contact ID': 'C-customer',
      'Deal ID': '',
      Modified: TIMES.Modified,
    },
  ],
  emails: [
    {
      'Email ID': 'E-1',
      Subject: 'Offer',
      Body: '2 * 3 = 6 # really',
      Direction: 'Inbound',
      Sent: '06.06.2024 09:15',
      From: 'ann@acme.example',
      To: OLIVER,
      Owner: OLIVER,
      'Contact ID': 'C-customer',
      'Deal ID': 'D-1',
    },
    { 'Email ID': 'E-lost', Subject: 'Nobody', Sent: '06.06.2024 09:15', Owner: OLIVER },
  ],
  meetings: [
    {
      'Meeting ID': 'M-1',
      Subject: 'Demo',
      Description: 'Stand 4',
      Start: '07.06.2024 09:00',
      End: '07.06.2024 10:30',
      Place: 'İzmir',
      Attendees: 'Ann Archer, Ayşe Yılmaz',
      Owner: AYSE,
      'Contact ID': 'C-customer',
      'Deal ID': '',
      Modified: TIMES.Modified,
    },
  ],
  notes: [
    {
      'Note ID': 'N-1',
      Title: 'Happy',
      Body: 'Çok memnun 😀',
      Author: OLIVER,
      ...TIMES,
      'Contact ID': 'C-customer',
      'Account ID': '',
      'Deal ID': '',
    },
  ],
  campaigns: [
    {
      'Campaign ID': 'P-1',
      'Campaign Name': 'Spring',
      Type: 'E-mail',
      Status: 'Finished',
      'Start Date': '01.03.2025',
      'End Date': '31.03.2025',
      Sent: '1000',
      Opened: '400',
      Clicked: '20',
      ...TIMES,
    },
  ],
  tickets: [
    {
      'Ticket ID': 'S-1',
      Subject: 'Broken',
      Description: 'It does not start',
      Priority: 'High',
      Status: 'Open',
      Assignee: AYSE,
      'Contact ID': 'C-customer',
      'Account ID': '',
      ...TIMES,
    },
  ],
  ticket_messages: [
    { 'Message ID': 'X-2', 'Ticket ID': 'S-1', Body: 'We are looking', Author: AYSE, Sent: '02.02.2025 10:05' },
    { 'Message ID': 'X-1', 'Ticket ID': 'S-1', Body: 'Help', Author: 'ann@acme.example', Sent: '02.02.2025 10:00' },
  ],
  stages: [
    { 'Stage ID': '1', Pipeline: 'Sales', Stage: 'New', Order: '1', Probability: '10', Outcome: 'open' },
    { 'Stage ID': '2', Pipeline: 'Sales', Stage: 'Proposal', Order: '2', Probability: '50', Outcome: 'open' },
    { 'Stage ID': '3', Pipeline: 'Sales', Stage: 'Won', Order: '3', Probability: '100', Outcome: 'won' },
    { 'Stage ID': '4', Pipeline: 'Sales', Stage: 'Lost', Order: '4', Probability: '0', Outcome: 'lost' },
  ],
  users: [
    { 'User ID': 'U1', Name: 'Ayşe Yılmaz', Email: AYSE, Active: 'Yes', Role: 'Agent' },
    { 'User ID': 'U2', Name: 'Oliver Hughes', Email: OLIVER, Active: 'No', Role: 'Administrator' },
  ],
};

/** What a person adds to the mapping for the columns of this account alone. */
export function mapOwnColumns(mapping: Document): void {
  const add = (object: string, field: Readonly<Record<string, unknown>>) =>
    mapping.addIn(['objects', object, 'fields'], mapping.createNode(field));
  add('account', { to: 'loyaltyLevel', from: 'Loyalty Level', create: { type: 'TEXT', label: 'Loyalty level' } });
  add('contact', {
    to: 'preferredLanguage',
    from: 'Preferred Language',
    transform: ['select'],
    create: { type: 'SELECT', label: 'Preferred language', options: ['English', 'Turkish'] },
  });
}

export async function dropExport(
  drop: string,
  name: string,
  tables: Tables,
  language: Language = ENGLISH,
): Promise<void> {
  writeExport(join(drop, name), tables, language);
}

/** The same tables as the zip of a native dump: an array of JSON a table. */
export async function dropDump(drop: string, name: string, tables: Tables): Promise<void> {
  const zip = new ZipFile();
  for (const [table, rows] of Object.entries(tables))
    zip.addBuffer(Buffer.from(JSON.stringify(rows)), `dump/${table}.json`);
  zip.end();
  await writeFile(join(drop, `${name}.zip`), await buffer(zip.outputStream));
}

/** What a workspace makes of a row by itself. */
const OWN = new Set(['updatedAt', 'createdAt', 'createdBy', 'updatedBy', 'position', 'searchVector', 'sourceVersion']);

/** Rows without what each workspace makes by itself. */
export function content(of: Deployment, target: string): readonly unknown[] {
  return of
    .rows(target)
    .toSorted((a, b) => String(a.sourceKey).localeCompare(String(b.sourceKey)))
    .map((row) => ({
      ...Object.fromEntries(Object.entries(row).filter(([field]) => !OWN.has(field))),
      // The workspace gives every paragraph an id of its own.
      bodyV2: (row.bodyV2 as { markdown?: unknown } | undefined)?.markdown,
    }));
}
