import { column, profileWith } from '../../src/source/export/adapt.ts';
import type { ColumnProfile, ExportObjectProfile, ExportProfile } from '../../src/source/export/export-source.ts';
import { knownObjects } from '../../src/source/export/settings.ts';
import { TIME_PATTERN } from './api/plain.ts';
import type { Settings } from './settings.ts';

/**
 * What an export of SmartDesk's administration consists of. There is no public schema of it (sources.md §D), so every header
 * stands here with the other names that it goes by, by version and language, and settings can add more.
 */

const accountId = column('Account ID', ['Company ID', 'Hesap No', 'Firma No'], { link: true, refersTo: ['account'] });
const contactId = column('Contact ID', ['Kişi No', 'Related Contact ID'], { link: true, refersTo: ['contact'] });
const dealId = column('Deal ID', ['Fırsat No', 'Related Deal ID'], { link: true, refersTo: ['deal'] });
const ticketId = column('Ticket ID', ['Talep No'], { link: true, refersTo: ['ticket'] });
const owner = column('Owner', ['Owner Email', 'Assigned To', 'Sorumlu', 'Sahibi'], { link: true });
const assignee = column('Assignee', ['Assignee Email', 'Assigned To', 'Agent', 'Atanan', 'Temsilci'], { link: true });
const created = column('Created', ['Created At', 'Created Date', 'Date Created', 'Oluşturma Tarihi']);
const modified = column('Modified', ['Modified At', 'Last Modified', 'Updated At', 'Güncelleme Tarihi']);
const phone = column('Phone', ['Telephone', 'Work Phone', 'Telefon']);
const address = [
  column('Street', ['Address', 'Adres']),
  column('City', ['Town', 'Şehir', 'İl']),
  column('Postcode', ['Postal Code', 'ZIP', 'Posta Kodu']),
  column('Country', ['Ülke']),
];
const person = [
  column('First Name', ['Given Name', 'Ad', 'Adı']),
  column('Last Name', ['Surname', 'Soyad', 'Soyadı'], { required: true }),
  column('Email', ['E-mail', 'Email Address', 'E-posta'], { required: true }),
  phone,
];
const subject = column('Subject', ['Title', 'Konu', 'Başlık'], { required: true });
const description = column('Description', ['Notes', 'Body', 'Açıklama', 'Notlar']);
const status = column('Status', ['State', 'Durum']);
const priority = column('Priority', ['Öncelik']);
/** Paths inside the export, or addresses; several are parted by semicolons or line ends (SMD-11). */
const attachments = column('Attachments', ['Attachment', 'Files', 'Ekler', 'Dosyalar']);
const pipeline = column('Pipeline', ['Satış Hunisi', 'Huni']);

const TIMES = { created: { column: 'Created' }, modified: { column: 'Modified' } } as const;

/** The objects whose rows become records, in the order in which reports show them. */
export const OBJECTS = [
  'account',
  'contact',
  'lead',
  'deal',
  'task',
  'call',
  'email',
  'meeting',
  'note',
  'campaign',
  'ticket',
  'message',
] as const;
export type ObjectName = (typeof OBJECTS)[number];

/** Activities are told by what they are about, and may be absent from an account that never had one. */
const about: readonly ColumnProfile[] = [owner, contactId, dealId];

