/** The invented people and firms of the sample. Domains end in .example, which nobody can own. */

export interface SampleOwner {
  readonly id: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  /** Whether the sandbox workspace has this member. */
  readonly member: boolean;
  /** Whether owners.csv lists this owner; the one who left long ago is only named by records. */
  readonly listed: boolean;
  readonly active: boolean;
}

const owner = (id: string, firstName: string, lastName: string, email: string): SampleOwner => ({
  id,
  firstName,
  lastName,
  email,
  member: true,
  listed: true,
  active: true,
});

export const OWNERS: readonly SampleOwner[] = [
  owner('U01', 'Ayşe', 'Yılmaz', 'ayse.yilmaz@bosphorus-trade.example'),
  owner('U02', 'Oliver', 'Hughes', 'oliver.hughes@bosphorus-trade.example'),
  owner('U03', 'Şule', 'Çetin', 'sule.cetin@bosphorus-trade.example'),
  owner('U04', 'Emily', "O'Neill", 'emily.oneill@bosphorus-trade.example'),
  owner('U05', 'Barış', 'Güneş', 'baris.gunes@bosphorus-trade.example'),
  owner('U06', 'Harriet', 'Clarke', 'harriet.clarke@bosphorus-trade.example'),
  owner('U07', 'İlker', 'Aydın', 'ilker.aydin@bosphorus-trade.example'),
  owner('U08', 'Thomas', 'Bell', 'thomas.bell@bosphorus-trade.example'),
  owner('U09', 'Zeynep', 'Koç', 'zeynep.koc@bosphorus-trade.example'),
  owner('U10', 'George', 'Whitfield', 'george.whitfield@bosphorus-trade.example'),
  { ...owner('U11', 'Murat', 'Özdemir', 'murat.ozdemir@bosphorus-trade.example'), member: false, active: false },
  {
    ...owner('U12', 'Rachel', 'Stone', 'rachel.stone@bosphorus-trade.example'),
    member: false,
    listed: false,
    active: false,
  },
];

/** Left the firm; the sample's configuration puts Ayşe Yılmaz in the place. */
export const SUBSTITUTED_OWNER = 'murat.ozdemir@bosphorus-trade.example';
export const SUBSTITUTE_FOR_OWNER = 'ayse.yilmaz@bosphorus-trade.example';
/** Unknown to everybody; waived, so that the load starts although these records stay held. */
export const WAIVED_OWNER = 'rachel.stone@bosphorus-trade.example';

export const TURKISH_FIRST = [
  'Ahmet',
  'Mehmet',
  'Mustafa',
  'Ali',
  'Hüseyin',
  'İbrahim',
  'Işıl',
  'Fatma',
  'Emine',
  'Hatice',
  'Zeynep',
  'Elif',
  'Çağla',
  'Gökhan',
  'Ömer',
  'Şebnem',
  'Uğur',
  'Yağmur',
  'Tuğçe',
  'Kıvanç',
  'Ebru',
  'Volkan',
  'Nilüfer',
  'Onur',
  'Sıla',
  'Cem',
  'Dilşad',
  'Rıza',
] as const;

export const TURKISH_LAST = [
  'Yılmaz',
  'Kaya',
  'Demir',
  'Çelik',
  'Şahin',
  'Yıldız',
  'Öztürk',
  'Aydın',
  'Özkan',
  'Arslan',
  'Doğan',
  'Kılıç',
  'Aslan',
  'Çetin',
  'Koç',
  'Kurt',
  'Özdemir',
  'Işık',
  'Güler',
  'Erdoğan',
  'Tekin',
  'Yavuz',
  'Şimşek',
  'Bulut',
  'Ünal',
  'Gündoğdu',
  'İnce',
  'Ateş',
] as const;

export const BRITISH_FIRST = [
  'Oliver',
  'Amelia',
  'George',
  'Isla',
  'Harry',
  'Ava',
  'Noah',
  'Mia',
  'Jack',
  'Ivy',
  'Leo',
  'Lily',
  'Oscar',
  'Freya',
  'Charlie',
  'Florence',
  'Siân',
  'Rhys',
  'Eilidh',
  'Hamish',
  'Niamh',
  'Zoë',
  'Chloë',
  'Imogen',
  'Rupert',
  'Anne-Marie',
  'Gareth',
  'Beatrice',
] as const;

export const BRITISH_LAST = [
  'Smith',
  'Jones',
  'Taylor',
  'Brown',
  "O'Connor",
  'Wilson',
  'Johnson',
  'Davies',
  'Patel',
  'Wright',
  'Walker',
  'White',
  'Edwards',
  'Green',
  'Hall',
  'Thomas',
  'Clarke',
  'Jackson',
  'Wood',
  'Harris',
  'Cooper',
  'MacLeod',
  'Fitz-Gerald',
  'de la Mare',
  'Hughes',
  'Ashworth',
  'Llewellyn',
  'Penhaligon',
] as const;

