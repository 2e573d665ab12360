import { compareAccount } from '../compare-account.ts';
import { compareValues, differing, FieldCounts } from '../fields.ts';
import type { Account, Count, Recount } from '../recount.ts';
import type { OwnerRules } from '../rules.ts';
import type { Place, StoredRow, Workspace } from '../store.ts';
import { type EnvironmentRows, TARGETS } from './rows.ts';
import { DataverseRules } from './rules.ts';

export interface DataverseRecountParts {
  readonly account: Account;
  readonly rows: EnvironmentRows;
  readonly workspace: Workspace;
  readonly owners: OwnerRules;
}

/** Why a record cannot be settled; `on`: it waits for another one. */
interface Cause {
  readonly text: string;
  readonly on: string | null;
}

/** Counts a run again from the rows that the environment kept and the workspace's own file, and compares that with its account. */
export function recountDataverse({ account, rows, workspace, owners }: DataverseRecountParts): Recount {
  const rules = new DataverseRules(rows, workspace, owners);
  const differences: string[] = [];
  const waits = new Map<string, readonly Cause[]>();
  const targets = targetsOf(workspace);
  const objects: Record<string, Count> = {};
  const counts = new FieldCounts();
  for (const table of TARGETS.keys()) {
    const count = { source: rows.of(table).size, applied: 0, merged: 0, waiting: 0 };
    for (const id of rows.of(table).keys()) {
      const name = `${table} ${id}`;
      const places = workspace.places(table, id);
      const [place] = places;
      if (places.length > 1) differences.push(`${name} stands in ${places.length} places: it is doubled`);
      const why = causesOf(rules, table, id);
      if (why.length > 0) {
        count.waiting += 1;
        waits.set(name, why);
        if (place !== undefined && place.row.sourceChecksum !== null)
          differences.push(`${name} has a row that nothing explains: ${why.map(({ text }) => text).join('; ')}`);
      } else if (place === undefined) {
        differences.push(`${name} is missing, and nothing in the environment says why`);
      } else {
        if (place.survivor && rules.mustMerge(table, id)) differences.push(`${name} stands beside what it became`);
        if (place.survivor) count.applied += 1;
        else count.merged += 1;
        differences.push(...rowOf(rules, table, id, place, targets, counts).map((text) => `${name}: ${text}`));
      }
    }
    for (const id of workspace.ids(table))
      if (!rows.of(table).has(id)) differences.push(`${table} ${id} has a row, and was deleted in the environment`);
    objects[table] = count;
  }
  differences.push(...circles(waits), ...strangers(workspace), ...compareAccount(account, objects));
  return { objects, compared: counts.all(), differences };
}

function causesOf(rules: DataverseRules, table: string, id: string): readonly Cause[] {
  const own = rules.mustWait(table, id);
  const links = rules.links(table, id).flatMap(({ found }) => (found.kind === 'absent' ? [found.record] : []));
  return [
    ...(own === null ? [] : [{ text: own, on: null }]),
    ...links.map((record) => ({ text: `${record} has no row`, on: record })),
  ];
}

/** What differs between a row and the records behind it. */
function rowOf(
  rules: DataverseRules,
  table: string,
  id: string,
  place: Place,
  targets: ReadonlyMap<string, ReadonlySet<string>>,
  counts: FieldCounts,
): readonly string[] {
  const { row, survivor } = place;
  if (!survivor) {
    const into = String(row.sourceKey);
    return rules.mayMerge(table, id, into) ? [] : [`merged into ${into}, which it did not become`];
  }
  const found: string[] = row.sourceChecksum === null ? ['its row is not finished: it carries no checksum'] : [];
  const behind = contributors(row);
  const compared = compareValues(
    behind.map(([of, key]) => rules.values(of, key)),
    row,
  );
  counts.add(table, compared);
  for (const one of differing(compared))
    found.push(`${one.field} is ${JSON.stringify(one.found)}, and ${JSON.stringify(one.wanted)} in the environment`);
  const joined = targets.get(row.id) ?? new Set<string>();
  for (const { column, found: link } of rules.links(table, id)) {
    const wanted = link.kind === 'row' ? link.row.id : null;
    if (column === null) {
      if (wanted !== null && !joined.has(wanted)) found.push(`has no target that points at ${wanted}`);
    } else if (behind.length === 1 && (row[column] ?? null) !== wanted) {
      found.push(`${column} is ${String(row[column])}, and by the environment ${String(wanted)}`);
    }
  }
  return found;
}

/** Table and id of the records behind a row; contacts in front of leads, as their values count more. */
function contributors(row: StoredRow): readonly (readonly [string, string])[] {
  const keys = (Array.isArray(row.sourceKeys) ? row.sourceKeys : []).map((key) => String(key).split('/'));
  return keys.map(([, table = '', id = '']) => [table, id] as const).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** Which rows the targets of a task or note point at. */
function targetsOf(workspace: Workspace): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const [object, owner] of [
    ['taskTarget', 'taskId'],
    ['noteTarget', 'noteId'],
  ] as const) {
    for (const row of workspace.rows(object).values()) {
      const of = found.get(String(row[owner])) ?? new Set<string>();
      found.set(String(row[owner]), of);
      for (const column of ['targetPersonId', 'targetOpportunityId', 'targetCompanyId'])
        if (typeof row[column] === 'string') of.add(row[column]);
    }
  }
  return found;
}

/** A wait must end somewhere: records that wait only for each other would be waiting for nothing. */
function circles(waits: ReadonlyMap<string, readonly Cause[]>): readonly string[] {
  const grounded = new Set<string>();
  for (let before = -1; grounded.size > before; ) {
    before = grounded.size;
    for (const [record, why] of waits) if (why.some(({ on }) => on === null || grounded.has(on))) grounded.add(record);
  }
  return [...waits.keys()].filter((record) => !grounded.has(record)).map((record) => `${record} waits in a circle`);
}

/** Rows behind which no record stands. */
function strangers(workspace: Workspace): readonly string[] {
  return [...new Set(TARGETS.values())].flatMap((target) =>
    [...workspace.rows(target).values()].flatMap((row) =>
      Array.isArray(row.sourceKeys) && row.sourceKeys.length > 0 ? [] : [`${target} ${row.id} belongs to no record`],
    ),
  );
}
