import { column, profileWith } from '../../src/source/export/adapt.ts';
import type { ColumnProfile, ExportObjectProfile, ExportProfile } from '../../src/source/export/export-source.ts';
import { knownObjects } from '../../src/source/export/settings.ts';
import type { Settings } from './settings.ts';

/**
 * What an export of Smart CRM Online consists of. There is no public schema of it (sources.md D), so every header stands here
 * with the other names that it goes by, Turkish ones too, and settings can add more.
 */

const owner = (...aliases: string[]): ColumnProfile =>
  column('Owner', ['Owner Email', 'Assigned To', 'Sorumlu', 'Sahibi', 'Sorumlu E-posta', ...aliases], { link: true });
const contactId = column('Contact ID', ['Kişi No', 'Kişi ID', 'Related Contact ID'], {
  link: true,
  refersTo: ['contact'],
});
const contactName = column('Contact Name', ['Kişi', 'Kişi Adı', 'Related Contact'], { refersTo: ['contact'] });
const companyId = column('Company ID', ['Firma No', 'Şirket No', 'Account ID'], { link: true, refersTo: ['company'] });
const companyName = column('Company Name', ['Firma', 'Firma Adı', 'Şirket', 'Account Name', 'Company'], {
  refersTo: ['company'],
});
const dealId = column('Deal ID', ['Fırsat No', 'Fırsat ID', 'Related Deal ID'], { link: true, refersTo: ['deal'] });
const created = column('Created', ['Created At', 'Created Date', 'Oluşturma', 'Oluşturma Tarihi', 'Kayıt Tarihi']);
const modified = column('Modified', [
  'Modified At',
  'Last Modified',
  'Updated',
  'Güncelleme',
  'Güncelleme Tarihi',
  'Son Değişiklik',
]);
const archived = column('Archived', ['Is Archived', 'Arşiv', 'Arşivlendi']);
const tags = column('Tags', ['Etiketler', 'Labels']);
const phone = column('Phone', ['Telephone', 'Telefon']);
const address = [
  column('Street', ['Address', 'Adres']),
  column('City', ['Town', 'Şehir', 'İl']),
  column('Postcode', ['Postal Code', 'ZIP', 'Posta Kodu']),
  column('Country', ['Ülke']),
];
const currency = column('Currency', ['Para Birimi']);
const pipeline = column('Pipeline', ['Satış Hunisi', 'Huni']);
const subject = column('Subject', ['Title', 'Konu']);

const TIMES = { created: { column: 'Created' }, modified: { column: 'Modified' } } as const;

/** The objects whose rows become records, in the order in which reports show them. */
export const OBJECTS = ['company', 'contact', 'deal', 'call', 'email', 'meeting', 'note'] as const;
export type ObjectName = (typeof OBJECTS)[number];

