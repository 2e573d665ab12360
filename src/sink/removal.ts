import type { TargetRow } from '../state/state.ts';
import type { ClusterPlan } from './compose.ts';
import type { PlanContext } from './context.ts';
import { isDeletion } from './deletion-guard.ts';
import { keepRow } from './kept.ts';
import { deleteWrite, release } from './let-go.ts';
import { rowName } from './names.ts';
import { returnTarget } from './return.ts';
import { editsOf, type Shelf, seenIn } from './shelf.ts';
import type { Member, Standing } from './standing.ts';

/** Rows that nobody keeps: children first, then the row itself (SPEC.md I14). */
export function removeLeftovers(
  context: PlanContext,
  shelf: Shelf,
  plan: ClusterPlan,
  standings: ReadonlyMap<string, Standing>,
  leftover: readonly TargetRow[],
): void {
  const members = new Map(plan.formed.cluster.members.map((member) => [member.row.key, member]));
  for (const member of plan.formed.cluster.members) {
    const standing = standings.get(member.row.key);
    if (standing?.kind === 'gone') removeChildren(shelf, plan, member, standing.keeps);
    if (standing?.kind === 'out' && standing.keeps !== true) removeChildren(shelf, plan, member, false);
  }
  for (const target of leftover) {
    if (!target.createdByUs && shelf.givenBack.has(rowName(target.object, target.id))) {
      returnTarget(context, shelf, plan, target);
      continue;
    }
    if (!target.contributors.some((key) => isKeptBy(standings.get(key)))) {
      removeTarget(context, shelf, plan, target, members, standings);
      continue;
    }
    // A record whose row is to stay though it was deleted stays in it as long as another one does: links to it point there (SPEC.md §16).
    const kept = target.contributors.filter((key) => {
      const standing = standings.get(key);
      return isKeptBy(standing) || (standing?.kind === 'gone' && standing.keeps);
    });
    if (kept.length < target.contributors.length) plan.settles.push({ ...target, contributors: kept });
  }
}

/** Whether a record keeps the row that it stands in as its own. */
function isKeptBy(standing: Standing | undefined): boolean {
  switch (standing?.kind) {
    case 'waits':
    case 'refused':
    case 'guarded':
      return true;
    case 'out':
      return standing.keeps === true;
    default:
      return false;
  }
}

function removeChildren(shelf: Shelf, plan: ClusterPlan, member: Member, keeps: boolean): void {
  const { row, mapping } = member;
  const policy = keeps ? 'keep' : (mapping?.policies.onDelete ?? 'keep');
  for (const child of shelf.children.get(row.key) ?? []) {
    if (child.status !== 'written') continue;
    if (policy === 'keep') plan.settles.push(release(child));
    else plan.writes.push(deleteWrite(child, policy, row.event.order, row.source, seenIn(shelf, child.targetKey)));
  }
}

function removeTarget(
  context: PlanContext,
  shelf: Shelf,
  plan: ClusterPlan,
  target: TargetRow,
  members: ReadonlyMap<string, Member>,
  standings: ReadonlyMap<string, Standing>,
): void {
  const owner = target.contributors.map((key) => members.get(key)).find((member) => member !== undefined);
  if (owner === undefined) return;
  const { row, mapping } = owner;
  const standing = standings.get(row.key);
  const mergedAway = standing?.kind === 'ready';
  const keeps = standing?.kind === 'gone' && standing.keeps;
  // A row that was there before us stays, whatever the source deletes: we only let go of it.
  const policy =
    !target.createdByUs || keeps ? 'keep' : mergedAway ? 'destroy' : (mapping?.policies.onDelete ?? 'keep');
  if (policy === 'keep') {
    const saysKeep = standing?.kind === 'gone' && !keeps && mapping?.policies.onDelete === 'keep';
    if (standing?.kind === 'gone') keepRow({ context, shelf, plan, target, members, flags: saysKeep });
    else plan.settles.push(release(target));
    return;
  }
  if (policy === 'soft-delete' && editsOf(shelf, target.targetKey).some(isDeletion)) {
    // A person did it already.
    plan.settles.push({ ...target, contributors: [], image: null, imageHash: null, checksum: null, status: 'deleted' });
    return;
  }
  const childrenFirst = plan.writes.some(
    (write) => write.target.parentKey !== null && target.contributors.includes(write.target.parentKey),
  );
  const write = deleteWrite(target, policy, row.event.order, row.source, seenIn(shelf, target.targetKey));
  (childrenFirst ? plan.following : plan.writes).push(write);
}
