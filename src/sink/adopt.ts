import type { Desk } from './desk.ts';
import type { Batch } from './queue.ts';
import type { Task } from './write.ts';

/**
 * Reads rows that were there before us, before their first write (SPEC.md I7): what they held is what an undo gives
 * back. One call for up to 200 of them.
 */
export async function adoptBefore(desk: Desk, batch: Batch): Promise<Batch> {
  const strangers = batch.tasks.filter((task) => task.write.adopts && task.write.target.before === null);
  if (strangers.length === 0) return batch;
  const fields = [...new Set(strangers.flatMap((task) => Object.keys(task.write.fields)))];
  const rows = await desk.deps.twenty.find({
    object: batch.object,
    by: { field: 'id', values: strangers.map((task) => task.write.target.id) },
    fields,
    deleted: true,
    lane: batch.lane,
  });
  const before = new Map(rows.map((row) => [row.id, row]));
  const tasks = batch.tasks.map((task): Task => {
    const row = before.get(task.write.target.id);
    if (!strangers.includes(task)) return task;
    return desk.replace(task, {
      ...task.write,
      target: { ...task.write.target, before: row ?? {}, createdByUs: false },
    });
  });
  return { ...batch, tasks };
}
