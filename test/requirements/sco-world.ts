import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A small firm for the rules of SCO: each record stands for one rule, and its id says which. Everything not given has a
 * harmless default, so that a row shows only what its rule is about.
 */

export type Cells = Readonly<Record<string, string>>;
/** Rows per object; null leaves the file out. */
export type Tables = Readonly<Record<string, readonly Cells[] | null>>;

export const AYSE = 'ayse@firm.example';
export const OLIVER = 'oliver@firm.example';
export const UNKNOWN = 'nobody@firm.example';
export const MEMBERS = [
  { id: '5a3b1c00-0000-4000-8000-000000000001', firstName: 'Ayşe', lastName: 'Yılmaz', email: AYSE },
  { id: '5a3b1c00-0000-4000-8000-000000000002', firstName: 'Oliver', lastName: 'Hughes', email: OLIVER },
] as const;

const CREATED = '01.02.2024 10:00';
const MODIFIED = '15.03.2025 11:30';

const DEFAULTS: Readonly<Record<string, { readonly file: string; readonly id: string; readonly cells: Cells }>> = {
  company: {
    file: 'companies.csv',
    id: 'Company ID',
    cells: {
      'Company Name': '',
      Website: '',
      Industry: '',
      Employees: '',
      'Annual Revenue': '',
      Currency: '',
      Phone: '',
      Street: '',
      City: '',
      Postcode: '',
      Country: '',
      Owner: AYSE,
      'Primary Contact ID': 'P-ann',
      Tags: '',
      Created: CREATED,
      Modified: MODIFIED,
      Archived: 'No',
      'Vergi No': '',
      'Customer Tier': '',
      'Old Fax': '',
    },
  },
  contact: {
    file: 'contacts.csv',
    id: 'Contact ID',
    cells: {
      'First Name': '',
      'Last Name': '',
      Email: '',
      Phone: '',
      Mobile: '',
      'Job Title': '',
      'Company ID': '',
      'Company Name': '',
      Street: '',
      City: '',
      Postcode: '',
      Country: '',
      'Lead Source': '',
      Owner: AYSE,
      Tags: '',
      Created: CREATED,
      Modified: MODIFIED,
      Archived: 'No',
      'KVKK Onayı': '',
      'Doğum Günü': '',
      'Old Loyalty No': '',
    },
  },
  deal: {
    file: 'deals.csv',
    id: 'Deal ID',
    cells: {
      'Deal Name': 'Deal',
      Value: '',
      Currency: '',
      Pipeline: 'New Business',
      Stage: 'Qualified',
      'Close Date': '',
      Owner: AYSE,
      'Company ID': '',
      'Company Name': '',
      'Contact ID': '',
      'Contact Name': '',
      'Lost Reason': '',
      Created: CREATED,
      Modified: MODIFIED,
      Archived: 'No',
      'Teklif No': '',
      'Discount %': '',
    },
  },
  call: {
    file: 'calls.csv',
    id: 'Call ID',
    cells: {
      Subject: 'Call',
      Direction: 'Outbound',
      Disposition: '',
      'Duration (minutes)': '',
      'Call Time': CREATED,
      Notes: '',
      Owner: AYSE,
      'Contact ID': '',
      'Contact Name': '',
      'Company Name': '',
      'Deal ID': '',
      Modified: MODIFIED,
    },
  },
  email: {
    file: 'emails.csv',
    id: 'Email ID',
    cells: {
      Subject: 'Mail',
      Body: 'Text',
      Direction: 'Incoming',
      Sent: '2024-02-01T10:00:00+03:00',
      From: '',
      To: '',
      Owner: AYSE,
      'Contact ID': '',
      'Deal ID': '',
      Attachments: '0',
    },
  },
  meeting: {
    file: 'meetings.csv',
    id: 'Meeting ID',
    cells: {
      Subject: 'Meeting',
      Start: CREATED,
      End: '01.02.2024 11:00',
      Place: '',
      Description: '',
      Attendees: '',
      Owner: AYSE,
      'Contact ID': '',
      'Deal ID': '',
      Modified: MODIFIED,
    },
  },
  note: {
    file: 'notes.csv',
    id: 'Note ID',
    cells: {
      Title: 'Note',
      Body: 'Text',
      Author: AYSE,
      Created: CREATED,
      Modified: MODIFIED,
      'Contact ID': '',
      'Company ID': '',
      'Deal ID': '',
    },
  },
  stage: {
    file: 'stages.csv',
    id: 'Stage ID',
    cells: { Pipeline: '', Stage: '', Order: '', Probability: '', Outcome: 'open' },
  },
  tag: { file: 'tags.csv', id: 'Tag', cells: { Kind: 'Label' } },
  owner: { file: 'owners.csv', id: 'Owner ID', cells: { Name: '', Email: '', Active: 'Yes' } },
};

