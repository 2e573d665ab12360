import type { TargetRow, UniqueRow } from '../state/state.ts';
import type { TwentyRecord, Workspace } from '../twenty/model.ts';
import type { Lane, Match } from '../twenty/twenty.ts';
import type { Fence } from './caller.ts';
import { UNCERTAIN } from './compare.ts';
import type { Desk } from './desk.ts';
import { recordName, uniqueName } from './names.ts';
import type { Batch } from './queue.ts';
import { endEdits, storeTargets } from './rest.ts';
import { type ColumnValue, columnsOf } from './unique-columns.ts';
import { uniquesOf, valuesOf } from './unique-index.ts';
import { columnTargets, indexedFields, indexedValues, linkColumns } from './values.ts';
import type { Task } from './write.ts';

/** Ids, or values of one field, in one find call (twenty.md O1). */
const PER_FIND = 200;

/**
 * A batch was refused because something in it is there already. One find by ids and by every unique value at once shows
 * what; the state learns it, and the next plan knows. False: nothing was found that explains it.
 */
export async function explainDuplicate(
  desk: Desk,
  fence: Fence,
  batch: Batch,
  tasks: readonly Task[],
): Promise<boolean> {
  const { twenty, state, clock } = desk.deps;
  const { object, lane } = batch;
  const workspace = twenty.workspace();
  const described = workspace.objects.get(object);
  if (described === undefined) return false;
  const wanted = wantedOf(workspace, object, tasks);
  const fields = indexedFields(described);
  const seen = new Map<string, TwentyRecord>();
  for (const anyOf of partsOf(wanted)) {
    for (const row of await twenty.find({ object, by: { anyOf }, fields, deleted: true, lane })) seen.set(row.id, row);
  }
  const byKey = new Map([...seen.values()].map((row) => [row.sourceKey, row]));
  const now = clock.now();
  return state.transaction(async (tx) => {
    await fence.verify(tx);
    const known = await tx.targets.get(tasks.map((task) => task.write.target.targetKey));
    const found: TargetRow[] = [];
    for (const task of tasks) {
      const { target } = task.write;
      if (known.get(target.targetKey)?.status === 'written') continue;
      const { sourceKey } = target.image ?? {};
      const row = seen.get(target.id) ?? (typeof sourceKey === 'string' ? byKey.get(sourceKey) : undefined);
      if (row === undefined) continue;
      // The row is there under our own id or key: written by a call whose answer never came, or by an earlier life of the state.
      const deleted = row.deletedAt !== null && row.deletedAt !== undefined;
      found.push({
        ...target,
        id: row.id,
        status: deleted ? 'deleted' : 'written',
        contributors: deleted ? [] : target.contributors,
        image: null,
        imageHash: deleted ? null : UNCERTAIN,
        checksum: null,
        createdByUs: true,
        writtenAt: now,
      });
    }
    // Whoever waits for one of these records finds it now: the next write of its row changes nothing that they see.
    const released = new Set<string>();
    await storeTargets(tx, workspace, found, released);
    if (released.size > 0) await tx.dependencies.release([...released]);
    const uniques = holdersAmong(workspace, object, [...seen.values()]);
    const fresh = await anyNew(uniques, (field, values) => tx.uniques.find(object, field, values));
    if (seen.size > 0) await tx.uniques.put(object, [...seen.keys()], uniques);
    return found.length > 0 || fresh || heldByOthers(workspace, object, tasks, uniques);
  });
}

/** Whether one of these rows has what is to be written to another: it was written since the plan was made, which knew of neither. */
function heldByOthers(
  workspace: Workspace,
  object: string,
  tasks: readonly Task[],
  uniques: readonly UniqueRow[],
): boolean {
  const holders = new Map(uniques.map(({ field, value, id }) => [uniqueName(object, field, value), id]));
  return tasks.some(({ write: { target } }) =>
    indexedValues(workspace, object, target.image ?? {}).some(({ field, value }) => {
      const holder = holders.get(uniqueName(object, field, value));
      return holder !== undefined && holder !== target.id;
    }),
  );
}

/**
 * Who has which value. A deleted row that an upsert matches all the same, though its values may be shared, counts where no live row
 * has them.
 */
function holdersAmong(workspace: Workspace, object: string, rows: readonly TwentyRecord[]): readonly UniqueRow[] {
  const held = rows.flatMap((row) => uniquesOf(workspace, object, row));
  const names = new Set(held.map(({ field, value }) => uniqueName(object, field, value)));
  const matched = rows
    .flatMap((row) => valuesOf(workspace, object, row))
    .filter(({ field, value }) => !names.has(uniqueName(object, field, value)));
  return [...held, ...matched];
}

