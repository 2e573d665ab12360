import type { TargetRow } from '../state/state.ts';
import type { WorkspaceObject } from '../twenty/model.ts';
import { DELETION_FIELD } from '../twenty/sync-fields.ts';
import { isEmpty } from '../twenty/values.ts';
import { FLAGGED, UNCERTAIN } from './compare.ts';
import type { ClusterPlan } from './compose.ts';
import type { PlanContext } from './context.ts';
import { isDeletion } from './deletion-guard.ts';
import { sameValue } from './image.ts';
import { deleteWrite, release } from './let-go.ts';
import { editsOf, type Shelf, seenIn } from './shelf.ts';
import type { Member } from './standing.ts';
import { normalOf } from './values.ts';
import type { Write } from './write.ts';

/** A row that stays in Twenty though the source deleted its record. */
export interface KeptRow {
  readonly object: string;
  readonly id: string;
  /** The time that the row is flagged with, ISO 8601; null where it is not: a person said keep, or it was there before us. */
  readonly since: string | null;
}

interface Keeping {
  readonly context: PlanContext;
  readonly shelf: Shelf;
  readonly plan: ClusterPlan;
  readonly target: TargetRow;
  readonly members: ReadonlyMap<string, Member>;
  /** The mapping says keep: then the row is flagged before it is let go of. */
  readonly flags: boolean;
}

/** Whether the row says that the source deleted its record, as far as we know. */
export function isFlagged(target: TargetRow | null): boolean {
  return !isEmpty(target?.image?.[DELETION_FIELD]);
}

/** Whether rows of the object can be flagged. */
export function hasFlag(described: WorkspaceObject | undefined): boolean {
  return described?.fields.has(DELETION_FIELD) ?? false;
}

/** What there is to do about a row that is to stay. */
type Keep =
  /** It says what it has to: nobody answers for it any more. `since`: what it is flagged with. */
  | { readonly kind: 'let go'; readonly since: string | null }
  | { readonly kind: 'flag'; readonly since: string }
  /** Nothing is left to flag: a person deleted it, and a write would bring it back. */
  | { readonly kind: 'gone' }
  /** Somebody had destroyed it: what the write made is a row of nothing but the flag. */
  | { readonly kind: 'shell' }
  | { readonly kind: 'no field' };

/** Keeps the row of a record that the source deleted: flagged first, where the mapping says so, and then let go of (SPEC.md §2). */
export function keepRow(keeping: Keeping): void {
  const { shelf, plan, target, members } = keeping;
  const owners = target.contributors.flatMap((key) => members.get(key) ?? []);
  const edits = seenIn(shelf, target.targetKey);
  const keep = keepOf(keeping, owners);
  switch (keep.kind) {
    case 'let go':
      plan.settles.push(release(target));
      for (const { row } of owners) plan.kept.set(row.key, { object: target.object, id: target.id, since: keep.since });
      return;
    case 'flag':
      plan.writes.push(flagWrite(target, keep.since, owners, edits));
      return;
    case 'gone':
      plan.settles.push(release(target));
      return;
    case 'shell': {
      const order = owners[0]?.row.event.order ?? target.order;
      plan.writes.push(deleteWrite(target, 'destroy', order, sourceOf(owners), edits));
      return;
    }
    case 'no field': {
      const message = `${target.object} has no field "${DELETION_FIELD}": run changeover provision apply, then retry the dead letter`;
      const reason = { code: 'SINK_VALUE_REFUSED', message, field: DELETION_FIELD };
      for (const { row } of owners) plan.verdicts.set(row.key, { kind: 'rest', class: 'delete-held', reason });
    }
  }
}

function keepOf({ context, shelf, target, flags }: Keeping, owners: readonly Member[]): Keep {
  if (editsOf(shelf, target.targetKey).some(isDeletion)) return { kind: 'gone' };
  const since = deletedAt(owners);
  if (!flags || since === null || !context.flagged.has(target.object)) return { kind: 'let go', since: null };
  const says = sameValue(
    DELETION_FIELD,
    target.image?.[DELETION_FIELD],
    since,
    normalOf(context.workspace, target.object),
  );
  if (says && target.imageHash === FLAGGED) return { kind: 'let go', since };
  if (says && target.imageHash === UNCERTAIN && target.createdByUs) return { kind: 'shell' };
  return hasFlag(context.workspace.objects.get(target.object)) ? { kind: 'flag', since } : { kind: 'no field' };
}

/** The checksum goes: what nobody answers for is in no sum. Nothing else of the row is touched. */
function flagWrite(target: TargetRow, since: string, owners: readonly Member[], edits: string): Write {
  const { status: _status, writtenAt: _writtenAt, ...row } = target;
  const fields = { [DELETION_FIELD]: since, sourceChecksum: null };
  return {
    operation: 'upsert',
    target: { ...row, image: { ...target.image, ...fields }, imageHash: FLAGGED, checksum: null },
    fields,
    present: target,
    adopts: false,
    edits,
    source: sourceOf(owners),
  };
}

/** When the last of its records went: by the source's own time, or when that was noticed. */
function deletedAt(owners: readonly Member[]): string | null {
  const times = owners.flatMap(({ row: { event } }) =>
    event.op === 'DELETE' ? [event.sourceTime ?? event.observedAt] : [],
  );
  return times.length === 0 ? null : new Date(Math.max(...times)).toISOString();
}

function sourceOf(owners: readonly Member[]): string {
  return owners[0]?.row.source ?? '';
}