/** `id` and the cells that matter. */
export function row(object: string, id: string, cells: Cells = {}): Cells {
  const defaults = DEFAULTS[object];
  if (defaults === undefined) throw new Error(`no object ${object}`);
  const unknown = Object.keys(cells).find((header) => !(header in defaults.cells));
  if (unknown !== undefined) throw new Error(`${object} has no column ${unknown}`);
  return { [defaults.id]: id, ...defaults.cells, ...cells };
}

/**
 * Writes an export set, complete by its manifest-less files, into the drop folder. `added`: columns beyond the usual ones,
 * by object.
 */
export async function dropExport(
  drop: string,
  name: string,
  tables: Tables,
  added: Readonly<Record<string, readonly string[]>> = {},
): Promise<void> {
  const folder = join(drop, name);
  await mkdir(folder);
  for (const [object, { file, id, cells }] of Object.entries(DEFAULTS)) {
    if (tables[object] === null) continue;
    const headers = [id, ...Object.keys(cells), ...(added[object] ?? [])];
    const lines = [headers, ...(tables[object] ?? []).map((each) => headers.map((header) => each[header] ?? ''))];
    const text = lines.map((line) => line.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')).join('\r\n');
    await writeFile(join(folder, file), `${text}\r\n`);
  }
}

const STAGES = [
  row('stage', 'S1', { Pipeline: 'New Business', Stage: 'Qualified', Order: '1', Probability: '25' }),
  row('stage', 'S2', { Pipeline: 'New Business', Stage: 'Won', Order: '2', Probability: '100', Outcome: 'won' }),
  row('stage', 'S3', { Pipeline: 'New Business', Stage: 'Demo, follow-up', Order: '3', Probability: '40' }),
  row('stage', 'S4', { Pipeline: 'New Business', Stage: 'Proposal sent', Order: '4', Probability: '50' }),
  row('stage', 'S5', {
    Pipeline: 'New Business',
    Stage: 'Negotiation – waiting for the signatures of both managing directors (UK & TR)',
    Order: '5',
    Probability: '75',
  }),
  row('stage', 'S6', { Pipeline: 'Yenileme', Stage: 'Proposal sent', Order: '1', Probability: '60' }),
];

export const WORLD: Tables = {
  stage: STAGES,
  tag: [row('tag', 'VIP'), row('tag', 'Sector: Textile', { Kind: 'Classification' })],
  owner: [
    row('owner', 'U1', { Name: 'Ayşe Yılmaz', Email: AYSE }),
    row('owner', 'U2', { Name: 'Oliver Hughes', Email: OLIVER }),
    row('owner', 'U3', { Name: 'Nobody', Email: UNKNOWN }),
  ],
  company: [
    row('company', 'C-acme', {
      'Company Name': 'Acme  Ltd',
      Website: 'http://WWW.Acme.example/en',
      Industry: 'Food & Beverage',
      Employees: '15.400',
      'Annual Revenue': '1.234.567,50',
      Currency: 'GBP',
      Phone: '+44 20 7946 0018',
      Street: '8 Cheapside',
      City: 'London',
      Postcode: 'EC2V 6AA',
      Country: 'United Kingdom',
      Owner: OLIVER,
      Tags: 'VIP, Sector: Textile',
      'Vergi No': '0012345678',
      'Customer Tier': 'Gold',
    }),
    row('company', 'C-bolu', {
      'Company Name': 'Bolu Tekstil A.Ş.',
      'Primary Contact ID': '',
      Tags: 'Sector: Textile',
    }),
    row('company', 'C-twin-old', { 'Company Name': 'Twin Foods', Modified: '01.01.2023 08:00' }),
    row('company', 'C-twin-new', { 'Company Name': 'Twin Foods', Modified: '01.01.2025 08:00' }),
    row('company', 'C-branch', { 'Company Name': 'Acme Branch', Website: 'acme.example' }),
    row('company', 'C-person', { 'Company Name': 'Solo Trader' }),
    row('company', 'C-waits', { 'Company Name': 'Waits For Owner', Owner: UNKNOWN }),
    row('company', 'C-archived', { 'Company Name': 'Archived', Archived: 'Yes', 'Old Fax': '+90 212 555 00 01' }),
  ],
  contact: [
    row('contact', 'P-ann', {
      'First Name': 'Ann',
      'Last Name': 'Archer',
      Email: 'Ann@Acme.example',
      Phone: '+44 20 7946 0001',
      Mobile: '0532 555 12 34',
      'Job Title': 'Buyer',
      'Company ID': 'C-acme',
      Street: '8 Cheapside',
      City: 'London',
      'Lead Source': 'Fuar',
      Owner: OLIVER,
      Tags: 'VIP, Newsletter, Sector: Textile',
      'KVKK Onayı': 'Evet',
      'Doğum Günü': '29.02.1980',
    }),
    row('contact', 'P-ann-again', {
      'First Name': 'Ann',
      'Last Name': 'Archer',
      Email: 'ANN@ACME.EXAMPLE',
      Created: '02.02.2024 10:00',
      'Company ID': 'C-acme',
    }),
    row('contact', 'P-by-name', { 'Last Name': 'Işık', 'Company Name': 'BOLU  tekstil a.ş.' }),
    row('contact', 'P-twin', { 'Last Name': 'Twin', 'Company Name': 'Twin Foods' }),
    row('contact', 'P-ghost-1', { 'First Name': 'Gökçe', 'Last Name': 'One', 'Company Name': 'Ghost Works' }),
    row('contact', 'P-ghost-2', { 'First Name': 'Gökçe', 'Last Name': 'Two', 'Company Name': 'Ghost Works' }),
    row('contact', 'P-phantom', {
      'First Name': 'Phil',
      'Last Name': 'Phantom',
      'Company Name': 'Phantom Ltd',
      Email: 'phil@phantom.example',
    }),
    row('contact', 'P-alone', { 'First Name': 'Al', 'Last Name': 'One' }),
    row('contact', 'P-gone-company', { 'First Name': 'Gone', 'Last Name': 'Company', 'Company ID': 'C-unknown' }),
    row('contact', 'P-waits', { 'First Name': 'Wai', 'Last Name': 'Ting', 'Company ID': 'C-waits' }),
    row('contact', 'P-owner-waits', { 'First Name': 'Own', 'Last Name': 'Er', Owner: UNKNOWN }),
    row('contact', 'P-bad', { 'First Name': 'Bad', 'Last Name': 'Date', 'Doğum Günü': '31.02.1980' }),
    row('contact', 'P-archived', {
      'First Name': 'Ar',
      'Last Name': 'Chived',
      Archived: 'Yes',
      'Old Loyalty No': '00042',
    }),
  ],
  deal: [
    row('deal', 'D-full', {
      'Deal Name': 'Big one',
      Value: '12.345,67',
      Currency: 'EUR',
      Stage: 'Qualified',
      'Close Date': '31.12.2025',
      Owner: OLIVER,
      'Company ID': 'C-acme',
      'Contact ID': 'P-ann',
      'Teklif No': '000123',
      'Discount %': '2,5',
    }),
    row('deal', 'D-name', { 'Company Name': 'Twin Foods' }),
    row('deal', 'D-contact-name', { 'Contact Name': 'Ann Archer' }),
    row('deal', 'D-like-contact', { 'Contact Name': 'Solo Trader' }),
    row('deal', 'D-none', { 'Contact Name': 'Bilinmeyen Kişi' }),
    row('deal', 'D-comma', { 'Company ID': 'C-acme', Stage: 'Demo, follow-up' }),
    row('deal', 'D-long', {
      'Company ID': 'C-acme',
      Stage: 'Negotiation – waiting for the signatures of both managing directors (UK & TR)',
    }),
    row('deal', 'D-proposal', { 'Company ID': 'C-acme', Stage: 'Proposal sent' }),
    row('deal', 'D-renewal', { 'Company ID': 'C-acme', Pipeline: 'Yenileme', Stage: 'Proposal sent' }),
  ],
  call: [
    row('call', 'K-contact', {
      Subject: 'Intro',
      Disposition: 'Left voicemail',
      'Duration (minutes)': '12',
      'Call Time': '05.06.2024 14:30',
      Notes: 'Line 1\nLine 2',
      'Contact ID': 'P-ann',
      Owner: OLIVER,
    }),
    row('call', 'K-deal', { 'Deal ID': 'D-full' }),
    row('call', 'K-both', { 'Contact ID': 'P-ann', 'Deal ID': 'D-full' }),
    row('call', 'K-name', { 'Contact Name': 'gökçe ONE' }),
    row('call', 'K-company', { 'Company Name': 'Bolu Tekstil A.Ş.' }),
    row('call', 'K-ambiguous', { 'Company Name': 'Twin Foods' }),
    row('call', 'K-none', { 'Contact Name': 'Santral' }),
    row('call', 'K-waits', { 'Contact ID': 'P-waits' }),
  ],
  email: [
    row('email', 'E-full', {
      Subject: 'Offer',
      Body: '2 * 3 = 6 # really',
      Direction: 'Outgoing',
      Sent: '2024-06-06T09:15:00+03:00',
      From: OLIVER,
      To: 'ann@acme.example',
      'Contact ID': 'P-ann',
      Attachments: '2',
    }),
    row('email', 'E-sender', { From: 'phil@phantom.example', To: AYSE }),
    row('email', 'E-nobody', { From: 'stranger@else.example', To: AYSE }),
  ],
  meeting: [
    row('meeting', 'M-contact', {
      Subject: 'Demo',
      Start: '07.06.2024 09:00',
      End: '07.06.2024 10:30',
      Place: 'İzmir Fuar Alanı',
      Description: 'Stand 4',
      Attendees: 'Ann Archer, Ayşe Yılmaz',
      'Contact ID': 'P-ann',
    }),
    row('meeting', 'M-deal', { 'Deal ID': 'D-full' }),
  ],
  note: [
    row('note', 'N-contact', {
      Title: '',
      Body: 'Çok memnun 😀',
      Author: OLIVER,
      Created: '08.06.2024 16:45',
      Modified: '09.06.2024 16:45',
      'Contact ID': 'P-ann',
    }),
    row('note', 'N-deal', { 'Deal ID': 'D-full' }),
    row('note', 'N-company', { 'Company ID': 'C-acme' }),
    row('note', 'N-none', {}),
    row('note', 'N-author', { Author: UNKNOWN, 'Contact ID': 'P-ann' }),
  ],
};

/** The export a week later: the company that was only named is real, one firm and one call are gone, one deal moved on. */
export const LATER: Tables = {
  ...WORLD,
  company: [
    ...(WORLD.company ?? []),
    row('company', 'C-phantom', {
      'Company Name': 'Phantom Ltd',
      Created: '01.04.2025 09:00',
      Modified: '01.04.2025 09:00',
    }),
  ],
  call: (WORLD.call ?? []).filter((call) => call['Call ID'] !== 'K-company'),
  contact: (WORLD.contact ?? []).map((contact) =>
    contact['Contact ID'] === 'P-alone'
      ? { ...contact, 'Job Title': 'Director', Modified: '02.04.2025 09:00' }
      : contact,
  ),
  deal: (WORLD.deal ?? []).map((deal) =>
    deal['Deal ID'] === 'D-full' ? { ...deal, Stage: 'Won', Modified: '02.04.2025 10:00' } : deal,
  ),
};