export const TURKISH_FIRM = [
  'Yıldız',
  'Çağlar',
  'Güneş',
  'Anadolu',
  'Boğaziçi',
  'Ege',
  'Şahin',
  'Özgür',
  'İpek',
  'Işık',
  'Doğuş',
  'Karadeniz',
  'Toros',
  'Uludağ',
  'Kızılırmak',
  'Ağrı',
  'Çınar',
  'Gökçe',
  'Menderes',
  'Pamuk',
] as const;
export const TURKISH_TRADE = [
  'Tekstil',
  'Otomotiv',
  'Gıda',
  'Lojistik',
  'İnşaat',
  'Makine',
  'Kimya',
  'Yazılım',
  'Turizm',
  'Mobilya',
  'Ambalaj',
  'Enerji',
  'Sağlık',
] as const;
export const TURKISH_FORM = ['A.Ş.', 'Ltd. Şti.', 'San. ve Tic. A.Ş.', 'Tic. Ltd. Şti.'] as const;

export const BRITISH_FIRM = [
  'Hartley',
  'Ashdown',
  'Pennine',
  'Thames',
  'Cotswold',
  'Mercia',
  'Wessex',
  'Kelso',
  'Calder',
  'Severn',
  'Lomond',
  'Fenland',
  'Harbour',
  'Foxglove',
  'Granby',
  'Quayside',
  'Northgate',
  'Redfern',
  'Saltire',
  'Tamar',
] as const;
export const BRITISH_TRADE = [
  'Logistics',
  'Foods',
  'Engineering',
  'Textiles',
  'Software',
  'Travel',
  'Interiors',
  'Packaging',
  'Energy',
  'Health',
  'Motors',
  'Print',
] as const;
export const BRITISH_FORM = ['Ltd', 'PLC', '& Sons Ltd', 'LLP', 'Group Ltd'] as const;

export const INDUSTRIES = [
  'Automotive',
  'Textile',
  'Food & Beverage',
  'Logistics',
  'Construction',
  'Software',
  'Tourism',
  'Healthcare',
  'Energy',
  'Kimya',
] as const;
export const TIERS = ['Gold', 'Silver', 'Bronze'] as const;

export interface Place {
  readonly street: readonly string[];
  readonly city: string;
  readonly postcode: string;
  readonly area: string;
}

export const TURKISH_PLACES: readonly Place[] = [
  { street: ['Büyükdere Cad. No: 12', 'Halaskargazi Cad. No: 45/3'], city: 'İstanbul', postcode: '34394', area: '212' },
  { street: ['Atatürk Bulvarı 101', 'Tunalı Hilmi Cad. 8'], city: 'Ankara', postcode: '06680', area: '312' },
  { street: ['Kıbrıs Şehitleri Cad. 27', 'Şair Eşref Blv. 6'], city: 'İzmir', postcode: '35220', area: '232' },
  { street: ['Organize Sanayi Bölgesi, 3. Cad. 14'], city: 'Eskişehir', postcode: '26110', area: '222' },
  { street: ['Çukurova Mah. 1203 Sok. 5'], city: 'Adana', postcode: '01170', area: '322' },
];

export const BRITISH_PLACES: readonly Place[] = [
  { street: ['221 Old Street', '8 Cheapside'], city: 'London', postcode: 'EC1V 9NR', area: '20 7946 0' },
  { street: ['14 Deansgate', 'Unit 3, Albion Mill'], city: 'Manchester', postcode: 'M3 2BW', area: '161 496 0' },
  { street: ['5 The Shambles'], city: 'Leeds', postcode: 'LS1 4DY', area: '113 496 0' },
  { street: ['77 George Street'], city: 'Edinburgh', postcode: 'EH2 3ES', area: '131 496 0' },
  { street: ['2 Castle Arcade'], city: 'Cardiff', postcode: 'CF10 1BU', area: '29 2018 0' },
];

export const JOB_TITLES = [
  'Managing Director',
  'Purchasing Manager',
  'Satın Alma Müdürü',
  'Genel Müdür',
  'CFO',
  'Head of IT',
  'Bilgi İşlem Sorumlusu',
  'Buyer',
  'Office Manager',
  'Muhasebe Şefi',
  'Kurucu Ortak',
  'Operations Lead',
] as const;
export const LEAD_SOURCES = ['Web', 'Fuar', 'Referral', 'Cold call', 'Partner', 'LinkedIn'] as const;

export interface SampleTag {
  readonly tag: string;
  /** Classification tags become topics (SCO-11). */
  readonly kind: 'Label' | 'Classification';
}

