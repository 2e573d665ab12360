import { activities } from './activities.ts';
import { COUNTS, ownerEmail, times } from './common.ts';
import type { Row } from './dialect.ts';
import type { SeededRandom } from './random.ts';
import { day, dayAndTime, type Export, slug, turkishNumber } from './tables.ts';
import {
  BRITISH_FIRM,
  BRITISH_FIRST,
  BRITISH_FORM,
  BRITISH_LAST,
  BRITISH_PLACES,
  BRITISH_TRADE,
  DEAL_SUBJECTS,
  INDUSTRIES,
  JOB_TITLES,
  LEAD_SOURCES,
  LOST_REASONS,
  OWNERS,
  STAGES,
  TAGS,
  TIERS,
  TURKISH_FIRM,
  TURKISH_FIRST,
  TURKISH_FORM,
  TURKISH_LAST,
  TURKISH_PLACES,
  TURKISH_TRADE,
} from './words.ts';

export { LAST_MINUTE } from './common.ts';

/** Companies that no row of companies.csv names; the first ones of the list become real in the second export. */
export const ONLY_NAMED = Array.from({ length: 24 }, (_, index) =>
  index % 2 === 0
    ? `Serbest ${TURKISH_TRADE[index % TURKISH_TRADE.length]} ${index + 1} Ltd. Şti.`
    : `Freelance ${BRITISH_TRADE[index % BRITISH_TRADE.length]} ${index + 1}`,
);

/** Two branches each under one name, which a name alone can't tell apart. */
const TWIN_NAMES = ['Pennine Foods Group Ltd', 'Anadolu Lojistik A.Ş.'];

export function firstExport(random: SeededRandom): Export {
  const company = companies(random);
  const contact = contacts(random, company);
  const deal = deals(random, company, contact);
  return {
    company,
    contact,
    deal,
    ...activities(random, { company, contact, deal }),
    stage: new Map(
      STAGES.map((stage, index) => {
        const id = `S${String(index + 1).padStart(2, '0')}`;
        return [
          id,
          {
            'Stage ID': id,
            Pipeline: stage.pipeline,
            Stage: stage.stage,
            Order: String(stage.order),
            Probability: stage.probability,
            Outcome: stage.outcome,
          },
        ];
      }),
    ),
    tag: new Map(TAGS.map(({ tag, kind }) => [tag, { Tag: tag, Kind: kind }])),
    owner: new Map(
      OWNERS.filter(({ listed }) => listed).map((owner) => [
        owner.id,
        {
          'Owner ID': owner.id,
          Name: `${owner.firstName} ${owner.lastName}`,
          Email: owner.email,
          Active: owner.active ? 'Yes' : 'No',
        },
      ]),
    ),
  };
}

function tags(random: SeededRandom, likelihood: number): string {
  if (!random.chance(likelihood)) return '';
  const chosen = random.sample(TAGS, random.integer(1, 3));
  return chosen.map(({ tag }) => tag).join(', ');
}

function companies(random: SeededRandom): Map<string, Row> {
  const rows = new Map<string, Row>();
  const taken = new Set<string>();
  for (let index = 1; index <= COUNTS.company; index += 1) {
    const turkish = random.chance(0.55);
    let name = TWIN_NAMES[Math.floor((index - 1) / 2)] ?? '';
    while (name === '' || (index > 4 && taken.has(name))) {
      name = turkish
        ? `${random.pick(TURKISH_FIRM)} ${random.pick(TURKISH_TRADE)} ${random.pick(TURKISH_FORM)}`
        : `${random.pick(BRITISH_FIRM)} ${random.pick(BRITISH_TRADE)} ${random.pick(BRITISH_FORM)}`;
    }
    taken.add(name);
    const id = `C-${String(index).padStart(4, '0')}`;
    rows.set(id, companyRow(random, id, name, turkish));
  }
  // Branches that share the head office's website: a domain is unique in Twenty, so the second one stays without.
  for (const [copy, original] of [
    ['C-0101', 'C-0100'],
    ['C-0201', 'C-0200'],
    ['C-0301', 'C-0300'],
    ['C-0401', 'C-0400'],
  ] as const) {
    const website =
      rows.get(original)?.Website || `https://www.${slug(rows.get(original)?.['Company Name'] ?? '')}.example`;
    for (const id of [original, copy]) rows.set(id, { ...rows.get(id), Website: website });
  }
  return rows;
}

