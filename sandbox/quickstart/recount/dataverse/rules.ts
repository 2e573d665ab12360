import { tidy, type Values } from '../fields.ts';
import type { OwnerRules } from '../rules.ts';
import type { StoredRow, Workspace } from '../store.ts';
import { type EnvironmentRow, type EnvironmentRows, type Reference, referenceOf, TARGETS } from './rows.ts';

/** Where a link leads: to a row of the workspace, to a record that has none yet, or nowhere. */
export type Found =
  | { readonly kind: 'row'; readonly row: StoredRow }
  | { readonly kind: 'absent'; readonly record: string }
  | { readonly kind: 'nothing' };

/** What a record's own row must point at; of tasks and notes (`column` null) what a target of theirs must. */
export interface ExpectedLink {
  readonly column: string | null;
  readonly found: Found;
}

const NOTHING: Found = { kind: 'nothing' };
const ACTIVITIES: ReadonlySet<string> = new Set(['task', 'phonecall', 'appointment', 'email']);
const STAGES = ['QUALIFY', 'DEVELOP', 'PROPOSE', 'CLOSE'] as const;
const OWNER: Readonly<Record<string, string>> = { opx_inspection: 'opx_inspectorid' };

/** The rules by which the sample's rows find their owners and each other, written a second time and without the mapping. */
export class DataverseRules {
  readonly #rows: EnvironmentRows;
  readonly #workspace: Workspace;
  readonly #owners: OwnerRules;

  constructor(rows: EnvironmentRows, workspace: Workspace, owners: OwnerRules) {
    this.#rows = rows;
    this.#workspace = workspace;
    this.#owners = owners;
  }

  /** Whether a record may have been folded into the row of another: a lead into the contact that it became. */
  mayMerge(table: string, id: string, into: string): boolean {
    return table === 'lead' && into.endsWith(`/contact/${this.#became(id)}`);
  }

  /** A lead that became a contact which is there has no row of its own. */
  mustMerge(table: string, id: string): boolean {
    const contact = this.#became(id);
    return table === 'lead' && contact !== null && this.#place({ table: 'contact', id: contact }) !== null;
  }

