import type { TargetRow } from '../state/state.ts';
import { returnOf } from './adopted.ts';
import type { Fence } from './caller.ts';
import type { Desk } from './desk.ts';
import type { Batch } from './queue.ts';
import { RETURNED } from './return.ts';
import { indexedValues, normalOf } from './values.ts';
import type { Task } from './write.ts';

/**
 * Reads rows that are given back right before their earlier values are sent (SPEC.md §17): what somebody wrote meanwhile stays,
 * and a row that is gone is not made anew. One call for up to 200 of them. Those with nothing to send leave the batch.
 */
export async function readBeforeReturn(desk: Desk, fence: Fence, batch: Batch): Promise<Batch> {
  const returning = batch.tasks.filter(({ write }) => write.returns === true);
  if (returning.length === 0 || batch.operation !== 'upsert') return batch;
  const { twenty, state, clock } = desk.deps;
  const { object, lane } = batch;
  const workspace = twenty.workspace();
  const described = workspace.objects.get(object);
  const normal = normalOf(workspace, object);
  const fields = [...new Set(returning.flatMap(({ write }) => Object.keys(write.fields)))];
  const by = { field: 'id', values: returning.map(({ write }) => write.target.id) };
  const rows = new Map((await twenty.find({ object, by, fields, deleted: true, lane })).map((row) => [row.id, row]));
  const better = new Map<Task, Task>();
  const through: { readonly task: Task; readonly row: TargetRow }[] = [];
  for (const task of returning) {
    const { target, present } = task.write;
    if (present === null) continue;
    const row = rows.get(target.id);
    const gone = row === undefined || (row.deletedAt !== null && row.deletedAt !== undefined);
    const asked = { before: target.before, image: pick(present.image ?? {}, Object.keys(task.write.fields)) };
    const found = returnOf({ target: asked, edits: [], row: row ?? null, described, normal });
    const taken = gone ? new Set<string>() : await takenByOthers(desk, target, found.fields);
    const left = Object.fromEntries(Object.entries(found.fields).filter(([name]) => !taken.has(name)));
    const held = row === undefined ? {} : Object.fromEntries([...taken].map((name) => [name, row[name] ?? null]));
    const image = { ...target.image, ...found.image, ...held };
    if (gone || Object.keys(left).length === 0) {
      const status = gone ? 'deleted' : 'written';
      through.push({
        task,
        row: { ...present, image, imageHash: RETURNED, checksum: null, status, writtenAt: clock.now() },
      });
      continue;
    }
    better.set(task, desk.replace(task, { ...task.write, target: { ...target, image }, fields: left }));
  }
  if (through.length > 0) {
    await state.transaction(async (tx) => {
      await fence.verify(tx);
      await tx.targets.put(through.map(({ row }) => row));
      await tx.records.touch(through.flatMap(({ row }) => row.contributors));
    });
    desk.abandon(new Set(through.flatMap(({ task }) => [...task.units])));
  }
  return { ...batch, tasks: batch.tasks.map((task) => better.get(task) ?? task) };
}

/** Fields with a unique value that another row has by now: sent all the same, the whole call would be refused. */
async function takenByOthers(
  desk: Desk,
  { object, id }: Pick<TargetRow, 'object' | 'id'>,
  fields: Readonly<Record<string, unknown>>,
): Promise<ReadonlySet<string>> {
  const claims = indexedValues(desk.deps.twenty.workspace(), object, fields);
  return desk.deps.state.read(async (tx) => {
    const taken = new Set<string>();
    for (const { field, value, givesUp } of claims) {
      const holder = (await tx.uniques.find(object, field, [value])).get(value);
      if (holder === undefined || holder.id === id) continue;
      for (const column of givesUp) taken.add(column.split('.')[0] ?? column);
    }
    return taken;
  });
}

function pick(from: Readonly<Record<string, unknown>>, names: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(names.map((name) => [name, from[name]]));
}
