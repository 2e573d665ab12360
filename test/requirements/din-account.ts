import type { Account, Json, Values, Written } from '../../sandbox/dinamik/account.ts';

/** The account that the tests of the DIN rows speak of, record by record. */
export const AYSE = 'ayse@firm.example';
export const OLIVER = 'oliver@firm.example';
export const LEA = 'lea@firm.example';

/** Istanbul is three hours ahead of UTC all year round. */
export const istanbul = (text: string): number => Date.parse(`${text}+03:00`);

export interface Made {
  /** Id of a record by the name that the tests call it. */
  id(name: string): number;
  make(controller: string, name: string, values: Values, more?: Omit<Written, 'values'>): number;
}

export function fillAccount(account: Account): Made {
  const ids = new Map<string, number>();
  const id = (name: string): number => {
    const found = ids.get(name);
    if (found === undefined) throw new Error(`nothing is called ${name}`);
    return found;
  };
  const make: Made['make'] = (controller, name, values, more = {}) => {
    const owned: Values = ids.has('ayse') ? { ownerId: id('ayse') } : {};
    const row = account.create(controller, { values: { ...owned, ...values }, ...more });
    ids.set(name, row.id);
    return row.id;
  };
  const made: Made = { id, make };
  people(made);
  sales(made);
  activities(made);
  desk(made);
  custom(made);
  return made;
}

function people({ make, id }: Made): void {
  make('User', 'ayse', { fullName: 'Ayşe Yılmaz', email: AYSE });
  make('User', 'oliver', { fullName: 'Oliver Hughes', email: OLIVER });
  make('User', 'lea', { fullName: 'Lea Left', email: LEA, active: false });
  make(
    'Company',
    'acme',
    {
      name: 'Acme  Ltd',
      website: 'http://WWW.Acme.example/en',
      industry: 'Gıda',
      employeeCount: 15_400,
      taxNumber: '0012345678',
      ownerId: id('oliver'),
    },
    {
      details: {
        Addresses: [
          { street: 'İstiklal Cad. 8', district: 'Beyoğlu', city: 'İstanbul', postcode: '34430', country: 'Türkiye' },
          { street: '8 Cheapside', city: 'London' },
        ],
        Emails: [{ email: 'info@acme.example' }],
        Phones: [{ phone: '+90 212 555 00 18' }],
        CustomFields: [{ name: 'segment', label: 'Segment', type: 'select', value: 'Key' }],
      },
      inserted: istanbul('2026-03-01T09:00:00'),
      updated: istanbul('2026-03-29T03:30:00'),
    },
  );
  make(
    'Contact',
    'ann',
    { firstName: 'Ann', lastName: 'Archer', title: 'Buyer', companyId: id('acme'), birthDate: '1980-02-29T00:00:00' },
    {
      details: {
        Emails: [{ email: 'Ann@Acme.example' }, { email: 'ann@home.example' }],
        Phones: [{ phone: '0212 555 00 01' }],
        Addresses: [{ street: '8 Cheapside', city: 'London', country: 'United Kingdom' }],
        CustomFields: [{ name: 'loyaltyNumber', label: 'Sadakat no', type: 'text', value: '007' }],
      },
    },
  );
  make('Contact', 'mute', { firstName: 'Ben', lastName: 'Mute' });
  make(
    'Contact',
    'of-lea',
    { firstName: 'Old', lastName: 'Owner', ownerId: id('lea') },
    { details: { Emails: [{ email: 'old@else.example' }] } },
  );
  make(
    'Lead',
    'lead',
    { firstName: 'Leo', lastName: 'Lead', companyName: 'Lead Ltd', status: 'Sıcak', source: 'Fuar', score: 87.5 },
    { details: { Emails: [{ email: 'leo@lead.example' }] } },
  );
}