export function companyRow(random: SeededRandom, id: string, name: string, turkish: boolean): Row {
  const place = random.pick(turkish ? TURKISH_PLACES : BRITISH_PLACES);
  const archived = random.chance(0.05);
  const { created, modified } = times(random);
  const host = `${slug(name)}-${id.slice(2)}.example`;
  return {
    'Company ID': id,
    'Company Name': name,
    Website: random.chance(0.85)
      ? random.pick([`https://www.${host}`, `http://${host}/`, host, `WWW.${host.toUpperCase()}`])
      : '',
    Industry: random.chance(0.9) ? random.pick(INDUSTRIES) : '',
    Employees: random.chance(0.8) ? turkishNumber(random.pick([1, 8, 12, 40, 75, 250, 1200, 15400]), 0) : '',
    'Annual Revenue': random.chance(0.6) ? turkishNumber(random.integer(50_000, 90_000_000) / 4) : '',
    Currency: turkish ? 'TRY' : 'GBP',
    Phone: random.chance(0.8) ? landline(random, place.area, turkish) : '',
    Street: random.pick(place.street),
    City: place.city,
    Postcode: place.postcode,
    Country: turkish ? 'Türkiye' : 'United Kingdom',
    Owner: ownerEmail(random, 0.004),
    'Primary Contact ID': '',
    Tags: tags(random, 0.35),
    Created: dayAndTime(created),
    Modified: dayAndTime(modified),
    Archived: archived ? 'Yes' : 'No',
    'Vergi No': turkish ? String(random.integer(1, 999_999_999)).padStart(10, '0') : '',
    'Customer Tier': random.chance(0.7) ? random.pick(TIERS) : '',
    'Old Fax': archived && random.chance(0.6) ? landline(random, place.area, turkish) : '',
  };
}

function landline(random: SeededRandom, area: string, turkish: boolean): string {
  return turkish
    ? `+90 ${area} 555 ${String(random.integer(0, 99)).padStart(2, '0')} ${String(random.integer(0, 99)).padStart(2, '0')}`
    : `+44 ${area}${String(random.integer(0, 999)).padStart(3, '0')}`;
}

function mobile(random: SeededRandom, turkish: boolean): string {
  const digits = (count: number): string => String(random.integer(0, 10 ** count - 1)).padStart(count, '0');
  if (!turkish) return random.chance(0.5) ? `+44 7700 900${digits(3)}` : `+447700900${digits(3)}`;
  return random.chance(0.6) ? `+90 532 555 ${digits(2)} ${digits(2)}` : `0532 555 ${digits(2)} ${digits(2)}`;
}

function contacts(random: SeededRandom, companyRows: Map<string, Row>): Map<string, Row> {
  const rows = new Map<string, Row>();
  const companyIds = [...companyRows.keys()];
  const placed: string[] = [];
  for (let index = 1; index <= COUNTS.contact; index += 1) {
    const id = String(index * 7).padStart(6, '0');
    const turkish = random.chance(0.55);
    const given = random.pick(turkish ? TURKISH_FIRST : BRITISH_FIRST);
    const family = random.pick(turkish ? TURKISH_LAST : BRITISH_LAST);
    rows.set(id, contactRow(random, { id, given, family, turkish, ...companyOf(random, companyIds, companyRows) }));
    placed.push(id);
  }
  repeatEmails(random, rows, placed);
  for (const [id, row] of rows) {
    const company = companyRows.get(row['Company ID'] ?? '');
    if (company !== undefined && company['Primary Contact ID'] === '' && random.chance(0.7)) {
      companyRows.set(company['Company ID'] ?? '', { ...company, 'Primary Contact ID': id });
    }
  }
  return rows;
}

interface Employer {
  readonly companyId: string;
  readonly companyName: string;
}

/** By id, by a known name only, by a name that is no company yet, by an id that left long ago, or none. */
function companyOf(random: SeededRandom, ids: readonly string[], rows: ReadonlyMap<string, Row>): Employer {
  const draw = random.next();
  const id = random.pick(ids);
  const name = rows.get(id)?.['Company Name'] ?? '';
  if (draw < 0.84) return { companyId: id, companyName: name };
  if (draw < 0.88) return { companyId: '', companyName: name };
  if (draw < 0.91) return { companyId: '', companyName: random.pick(ONLY_NAMED) };
  if (draw < 0.911) return { companyId: 'C-9001', companyName: random.pick(ONLY_NAMED) };
  return { companyId: '', companyName: '' };
}

export interface ContactSeed extends Employer {
  readonly id: string;
  readonly given: string;
  readonly family: string;
  readonly turkish: boolean;
}

