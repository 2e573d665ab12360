import type { ObjectDescription } from '../source/connector.ts';
import { foldKey } from './values.ts';

/** What columns are usually called, and what they become. Words are compared folded; Turkish names stand beside English ones. */
export interface KnownColumn {
  readonly names: readonly string[];
  readonly to: string;
  readonly transform?: readonly unknown[];
  readonly create?: 'shared';
  readonly onInvalid?: { readonly text: string };
  readonly onEmpty?: 'leave';
}

const CREATED: KnownColumn = {
  names: [
    'created',
    'created at',
    'created date',
    'created on',
    'createdon',
    'date created',
    'oluşturma tarihi',
    'kayıt tarihi',
  ],
  to: 'createdAt',
  transform: ['timestamp'],
  onEmpty: 'leave',
};
const MODIFIED: KnownColumn = {
  names: ['modified', 'modified at', 'last modified', 'updated', 'updated at', 'modifiedon', 'güncelleme tarihi'],
  to: 'originalModifiedAt',
  transform: ['timestamp'],
  create: 'shared',
};
const ARCHIVED: KnownColumn = {
  names: ['archived', 'is archived', 'arşiv', 'arşivlendi'],
  to: 'isArchived',
  transform: ['boolean'],
  create: 'shared',
};

function address(field: string, create: 'shared' | undefined): readonly KnownColumn[] {
  const part = (names: readonly string[], name: string): KnownColumn => ({
    names,
    to: `${field}.${name}`,
    ...(create === undefined ? {} : { create }),
  });
  return [
    part(['street', 'address', 'street address', 'address 1', 'adres'], 'addressStreet1'),
    part(['street 2', 'address 2'], 'addressStreet2'),
    part(['city', 'town', 'şehir', 'il'], 'addressCity'),
    part(['postcode', 'postal code', 'zip', 'zip code', 'posta kodu'], 'addressPostcode'),
    part(['state', 'county', 'region', 'ilçe'], 'addressState'),
    part(['country', 'ülke'], 'addressCountry'),
  ];
}

const EMAILS: KnownColumn = {
  names: ['email', 'e-mail', 'email address', 'mail', 'e-posta', 'eposta'],
  to: 'emails',
  transform: ['emails'],
  onInvalid: { text: 'emailsText' },
};
const PHONES: KnownColumn = {
  names: ['phone', 'telephone', 'mobile', 'mobile phone', 'phone number', 'cell', 'telefon', 'cep telefonu', 'gsm'],
  to: 'phones',
  transform: ['phones'],
  onInvalid: { text: 'phonesText' },
};
const BODY: KnownColumn = {
  names: ['body', 'notes', 'note', 'description', 'content', 'text', 'açıklama', 'not', 'içerik'],
  to: 'bodyV2',
  transform: ['body'],
};
const TITLE: KnownColumn = {
  names: ['title', 'subject', 'name', 'konu', 'başlık'],
  to: 'title',
  transform: ['collapse'],
};

const KNOWN: Readonly<Record<string, readonly KnownColumn[]>> = {
  person: [
    {
      names: ['first name', 'firstname', 'given name', 'forename', 'ad', 'adı'],
      to: 'name.firstName',
      transform: ['collapse'],
    },
    {
      names: ['last name', 'lastname', 'surname', 'family name', 'soyad', 'soyadı'],
      to: 'name.lastName',
      transform: ['collapse'],
    },
    {
      names: ['name', 'full name', 'fullname', 'contact name', 'ad soyad', 'adı soyadı'],
      to: 'name',
      transform: ['split-name'],
    },
    EMAILS,
    PHONES,
    {
      names: ['job title', 'title', 'position', 'role', 'unvan', 'ünvan', 'görev'],
      to: 'jobTitle',
      transform: ['collapse'],
    },
    { names: ['linkedin', 'linkedin url', 'linkedin profile'], to: 'linkedinLink', transform: ['link'] },
    {
      names: ['birthday', 'date of birth', 'doğum günü', 'doğum tarihi'],
      to: 'birthday',
      transform: ['date'],
      create: 'shared',
    },
    { names: ['lead source', 'source', 'kaynak'], to: 'leadSource', create: 'shared' },
    { names: ['lead status'], to: 'leadStatus', create: 'shared' },
    { names: ['lead score', 'score'], to: 'leadScore', transform: ['number'], create: 'shared' },
    { names: ['lifecycle stage'], to: 'lifecycleStage', create: 'shared' },
    ...address('postalAddress', 'shared'),
  ],
  company: [
    {
      names: ['name', 'company name', 'account name', 'legal name', 'firma adı', 'firma', 'şirket adı', 'unvan'],
      to: 'name',
      transform: ['collapse'],
    },
    {
      names: ['website', 'domain', 'web', 'web site', 'url', 'websiteurl', 'web sitesi'],
      to: 'domainName',
      transform: ['domain'],
      onInvalid: { text: 'websiteText' },
    },
    { names: ['industry', 'sector', 'sektör'], to: 'industry', create: 'shared' },
    {
      names: ['employees', 'number of employees', 'numberofemployees', 'headcount', 'çalışan sayısı'],
      to: 'employees',
      transform: ['integer'],
      create: 'shared',
    },
    {
      names: ['annual revenue', 'revenue', 'turnover', 'yıllık ciro', 'ciro'],
      to: 'annualRevenue',
      transform: ['currency'],
    },
    { names: ['linkedin', 'linkedin url'], to: 'linkedinLink', transform: ['link'] },
    { ...PHONES, create: 'shared' },
    ...address('address', undefined),
  ],
  opportunity: [
    { names: ['name', 'deal name', 'opportunity name', 'topic', 'fırsat adı'], to: 'name', transform: ['collapse'] },
    {
      names: ['amount', 'value', 'deal value', 'estimated value', 'tutar', 'değer'],
      to: 'amount',
      transform: ['currency'],
    },
    {
      names: ['close date', 'expected close date', 'estimatedclosedate', 'kapanış tarihi'],
      to: 'closeDate',
      transform: [{ timestamp: { at: '12:00' } }],
    },
    {
      names: ['probability', 'closeprobability', 'olasılık'],
      to: 'probability',
      transform: ['round'],
      create: 'shared',
    },
    { names: ['type', 'deal type'], to: 'dealType', create: 'shared' },
  ],
  task: [
    TITLE,
    BODY,
    { names: ['due', 'due date', 'deadline', 'termin', 'bitiş tarihi'], to: 'dueAt', transform: ['timestamp'] },
    {
      names: ['start', 'start time', 'starts at', 'başlangıç'],
      to: 'startsAt',
      transform: ['timestamp'],
      create: 'shared',
    },
    { names: ['end', 'end time', 'ends at', 'bitiş'], to: 'endsAt', transform: ['timestamp'], create: 'shared' },
    { names: ['place', 'location', 'yer'], to: 'location', create: 'shared' },
    { names: ['attendees', 'participants', 'katılımcılar'], to: 'attendees', create: 'shared' },
    { names: ['disposition', 'outcome', 'result', 'sonuç'], to: 'disposition', create: 'shared' },
    {
      names: ['duration', 'duration (minutes)', 'süre'],
      to: 'durationMinutes',
      transform: ['integer'],
      create: 'shared',
    },
    {
      names: ['direction', 'yön'],
      to: 'direction',
      transform: [{ select: { map: { Inbound: 'Incoming', Outbound: 'Outgoing' } } }],
      create: 'shared',
    },
  ],
  note: [TITLE, BODY],
};

