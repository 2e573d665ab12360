import { readFileSync } from 'node:fs';

export interface Reference {
  readonly table: string;
  readonly id: string;
}

/** A row of the environment as it was kept at the end: no reader of Changeover's has touched it. */
export type EnvironmentRow = Readonly<Record<string, unknown>>;

/** What each table that is moved becomes, said a second time on purpose. */
export const TARGETS: ReadonlyMap<string, string> = new Map([
  ['account', 'company'],
  ['contact', 'person'],
  ['lead', 'person'],
  ['opportunity', 'opportunity'],
  ['incident', 'supportCase'],
  ['product', 'product'],
  ['productpricelevel', 'productPrice'],
  ['task', 'task'],
  ['phonecall', 'task'],
  ['appointment', 'task'],
  ['email', 'task'],
  ['annotation', 'note'],
  ['opx_project', 'project'],
  ['opx_inspection', 'inspection'],
]);

export class EnvironmentRows {
  readonly #tables = new Map<string, Map<string, EnvironmentRow>>();
  readonly #parties = new Map<string, EnvironmentRow[]>();

  constructor(file: string) {
    for (const line of readFileSync(file, 'utf8').trimEnd().split('\n')) {
      const { table, id, values } = JSON.parse(line) as { table: string; id: string; values: EnvironmentRow };
      const rows = this.#tables.get(table) ?? new Map<string, EnvironmentRow>();
      this.#tables.set(table, rows.set(id, values));
      const activity = referenceOf(values.activityid);
      if (table === 'activityparty' && activity !== null) {
        this.#parties.set(activity.id, [...(this.#parties.get(activity.id) ?? []), values]);
      }
    }
  }

  of(table: string): ReadonlyMap<string, EnvironmentRow> {
    return this.#tables.get(table) ?? new Map<string, EnvironmentRow>();
  }

  row(table: string, id: string): EnvironmentRow {
    const row = this.of(table).get(id);
    if (row === undefined) throw new Error(`no ${table} ${id}`);
    return row;
  }

  /** Who took part in an activity, its owner and what it regards left out. */
  parties(activity: string): readonly Reference[] {
    return (this.#parties.get(activity) ?? []).flatMap((row) => {
      const party = referenceOf(row.partyid);
      return party === null || row.participationtypemask === 8 || row.participationtypemask === 9 ? [] : [party];
    });
  }

  /** The address that an owner is known by. */
  email(value: unknown): string {
    const user = referenceOf(value);
    if (user === null) return '';
    return String(this.of(user.table).get(user.id)?.internalemailaddress ?? user.id);
  }
}

export function referenceOf(value: unknown): Reference | null {
  return typeof value === 'object' && value !== null && 'table' in value ? (value as Reference) : null;
}
