import type { EditRow, GivenBackRow, LineageRow, TargetRow, UniqueRow } from '../state/state.ts';
import type { PlanContext } from './context.ts';
import { seenEdits } from './edits.ts';
import { type Formed, type Group, partsOf } from './form.ts';
import { type Merged, mergeParts } from './merge.ts';
import { naturalKey, rowName, uniqueName } from './names.ts';
import { type Claim, claimsOf, columnClaim } from './values.ts';

/** What the groups of a pass have to be compared with, read in a handful of queries. */
export interface Shelf {
  /** Who has a unique value, by `uniqueName`. */
  readonly uniques: ReadonlyMap<string, UniqueRow>;
  /** Our rows by Twenty id, where a unique value led to one. */
  readonly holders: ReadonlyMap<string, TargetRow>;
  /** Targets by key: natural keys of records, children. */
  readonly byKey: ReadonlyMap<string, TargetRow>;
  /** Children by the record they belong to. */
  readonly children: ReadonlyMap<string, readonly TargetRow[]>;
  /** How rows that are deleted now were deleted, by target key. */
  readonly deletions: ReadonlyMap<string, 'soft-delete' | 'destroy'>;
  /** What people changed in all of these rows, by target key. */
  readonly edits: ReadonlyMap<string, readonly EditRow[]>;
  /** What the rows of the clusters are made of, where it is more than one record, by target key. */
  readonly lineage: ReadonlyMap<string, LineageRow>;
  /** Rows of the workspace that were given back, by `rowName`: of the clusters, and those with a unique value that is wanted. */
  readonly givenBack: ReadonlyMap<string, GivenBackRow>;
}

export function editsOf(shelf: Shelf, targetKey: string): readonly EditRow[] {
  return shelf.edits.get(targetKey) ?? [];
}

/** As a write of that row is to carry it (Write.edits). */
export function seenIn(shelf: Shelf, targetKey: string): string {
  return seenEdits(editsOf(shelf, targetKey));
}

/** The contents of a group's row, and where they come from. */
export function mergedOf(context: PlanContext, group: Group): Merged {
  const described = context.workspace.objects.get(group.object);
  // How many values a field may hold (twenty.md §6).
  return mergeParts(partsOf(group), (field) => {
    const most = described?.fields.get(field)?.settings?.maxNumberOfValues;
    return typeof most === 'number' && most >= 1 ? most : Number.POSITIVE_INFINITY;
  });
}

/** Our own key, which must be unique in the object too. */
export function sourceKeyOf(context: PlanContext, group: Group): readonly Claim[] {
  const row = group.contributors[0]?.member.row;
  if (row === undefined || !context.synced.has(group.object)) return [];
  return [columnClaim(group.object, 'sourceKey', naturalKey(row.key, row.incarnation))];
}

export async function readShelf(context: PlanContext, formed: readonly Formed[]): Promise<Shelf> {
  const { tx } = context;
  const uniques = await readUniques(context, formed);
  const holders = new Map<string, TargetRow>();
  for (const [object, rows] of Map.groupBy(uniques.values(), (row) => row.object)) {
    const found = await tx.targets.byIds(object, [...new Set(rows.map((row) => row.id))]);
    for (const [id, target] of found) holders.set(id, target);
  }
  const keys = new Set<string>();
  const records = new Set<string>();
  for (const { cluster, groups } of formed) {
    for (const member of cluster.members) records.add(member.row.key);
    for (const group of groups) {
      keys.add(naturalKey(group.eldest.row.key, group.eldest.row.incarnation));
      for (const { member, ready } of group.contributors) {
        keys.add(naturalKey(member.row.key, member.row.incarnation));
        for (const child of ready.children) keys.add(child.key);
      }
    }
  }
  const byKey = keys.size === 0 ? new Map<string, TargetRow>() : await tx.targets.get([...keys]);
  const children =
    records.size === 0 ? new Map<string, readonly TargetRow[]>() : await tx.targets.childrenOf([...records]);
  const deleted = [...byKey.values(), ...holders.values()].filter((target) => target.status === 'deleted');
  const deletions = new Map<string, 'soft-delete' | 'destroy'>();
  for (const target of deleted) {
    const last = (await tx.journal.of(target.targetKey)).findLast(
      (entry) => entry.operation === 'soft-delete' || entry.operation === 'destroy',
    );
    if (last?.operation === 'soft-delete' || last?.operation === 'destroy')
      deletions.set(target.targetKey, last.operation);
  }
  const rows = [
    ...byKey.values(),
    ...holders.values(),
    ...[...children.values()].flat(),
    ...formed.flatMap(({ cluster }) => [...cluster.targets.values()]),
  ];
  const targetKeys = [...new Set(rows.map((row) => row.targetKey))];
  const edits = targetKeys.length === 0 ? new Map<string, readonly EditRow[]>() : await tx.edits.open(targetKeys);
  const lineage = await tx.lineage.get([...new Set(formed.flatMap(({ cluster }) => [...cluster.targets.keys()]))]);
  const givenBack = await readGivenBack(context, [
    ...uniques.values(),
    ...formed.flatMap(({ cluster }) => [...cluster.targets.values()].filter((target) => !target.createdByUs)),
  ]);
  return { uniques, holders, byKey, children, deletions, edits, lineage, givenBack };
}

async function readGivenBack(
  { tx }: PlanContext,
  rows: readonly { readonly object: string; readonly id: string }[],
): Promise<ReadonlyMap<string, GivenBackRow>> {
  const found = new Map<string, GivenBackRow>();
  for (const [object, group] of Map.groupBy(rows, (row) => row.object)) {
    const ids = [...new Set(group.map(({ id }) => id))];
    for (const row of (await tx.givenBack.ofRows(object, ids)).values()) found.set(rowName(object, row.id), row);
  }
  return found;
}

async function readUniques(context: PlanContext, formed: readonly Formed[]): Promise<ReadonlyMap<string, UniqueRow>> {
  const claims = formed.flatMap(({ groups }) =>
    groups.flatMap((group) => {
      const { fields } = mergedOf(context, group);
      return [...claimsOf(context.workspace, group.object, fields), ...sourceKeyOf(context, group)];
    }),
  );
  const found = new Map<string, UniqueRow>();
  for (const group of Map.groupBy(claims, (claim) => JSON.stringify([claim.object, claim.field])).values()) {
    const [first] = group;
    if (first === undefined) continue;
    const values = [...new Set(group.map((claim) => claim.value))];
    const rows = await context.tx.uniques.find(first.object, first.field, values);
    for (const [value, row] of rows) found.set(uniqueName(first.object, first.field, value), row);
  }
  return found;
}
