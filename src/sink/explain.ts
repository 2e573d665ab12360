import type { TargetRow, UniqueRow } from '../state/state.ts';
import type { TwentyRecord } from '../twenty/model.ts';
import type { Lane } from '../twenty/twenty.ts';
import type { Fence } from './caller.ts';
import { UNCERTAIN } from './compare.ts';
import type { Desk } from './desk.ts';
import { recordName } from './names.ts';
import type { Batch } from './queue.ts';
import { uniquesOf } from './unique-index.ts';
import { claimedFields, claimsOf, columnTargets, linkColumns } from './values.ts';
import type { Task } from './write.ts';

/** Ids or values in one find call (twenty.md O1). */
const PER_FIND = 200;

/**
 * A batch was refused because something in it is there already. One find by ids and one per unique field show what;
 * the state learns it, and the next plan knows. False: nothing was found that explains it.
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
  const claimed = claimedFields(described);
  const synced = described.fields.has('sourceKey');
  const fields = [
    ...new Set([...claimed.map((field) => field.split('.')[0] ?? field), ...(synced ? ['sourceKey'] : [])]),
  ];
  const sent = new Map(tasks.map((task) => [task.write.target.id, task.write]));
  const byId = await findAll(desk, object, 'id', [...sent.keys()], fields, lane);
  const seen = new Map<string, TwentyRecord>(byId.map((row) => [row.id, row]));
  const claims = tasks.flatMap((task) => claimsOf(workspace, object, task.write.target.image ?? {}));
  for (const field of claimed) {
    const values = claims.filter((claim) => claim.field === field).map((claim) => claim.value);
    for (const row of await findAll(desk, object, field, values, fields, lane)) seen.set(row.id, row);
  }
  const byKey = synced ? await findAll(desk, object, 'sourceKey', sourceKeys(tasks), fields, lane) : [];
  const now = clock.now();
  return state.transaction(async (tx) => {
    await fence.verify(tx);
    const known = await tx.targets.get(tasks.map((task) => task.write.target.targetKey));
    const found: TargetRow[] = [];
    for (const task of tasks) {
      const { target } = task.write;
      if (known.get(target.targetKey)?.status === 'written') continue;
      const row = seen.get(target.id) ?? byKey.find((one) => one.sourceKey === target.image?.sourceKey);
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
    if (found.length > 0) await tx.targets.put(found);
    const uniques: UniqueRow[] = [...seen.values()].flatMap((row) => uniquesOf(workspace, object, row));
    const fresh = await anyNew(uniques, (field, values) => tx.uniques.find(object, field, values));
    if (seen.size > 0) await tx.uniques.put(object, [...seen.keys()], uniques);
    return found.length > 0 || fresh;
  });
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

function sourceKeys(tasks: readonly Task[]): string[] {
  return tasks.flatMap((task) => {
    const key = task.write.target.image?.sourceKey;
    return typeof key === 'string' ? [key] : [];
  });
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
    const there = new Set((await findAll(desk, object, 'id', [...ids], [], batch.lane)).map((row) => row.id));
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

async function findAll(
  desk: Desk,
  object: string,
  field: string,
  values: readonly string[],
  fields: readonly string[],
  lane: Lane,
): Promise<readonly TwentyRecord[]> {
  const wanted = [...new Set(values)];
  const found: TwentyRecord[] = [];
  for (let at = 0; at < wanted.length; at += PER_FIND) {
    const part = wanted.slice(at, at + PER_FIND);
    found.push(...(await desk.deps.twenty.find({ object, by: { field, values: part }, fields, deleted: true, lane })));
  }
  return found;
}