export function contactRow(random: SeededRandom, seed: ContactSeed): Row {
  const { id, given, family, turkish, companyId, companyName } = seed;
  const place = random.pick(turkish ? TURKISH_PLACES : BRITISH_PLACES);
  const archived = random.chance(0.04);
  const { created, modified } = times(random);
  const address = `${slug(given)}.${slug(family)}.${Number(id)}@${turkish ? 'posta' : 'mail'}.example`;
  const addressed = random.chance(0.5);
  return {
    'Contact ID': id,
    'First Name': random.chance(0.02) ? '' : given,
    'Last Name': random.chance(0.01) ? family.toLocaleUpperCase('tr-TR') : family,
    Email: random.chance(0.92) ? (random.chance(0.05) ? address.toUpperCase() : address) : '',
    Phone: random.chance(0.35) ? landline(random, place.area, turkish) : '',
    Mobile: random.chance(0.6) ? mobile(random, turkish) : '',
    'Job Title': random.chance(0.75) ? random.pick(JOB_TITLES) : '',
    'Company ID': companyId,
    'Company Name': companyName,
    Street: addressed ? random.pick(place.street) : '',
    City: addressed ? place.city : '',
    Postcode: addressed ? place.postcode : '',
    Country: turkish ? 'Türkiye' : 'United Kingdom',
    'Lead Source': random.chance(0.7) ? random.pick(LEAD_SOURCES) : '',
    Owner: ownerEmail(random),
    Tags: tags(random, 0.3),
    Created: dayAndTime(created),
    Modified: dayAndTime(modified),
    Archived: archived ? 'Yes' : 'No',
    'KVKK Onayı': random.pick(['Evet', 'Evet', 'Hayır', '']),
    'Doğum Günü': random.chance(0.15) ? day(-random.integer(9_000_000, 26_000_000)) : '',
    'Old Loyalty No': archived && random.chance(0.8) ? String(random.integer(1, 99_999)).padStart(8, '0') : '',
  };
}

/** 25 people stand twice under one address, some of them in another case. */
function repeatEmails(random: SeededRandom, rows: Map<string, Row>, ids: readonly string[]): void {
  const withEmail = random.shuffled(ids.filter((id) => rows.get(id)?.Email !== ''));
  for (let pair = 0; pair < 25; pair += 1) {
    const original = rows.get(withEmail[pair * 2] ?? '');
    const copyId = withEmail[pair * 2 + 1] ?? '';
    if (original === undefined) continue;
    const email = original.Email ?? '';
    rows.set(copyId, {
      ...rows.get(copyId),
      'First Name': original['First Name'] ?? '',
      'Last Name': original['Last Name'] ?? '',
      Email: pair % 3 === 0 ? email.toUpperCase() : email,
    });
  }
}

function deals(
  random: SeededRandom,
  companyRows: ReadonlyMap<string, Row>,
  contactRows: ReadonlyMap<string, Row>,
): Map<string, Row> {
  const rows = new Map<string, Row>();
  const companyIds = [...companyRows.keys()];
  const employed = [...contactRows.values()].filter(
    (contact) => contact['Company ID'] !== '' && contact['First Name'] !== '',
  );
  for (let index = 1; index <= COUNTS.deal; index += 1) {
    const id = `D${20000 + index}`;
    const company = companyRows.get(random.pick(companyIds)) ?? {};
    rows.set(id, dealRow(random, id, company, random.pick(employed)));
  }
  return rows;
}

export function dealRow(random: SeededRandom, id: string, company: Row, contact: Row): Row {
  const stage = random.pick(STAGES);
  const { created, modified } = times(random);
  const turkish = contact.Country === 'Türkiye';
  const archived = random.chance(0.03);
  return {
    'Deal ID': id,
    'Deal Name': `${company['Company Name']} – ${random.pick(DEAL_SUBJECTS)}`,
    Value: random.chance(0.95) ? turkishNumber(random.integer(10_000, 400_000_000) / 100) : '',
    Currency: turkish ? random.pick(['TRY', 'TRY', 'EUR']) : 'GBP',
    Pipeline: stage.pipeline,
    Stage: stage.stage,
    'Close Date': random.chance(0.9) ? day(modified + random.integer(1440, 259_200)) : '',
    Owner: ownerEmail(random),
    ...dealParties(random, company, contact),
    'Lost Reason': stage.outcome === 'lost' ? random.pick(LOST_REASONS) : '',
    Created: dayAndTime(created),
    Modified: dayAndTime(modified),
    Archived: archived ? 'Yes' : 'No',
    'Teklif No': random.chance(0.6) ? `00${random.integer(10_000, 99_999)}` : '',
    'Discount %': random.chance(0.3) ? turkishNumber(random.integer(0, 400) / 10, 1) : '',
  };
}

/** The company by id, by name, only through the contact (by id or by name), or by nothing that exists. */
function dealParties(random: SeededRandom, company: Row, contact: Row): Row {
  const draw = random.next();
  const contactName = `${contact['First Name']} ${contact['Last Name']}`.trim();
  const nobody = { 'Company ID': '', 'Company Name': '', 'Contact ID': '', 'Contact Name': '' };
  const person = { 'Contact ID': contact['Contact ID'] ?? '', 'Contact Name': contactName };
  if (draw < 0.8) {
    const parties = {
      ...nobody,
      'Company ID': company['Company ID'] ?? '',
      'Company Name': company['Company Name'] ?? '',
    };
    return random.chance(0.7) ? { ...parties, ...person } : parties;
  }
  if (draw < 0.85) return { ...nobody, 'Company Name': company['Company Name'] ?? '' };
  if (draw < 0.91) return { ...nobody, ...person };
  if (draw < 0.993) return { ...nobody, 'Contact Name': contactName };
  return { ...nobody, 'Contact Name': random.pick(['Bilinmeyen Kişi', 'Nobody Known']) };
}