export const TAGS: readonly SampleTag[] = [
  { tag: 'VIP', kind: 'Label' },
  { tag: 'Newsletter', kind: 'Label' },
  { tag: 'Key account', kind: 'Label' },
  { tag: 'Şikayet', kind: 'Label' },
  { tag: 'Fuar 2024', kind: 'Label' },
  { tag: 'do-not-call', kind: 'Label' },
  { tag: '⭐ Referans', kind: 'Label' },
  { tag: 'Sector: Automotive', kind: 'Classification' },
  { tag: 'Sector: Textile', kind: 'Classification' },
  { tag: 'Sektör: Gıda', kind: 'Classification' },
];

export interface SampleStage {
  readonly pipeline: string;
  readonly stage: string;
  readonly order: number;
  readonly probability: string;
  readonly outcome: 'open' | 'won' | 'lost';
}

/** 77 characters, where Twenty takes 63 (SCO-4). */
export const OVER_LONG_STAGE = 'Negotiation – waiting for the signatures of both managing directors (UK & TR)';

export const STAGES: readonly SampleStage[] = [
  { pipeline: 'New Business', stage: 'New enquiry', order: 1, probability: '10', outcome: 'open' },
  { pipeline: 'New Business', stage: 'Qualified', order: 2, probability: '25', outcome: 'open' },
  { pipeline: 'New Business', stage: 'Demo, follow-up', order: 3, probability: '40', outcome: 'open' },
  { pipeline: 'New Business', stage: 'Proposal sent', order: 4, probability: '50', outcome: 'open' },
  { pipeline: 'New Business', stage: OVER_LONG_STAGE, order: 5, probability: '75', outcome: 'open' },
  { pipeline: 'New Business', stage: 'Won', order: 6, probability: '100', outcome: 'won' },
  { pipeline: 'New Business', stage: 'Lost', order: 7, probability: '0', outcome: 'lost' },
  { pipeline: 'Yenileme', stage: 'Hatırlatma', order: 1, probability: '40', outcome: 'open' },
  { pipeline: 'Yenileme', stage: 'Proposal sent', order: 2, probability: '60', outcome: 'open' },
  { pipeline: 'Yenileme', stage: 'Sözleşme aşaması', order: 3, probability: '92,5', outcome: 'open' },
  { pipeline: 'Yenileme', stage: 'Kazanıldı', order: 4, probability: '100', outcome: 'won' },
  { pipeline: 'Yenileme', stage: 'Kaybedildi', order: 5, probability: '0', outcome: 'lost' },
];

export const DEAL_SUBJECTS = [
  'Yıllık bakım',
  'Licence renewal',
  '3 yıllık çerçeve',
  'Pilot',
  'Warehouse roll-out',
  'Ek kullanıcı (25)',
  'Support package',
  'Danışmanlık',
] as const;
export const LOST_REASONS = ['Price', 'Timing', 'Rakip', 'No budget'] as const;
export const DISPOSITIONS = ['Connected', 'No answer', 'Left voicemail', 'Busy', 'Wrong number'] as const;

export const CALL_SUBJECTS = [
  'Follow-up',
  'Fiyat görüşmesi',
  'Intro call',
  'Tahsilat',
  'Renewal check-in',
  'Şikayet takibi',
] as const;
export const EMAIL_SUBJECTS = [
  'Re: Teklif',
  'Quotation',
  'Toplantı notları',
  'Your invoice',
  'FW: Sözleşme taslağı',
  'Thank you',
] as const;
export const MEETING_SUBJECTS = [
  'Proje başlangıç toplantısı',
  'Quarterly review',
  'Fabrika ziyareti',
  'Demo',
  'Sözleşme görüşmesi',
] as const;
export const NOTE_TITLES = ['Görüşme notu', 'Site visit', '', 'Background', 'Karar verici'] as const;

/** Whole sentences, so that texts are short and still awkward: quotes, delimiters, newlines, formulas, signs, emoji. */
export const PHRASES = [
  'Müşteri "acil" dedi; salıya kadar dönüş bekliyor.',
  'Asked for a discount, then went quiet.',
  'Line one\nLine two; with a semicolon',
  '=SUM(A1:A3) came straight out of their sheet',
  '+5 % on the list price, -2 % for prepayment',
  'Çok memnun 😀👍',
  'Prefers e-mail, never phone.',
  '*Önemli*: _KDV_ hariç # fiyat',
  '@finance will call back',
  'Şartname ektedir,\r\nlütfen inceleyiniz.',
  'She said: "send it again"',
  "It's a go – budget approved",
  'Depo adresi değişti.',
  'Back in week 12.',
] as const;

/** The same without emoji, for the file in code page windows-1254, which has none. */
export const PHRASES_1254 = PHRASES.filter((phrase) => !phrase.includes('😀'));

export const MEETING_PLACES = ['Ofis', 'Teams', 'Müşteri merkezi', 'London, 8 Cheapside', 'İzmir Fuar Alanı'] as const;