const EVERYWHERE: readonly KnownColumn[] = [CREATED, MODIFIED, ARCHIVED];

export function knownColumn(target: string, column: string): KnownColumn | null {
  const folded = foldKey(column).replace(/[_-]+/g, ' ');
  const fits = (known: KnownColumn): boolean => known.names.some((name) => foldKey(name).replace(/-/g, ' ') === folded);
  return (KNOWN[target] ?? []).find(fits) ?? EVERYWHERE.find(fits) ?? null;
}

const OWNER_NAMES = [
  'owner',
  'owner email',
  'account owner',
  'assigned to',
  'assignee',
  'author',
  'author email',
  'sorumlu',
  'sahibi',
].map(foldKey);
const OWNER_COLUMN: Readonly<Record<string, string>> = {
  company: 'accountOwnerId',
  opportunity: 'ownerId',
  task: 'assigneeId',
  note: 'authorId',
  person: 'ownerId',
};
/** Owner relations that Twenty does not have by itself. */
const OWNER_CREATED: ReadonlySet<string> = new Set(['note', 'person']);

export interface KnownOwner {
  readonly to: string;
  readonly create: 'shared' | null;
}

export function knownOwner(target: string, column: string): KnownOwner | null {
  const to = OWNER_COLUMN[target];
  if (to === undefined || !OWNER_NAMES.includes(foldKey(column))) return null;
  return { to, create: OWNER_CREATED.has(target) ? 'shared' : null };
}

export interface Classification {
  readonly target: string;
  readonly confidence: number;
  readonly reason: string;
  /** The type of a task, where the object is a kind of activity. */
  readonly activity: string | null;
}

const BY_NAME: readonly { readonly pattern: RegExp; readonly target: string; readonly activity?: string }[] = [
  { pattern: /^(contact|person|people|lead|kisi|musteri)/, target: 'person' },
  { pattern: /^(compan|account|organi[sz]ation|firma|sirket)/, target: 'company' },
  { pattern: /^(deal|opportunit|firsat|potential)/, target: 'opportunity' },
  { pattern: /^(phone ?)?call|^arama/, target: 'task', activity: 'Call' },
  { pattern: /^e-?mail|^eposta/, target: 'task', activity: 'Email' },
  { pattern: /^(meeting|appointment|toplanti|randevu)/, target: 'task', activity: 'Meeting' },
  { pattern: /^(task|to-?do|activit|gorev|aktivite)/, target: 'task', activity: 'Task' },
  { pattern: /^(note|annotation|feedback|not$|notlar)/, target: 'note' },
];

/** What kind of object it is, by its name, else by its columns (KIN-1, KIN-2). */
export function classify(object: ObjectDescription): Classification {
  const plain = [object.name, object.label].map((name) => foldKey(name).normalize('NFKD').replace(/\p{M}/gu, ''));
  for (const { pattern, target, activity = null } of BY_NAME) {
    if (plain.some((name) => pattern.test(name)))
      return { target, activity, confidence: 0.9, reason: `its name is ${JSON.stringify(object.label)}` };
  }
  const knows = (target: string, ...fields: string[]): boolean =>
    fields.every((field) =>
      object.fields.some((column) => knownColumn(target, column.name)?.to.startsWith(field) === true),
    );
  if (knows('person', 'emails', 'name'))
    return { target: 'person', activity: null, confidence: 0.6, reason: 'it has names and e-mail addresses' };
  if (knows('company', 'domainName') || knows('company', 'employees'))
    return { target: 'company', activity: null, confidence: 0.6, reason: 'it has web sites or numbers of employees' };
  const staged = object.fields.some((column) => /stage|aşama|asama/i.test(column.name));
  if (staged && knows('opportunity', 'amount'))
    return { target: 'opportunity', activity: null, confidence: 0.6, reason: 'it has stages and amounts' };
  return { target: '', activity: null, confidence: 0.5, reason: 'nothing of Twenty looks like it' };
}
