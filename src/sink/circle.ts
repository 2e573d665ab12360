import type { PlanContext } from './context.ts';

/** How many records a circle may have; a longer one waits until somebody looks. */
const LONGEST_CIRCLE = 1000;

/** Whether `on`, or anything it waits for, waits for `key`: then waiting for it would be for ever. */
export function closesCircle(context: PlanContext, key: string, on: string): boolean | 'unread' {
  if (on === key) return true;
  const seen = new Set([on]);
  const queue = [on];
  let unread = false;
  for (let next = queue.shift(); next !== undefined && seen.size <= LONGEST_CIRCLE; next = queue.shift()) {
    const row = context.facts.row(next);
    if (row === undefined) {
      unread = true;
      continue;
    }
    const waits = context.waits.get(next) ?? (row?.class === 'held' ? (row.reason?.waitsFor ?? []) : []);
    for (const name of waits) {
      if (!name.startsWith('record:')) continue;
      const other = name.slice('record:'.length);
      if (other === key) return true;
      if (!seen.has(other)) {
        seen.add(other);
        queue.push(other);
      }
    }
  }
  return unread ? 'unread' : false;
}
