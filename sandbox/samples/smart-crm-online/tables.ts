import type { Dialect, Row } from './dialect.ts';

/** One file of an export. `id` is the header of its id column; the files of stages, tags and owners are no synced objects. */
export interface TableShape {
  readonly object: string;
  readonly file: string;
  readonly id: string;
  readonly synced: boolean;
  readonly headers: readonly string[];
  readonly dialect: Dialect;
}

export const SHAPES = {
  company: {
    object: 'company',
    file: 'companies.csv',
    id: 'Company ID',
    synced: true,
    headers: [
      'Company ID',
      'Company Name',
      'Website',
      'Industry',
      'Employees',
      'Annual Revenue',
      'Currency',
      'Phone',
      'Street',
      'City',
      'Postcode',
      'Country',
      'Owner',
      'Primary Contact ID',
      'Tags',
      'Created',
      'Modified',
      'Archived',
      'Vergi No',
      'Customer Tier',
      'Old Fax',
    ],
    dialect: { delimiter: ',', newline: '\r\n', encoding: 'utf-8-bom' },
  },
  contact: {
    object: 'contact',
    file: 'contacts.csv',
    id: 'Contact ID',
    synced: true,
    headers: [
      'Contact ID',
      'First Name',
      'Last Name',
      'Email',
      'Phone',
      'Mobile',
      'Job Title',
      'Company ID',
      'Company Name',
      'Street',
      'City',
      'Postcode',
      'Country',
      'Lead Source',
      'Owner',
      'Tags',
      'Created',
      'Modified',
      'Archived',
      'KVKK Onayı',
      'Doğum Günü',
      'Old Loyalty No',
    ],
    dialect: { delimiter: ';', newline: '\r\n', encoding: 'utf-8' },
  },
  deal: {
    object: 'deal',
    file: 'deals.csv',
    id: 'Deal ID',
    synced: true,
    headers: [
      'Deal ID',
      'Deal Name',
      'Value',
      'Currency',
      'Pipeline',
      'Stage',
      'Close Date',
      'Owner',
      'Company ID',
      'Company Name',
      'Contact ID',
      'Contact Name',
      'Lost Reason',
      'Created',
      'Modified',
      'Archived',
      'Teklif No',
      'Discount %',
    ],
    dialect: { delimiter: ',', newline: '\r\n', encoding: 'utf-8-bom' },
  },
  call: {
    object: 'call',
    file: 'calls.csv',
    id: 'Call ID',
    synced: true,
    headers: [
      'Call ID',
      'Subject',
      'Direction',
      'Disposition',
      'Duration (minutes)',
      'Call Time',
      'Notes',
      'Owner',
      'Contact ID',
      'Contact Name',
      'Company Name',
      'Deal ID',
      'Modified',
    ],
    dialect: { delimiter: ',', newline: '\n', encoding: 'utf-8' },
  },
  email: {
    object: 'email',
    file: 'emails.csv',
    id: 'Email ID',
    synced: true,
    headers: [
      'Email ID',
      'Subject',
      'Body',
      'Direction',
      'Sent',
      'From',
      'To',
      'Owner',
      'Contact ID',
      'Deal ID',
      'Attachments',
    ],
    dialect: { delimiter: ',', newline: '\r\n', encoding: 'utf-8' },
  },
  meeting: {
    object: 'meeting',
    file: 'toplantilar.csv',
    id: 'Toplantı No',
    synced: true,
    headers: [
      'Toplantı No',
      'Konu',
      'Başlangıç',
      'Bitiş',
      'Yer',
      'Açıklama',
      'Katılımcılar',
      'Sorumlu',
      'Kişi No',
      'Fırsat No',
      'Güncelleme',
    ],
    dialect: { delimiter: ';', newline: '\r\n', encoding: 'windows-1254' },
  },
  note: {
    object: 'note',
    file: 'notes.csv',
    id: 'Note ID',
    synced: true,
    headers: ['Note ID', 'Title', 'Body', 'Author', 'Created', 'Modified', 'Contact ID', 'Company ID', 'Deal ID'],
    dialect: { delimiter: ',', newline: '\n', encoding: 'utf-8' },
  },
  stage: {
    object: 'stage',
    file: 'stages.csv',
    id: 'Stage ID',
    synced: false,
    headers: ['Stage ID', 'Pipeline', 'Stage', 'Order', 'Probability', 'Outcome'],
    dialect: { delimiter: ';', newline: '\r\n', encoding: 'utf-8' },
  },
  tag: {
    object: 'tag',
    file: 'tags.csv',
    id: 'Tag',
    synced: false,
    headers: ['Tag', 'Kind'],
    dialect: { delimiter: ',', newline: '\r\n', encoding: 'utf-8' },
  },
  owner: {
    object: 'owner',
    file: 'owners.csv',
    id: 'Owner ID',
    synced: false,
    headers: ['Owner ID', 'Name', 'Email', 'Active'],
    dialect: { delimiter: ',', newline: '\r\n', encoding: 'utf-8' },
  },
} as const satisfies Record<string, TableShape>;

export type TableName = keyof typeof SHAPES;

/** The rows of one export, by table and id, in the order of the file. */
export type Export = Readonly<Record<TableName, ReadonlyMap<string, Row>>>;

/** `dd.MM.yyyy HH:mm`, read as a wall clock in Istanbul. `minutes` counts from 2022-01-01 00:00 there. */
export function dayAndTime(minutes: number): string {
  const moment = wallClock(minutes);
  return `${day(minutes)} ${two(moment.getUTCHours())}:${two(moment.getUTCMinutes())}`;
}

/** `dd.MM.yyyy`. */
export function day(minutes: number): string {
  const moment = wallClock(minutes);
  return `${two(moment.getUTCDate())}.${two(moment.getUTCMonth() + 1)}.${moment.getUTCFullYear()}`;
}

/** ISO 8601 with Istanbul's offset, which has been +03:00 all year since 2016. */
export function isoTime(minutes: number): string {
  return `${wallClock(minutes).toISOString().slice(0, 19)}+03:00`;
}

function wallClock(minutes: number): Date {
  return new Date(Date.UTC(2022, 0, 1) + minutes * 60_000);
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

/** `1234567.5` → `1.234.567,50`. */
export function turkishNumber(value: number, digits = 2): string {
  const [whole = '0', fraction] = value.toFixed(digits).split('.');
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, '.');
  return fraction === undefined ? grouped : `${grouped},${fraction}`;
}

const ASCII: Readonly<Record<string, string>> = {
  ı: 'i',
  ğ: 'g',
  ş: 's',
  ç: 'c',
  ö: 'o',
  ü: 'u',
  İ: 'i',
  Ğ: 'g',
  Ş: 's',
  Ç: 'c',
  Ö: 'o',
  Ü: 'u',
};

/** Letters and digits only, in lower case, for addresses and domains. */
export function slug(text: string): string {
  const plain = [...text].map((character) => ASCII[character] ?? character).join('');
  return plain
    .normalize('NFD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
}