function sales({ make, id }: Made): void {
  make('Pipeline', 'sales', {
    name: 'Satış',
    stages: [
      { id: 11, name: 'Yeni', order: 1, probability: 10, type: 'open' },
      { id: 12, name: 'Teklif', order: 2, probability: 40, type: 'open' },
      { id: 13, name: 'Pazarlık', order: 3, probability: 66.6, type: 'open' },
      { id: 14, name: 'Kazanıldı', order: 4, probability: 100, type: 'won' },
      { id: 15, name: 'Kaybedildi', order: 5, probability: 0, type: 'lost' },
    ],
  });
  make('Pipeline', 'service', {
    name: 'Servis',
    stages: [
      { id: 21, name: 'Talep', order: 1, probability: 20, type: 'open' },
      { id: 22, name: 'Kazanıldı', order: 2, probability: 100, type: 'won' },
    ],
  });
  make('Opportunity', 'big', {
    name: 'Big one',
    amount: 12_345.67,
    currency: 'TRY',
    closeDate: '2026-12-31T00:00:00',
    stageId: 13,
    companyId: id('acme'),
    contactId: id('ann'),
    ownerId: id('oliver'),
  });
  make('Opportunity', 'serviced', { name: 'Serviced', amount: 10, currency: 'EUR', stageId: 22, contactId: id('ann') });
  const invoice = (name: string, values: Values, lines: readonly Json[]): number =>
    make(
      'Invoice',
      name,
      { currency: 'TRY', status: 'Ödendi', companyId: id('acme'), invoiceDate: '2026-03-05T00:00:00', ...values },
      { details: { Lines: lines } },
    );
  invoice('right', { invoiceNumber: 'F-1', opportunityId: id('big'), total: 121.2, tax: 20.2 }, [
    { description: 'Pump', quantity: 2, unitPrice: 40.5, total: 81 },
    { description: 'Fitting', quantity: 1, unitPrice: 25, discount: 5, total: 20 },
  ]);
  invoice('wrong', { invoiceNumber: 'F-2', opportunityId: id('big'), total: 100, tax: 0 }, [
    { description: 'Pump', quantity: 3, unitPrice: 33.33, total: 99.99 },
  ]);
  invoice('alone', { invoiceNumber: 'F-3', opportunityId: id('serviced'), total: 0.3, tax: 0, currency: 'EUR' }, [
    { description: 'Dime', quantity: 1, unitPrice: 0.1, total: 0.1 },
    { description: 'Two dimes', quantity: 2, unitPrice: 0.1, total: 0.2 },
  ]);
  const one = (unitPrice: number): readonly Json[] => [
    { description: 'Valve', quantity: 1, unitPrice, total: unitPrice },
  ];
  // Offered in one currency, invoiced in another; and invoiced in two.
  for (const name of ['abroad', 'mixed'])
    make('Opportunity', name, { name, amount: 10, currency: 'EUR', stageId: 12, companyId: id('acme') });
  invoice('in-lira', { invoiceNumber: 'F-4', opportunityId: id('abroad'), total: 420, tax: 70 }, one(350));
  invoice('mixed-lira', { invoiceNumber: 'F-5', opportunityId: id('mixed'), total: 300, tax: 0 }, one(300));
  invoice(
    'mixed-euro',
    { invoiceNumber: 'F-6', opportunityId: id('mixed'), total: 7, tax: 1, currency: 'EUR' },
    one(6),
  );
  // One that names no deal, and one whose deal nobody finds.
  invoice('free', { invoiceNumber: 'F-7', total: 11, tax: 0 }, one(11));
  invoice('lost', { invoiceNumber: 'F-8', opportunityId: NO_DEAL, total: 12, tax: 0 }, one(12));
}

/** The id that the next deal would get. */
export const NO_DEAL = 5;

