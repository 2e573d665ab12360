import { cell, type ObjectName, type RawExport, type RawRow, sortableTime } from './raw.ts';
import type { StoredRow, Workspace } from './store.ts';

/** Whom the configuration lets stand in for whom, and whose records are to stay behind. E-mails in lower case. */
export interface OwnerRules {
  readonly members: ReadonlySet<string>;
  readonly substitutes: ReadonlyMap<string, string>;
  readonly waived: ReadonlySet<string>;
}

/** Where a link leads: to a row of the workspace, to a record that has none yet, or nowhere. */
export type Found =
  | { readonly kind: 'row'; readonly row: StoredRow; readonly target: 'company' | 'person' | 'opportunity' }
  | { readonly kind: 'absent'; readonly record: string }
  | { readonly kind: 'nothing' };

/** What a record's own row, or the join rows of a task or note, must show. */
export interface ExpectedLink {
  /** Column of the record's row; null: a join row that points at it must exist. */
  readonly column: string | null;
  readonly found: Found;
}

const NOTHING: Found = { kind: 'nothing' };
const LIKE: Readonly<Partial<Record<ObjectName, 'company' | 'person' | 'opportunity'>>> = {
  company: 'company',
  contact: 'person',
  deal: 'opportunity',
};

/**
 * The rules by which the sample's records find their owners and each other, written from the guide a second time and
 * without the mapping. The raw files say what exists, the workspace says what is there.
 */
export class SampleRules {
  readonly #raw: RawExport;
  readonly #workspace: Workspace;
  readonly #owners: OwnerRules;
  readonly #names: Readonly<Record<'company' | 'contact' | 'email', ReadonlyMap<string, readonly string[]>>>;
  readonly #placeholders: ReadonlyMap<string, StoredRow>;