const RECORDS: Readonly<Record<ObjectName, ExportObjectProfile>> = {
  account: {
    name: 'account',
    label: 'Account',
    // The same object goes by two names, by version (SMD-3).
    files: ['accounts*.csv', 'companies*.csv', 'hesaplar*.csv', 'firmalar*.csv'],
    presence: 'required',
    id: ['Account ID', 'Company ID', 'Hesap No', 'Firma No', 'ID'],
    columns: [
      column('Account Name', ['Company Name', 'Name', 'Hesap Adı', 'Firma Adı'], { required: true }),
      column('Domain', ['Website', 'Web', 'Web Sitesi', 'Alan Adı']),
      column('Industry', ['Sektör']),
      column('Employees', ['Number of Employees', 'Çalışan Sayısı']),
      phone,
      ...address,
      owner,
      created,
      modified,
    ],
    ...TIMES,
  },
  contact: {
    name: 'contact',
    label: 'Contact',
    files: ['contacts*.csv', 'kisiler*.csv', 'kişiler*.csv'],
    presence: 'required',
    id: ['Contact ID', 'Kişi No', 'ID'],
    columns: [
      ...person,
      column('Mobile', ['Mobile Phone', 'Cep Telefonu']),
      column('Job Title', ['Position', 'Unvan', 'Ünvan', 'Görev']),
      accountId,
      ...address,
      column('Lifecycle Stage', ['Lifecycle', 'Yaşam Döngüsü']),
      attachments,
      owner,
      created,
      modified,
    ],
    ...TIMES,
  },
  lead: {
    name: 'lead',
    label: 'Lead',
    files: ['leads*.csv', 'adaylar*.csv', 'potansiyeller*.csv'],
    presence: 'required',
    mayBeEmpty: true,
    id: ['Lead ID', 'Aday No', 'ID'],
    columns: [
      ...person,
      column('Company', ['Company Name', 'Firma']),
      column('Lead Source', ['Source', 'Kaynak']),
      column('Lead Status', ['Status', 'Durum']),
      owner,
      created,
      modified,
    ],
    ...TIMES,
  },
  deal: {
    name: 'deal',
    label: 'Deal',
    files: ['deals*.csv', 'firsatlar*.csv', 'fırsatlar*.csv'],
    presence: 'required',
    id: ['Deal ID', 'Fırsat No', 'ID'],
    columns: [
      column('Deal Name', ['Name', 'Fırsat Adı'], { required: true }),
      column('Value', ['Amount', 'Tutar']),
      column('Currency', ['Para Birimi']),
      { ...pipeline, link: true },
      column('Stage', ['Deal Stage', 'Aşama'], { required: true }),
      column('Expected Close Date', ['Close Date', 'Tahmini Kapanış', 'Kapanış Tarihi']),
      owner,
      accountId,
      contactId,
      attachments,
      created,
      modified,
    ],
    ...TIMES,
  },
  task: {
    name: 'task',
    label: 'Task',
    files: ['tasks*.csv', 'gorevler*.csv', 'görevler*.csv'],
    presence: 'required',
    mayBeEmpty: true,
    id: ['Task ID', 'Görev No', 'ID'],
    columns: [
      subject,
      description,
      status,
      column('Due Date', ['Due', 'Son Tarih', 'Bitiş Tarihi']),
      assignee,
      contactId,
      dealId,
      accountId,
      attachments,
      created,
      modified,
    ],
    ...TIMES,
  },
  call: {
    name: 'call',
    label: 'Call',
    files: ['calls*.csv', 'aramalar*.csv'],
    presence: 'required',
    mayBeEmpty: true,
    id: ['Call ID', 'Arama No', 'ID'],
    columns: [
      subject,
      description,
      column('Direction', ['Yön']),
      column('Outcome', ['Disposition', 'Sonuç']),
      column('Duration (minutes)', ['Duration', 'Süre (dk)']),
      column('Time', ['Call Time', 'Date', 'Zaman'], { required: true }),
      ...about,
      modified,
    ],
    created: { column: 'Time' },
    modified: { column: 'Modified' },
  },
  email: {
    name: 'email',
    label: 'E-mail',
    files: ['emails*.csv', 'epostalar*.csv', 'e-postalar*.csv'],
    presence: 'required',
    mayBeEmpty: true,
    id: ['Email ID', 'E-posta No', 'ID'],
    columns: [
      subject,
      column('Body', ['Text', 'İçerik']),
      column('Direction', ['Yön']),
      column('Sent', ['Sent At', 'Gönderim Zamanı'], { required: true }),
      column('From', ['Sender', 'Gönderen']),
      column('To', ['Recipient', 'Alıcı']),
      ...about,
    ],
    created: { column: 'Sent' },
    modified: { column: 'Sent' },
  },
  meeting: {
    name: 'meeting',
    label: 'Meeting',
    files: ['meetings*.csv', 'toplantilar*.csv', 'toplantılar*.csv'],
    presence: 'required',
    mayBeEmpty: true,
    id: ['Meeting ID', 'Toplantı No', 'ID'],
    columns: [
      subject,
      description,
      column('Start', ['Start Time', 'Başlangıç'], { required: true }),
      column('End', ['End Time', 'Bitiş']),
      column('Place', ['Location', 'Yer']),
      column('Attendees', ['Participants', 'Katılımcılar']),
      ...about,
      modified,
    ],
    created: { column: 'Start' },
    modified: { column: 'Modified' },
  },
  note: {
    name: 'note',
    label: 'Note',
    files: ['notes*.csv', 'notlar*.csv'],
    presence: 'required',
    mayBeEmpty: true,
    id: ['Note ID', 'Not No', 'ID'],
    columns: [
      column('Title', ['Subject', 'Başlık', 'Konu']),
      column('Body', ['Note', 'Text', 'Not', 'Metin'], { required: true }),
      column('Author', ['Author Email', 'Created By', 'Owner', 'Yazan'], { link: true }),
      created,
      modified,
      contactId,
      accountId,
      dealId,
    ],
    ...TIMES,
  },
  campaign: {
    name: 'campaign',
    label: 'Campaign',
    files: ['campaigns*.csv', 'kampanyalar*.csv'],
    presence: 'optional',
    mayBeEmpty: true,
    id: ['Campaign ID', 'Kampanya No', 'ID'],
    columns: [
      column('Campaign Name', ['Name', 'Kampanya Adı'], { required: true }),
      column('Type', ['Tür']),
      status,
      column('Start Date', ['Start', 'Başlangıç']),
      column('End Date', ['End', 'Bitiş']),
      column('Sent', ['Emails Sent', 'Gönderilen']),
      column('Opened', ['Opens', 'Açılan']),
      column('Clicked', ['Clicks', 'Tıklanan']),
      created,
      modified,
    ],
    ...TIMES,
  },
  ticket: {
    name: 'ticket',
    label: 'Ticket',
    files: ['tickets*.csv', 'talepler*.csv'],
    presence: 'optional',
    mayBeEmpty: true,
    id: ['Ticket ID', 'Talep No', 'ID'],
    columns: [subject, description, priority, status, assignee, contactId, accountId, attachments, created, modified],
    ...TIMES,
  },
  message: {
    name: 'message',
    label: 'Ticket message',
    files: ['ticket_messages*.csv', 'ticket-messages*.csv', 'messages*.csv', 'mesajlar*.csv'],
    presence: 'optional',
    mayBeEmpty: true,
    id: ['Message ID', 'Mesaj No', 'ID'],
    columns: [
      ticketId,
      column('Body', ['Message', 'Text', 'Mesaj'], { required: true }),
      column('Author', ['Author Email', 'From', 'Yazan'], { link: true }),
      column('Sent', ['Sent At', 'Created', 'Gönderim Zamanı'], { required: true }),
    ],
    created: { column: 'Sent' },
    modified: { column: 'Sent' },
  },
};

