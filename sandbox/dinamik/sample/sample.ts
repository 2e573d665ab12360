import { seededRandom } from '../../../src/core/random.ts';
import {
  BRITISH_FIRM,
  BRITISH_FIRST,
  BRITISH_FORM,
  BRITISH_LAST,
  BRITISH_PLACES,
  BRITISH_TRADE,
  DEAL_SUBJECTS,
  JOB_TITLES,
  OWNERS,
  PHRASES,
  TURKISH_FIRM,
  TURKISH_FIRST,
  TURKISH_FORM,
  TURKISH_LAST,
  TURKISH_PLACES,
  TURKISH_TRADE,
} from '../../samples/smart-crm-online/words.ts';
import type { Account, Json, Row, Values } from '../account.ts';
import { writeCustomModules } from './custom.ts';
import { SIZES, type Sizes } from './sizes.ts';
import { Writing } from './writing.ts';

export const SAMPLE_SEED = 1071;

/** What the rows of one module may point at. */
export interface Written {
  readonly companies: readonly Row[];
  readonly contacts: readonly Row[];
  readonly deals: readonly Row[];
}

/** Fills an account with an invented firm's three years, the same from the same seed. */
export function writeSample(account: Account, sizes: Sizes = SIZES, seed: number = SAMPLE_SEED): void {
  const writing = new Writing(account, seededRandom(seed));
  writeUsers(writing);
  writePipelines(writing);
  const companies = many(sizes.Company, (at) => company(writing, at));
  const contacts = many(sizes.Contact, (at) => contact(writing, at, companies));
  many(sizes.Lead, (at) => lead(writing, at, companies));
  const deals = many(sizes.Opportunity, () => deal(writing, companies, contacts));
  const written: Written = { companies, contacts, deals };
  many(sizes.Activity, () => activity(writing, written));
  many(sizes.Appointment, () => appointment(writing, written));
  many(sizes.Invoice, (at) => invoice(writing, at, written));
  many(sizes.Ticket, (at) => ticket(writing, at, written));
  many(sizes.Feedback, () => feedback(writing, written));
  writeCustomModules(writing, sizes, written);
  writeAutomations(writing);
}

function many<T>(count: number, make: (at: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, at) => make(at));
}

function writeUsers(writing: Writing): void {
  const users = OWNERS.map(({ firstName, lastName, email, active }) =>
    writing.row('User', { fullName: `${firstName} ${lastName}`, email, active }),
  );
  for (const { id } of users) writing.owner(id);
}

function writePipelines(writing: Writing): void {
  const stage = (id: number, name: string, order: number, probability: number, type: string): Json => ({
    id,
    name,
    order,
    probability,
    type,
  });
  writing.account.create('Pipeline', {
    values: {
      name: 'Satış',
      stages: [
        stage(11, 'Yeni', 1, 10, 'open'),
        stage(12, 'Teklif', 2, 40, 'open'),
        stage(13, 'Pazarlık', 3, 66.6, 'open'),
        stage(14, 'Kazanıldı', 4, 100, 'won'),
        stage(15, 'Kaybedildi', 5, 0, 'lost'),
      ],
    },
  });
  writing.account.create('Pipeline', {
    values: {
      name: 'Servis',
      stages: [
        stage(21, 'Talep', 1, 20, 'open'),
        stage(22, 'Planlandı', 2, 70, 'open'),
        stage(23, 'Kazanıldı', 3, 100, 'won'),
        stage(24, 'Kaybedildi', 4, 0, 'lost'),
      ],
    },
  });
}
const STAGES = [11, 12, 13, 14, 15, 21, 22, 23, 24];

function company(writing: Writing, at: number): Row {
  const turkish = at % 3 !== 0;
  const place = writing.pick(turkish ? TURKISH_PLACES : BRITISH_PLACES);
  const name = turkish
    ? `${writing.pick(TURKISH_FIRM)} ${writing.pick(TURKISH_TRADE)} ${writing.pick(TURKISH_FORM)}`
    : `${writing.pick(BRITISH_FIRM)} ${writing.pick(BRITISH_TRADE)} ${writing.pick(BRITISH_FORM)}`;
  const values: Values = {
    name,
    website: writing.chance(0.8) ? `https://www.firma-${at}.example` : null,
    industry: writing.pick(['Gıda', 'Tekstil', 'Otomotiv', 'Enerji', 'Lojistik']),
    employeeCount: writing.whole(3, 20_000),
    taxNumber: turkish ? String(1_000_000_000 + at) : null,
    description: writing.chance(0.3) ? writing.pick(PHRASES) : null,
  };
  const address = (street: number): Json => ({
    street: `${writing.pick(['Atatürk Cad.', 'Cumhuriyet Sok.', 'High Street'])} ${street}`,
    city: place.city,
    country: turkish ? 'Türkiye' : 'United Kingdom',
  });
  return writing.row('Company', values, {
    Addresses: writing.chance(0.15) ? [address(at + 1), address(at + 300)] : [address(at + 1)],
    Emails: [{ email: `info@firma-${at}.example` }],
    Phones: [{ phone: `0212 555 ${1000 + at}` }],
    CustomFields: [
      { name: 'segment', label: 'Segment', type: 'select', value: writing.pick(['A', 'B', 'C']) },
      { name: 'kvkk', label: 'KVKK onayı', type: 'boolean', value: writing.chance(0.7) },
    ],
  });
}