  constructor(raw: RawExport, workspace: Workspace, owners: OwnerRules) {
    this.#raw = raw;
    this.#workspace = workspace;
    this.#owners = owners;
    this.#names = {
      company: newestFirst(raw.company, (row) => cell(row, 'Company Name')),
      contact: newestFirst(raw.contact, (row) => `${cell(row, 'First Name')} ${cell(row, 'Last Name')}`),
      email: newestFirst(raw.contact, (row) => cell(row, 'Email')),
    };
    const placeholders = [...workspace.rows('company').values()].filter((row) => row.isPlaceholder === true);
    this.#placeholders = new Map(placeholders.map((row) => [fold(String(row.name)), row]));
  }

  /** Whether nobody in the workspace stands for this owner. No owner at all is nobody's problem. */
  ownerMissing(email: string): boolean {
    const owner = email.toLowerCase();
    if (owner === '') return false;
    if (this.#owners.waived.has(owner)) return true;
    return !this.#owners.members.has(this.#owners.substitutes.get(owner) ?? owner);
  }

  /** Every link of a record, and null in place of the one that it cannot do without and that leads nowhere. */
  links(object: ObjectName, id: string): readonly (ExpectedLink | null)[] {
    const row = this.#row(object, id);
    const one = (column: string | null, found: Found): ExpectedLink => ({ column, found });
    const needed = (column: string | null, found: Found) => (found.kind === 'nothing' ? null : one(column, found));
    const second = (contact: string, deal: string) =>
      contact !== '' && deal !== '' ? [one(null, this.#byId('deal', deal))] : [];
    switch (object) {
      case 'company':
        // The primary contact is kept as text: it points nowhere, and waits for nobody.
        return [];
      case 'contact': {
        const found = this.#companyOfContact(row, id);
        return found === 'placeholder-missing' || (found.kind === 'nothing' && cell(row, 'Company ID') !== '')
          ? [null]
          : [one('companyId', found)];
      }
      case 'deal':
        return [
          needed('companyId', this.#companyOfDeal(row)),
          one(
            'pointOfContactId',
            first([
              () => this.#byId('contact', cell(row, 'Contact ID')),
              () => this.#named('contact', cell(row, 'Contact Name')),
            ]),
          ),
        ];
      case 'call': {
        const contact = cell(row, 'Contact ID');
        const deal = cell(row, 'Deal ID');
        const found = first([
          ...this.#parties(contact, deal),
          () => this.#named('contact', cell(row, 'Contact Name'), 'only'),
          () => this.#named('company', cell(row, 'Company Name'), 'only'),
        ]);
        return [needed(null, found), ...second(contact, deal)];
      }
      case 'email': {
        const contact = cell(row, 'Contact ID');
        const deal = cell(row, 'Deal ID');
        const sent = cell(row, 'Direction');
        const address = sent === 'Incoming' ? cell(row, 'From') : sent === 'Outgoing' ? cell(row, 'To') : '';
        const [byContact, ...others] = this.#parties(contact, deal);
        const found = first([byContact ?? (() => NOTHING), () => this.#named('email', address), ...others]);
        return [needed(null, found), ...second(contact, deal)];
      }
      case 'meeting': {
        const contact = cell(row, 'Kişi No');
        const deal = cell(row, 'Fırsat No');
        return [needed(null, first(this.#parties(contact, deal))), ...second(contact, deal)];
      }
      case 'note': {
        const contact = cell(row, 'Contact ID');
        const deal = cell(row, 'Deal ID');
        const [byContact, byDeal, ...through] = this.#parties(contact, deal);
        const byCompany = () => this.#byId('company', cell(row, 'Company ID'));
        const found = first([byContact ?? (() => NOTHING), byDeal ?? (() => NOTHING), byCompany, ...through]);
        return [needed(null, found), ...second(contact, deal)];
      }
    }
  }

  /** Contact, deal, the contact's company, the deal's company: in this order wherever an activity looks. */
  #parties(contact: string, deal: string): readonly (() => Found)[] {
    return [
      () => this.#byId('contact', contact),
      () => this.#byId('deal', deal),
      () => this.#throughContact(contact),
      () => (this.#raw.deal.has(deal) ? this.#companyOfDeal(this.#row('deal', deal)) : NOTHING),
    ];
  }

  #companyOfContact(row: RawRow, id: string): Found | 'placeholder-missing' {
    const name = cell(row, 'Company Name');
    const found = first([() => this.#byId('company', cell(row, 'Company ID')), () => this.#named('company', name)]);
    if (found.kind !== 'nothing' || name === '') return found;
    const placeholder = this.#placeholders.get(fold(name));
    if (placeholder !== undefined) return { kind: 'row', row: placeholder, target: 'company' };
    return this.#workspace.places('contact', id).length > 0
      ? 'placeholder-missing'
      : { kind: 'absent', record: `contact ${id}` };
  }

  #throughContact(id: string): Found {
    if (!this.#raw.contact.has(id)) return NOTHING;
    const found = this.#companyOfContact(this.#row('contact', id), id);
    return found === 'placeholder-missing' ? { kind: 'absent', record: `contact ${id}` } : found;
  }

  #companyOfDeal(row: RawRow): Found {
    const contact = cell(row, 'Contact Name');
    return first([
      () => this.#byId('company', cell(row, 'Company ID')),
      () => this.#named('company', cell(row, 'Company Name')),
      () => this.#throughContact(cell(row, 'Contact ID')),
      () => this.#throughContact(this.#names.contact.get(fold(contact))?.[0] ?? ''),
      () => this.#named('company', contact),
    ]);
  }

  #byId(object: 'company' | 'contact' | 'deal', id: string): Found {
    if (id === '' || !this.#raw[object].has(id)) return NOTHING;
    const place = this.#workspace.places(object, id)[0];
    return place === undefined
      ? { kind: 'absent', record: `${object} ${id}` }
      : { kind: 'row', row: place.row, target: LIKE[object] ?? 'company' };
  }

  /** `only`: several rows of one name are no answer; else the one changed last is. */
  #named(by: 'company' | 'contact' | 'email', value: string, among: 'newest' | 'only' = 'newest'): Found {
    const object = by === 'company' ? 'company' : 'contact';
    const ids = value === '' ? [] : (this.#names[by].get(fold(value)) ?? []);
    const rows = new Set(ids.map((id) => this.#workspace.places(object, id)[0]?.row.id ?? id));
    const [newest] = ids;
    return newest === undefined || (among === 'only' && rows.size > 1) ? NOTHING : this.#byId(object, newest);
  }

  #row(object: ObjectName, id: string): RawRow {
    const row = this.#raw[object].get(id);
    if (row === undefined) throw new Error(`no ${object} ${id} in the export`);
    return row;
  }
}

/** The first way that does not lead nowhere. */
function first(ways: readonly (() => Found)[]): Found {
  for (const way of ways) {
    const found = way();
    if (found.kind !== 'nothing') return found;
  }
  return NOTHING;
}

/** Ids by folded value, the one changed last first, then by id. */
function newestFirst(
  rows: ReadonlyMap<string, RawRow>,
  textOf: (row: RawRow) => string,
): ReadonlyMap<string, readonly string[]> {
  const byValue = new Map<string, string[]>();
  const sorted = [...rows].sort(([a, one], [b, other]) => changedAt(other) - changedAt(one) || (a < b ? -1 : 1));
  for (const [id, row] of sorted) {
    const value = fold(textOf(row));
    if (value === '') continue;
    const known = byValue.get(value) ?? [];
    byValue.set(value, known);
    known.push(id);
  }
  return byValue;
}

function changedAt(row: RawRow): number {
  return sortableTime(cell(row, 'Modified'));
}

/** Names and addresses compare without case, Turkish i's as one, and without the amount of white space. */
export function fold(text: string): string {
  return text.normalize('NFKC').replaceAll(/[İı]/g, 'i').toLowerCase().replaceAll(/\s+/g, ' ').trim().normalize('NFC');
}
