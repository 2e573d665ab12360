import type { ObjectMapping } from '../mapping/model.ts';
import type { RecordRow } from '../state/state.ts';
import type { TwentyFields, TwentyValue } from '../twenty/model.ts';
import { isEmpty } from '../twenty/values.ts';

interface Ranked {
  readonly row: RecordRow;
  readonly mapping: ObjectMapping | null;
}

/**
 * Who of several contributors comes first: as the mapping ranks them, then created first in the source, then by key. No clock of ours and no order of
 * arrival has a say, so the same records always give the same survivor.
 */
export function bySeniority(one: Ranked, other: Ranked): number {
  const priority = (other.mapping?.policies.priority ?? 0) - (one.mapping?.policies.priority ?? 0);
  if (priority !== 0) return priority;
  const a = one.row;
  const b = other.row;
  const left = a.event.sourceCreated ?? a.event.sourceTime ?? Number.POSITIVE_INFINITY;
  const right = b.event.sourceCreated ?? b.event.sourceTime ?? Number.POSITIVE_INFINITY;
  if (left !== right) return left < right ? -1 : 1;
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

/** The survivor's values win, the others fill gaps in their order. Composites are taken whole: half an address is none. */
export function mergeFields(inOrder: readonly TwentyFields[]): TwentyFields {
  const merged: Record<string, TwentyValue> = {};
  for (const fields of inOrder) {
    for (const [name, value] of Object.entries(fields)) {
      if (!(name in merged) || (isEmpty(merged[name]) && !isEmpty(value))) merged[name] = value;
    }
  }
  return merged;
}
