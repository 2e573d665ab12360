import { compareAccount } from '../compare-account.ts';
import { compareValues, differing, type FieldComparison, FieldCounts } from '../fields.ts';
import type { Account, Count, Recount } from '../recount.ts';
import type { OwnerRules } from '../rules.ts';
import type { StoredRow, Workspace } from '../store.ts';
import { type Raw, type RawTables, rowOf } from './rows.ts';
import { OBJECTS, type Rule } from './rules.ts';

export interface SmartDeskRecountParts {
  readonly account: Account;
  readonly tables: RawTables;
  readonly workspace: Workspace;
  readonly owners: OwnerRules;
}

/** Counts a run again from the rows that the sample wrote and the workspace's own file, and compares that with its account. */
export function recountSmartDesk(parts: SmartDeskRecountParts): Recount {
  const { account, tables, workspace } = parts;
  const differences: string[] = [];
  const objects: Record<string, Count> = {};
  const counts = new FieldCounts();
  for (const [object, rule] of OBJECTS) {
    const rows = tables.get(rule.table) ?? new Map<string, Raw>();
    const count = { source: rows.size, applied: 0, merged: 0, waiting: 0 };
    for (const [id, raw] of rows) {
      const places = workspace.places(object, id);
      const [place] = places;
      const name = `${object} ${id}`;
      if (places.length > 1) differences.push(`${name} stands in ${places.length} places: it is doubled`);
      const why = waitsFor(parts, rule, raw);
      if (why !== null) {
        count.waiting += 1;
        if (place !== undefined && place.row.sourceChecksum !== null)
          differences.push(`${name} has a row that nothing explains: ${why}`);
      } else if (place === undefined) differences.push(`${name} is missing, and nothing in the export says why`);
      else if (place.survivor) {
        count.applied += 1;
        const compared = compareValues([rule.values(raw)], place.row);
        counts.add(object, compared);
        differences.push(...rowDiffers(parts, rule, raw, place.row, compared).map((text) => `${name}: ${text}`));
      } else {
        count.merged += 1;
        if (object !== 'lead') differences.push(`${name} stands in another one's row`);
      }
    }
    for (const id of workspace.ids(object))
      if (!rows.has(id)) differences.push(`${object} ${id} has a row, and left the export`);
    objects[object] = count;
  }
  differences.push(...compareAccount(account, objects));
  return { objects, compared: counts.all(), differences };
}

/** Why a record must wait: nobody stands for its owner, or what it hangs on waits itself. Null where nothing keeps it. */
function waitsFor(parts: SmartDeskRecountParts, rule: Rule, raw: Raw): string | null {
  const { owners, tables } = parts;
  const email = rule.owner === null ? '' : (raw[rule.owner] ?? '').toLowerCase();
  const known = owners.members.has(email) || owners.substitutes.has(email);
  if (email !== '' && !known) return `nobody stands for the owner ${email}`;
  for (const { object, id } of rule.hangsOn(raw, tables)) {
    const other = OBJECTS.get(object);
    const parent = other === undefined ? undefined : rowOf(tables, other.table, id);
    const why = other === undefined || parent === undefined ? null : waitsFor(parts, other, parent);
    if (why !== null) return `${object} ${id} waits: ${why}`;
  }
  return null;
}

function rowDiffers(
  { workspace }: SmartDeskRecountParts,
  rule: Rule,
  raw: Raw,
  row: StoredRow,
  compared: readonly FieldComparison[],
): readonly string[] {
  const values = differing(compared).map(
    ({ field, wanted, found }) => `${field} is ${JSON.stringify(found)}, and ${JSON.stringify(wanted)} in the export`,
  );
  const links = rule.links(raw).flatMap(({ column, object, id }) => {
    const wanted = id === '' ? null : (workspace.places(object, id)[0]?.row.id ?? null);
    return (row[column] ?? null) === wanted ? [] : [`${column} is ${String(row[column])}, and by the export ${wanted}`];
  });
  return [...values, ...links];
}