function contact(writing: Writing, at: number, companies: readonly Row[]): Row {
  const turkish = at % 3 !== 0;
  const values: Values = {
    firstName: writing.pick(turkish ? TURKISH_FIRST : BRITISH_FIRST),
    lastName: writing.pick(turkish ? TURKISH_LAST : BRITISH_LAST),
    title: writing.pick(JOB_TITLES),
    companyId: writing.chance(0.94) ? writing.pick(companies).id : null,
    birthDate: writing.chance(0.3)
      ? `19${writing.whole(50, 99)}-0${writing.whole(1, 9)}-1${writing.whole(0, 9)}T00:00:00`
      : null,
    ...(writing.chance(0.04) ? { active: false } : {}),
  };
  const address = `kisi-${at}@firma-${at % companies.length}.example`;
  return writing.row('Contact', values, {
    Emails: writing.chance(0.92) ? [{ email: address }] : [],
    Phones: writing.chance(0.8) ? [{ phone: `0532 555 ${String(1000 + at)}` }] : [],
    Addresses: writing.chance(0.3)
      ? [{ street: `Ev ${at}`, city: writing.pick(TURKISH_PLACES).city, country: 'Türkiye' }]
      : [],
    CustomFields: [
      { name: 'loyaltyNumber', label: 'Sadakat no', type: 'text', value: writing.chance(0.5) ? `00${at}` : null },
    ],
  });
}

function lead(writing: Writing, at: number, companies: readonly Row[]): Row {
  return writing.row(
    'Lead',
    {
      firstName: writing.pick(TURKISH_FIRST),
      lastName: writing.pick(TURKISH_LAST),
      companyName: writing.pick(BRITISH_FIRM),
      companyId: writing.chance(0.1) ? writing.pick(companies).id : null,
      status: writing.pick(['Yeni', 'Sıcak', 'Soğuk', 'Kaybedildi']),
      source: writing.pick(['Fuar', 'Web', 'Referans', 'Telefon']),
      score: writing.whole(0, 1000) / 10,
    },
    {
      Emails: writing.chance(0.9) ? [{ email: `aday-${at}@baska.example` }] : [],
      Phones: [],
      Addresses: [],
      CustomFields: [],
    },
  );
}

function deal(writing: Writing, companies: readonly Row[], contacts: readonly Row[]): Row {
  const person = writing.pick(contacts);
  return writing.row('Opportunity', {
    name: writing.pick(DEAL_SUBJECTS),
    amount: writing.whole(500, 400_000) + writing.whole(0, 99) / 100,
    currency: writing.pick(['TRY', 'TRY', 'EUR', 'USD']),
    closeDate: writing.day(),
    stageId: writing.pick(STAGES),
    companyId: writing.chance(0.85) ? writing.pick(companies).id : null,
    contactId: writing.chance(0.8) ? person.id : null,
  });
}

function about(writing: Writing, { companies, contacts, deals }: Written): Values {
  return {
    contactId: writing.chance(0.8) ? writing.pick(contacts).id : null,
    companyId: writing.chance(0.5) ? writing.pick(companies).id : null,
    opportunityId: writing.chance(0.3) ? writing.pick(deals).id : null,
  };
}

function activity(writing: Writing, written: Written): Row {
  const type = writing.pick(['Görev', 'Telefon', 'E-posta', 'Toplantı', 'Not', 'Not']);
  return writing.row('Activity', {
    type,
    subject: writing.pick(PHRASES).slice(0, 60),
    description: writing.pick(PHRASES),
    status: type === 'Not' ? null : writing.pick(['Açık', 'Tamamlandı', 'İptal']),
    activityDate: writing.time(),
    dueDate: type === 'Görev' ? writing.time() : null,
    duration: type === 'Telefon' ? writing.whole(1, 60) : null,
    ...about(writing, written),
  });
}

