import { tidy, type Values } from '../fields.ts';
import type { Raw, RawTables } from './rows.ts';

export interface Reference {
  readonly object: string;
  readonly id: string;
}

/** What becomes of the rows of one table, said a second time and without the mapping. */
export interface Rule {
  readonly table: string;
  readonly target: string;
  readonly owner: string | null;
  /** Records without which this one cannot be finished. */
  hangsOn(raw: Raw, tables: RawTables): readonly Reference[];
  values(raw: Raw): Values;
  /** Columns of its own row that point at another record's. */
  links(raw: Raw): readonly (Reference & { readonly column: string })[];
}

const references = (raw: Raw, columns: Readonly<Record<string, string>>): readonly Reference[] =>
  Object.entries(columns).flatMap(([column, object]) => {
    const id = raw[column] ?? '';
    return id === '' ? [] : [{ object, id }];
  });

const ABOUT = { 'Contact ID': 'contact', 'Deal ID': 'deal' };

/** The last name that an account has wins nothing: two of one name are told apart by nobody, so a lead finds none of them. */
function accountNamed(name: string, tables: RawTables): readonly Reference[] {
  const found = [...(tables.get('accounts') ?? [])].filter(([, row]) => fold(row['Account Name'] ?? '') === fold(name));
  const [only] = found;
  return name === '' || found.length !== 1 || only === undefined ? [] : [{ object: 'account', id: only[0] }];
}

const fold = (name: string): string => tidy(name).toLowerCase();

const activity = (table: string, title: string, owner: string, ifEmpty: string): Rule => ({
  table,
  target: table === 'notes' ? 'note' : 'task',
  owner,
  hangsOn: (raw) => references(raw, ABOUT),
  values: (raw) => ({ title: tidy(raw[title] ?? '') || ifEmpty }),
  links: () => [],
});

export const OBJECTS: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  [
    'account',
    {
      table: 'accounts',
      target: 'company',
      owner: 'Owner',
      hangsOn: () => [],
      values: (raw) => ({
        name: tidy(raw['Account Name'] ?? ''),
        industry: raw.Industry ?? '',
        employees: raw.Employees ?? '',
      }),
      links: () => [],
    },
  ],
  [
    'contact',
    {
      table: 'contacts',
      target: 'person',
      owner: 'Owner',
      hangsOn: (raw) => references(raw, { 'Account ID': 'account' }),
      values: (raw) => ({
        'name.firstName': tidy(raw['First Name'] ?? ''),
        'name.lastName': tidy(raw['Last Name'] ?? ''),
        'emails.primaryEmail': (raw.Email ?? '').toLowerCase(),
        jobTitle: raw['Job Title'] || null,
        personType: ['Customer', 'Evangelist'].includes(raw['Lifecycle Stage'] ?? '') ? 'CUSTOMER' : 'CONTACT',
      }),
      links: (raw) => [{ column: 'companyId', object: 'account', id: raw['Account ID'] ?? '' }],
    },
  ],
  [
    'lead',
    {
      table: 'leads',
      target: 'person',
      owner: 'Owner',
      hangsOn: (raw, tables) => accountNamed(raw.Company ?? '', tables),
      values: (raw) => ({
        'emails.primaryEmail': (raw.Email ?? '').toLowerCase(),
        personType: 'LEAD',
        leadStatus: raw['Lead Status'] ?? '',
      }),
      links: () => [],
    },
  ],
  [
    'deal',
    {
      table: 'deals',
      target: 'opportunity',
      owner: 'Owner',
      hangsOn: (raw) => references(raw, { 'Account ID': 'account', 'Contact ID': 'contact' }),
      values: (raw) => ({ name: tidy(raw['Deal Name'] ?? ''), 'amount.currencyCode': raw.Currency ?? '' }),
      links: (raw) => [
        { column: 'companyId', object: 'account', id: raw['Account ID'] ?? '' },
        { column: 'pointOfContactId', object: 'contact', id: raw['Contact ID'] ?? '' },
      ],
    },
  ],
  ['task', activity('tasks', 'Subject', 'Assignee', 'Task')],
  ['call', activity('calls', 'Subject', 'Owner', 'Call')],
  ['email', activity('emails', 'Subject', 'Owner', '(no subject)')],
  ['meeting', activity('meetings', 'Subject', 'Owner', 'Meeting')],
  ['note', activity('notes', 'Title', 'Author', 'Note')],
  [
    'campaign',
    {
      table: 'campaigns',
      target: 'campaign',
      owner: null,
      hangsOn: () => [],
      values: (raw) => ({ name: raw['Campaign Name'] ?? '', status: raw.Status ?? '' }),
      links: () => [],
    },
  ],
  [
    'ticket',
    {
      table: 'tickets',
      target: 'ticket',
      owner: 'Assignee',
      hangsOn: (raw) => references(raw, { 'Contact ID': 'contact' }),
      values: (raw) => ({ ticketPriority: raw.Priority ?? '', ticketStatus: raw.Status ?? '' }),
      links: (raw) => [{ column: 'personId', object: 'contact', id: raw['Contact ID'] ?? '' }],
    },
  ],
  [
    'message',
    {
      table: 'ticket_messages',
      target: 'note',
      owner: null,
      hangsOn: (raw) => references(raw, { 'Ticket ID': 'ticket' }),
      values: (raw) => ({ title: 'Ticket message', authorText: raw.Author ?? '' }),
      links: (raw) => [{ column: 'ticketId', object: 'ticket', id: raw['Ticket ID'] ?? '' }],
    },
  ],
]);
