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
import { SALES_STAGES } from '../model/standard/sales.ts';
import { IDENTITY } from '../store/identity.ts';
import type { Organisation } from '../store/organisation.ts';
import type { Reference, Values } from '../store/rows.ts';
import { writeActivities } from './activities.ts';
import { writeCustomTables } from './custom.ts';
import { SIZES, type Sizes } from './sizes.ts';
import { Writing } from './writing.ts';

export const SAMPLE_SEED = 365;

/** Fills an organisation with an invented firm's four years, the same from the same seed. Sales and Service must be there. */
export function writeSample(organisation: Organisation, sizes: Sizes = SIZES, seed: number = SAMPLE_SEED): void {
  const writing = new Writing(organisation, seededRandom(seed), sizes);
  const owners = OWNERS.map(({ id, firstName, lastName, email, active }) => {
    const user = writing.reference('systemuser', id);
    organisation.load('systemuser', user.id, {
      fullname: `${firstName} ${lastName}`,
      firstname: firstName,
      lastname: lastName,
      internalemailaddress: email,
      domainname: email,
      isdisabled: !active,
      accessmode: 0,
      businessunitid: { id: IDENTITY.businessUnit, table: 'businessunit' },
      createdon: '2022-01-03T08:00:00Z',
      modifiedon: '2022-01-03T08:00:00Z',
    });
    return user;
  });
  // Nobody stands for the last one: whatever is that one's waits, and what belongs to it.
  const known = owners.slice(0, -1);
  const owned = (): Values => ({ ownerid: writing.pick(writing.chance(0.02) ? owners : known) });
  const accounts = writeAccounts(writing, () => ({ ownerid: writing.pick(known) }));
  const contacts = writeContacts(writing, owned, accounts, owners.at(-1));
  const opportunities = writeOpportunities(writing, owned, accounts, contacts);
  const leads = writeLeads(writing, owned, contacts, opportunities);
  const cases = writeCases(writing, owned, accounts, contacts);
  writeProducts(writing);
  writeActivities(writing, { owners: known, accounts, contacts, leads, opportunities, cases });
  writeCustomTables(writing, { owners: known, accounts, contacts, opportunities });
}

type Owned = () => Values;

/** A forest: a few roots, branches below, one circle and one firm that is its own parent. */
function writeAccounts(writing: Writing, owned: Owned): Reference[] {
  const made: Reference[] = [];
  for (let at = 0; at < writing.sizes.account; at += 1) {
    const turkish = at % 2 === 0;
    const place = writing.pick(turkish ? TURKISH_PLACES : BRITISH_PLACES);
    const name = turkish
      ? `${writing.pick(TURKISH_FIRM)} ${writing.pick(TURKISH_TRADE)} ${writing.pick(TURKISH_FORM)}`
      : `${writing.pick(BRITISH_FIRM)} ${writing.pick(BRITISH_TRADE)} ${writing.pick(BRITISH_FORM)}`;
    const parent = at > 20 && writing.chance(0.45) ? writing.pick(made.slice(0, Math.ceil(at / 3))) : null;
    made.push(
      writing.row('account', at, {
        name,
        websiteurl: writing.chance(0.8) ? `https://www.firm-${at}.example` : null,
        telephone1: turkish ? `0212 555 ${1000 + at}` : `020 7946 0${100 + (at % 900)}`,
        industrycode: writing.whole(1, 10),
        numberofemployees: writing.whole(3, 20_000),
        revenue: writing.whole(10_000, 90_000_000) + 0.5,
        address1_city: place.city,
        opx_segment: 100_000_000 + writing.whole(0, 2),
        opx_vergino: turkish ? String(1_000_000_000 + at) : null,
        parentaccountid: parent,
        ...owned(),
      }),
    );
  }
  const circle = [writing.reference('account', 3), writing.reference('account', 5), writing.reference('account', 7)];
  for (const [at, account] of circle.entries()) {
    reparent(writing, account, circle[(at + 1) % circle.length] ?? account);
  }
  const self = writing.reference('account', 9);
  reparent(writing, self, self);
  return made;
}

function reparent(writing: Writing, account: Reference, parent: Reference): void {
  const row = writing.organisation.row('account', account.id);
  if (row !== undefined) writing.organisation.load('account', account.id, { ...row.values, parentaccountid: parent });
}