function appointment(writing: Writing, written: Written): Row {
  const day = writing.day().slice(0, 10);
  const hour = writing.whole(8, 17);
  const at = (value: number): string => `${day}T${String(value).padStart(2, '0')}:00:00`;
  return writing.row('Appointment', {
    subject: writing.pick(['Tanıtım', 'Ziyaret', 'Demo', 'Toplantı']),
    location: writing.pick(TURKISH_PLACES).city,
    status: writing.pick(['Planlandı', 'Yapıldı', 'İptal']),
    startDate: at(hour),
    endDate: at(hour + 1),
    attendees: `${writing.pick(TURKISH_FIRST)} ${writing.pick(TURKISH_LAST)}`,
    recurrence: writing.chance(0.1) ? 'Her hafta' : null,
    reminderDate: writing.chance(0.1) ? at(hour - 1) : null,
    ...about(writing, written),
  });
}

function invoice(writing: Writing, at: number, { deals, companies }: Written): Row {
  const lines = many(writing.whole(1, 4), (line) => {
    const quantity = writing.whole(1, 9);
    const unitPrice = writing.whole(100, 99_999) / 100;
    return { description: `Kalem ${line + 1}`, quantity, unitPrice, total: cents(quantity * unitPrice) };
  });
  const net = lines.reduce((sum, { total }) => sum + total, 0);
  const tax = cents(net * 0.2);
  // Some were typed in by hand, and do not add up.
  const wrong = at % 25 === 7 ? 0.01 : 0;
  return writing.row(
    'Invoice',
    {
      invoiceNumber: `F-${String(1000 + at)}`,
      invoiceDate: writing.day(),
      dueDate: writing.day(),
      total: cents(net + tax + wrong),
      tax,
      currency: 'TRY',
      status: writing.pick(['Ödendi', 'Bekliyor', 'Gecikti']),
      companyId: writing.pick(companies).id,
      opportunityId: writing.chance(0.8) ? writing.pick(deals).id : null,
    },
    { Lines: lines },
  );
}

const cents = (value: number): number => Math.round(value * 100) / 100;

function ticket(writing: Writing, at: number, { contacts, companies }: Written): Row {
  const contactId = writing.pick(contacts).id;
  const companyId = writing.pick(companies).id;
  const row = writing.row('Ticket', {
    ticketNumber: `D-${String(100 + at)}`,
    subject: writing.pick(PHRASES).slice(0, 60),
    description: writing.pick(PHRASES),
    status: writing.pick(['Açık', 'Beklemede', 'Çözüldü', 'Kapalı']),
    priority: writing.pick(['Düşük', 'Normal', 'Yüksek']),
    assigneeId: writing.whole(1, 10),
    contactId,
    companyId,
  });
  many(writing.whole(1, 5), (sequence) =>
    writing.row('TicketMessage', {
      ticketId: row.id,
      sequence: sequence + 1,
      authorName: writing.pick(TURKISH_FIRST),
      direction: sequence % 2 === 0 ? 'Gelen' : 'Giden',
      body: writing.pick(PHRASES),
      sentDate: writing.time(),
      contactId,
      companyId,
    }),
  );
  return row;
}

function feedback(writing: Writing, { contacts, companies }: Written): Row {
  return writing.row('Feedback', {
    subject: writing.pick(['Memnuniyet', 'Şikayet', 'Öneri']),
    message: writing.pick(PHRASES),
    rating: writing.whole(1, 5),
    category: writing.pick(['Servis', 'Satış', 'Ürün']),
    feedbackDate: writing.time(),
    contactId: writing.pick(contacts).id,
    companyId: writing.chance(0.5) ? writing.pick(companies).id : null,
  });
}

function writeAutomations(writing: Writing): void {
  const rule = (values: Values): void => void writing.account.create('Automation', { values });
  rule({
    module: 'Opportunity',
    name: 'Büyük fırsat onayı',
    kind: 'approval',
    trigger: 'Kayıt güncellendiğinde',
    conditions: ['Tutar > 100.000'],
    actions: ['Onaya gönder'],
    notifications: ['Satış müdürüne e-posta'],
    approvals: ['Satış müdürü'],
  });
  rule({
    module: 'Ticket',
    name: 'Yeni talep bildirimi',
    kind: 'notification',
    trigger: 'Kayıt eklendiğinde',
    conditions: [],
    actions: [],
    notifications: ['Destek ekibine e-posta'],
    approvals: [],
  });
}