  #became(lead: string): string | null {
    const row = this.#rows.of('lead').get(lead);
    const contact = row?.statecode === 1 ? referenceOf(row.parentcontactid) : null;
    return contact === null || !this.#rows.of('contact').has(contact.id) ? null : contact.id;
  }

  /** Why a record must wait by itself, whatever others do; null where nothing keeps it. */
  mustWait(table: string, id: string): string | null {
    const row = this.#rows.row(table, id);
    const owner = this.#rows.email(row[OWNER[table] ?? 'ownerid']).toLowerCase();
    if (owner !== '' && this.#unknown(owner)) return `nobody stands for the owner ${owner}`;
    if (ACTIVITIES.has(table) && this.#leadsNowhere(row, id)) return 'it leads to no record';
    if (table === 'annotation' && this.#noteTarget(row).kind === 'nothing') return 'a note cannot stand there';
    return null;
  }

  links(table: string, id: string): readonly ExpectedLink[] {
    const row = this.#rows.row(table, id);
    const to = (column: string, name: string, targets: readonly string[]): ExpectedLink => ({
      column,
      found: this.#find(row[name], targets),
    });
    switch (table) {
      case 'account':
        return [to('parentCompanyId', 'parentaccountid', ['account'])];
      case 'contact':
        return [{ column: 'companyId', found: this.#companyOf(row.parentcustomerid) }];
      case 'lead':
        return [{ column: 'companyId', found: this.#firstCompany([row.parentaccountid, row.customerid]) }];
      case 'opportunity':
        return [
          {
            column: 'companyId',
            found: this.#firstCompany([row.parentaccountid, row.customerid, row.parentcontactid]),
          },
          { column: 'pointOfContactId', found: this.#first([row.parentcontactid, row.customerid], ['contact']) },
        ];
      case 'incident':
        return [
          { column: 'companyId', found: this.#companyOf(row.customerid) },
          { column: 'personId', found: this.#first([row.primarycontactid, row.customerid], ['contact']) },
          to('parentCaseId', 'parentcaseid', ['incident']),
        ];
      case 'product':
        return [to('parentProductId', 'parentproductid', ['product'])];
      case 'productpricelevel':
        return [to('productId', 'productid', ['product'])];
      case 'annotation':
        return [{ column: null, found: this.#noteTarget(row) }];
      case 'opx_project':
        return [
          to('companyId', 'opx_accountid', ['account']),
          to('customerCompanyId', 'opx_customerid', ['account']),
          to('customerPersonId', 'opx_customerid', ['contact']),
          to('parentProjectId', 'opx_parentid', ['opx_project']),
          to('originOpportunityId', 'opx_originid', ['opportunity']),
          to('originPersonId', 'opx_originid', ['lead']),
          to('originCaseId', 'opx_originid', ['incident']),
        ];
      case 'opx_inspection':
        return [
          to('projectId', 'opx_projectid', ['opx_project']),
          to('siteCompanyId', 'opx_siteid', ['account']),
          to('sitePersonId', 'opx_siteid', ['contact']),
        ];
      default:
        return this.#targets(row, id);
    }
  }

  /** Names, addresses, amounts and choices as the environment has them. */
  values(table: string, id: string): Values {
    const row = this.#rows.row(table, id);
    const title = (without: string): Values => ({ title: tidy(text(row.subject)) || without });
    switch (table) {
      case 'account':
        return {
          name: tidy(text(row.name)),
          employees: text(row.numberofemployees) || null,
          ...amount('annualRevenue', row.revenue),
        };
      case 'contact':
      case 'lead':
        return {
          'name.firstName': tidy(text(row.firstname)) || null,
          'name.lastName': tidy(text(row.lastname)) || null,
          'emails.primaryEmail': text(row.emailaddress1).toLowerCase() || null,
          jobTitle: text(row.jobtitle) || null,
        };
      case 'opportunity':
        return {
          name: tidy(text(row.name)),
          stage: row.statecode === 0 ? (STAGES[Number(row.salesstage)] ?? null) : row.statecode === 1 ? 'WON' : 'LOST',
          ...amount('amount', row.estimatedvalue),
        };
      case 'incident':
        return { name: tidy(text(row.title)), caseNumber: text(row.ticketnumber) };
      case 'product':
        return { name: tidy(text(row.name)), sku: text(row.productnumber) };
      case 'productpricelevel':
        return amount('amount', row.amount);
      case 'opx_project':
        return {
          name: text(row.opx_name),
          headcount: text(row.opx_headcount),
          serial: text(row.opx_serial),
          progress: text(row.opx_progress),
          startDate: text(row.opx_starton),
          shiftStart: text(row.opx_shiftstart).replace('Z', ''),
          ...amount('costToDate', row.opx_cost),
        };
      case 'opx_inspection':
        return { name: text(row.opx_name), score: text(row.opx_score), slot: text(row.opx_slot).replace('Z', '') };
      case 'annotation':
        return title('Note');
      case 'phonecall':
        return title('Call');
      case 'appointment':
        return title('Meeting');
      case 'email':
        return title('E-mail');
      default:
        return title('Task');
    }
  }

  #unknown(owner: string): boolean {
    if (this.#owners.waived.has(owner)) return true;
    return !this.#owners.members.has(this.#owners.substitutes.get(owner) ?? owner);
  }

  #leadsNowhere(row: EnvironmentRow, id: string): boolean {
    const regarding = referenceOf(row.regardingobjectid)?.table ?? '';
    if (['account', 'contact', 'lead', 'opportunity'].includes(regarding)) return false;
    return !this.#rows.parties(id).some(({ table }) => ['contact', 'account', 'lead'].includes(table));
  }

  /** What an activity regards, and everybody who took part. */
  #targets(row: EnvironmentRow, id: string): readonly ExpectedLink[] {
    const parties = this.#rows.parties(id).filter(({ table }) => ['contact', 'account', 'lead'].includes(table));
    const people = parties.some(({ table }) => table !== 'account');
    const regarding = referenceOf(row.regardingobjectid);
    const direct = regarding !== null && ['opportunity', 'account'].includes(regarding.table);
    const person = regarding !== null && ['contact', 'lead'].includes(regarding.table) && !people;
    const all = [...(direct || person ? [regarding] : []), ...parties];
    return all.map((one) => ({ column: null, found: this.#find(one, [...TARGETS.keys()]) }));
  }

  #noteTarget(row: EnvironmentRow): Found {
    return this.#find(row.objectid, ['contact', 'opportunity', 'account', 'lead']);
  }

  /** An account itself; of a contact its company. */
  #companyOf(value: unknown): Found {
    const of = referenceOf(value);
    if (of?.table !== 'contact') return this.#find(value, ['account']);
    const contact = this.#rows.of('contact').get(of.id);
    if (contact === undefined) return NOTHING;
    // Nothing is known of the company of somebody who waits.
    if (this.#place(of) === null) return { kind: 'absent', record: `contact ${of.id}` };
    return this.#companyOf(contact.parentcustomerid);
  }

  #firstCompany(values: readonly unknown[]): Found {
    for (const value of values) {
      const found = this.#companyOf(value);
      if (found.kind !== 'nothing') return found;
    }
    return NOTHING;
  }

  #first(values: readonly unknown[], targets: readonly string[]): Found {
    for (const value of values) {
      const found = this.#find(value, targets);
      if (found.kind !== 'nothing') return found;
    }
    return NOTHING;
  }

  #find(value: unknown, targets: readonly string[]): Found {
    const to = referenceOf(value);
    if (to === null || !targets.includes(to.table) || !this.#rows.of(to.table).has(to.id)) return NOTHING;
    return this.#place(to) ?? { kind: 'absent', record: `${to.table} ${to.id}` };
  }

  #place({ table, id }: Reference): Found | null {
    const place = this.#workspace.places(table, id)[0];
    return place === undefined ? null : { kind: 'row', row: place.row };
  }
}

function text(value: unknown): string {
  return value === null || value === undefined ? '' : String(value).trim();
}

/** All amounts of the sample are in the firm's own currency. */
function amount(field: string, value: unknown): Values {
  if (typeof value !== 'number') return { [`${field}.amountMicros`]: null, [`${field}.currencyCode`]: null };
  return { [`${field}.amountMicros`]: String(Math.round(value * 10_000) * 100), [`${field}.currencyCode`]: 'GBP' };
}
