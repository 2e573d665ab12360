import { type JsonObject, textOf } from '../../src/core/exact-json.ts';
import type { FieldDescription } from '../../src/source/connector.ts';
import type { Client } from './client.ts';

/** Roles by participationtypemask, as the columns that list them are called (sources.md A7). */
const ROLES: Readonly<Record<number, string>> = {
  1: 'from',
  2: 'to',
  3: 'cc',
  4: 'bcc',
  5: 'requiredattendees',
  6: 'optionalattendees',
  7: 'organizer',
  10: 'resources',
  11: 'customers',
};
export const roleName = (mask: number): string => ROLES[mask] ?? ALSO[mask] ?? `role ${mask}`;
const ALSO: Readonly<Record<number, string>> = { 8: 'regarding', 9: 'owner', 12: 'chat' };
/** The regarding row and the owner are columns of the activity itself. */
const SHOWN_BY_THE_ACTIVITY = new Set([8, 9]);

/** Tables whose rows can take part and become records. */
const PARTY_TABLES = ['contact', 'account', 'lead'] as const;
/** Those of the firm itself: whoever of them takes part is known, and is no record. */
const OWN_SIDE: ReadonlySet<string> = new Set(['systemuser', 'team', 'queue', 'equipment']);

/** Those that are synced here, Sales may be missing: an activity's `parties/<table>` holds their ids. */
export function partyTables(scope: ReadonlySet<string>): readonly string[] {
  return PARTY_TABLES.filter((table) => scope.has(table));
}

export const UNRESOLVED = 'parties/unresolved';

const FORMATTED = '_partyid_value@OData.Community.Display.V1.FormattedValue';
const TABLE = '_partyid_value@Microsoft.Dynamics.CRM.lookuplogicalname';
/** Activities asked for in one call: the filter must stay well below the longest URL. */
const CHUNK = 40;

export interface PartyParts {
  readonly client: Client;
  readonly pageSize: number;
  /** Calls at once. */
  readonly parallel: number;
}

export type PartyValues = Readonly<Record<string, readonly string[]>>;

/** Who took part in these activities, by activity. Parties cannot be expanded in a tracked read (sources.md A3). */
export async function readParties(
  { client, pageSize, parallel }: PartyParts,
  activities: readonly string[],
  synced: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, PartyValues>> {
  const chunks = Array.from({ length: Math.ceil(activities.length / CHUNK) }, (_, index) =>
    activities.slice(index * CHUNK, (index + 1) * CHUNK),
  );
  const found = new Map<string, JsonObject[]>();
  const prefer = `odata.include-annotations="*",odata.maxpagesize=${Math.max(pageSize, 1000)}`;
  const left = chunks.values();
  const read = async (): Promise<void> => {
    for (const ids of left) {
      const filter = ids.map((id) => `_activityid_value eq ${id}`).join(' or ');
      const query = `activityparties?$select=participationtypemask,addressused,_partyid_value,_activityid_value&$filter=${encodeURIComponent(filter)}`;
      for await (const row of client.rows(query, { prefer, signal })) {
        const id = String(row._activityid_value);
        found.set(id, [...(found.get(id) ?? []), row]);
      }
    }
  };
  await Promise.all(Array.from({ length: parallel }, read));
  return new Map([...found].map(([id, rows]) => [id, partyValues(rows, synced)]));
}

function partyValues(rows: readonly JsonObject[], synced: readonly string[]): PartyValues {
  const values = new Map<string, Set<string>>();
  const add = (field: string, value: string): void => {
    values.set(field, (values.get(field) ?? new Set()).add(value));
  };
  for (const row of rows) {
    const mask = Number(row.participationtypemask);
    if (SHOWN_BY_THE_ACTIVITY.has(mask)) continue;
    const id = textOf(row._partyid_value);
    const table = textOf(row[TABLE]);
    add(ROLES[mask] ?? `role${mask}`, display(row));
    if (id !== null && table !== null && synced.includes(table)) add(`parties/${table}`, id);
    else if (id === null || table === null || !OWN_SIDE.has(table)) add(UNRESOLVED, display(row));
  }
  return Object.fromEntries([...values].map(([field, set]) => [field, [...set].sort()]));
}

/** `Ann Archer <ann@firm.example>`, or what of it is known. */
function display(row: JsonObject): string {
  const name = textOf(row[FORMATTED]);
  const address = textOf(row.addressused);
  if (name !== null && address !== null) return `${name} <${address}>`;
  return name ?? address ?? '(unknown)';
}

/** Fields of every activity, whatever its own columns: the parties by table, and those that nobody knows. */
export function partyFields(scope: ReadonlySet<string>): readonly FieldDescription[] {
  return [...partyTables(scope).map((table) => [`parties/${table}`, [table]] as const), [UNRESOLVED, []] as const].map(
    ([name, refersTo]) => ({
      name,
      label: refersTo.length === 0 ? 'Parties without a record' : `Parties (${refersTo.join('')})`,
      type: { kind: 'array', items: { kind: 'string' } },
      standard: true,
      required: false,
      profile: null,
      values: null,
      refersTo,
      proposal: null,
    }),
  );
}