const RECORDS: Readonly<Record<ObjectName, ExportObjectProfile>> = {
  company: {
    name: 'company',
    label: 'Company',
    files: ['companies*.csv', 'company*.csv', 'accounts*.csv', 'firmalar*.csv', 'sirketler*.csv', 'şirketler*.csv'],
    presence: 'required',
    id: ['Company ID', 'Firma No', 'Şirket No', 'Account ID', 'ID'],
    columns: [
      column('Company Name', ['Name', 'Firma Adı', 'Firma', 'Şirket Adı', 'Account Name'], { required: true }),
      column('Website', ['Domain', 'Web', 'Web Sitesi']),
      column('Industry', ['Sektör']),
      column('Employees', ['Number of Employees', 'Çalışan Sayısı']),
      column('Annual Revenue', ['Revenue', 'Yıllık Ciro']),
      currency,
      phone,
      ...address,
      owner('Account Owner', 'Company Owner', 'Firma Sorumlusu'),
      column('Primary Contact ID', ['Primary Contact', 'Birincil Kişi No'], { link: true, refersTo: ['contact'] }),
      tags,
      created,
      modified,
      archived,
    ],
    ...TIMES,
  },
  contact: {
    name: 'contact',
    label: 'Contact',
    files: ['contacts*.csv', 'contact*.csv', 'people*.csv', 'kisiler*.csv', 'kişiler*.csv'],
    presence: 'required',
    id: ['Contact ID', 'Kişi No', 'Kişi ID', 'ID'],
    columns: [
      column('First Name', ['Given Name', 'Ad', 'Adı']),
      column('Last Name', ['Surname', 'Family Name', 'Soyad', 'Soyadı'], { required: true }),
      column('Email', ['E-mail', 'Email Address', 'E-posta', 'E-posta Adresi'], { required: true }),
      phone,
      column('Mobile', ['Mobile Phone', 'Cep', 'Cep Telefonu']),
      column('Job Title', ['Position', 'Unvan', 'Ünvan', 'Görev']),
      companyId,
      { ...companyName, link: true },
      ...address,
      column('Lead Source', ['Source', 'Kaynak']),
      owner('Contact Owner', 'Kişi Sorumlusu'),
      tags,
      created,
      modified,
      archived,
    ],
    ...TIMES,
  },
  deal: {
    name: 'deal',
    label: 'Deal',
    files: ['deals*.csv', 'deal*.csv', 'opportunities*.csv', 'firsatlar*.csv', 'fırsatlar*.csv'],
    presence: 'required',
    id: ['Deal ID', 'Fırsat No', 'Fırsat ID', 'ID'],
    columns: [
      column('Deal Name', ['Name', 'Fırsat Adı', 'Fırsat'], { required: true }),
      column('Value', ['Amount', 'Deal Value', 'Tutar', 'Değer']),
      currency,
      { ...pipeline, link: true },
      column('Stage', ['Pipeline Stage', 'Aşama'], { required: true }),
      column('Close Date', ['Expected Close Date', 'Kapanış Tarihi']),
      owner('Deal Owner', 'Fırsat Sorumlusu'),
      companyId,
      companyName,
      contactId,
      { ...contactName, link: true },
      column('Lost Reason', ['Kayıp Nedeni']),
      created,
      modified,
      archived,
    ],
    ...TIMES,
  },
  call: {
    name: 'call',
    label: 'Call',
    files: ['calls*.csv', 'call*.csv', 'aramalar*.csv', 'gorusmeler*.csv', 'görüşmeler*.csv'],
    presence: 'required',
    mayBeEmpty: true,
    id: ['Call ID', 'Arama No', 'ID'],
    columns: [
      subject,
      column('Direction', ['Yön']),
      column('Disposition', ['Outcome', 'Result', 'Sonuç']),
      column('Duration (minutes)', ['Duration', 'Duration (min)', 'Süre (dk)', 'Süre']),
      column('Call Time', ['Time', 'Date', 'Arama Zamanı', 'Tarih'], { required: true }),
      column('Notes', ['Description', 'Notlar', 'Açıklama']),
      owner('Caller', 'Arayan'),
      contactId,
      contactName,
      companyName,
      dealId,
      modified,
    ],
    created: { column: 'Call Time' },
    modified: { column: 'Modified' },
  },
  email: {
    name: 'email',
    label: 'E-mail',
    files: ['emails*.csv', 'email*.csv', 'e-mails*.csv', 'epostalar*.csv', 'e-postalar*.csv'],
    presence: 'required',
    mayBeEmpty: true,
    id: ['Email ID', 'E-mail ID', 'Message ID', 'E-posta No', 'ID'],
    columns: [
      subject,
      column('Body', ['Text', 'Message', 'İçerik', 'Metin']),
      column('Direction', ['Yön']),
      column('Sent', ['Sent At', 'Date', 'Gönderim', 'Gönderim Zamanı', 'Tarih'], { required: true }),
      column('From', ['Sender', 'Gönderen', 'Kimden']),
      column('To', ['Recipient', 'Alıcı', 'Kime']),
      owner(),
      contactId,
      dealId,
      column('Attachments', ['Attachment Count', 'Ekler', 'Ek Sayısı']),
    ],
    created: { column: 'Sent' },
    modified: { column: 'Sent' },
  },
  meeting: {
    name: 'meeting',
    label: 'Meeting',
    files: ['meetings*.csv', 'meeting*.csv', 'toplantilar*.csv', 'toplantılar*.csv'],
    presence: 'required',
    mayBeEmpty: true,
    id: ['Meeting ID', 'Toplantı No', 'Toplantı ID', 'ID'],
    columns: [
      subject,
      column('Start', ['Starts', 'Start Time', 'Başlangıç'], { required: true }),
      column('End', ['Ends', 'End Time', 'Bitiş']),
      column('Place', ['Location', 'Yer', 'Konum']),
      column('Description', ['Notes', 'Açıklama']),
      column('Attendees', ['Participants', 'Katılımcılar']),
      owner('Organiser', 'Organizer', 'Düzenleyen'),
      contactId,
      dealId,
      modified,
    ],
    created: { column: 'Start' },
    modified: { column: 'Modified' },
  },
  note: {
    name: 'note',
    label: 'Note',
    files: ['notes*.csv', 'note*.csv', 'notlar*.csv'],
    presence: 'required',
    mayBeEmpty: true,
    id: ['Note ID', 'Not No', 'ID'],
    columns: [
      column('Title', ['Subject', 'Başlık', 'Konu']),
      column('Body', ['Note', 'Text', 'Not', 'Metin'], { required: true }),
      column('Author', ['Author Email', 'Created By', 'Owner', 'Yazan', 'Oluşturan'], { link: true }),
      created,
      modified,
      contactId,
      companyId,
      dealId,
    ],
    ...TIMES,
  },
};