function writeContacts(
  writing: Writing,
  owned: Owned,
  accounts: readonly Reference[],
  unknown: Reference | undefined,
): Reference[] {
  const made: Reference[] = [];
  for (let at = 0; at < writing.sizes.contact; at += 1) {
    const turkish = at % 2 === 0;
    const parent =
      writing.chance(0.05) && at > 0 ? writing.pick(made) : writing.chance(0.94) ? writing.pick(accounts) : null;
    made.push(
      writing.row('contact', at, {
        firstname: writing.pick(turkish ? TURKISH_FIRST : BRITISH_FIRST),
        lastname: writing.pick(turkish ? TURKISH_LAST : BRITISH_LAST),
        emailaddress1: writing.chance(0.92) ? `person-${at}@firm-${at % writing.sizes.account}.example` : null,
        telephone1: writing.chance(0.7) ? `+44 20 7946 ${String(at % 1_000).padStart(4, '0')}` : null,
        jobtitle: writing.pick(JOB_TITLES),
        birthdate: writing.chance(0.3)
          ? `19${writing.whole(50, 99)}-0${writing.whole(1, 9)}-1${writing.whole(0, 9)}`
          : null,
        preferredcontactmethodcode: writing.whole(1, 5),
        opx_sonziyaret: writing.chance(0.4) ? writing.moment() : null,
        parentcustomerid: parent,
        ...(writing.chance(0.06) ? { statecode: 1 } : {}),
        ...(at === 1 && unknown !== undefined ? { ownerid: unknown } : owned()),
      }),
    );
  }
  return made;
}

function writeOpportunities(
  writing: Writing,
  owned: Owned,
  accounts: readonly Reference[],
  contacts: readonly Reference[],
): Reference[] {
  return Array.from({ length: writing.sizes.opportunity }, (_, at) => {
    const stage = writing.pick(SALES_STAGES);
    const state = writing.chance(0.55) ? 0 : writing.whole(1, 2);
    return writing.row('opportunity', at, {
      name: writing.pick(DEAL_SUBJECTS),
      estimatedvalue: writing.whole(500, 400_000) + writing.whole(0, 99) / 100,
      estimatedclosedate: writing.day(),
      closeprobability: writing.chance(0.8) ? stage.probability : null,
      salesstage: stage.value,
      stepname: `${stage.value + 1}-${stage.english}`,
      statecode: state,
      opx_type: 100_000_000 + writing.whole(0, 2),
      parentaccountid: writing.chance(0.9) ? writing.pick(accounts) : null,
      parentcontactid: writing.chance(0.8) ? writing.pick(contacts) : null,
      customerid: writing.pick(writing.chance(0.7) ? accounts : contacts),
      ...owned(),
    });
  });
}

/** A third is converted: into a contact whose address it has, or without any address. */
function writeLeads(
  writing: Writing,
  owned: Owned,
  contacts: readonly Reference[],
  opportunities: readonly Reference[],
): Reference[] {
  return Array.from({ length: writing.sizes.lead }, (_, at) => {
    const converted = at % 3 === 0 ? writing.pick(contacts) : null;
    const address = converted === null ? null : writing.organisation.row('contact', converted.id)?.values.emailaddress1;
    return writing.row('lead', at, {
      subject: writing.pick(DEAL_SUBJECTS),
      firstname: writing.pick(BRITISH_FIRST),
      lastname: writing.pick(TURKISH_LAST),
      companyname: writing.pick(BRITISH_FIRM),
      emailaddress1: converted === null ? `lead-${at}@else.example` : (address ?? null),
      leadsourcecode: writing.whole(1, 10),
      statecode: converted === null ? writing.pick([0, 0, 2]) : 1,
      parentcontactid: converted,
      qualifyingopportunityid: converted === null ? null : writing.pick(opportunities),
      ...owned(),
    });
  });
}

function writeCases(
  writing: Writing,
  owned: Owned,
  accounts: readonly Reference[],
  contacts: readonly Reference[],
): Reference[] {
  return Array.from({ length: writing.sizes.incident }, (_, at) =>
    writing.row('incident', at, {
      title: writing.pick(PHRASES).slice(0, 190),
      ticketnumber: `CAS-${String(1_000 + at)}`,
      prioritycode: writing.whole(1, 3),
      caseorigincode: writing.whole(1, 3),
      statecode: writing.whole(0, 2),
      customerid: writing.pick(writing.chance(0.6) ? accounts : contacts),
      primarycontactid: writing.chance(0.5) ? writing.pick(contacts) : null,
      ...owned(),
    }),
  );
}

function writeProducts(writing: Writing): void {
  const unit = writing.row('uom', 'each', { name: 'Each', quantity: 1 });
  const lists = ['Retail', 'Wholesale'].map((name) => writing.row('pricelevel', name, { name }));
  for (let at = 0; at < writing.sizes.product; at += 1) {
    const product = writing.row('product', at, {
      name: `Product ${at}`,
      productnumber: `P-${String(at).padStart(4, '0')}`,
      price: writing.whole(5, 5_000),
      productstructure: at % 10 === 0 ? 3 : 1,
      defaultuomid: unit,
    });
    for (const [of, list] of lists.entries()) {
      writing.row('productpricelevel', `${at}/${of}`, {
        productid: product,
        pricelevelid: list,
        uomid: unit,
        pricingmethodcode: 1,
        amount: writing.whole(5, 5_000) + 0.25,
      });
    }
  }
}