async function anyNew(
  rows: readonly UniqueRow[],
  find: (field: string, values: readonly string[]) => Promise<ReadonlyMap<string, UniqueRow>>,
): Promise<boolean> {
  for (const [field, group] of Map.groupBy(rows, (row) => row.field)) {
    const known = await find(
      field,
      group.map((row) => row.value),
    );
    for (const row of group) {
      const before = known.get(row.value);
      if (before === undefined || before.id !== row.id || before.deleted !== row.deleted) return true;
    }
  }
  return false;
}

/** The ids of the rows, and every unique value and combination in them: by name, each once. */
function wantedOf(workspace: Workspace, object: string, tasks: readonly Task[]): readonly (readonly Wanted[])[] {
  const ids = new Map(tasks.map(({ write }) => [write.target.id, [write.target.id]]));
  const wanted = new Map<string, Map<string, Wanted['values']>>([['id', ids]]);
  for (const task of tasks) {
    for (const { field, value, values } of indexedValues(workspace, object, task.write.target.image ?? {})) {
      wanted.set(field, (wanted.get(field) ?? new Map()).set(value, values));
    }
  }
  return [...wanted].map(([name, found]) =>
    [...found.values()].map((values) => ({ columns: columnsOf(name), values })),
  );
}

interface Wanted {
  readonly columns: readonly string[];
  readonly values: readonly ColumnValue[];
}

/** One find for all of the indexes; another only where one of them has more values than a find takes. */
function partsOf(wanted: readonly (readonly Wanted[])[]): readonly (readonly Match[])[] {
  const most = Math.max(...wanted.map((values) => values.length));
  return Array.from({ length: Math.ceil(most / PER_FIND) }, (_, part) =>
    wanted.flatMap((all) => {
      const some = all.slice(part * PER_FIND, (part + 1) * PER_FIND);
      const [first] = some;
      return first === undefined ? [] : [matchOf(first.columns, some)];
    }),
  );
}

function matchOf(columns: readonly string[], wanted: readonly Wanted[]): Match {
  const [field] = columns;
  return columns.length === 1 && field !== undefined
    ? { field, values: wanted.flatMap(({ values }) => values) }
    : { together: columns, values: wanted.map(({ values }) => values) };
}

/** A batch was refused because something that it points at is gone. One find per target object shows what. */
export async function explainForeignKey(
  desk: Desk,
  fence: Fence,
  batch: Batch,
  tasks: readonly Task[],
): Promise<{ readonly parents: boolean; readonly owners: boolean }> {
  const { twenty, state, clock } = desk.deps;
  const workspace = twenty.workspace();
  const pointed = new Map<string, Set<string>>();
  for (const task of tasks) {
    for (const column of linkColumns(workspace, batch.object, task.write.fields)) {
      const id = task.write.fields[column];
      if (typeof id !== 'string') continue;
      for (const object of columnTargets(workspace, batch.object, column)) {
        pointed.set(object, (pointed.get(object) ?? new Set()).add(id));
      }
    }
  }
  let owners = false;
  let parents = false;
  for (const [object, ids] of pointed) {
    const there = await findIds(desk, object, [...ids], batch.lane);
    const missing = [...ids].filter((id) => !there.has(id));
    if (missing.length === 0) continue;
    if (object === 'workspaceMember') {
      owners = true;
      continue;
    }
    parents = true;
    await state.transaction(async (tx) => {
      await fence.verify(tx);
      const lost = [...(await tx.targets.byIds(object, missing)).values()].filter((row) => row.status === 'written');
      const records = lost.flatMap((row) => [...row.contributors, ...(row.parentKey === null ? [] : [row.parentKey])]);
      await endEdits(
        tx,
        lost.map(({ targetKey }) => ({ targetKey, writtenAt: clock.now() })),
      );
      await tx.targets.put(
        lost.map((row) => ({
          ...row,
          status: 'deleted' as const,
          contributors: [],
          image: null,
          imageHash: null,
          checksum: null,
          writtenAt: clock.now(),
        })),
      );
      await tx.uniques.put(object, missing, []);
      await tx.records.touch(records);
      await tx.dependencies.release([...records, ...lost.map((row) => row.targetKey)].map(recordName));
    });
  }
  return { parents, owners };
}

async function findIds(desk: Desk, object: string, ids: readonly string[], lane: Lane): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (let at = 0; at < ids.length; at += PER_FIND) {
    const by = { field: 'id', values: ids.slice(at, at + PER_FIND) };
    for (const row of await desk.deps.twenty.find({ object, by, fields: [], deleted: true, lane })) found.add(row.id);
  }
  return found;
}