function activities({ make, id }: Made): void {
  const about = { companyId: id('acme'), contactId: id('ann'), opportunityId: id('big') };
  make('Activity', 'task', {
    type: 'Görev',
    subject: 'Send offer',
    description: 'Line 1\nLine 2',
    status: 'Açık',
    activityDate: '2026-03-01T12:00:00',
    dueDate: '2026-03-09T18:00:00',
    ...about,
  });
  make('Activity', 'call', {
    type: 'Telefon',
    subject: 'Intro',
    status: 'Tamamlandı',
    activityDate: '2026-03-02T13:00:00',
    duration: 25,
    contactId: id('ann'),
  });
  make('Activity', 'mail', {
    type: 'E-posta',
    subject: 'Hello',
    status: 'Tamamlandı',
    activityDate: '2026-03-03T14:00:00',
    contactId: id('ann'),
  });
  make('Activity', 'meeting', {
    type: 'Toplantı',
    subject: 'Demo',
    status: 'Açık',
    activityDate: '2026-03-04T15:00:00',
    companyId: id('acme'),
  });
  make('Activity', 'jotted', {
    type: 'Not',
    subject: 'Mood',
    description: 'Çok memnun 😀',
    activityDate: '2026-03-05T16:00:00',
    ...about,
  });
  make('Appointment', 'visit', {
    subject: 'Visit',
    location: 'İzmir',
    status: 'Planlandı',
    startDate: '2026-03-04T09:00:00',
    endDate: '2026-03-04T10:30:00',
    attendees: 'Ann Archer; Oliver Hughes',
    recurrence: 'Her pazartesi',
    ...about,
  });
  make('Appointment', 'once', {
    subject: 'Once',
    status: 'Yapıldı',
    startDate: '2026-03-06T09:00:00',
    contactId: id('ann'),
  });
  make('Feedback', 'praise', {
    subject: 'Good',
    message: 'Very good',
    rating: 5,
    category: 'Servis',
    feedbackDate: '2026-03-07T10:00:00',
    contactId: id('ann'),
    companyId: id('acme'),
  });
}

function desk({ make, id }: Made): void {
  make('Ticket', 'broken', {
    ticketNumber: 'D-1',
    subject: 'It broke',
    description: 'The pump',
    status: 'Beklemede',
    priority: 'Yüksek',
    assigneeId: id('oliver'),
    companyId: id('acme'),
    contactId: id('ann'),
  });
  // Whom a message is about, only its ticket says.
  const message = (name: string, sequence: number, authorName: string, body: string, sentDate: string): number =>
    make('TicketMessage', name, {
      ticketId: id('broken'),
      sequence,
      authorName,
      body,
      sentDate,
      direction: sequence % 2 === 1 ? 'Gelen' : 'Giden',
    });
  message('second', 2, 'Oliver', 'On my way', '2026-03-08T11:00:00');
  message('first', 1, 'Ann', 'Help', '2026-03-08T10:00:00');
}

/** A module of this account with a field of every type, and one that it points at. */
function custom({ make, id }: Made): void {
  make(
    'Site',
    'plant',
    { name: 'Plant İzmir' },
    { details: { CustomFields: [{ name: 'capacity', label: 'Kapasite', type: 'number', value: 12.5 }] } },
  );
  make(
    'Machine',
    'press',
    { name: 'Press 1' },
    {
      details: {
        CustomFields: [
          { name: 'serial', label: 'Seri no', type: 'text', value: '00012' },
          { name: 'weight', label: 'Ağırlık', type: 'number', value: 1234.5 },
          { name: 'builtOn', label: 'Üretim', type: 'date', value: '2020-02-29T00:00:00' },
          { name: 'checkedAt', label: 'Kontrol', type: 'datetime', value: '2026-03-29T03:30:00' },
          { name: 'state', label: 'Durum', type: 'select', value: 'Çalışıyor' },
          { name: 'uses', label: 'Kullanım', type: 'multiselect', value: ['Kesme', 'Delme'] },
          { name: 'contactMail', label: 'E-posta', type: 'email', value: 'press@plant.example' },
          { name: 'hotline', label: 'Hat', type: 'phone', value: '0212 555 00 99' },
          { name: 'manual', label: 'Kılavuz', type: 'url', value: 'https://plant.example/press' },
          { name: 'insured', label: 'Sigortalı', type: 'boolean', value: true },
          { name: 'site', label: 'Tesis', type: 'relation', value: id('plant'), module: 'Site' },
          { name: 'customer', label: 'Müşteri', type: 'relation', value: id('acme'), module: 'Company' },
        ],
      },
    },
  );
  make('Automation', 'rule', {
    module: 'Opportunity',
    name: 'Big deals',
    kind: 'approval',
    trigger: 'Kayıt güncellendiğinde',
    conditions: ['Tutar > 10.000'],
    actions: ['Onaya gönder'],
    notifications: ['Satış müdürüne e-posta'],
    approvals: ['Satış müdürü'],
  });
}