/** Files that describe the others: read for the description, never synced. */
const LISTS: readonly ExportObjectProfile[] = [
  {
    name: 'stage',
    label: 'Pipeline stages',
    files: ['stages*.csv', 'pipelines*.csv', 'asamalar*.csv', 'aşamalar*.csv'],
    presence: 'optional',
    id: ['Stage ID', 'Aşama No', 'ID'],
    columns: [
      pipeline,
      column('Stage', ['Name', 'Aşama'], { required: true }),
      column('Order', ['Position', 'Sıra'], { required: true }),
      column('Probability', ['Probability %', 'Olasılık'], { required: true }),
      column('Outcome', ['Result', 'Sonuç']),
    ],
  },
  {
    name: 'user',
    label: 'Users',
    files: ['users*.csv', 'agents*.csv', 'kullanicilar*.csv', 'kullanıcılar*.csv'],
    presence: 'optional',
    id: ['User ID', 'Kullanıcı No', 'ID'],
    columns: [
      column('Name', ['Full Name', 'Ad Soyad']),
      column('Email', ['E-mail', 'E-posta'], { required: true }),
      column('Active', ['Is Active', 'Aktif', 'Status', 'Durum']),
      column('Role', ['Rol']),
    ],
  },
];

/** A native dump holds the same as JSON, an array a file (SMD-S2). */
const ALL: readonly ExportObjectProfile[] = [...OBJECTS.map((name) => RECORDS[name]), ...LISTS].map((object) => ({
  ...object,
  files: object.files.flatMap((file) => [file, file.replace(/\.csv$/, '.json')]),
}));

/** Every object with the names of its fields: what settings may speak of. */
export const KNOWN = knownObjects(ALL);

/** Where a record names its owner, assignee or author; null where it has none. */
export const OWNER_COLUMN: Readonly<Record<ObjectName, string | null>> = {
  account: 'Owner',
  contact: 'Owner',
  lead: 'Owner',
  deal: 'Owner',
  task: 'Assignee',
  call: 'Owner',
  email: 'Owner',
  meeting: 'Owner',
  note: 'Author',
  campaign: null,
  ticket: 'Assignee',
  message: 'Author',
};

export function isObject(name: string): name is ObjectName {
  return (OBJECTS as readonly string[]).includes(name);
}

/** The profile with what the settings add: other file names, other headers, patterns of times. */
export function exportProfile(settings: Settings): ExportProfile {
  const profile = profileWith(ALL, settings);
  const { api } = settings;
  if (api === undefined) return profile;
  // An API gives what it has an endpoint for, and an endpoint may well have no record yet.
  const given = profile.objects.map((object): ExportObjectProfile => {
    const presence = object.name in api.objects ? 'required' : 'optional';
    const columns = object.columns.map((one) => ({ ...one, aliases: spellings([one.name, ...(one.aliases ?? [])]) }));
    const { created, modified } = object;
    return {
      ...object,
      presence,
      mayBeEmpty: true,
      id: [object.id[0] ?? '', ...spellings(object.id)],
      columns,
      ...(created === undefined ? {} : { created: { ...created, pattern: TIME_PATTERN } }),
      ...(modified === undefined ? {} : { modified: { ...modified, pattern: TIME_PATTERN } }),
    };
  });
  return { ...profile, objects: given };
}

/** Headers as programs write them too: `Account ID` is `account_id`, `accountId` and, in an object of its own, `account.id`. */
function spellings(headers: readonly string[]): readonly string[] {
  return [
    ...new Set(
      headers.flatMap((header) => [header, ...['_', '', '.'].map((sign) => header.replaceAll(/[\s-]+/g, sign))]),
    ),
  ];
}
