import { fieldOf } from '../twenty/selection.ts';
import type { Desk } from './desk.ts';
import { columnsOf } from './edit-finding.ts';
import type { Batch } from './queue.ts';
import type { Task } from './write.ts';

/**
 * Reads rows that were there before us, before their first write (SPEC.md I7), and again before the first write of a field
 * that was not read then: what they held is what giving them back needs. Of all fields that the mapping may fill, so that once
 * is nearly always enough. One call for up to 200 of them.
 */
export async function adoptBefore(desk: Desk, batch: Batch): Promise<Batch> {
  const strangers = batch.tasks.filter(
    ({ write }) => write.adopts && (write.target.before === null || lacks(write.target.before, write.fields)),
  );
  if (strangers.length === 0) return batch;
  const { twenty, mappings } = desk.deps;
  const described = twenty.workspace().objects.get(batch.object);
  const columns = [...columnsOf(mappings(), batch.object)].filter(
    (name) => described !== undefined && fieldOf(described, name) !== undefined,
  );
  const fields = [...new Set([...strangers.flatMap((task) => Object.keys(task.write.fields)), ...columns])];
  const rows = await twenty.find({
    object: batch.object,
    by: { field: 'id', values: strangers.map((task) => task.write.target.id) },
    fields,
    deleted: true,
    lane: batch.lane,
  });
  const before = new Map(rows.map((row) => [row.id, row]));
  const tasks = batch.tasks.map((task): Task => {
    const { target } = task.write;
    const row = before.get(target.id);
    if (!strangers.includes(task)) return task;
    return desk.replace(task, {
      ...task.write,
      // What was read first is what it held; only what nobody had read is added.
      target: { ...target, before: { ...row, ...target.before }, createdByUs: false },
    });
  });
  return { ...batch, tasks };
}

function lacks(before: Readonly<Record<string, unknown>>, fields: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(fields).some((name) => !(name in before));
}
