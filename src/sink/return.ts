import type { TargetRow } from '../state/state.ts';
import { isBeforeKnown, keptIn, returnOf, wasRestored } from './adopted.ts';
import type { ClusterPlan } from './compose.ts';
import type { PlanContext } from './context.ts';
import { editsOf, type Shelf, seenIn } from './shelf.ts';
import { normalOf } from './values.ts';
import type { Write } from './write.ts';

/** In place of an image's hash: the row has its earlier values again, as far as they went back. */
export const RETURNED = 'returned';

/**
 * A row that was there before us and that somebody gave back (SPEC.md §17): its values first, then, where it was deleted before
 * us and nobody worked in it since, its deletion; then nobody answers for it any more.
 */
export function returnTarget(context: PlanContext, shelf: Shelf, plan: ClusterPlan, target: TargetRow): void {
  const normal = normalOf(context.workspace, target.object);
  const edits = editsOf(shelf, target.targetKey);
  if (target.imageHash === RETURNED || target.status === 'deleted' || !isBeforeKnown(target)) {
    const kept = keptIn(target, normal);
    const deletes =
      target.imageHash === RETURNED &&
      target.status === 'written' &&
      wasRestored(target) &&
      Object.keys(kept).length + edits.length === 0;
    if (deletes) plan.writes.push(returnWrite(shelf, target, 'soft-delete', {}, target.image));
    else plan.letGo.push({ target, kept });
    return;
  }
  const described = context.workspace.objects.get(target.object);
  const { fields, image } = returnOf({ target, edits, row: null, described, normal });
  plan.writes.push(returnWrite(shelf, target, 'upsert', fields, image));
}

function returnWrite(
  shelf: Shelf,
  target: TargetRow,
  operation: 'upsert' | 'soft-delete',
  fields: Write['fields'],
  image: TargetRow['image'],
): Write {
  const { status: _status, writtenAt: _writtenAt, ...row } = target;
  return {
    operation,
    target: { ...row, image, imageHash: RETURNED, checksum: null },
    fields,
    present: target,
    adopts: false,
    returns: true,
    edits: seenIn(shelf, target.targetKey),
    source: target.targetKey.split('/')[0] ?? '',
  };
}