/** Files that describe the others: read for the description, never synced. */
const LISTS: readonly ExportObjectProfile[] = [
  {
    name: 'stage',
    label: 'Pipeline stages',
    files: ['stages*.csv', 'pipeline*.csv', 'asamalar*.csv', 'aşamalar*.csv'],
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
    name: 'tag',
    label: 'Tags',
    files: ['tags*.csv', 'etiketler*.csv'],
    presence: 'optional',
    mayBeEmpty: true,
    id: ['Tag', 'Etiket', 'Name'],
    columns: [column('Kind', ['Type', 'Tür'])],
  },
  {
    name: 'owner',
    label: 'Owners',
    files: ['owners*.csv', 'users*.csv', 'kullanicilar*.csv', 'kullanıcılar*.csv'],
    presence: 'optional',
    id: ['Owner ID', 'User ID', 'Kullanıcı No', 'ID'],
    columns: [
      column('Name', ['Full Name', 'Ad Soyad']),
      column('Email', ['E-mail', 'E-posta'], { required: true }),
      column('Active', ['Is Active', 'Aktif', 'Status', 'Durum']),
    ],
  },
];

const ALL: readonly ExportObjectProfile[] = [...OBJECTS.map((name) => RECORDS[name]), ...LISTS];

/** Every object with the names of its fields: what settings may speak of. */
export const KNOWN = knownObjects(ALL);

/** Where a record names its owner or author. */
export const OWNER_COLUMN: Readonly<Record<ObjectName, string>> = {
  company: 'Owner',
  contact: 'Owner',
  deal: 'Owner',
  call: 'Owner',
  email: 'Owner',
  meeting: 'Owner',
  note: 'Author',
};

export function isObject(name: string): name is ObjectName {
  return (OBJECTS as readonly string[]).includes(name);
}

/** The profile with what the settings add: other file names, other headers, patterns of times. */
export function exportProfile(settings: Settings): ExportProfile {
  return profileWith(ALL, settings);
}
