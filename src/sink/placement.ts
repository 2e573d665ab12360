import { targetId, uuidV5 } from '../core/identifiers.ts';
import type { Loss } from '../mapping/model.ts';
import type { Reason, TargetRow, UniqueRow } from '../state/state.ts';
import type { TwentyFields } from '../twenty/model.ts';
import type { PlanContext } from './context.ts';
import { deletedByPerson } from './deleted-by-person.ts';
import type { EditOutcome } from './edits.ts';
import { duplicateHeld, type Group, lossOf, saidOf, withoutClaim } from './form.ts';
import { naturalKey, recordReviewId, reviewName, rowName, uniqueName } from './names.ts';
import { mergedOf, type Shelf, sourceKeyOf } from './shelf.ts';
import { columnsOf, onlyLive } from './unique-columns.ts';
import { type Claim, claimsOf, holdsLink, indexedValues } from './values.ts';

/** Where a group's image goes, and what the unique values of the workspace leave of it. */
export type Placement =
  | {
      readonly kind: 'place';
      readonly targetKey: string;
      readonly id: string;
      readonly present: TargetRow | null;
      readonly adopts: 'live' | 'soft-deleted' | null;
      readonly content: TwentyFields;
      /** Which records each field comes from. */
      readonly from: ReadonlyMap<string, readonly string[]>;
      readonly losses: readonly Loss[];
      /** By record: what of its values the row does not have. */
      readonly dropped: ReadonlyMap<string, readonly Loss[]>;
      readonly dropsKey: boolean;
      /** Written without a unique value that another of our rows still has, in a circle. */
      readonly pending: Reason | null;
    }
  | { readonly kind: 'waits'; readonly reason: Reason }
  | { readonly kind: 'out'; readonly reason: Reason }
  /** Another row of the same cluster gives the value up first. */
  | { readonly kind: 'yields'; readonly reason: Reason }
  /** A deleted row of ours still has the value: it is destroyed first. */
  | { readonly kind: 'frees'; readonly holder: TargetRow; readonly reason: Reason };

/** `busy`: somebody else is writing that row; plan again when they are through. */
export type Decided = Placement | 'unread' | 'busy';

/** The rows of other clusters that stand in the way, and whether they will move. */
interface Surroundings {
  readonly context: PlanContext;
  readonly shelf: Shelf;
  /** Targets of the same cluster, by key. */
  readonly ours: ReadonlySet<string>;
  /** Ids of rows that this pass gave to somebody else already. */
  readonly given: ReadonlySet<string>;
  /** Takes what there is to ask about edits by people. */
  readonly edits: EditOutcome;
}

/**
 * Finds the row for a group: the one it has, its own by name, or one that has its unique value already.
 * `force`: everybody yields to somebody else, so this one lets go of the value for now.
 */
export function place(around: Surroundings, group: Group, force = false): Decided {
  const { context, shelf } = around;
  const mismatch = mismatchOf(context, group.present);
  if (mismatch === 'unread') return 'unread';
  if (mismatch !== null) return { kind: 'waits', reason: mismatch };
  const merged = mergedOf(context, group);
  const content = merged.fields;
  const start = spotOf(around, group);
  const deleted = deletedByPerson(around, group, start.targetKey);
  if (typeof deleted !== 'string' || deleted === 'unread') return deleted;
  const returns = deleted === 'restore';
  let state: Placing = { spot: start, content, emptied: [], losses: [], pending: null, dropsKey: false, returns };
  for (const claim of [...claimsOf(context.workspace, group.object, content), ...sourceKeyOf(context, group)]) {
    if (state.emptied.some((column) => columnsOf(claim.field).includes(column))) continue;
    const taken = shelf.uniques.get(uniqueName(claim.object, claim.field, claim.value));
    if (taken === undefined || !standsInTheWay(context, state.spot, claim, taken)) continue;
    const next = settleClaim(around, group, state, claim, taken, force);
    if (typeof next === 'string' || 'kind' in next) return next;
    state = next;
  }
  const { spot, returns: _returns, emptied: _emptied, ...rest } = state;
  if (around.given.has(spot.id) || context.targetInHand(spot.targetKey)) return 'busy';
  return { kind: 'place', ...spot, ...rest, from: merged.from, dropped: merged.losses };
}

/**
 * A value that only live rows must not share is free for a new row while its holder is deleted. Not for a row that is there: an upsert
 * matches the deleted one all the same, and is refused as meaning both (twenty.md O2).
 */
function standsInTheWay(context: PlanContext, spot: Spot, claim: Claim, taken: UniqueRow): boolean {
  const object = context.workspace.objects.get(claim.object);
  if (!taken.deleted || object === undefined || !onlyLive(object, claim.field)) return true;
  return spot.present?.status === 'written';
}

/** A placement in the making. */
interface Placing {
  readonly spot: Spot;
  readonly content: TwentyFields;
  /** Columns whose value was given up. */
  readonly emptied: readonly string[];
  readonly losses: readonly Loss[];
  readonly pending: Reason | null;
  /** Written without our source key for now. */
  readonly dropsKey: boolean;
  /** A person deleted the row, and it is to be brought back. */
  readonly returns: boolean;
}

/** One unique value that stands in a row already: whose it is, and what the policies say. */
function settleClaim(
  around: Surroundings,
  group: Group,
  state: Placing,
  claim: Claim,
  taken: UniqueRow,
  force: boolean,
): Placing | Decided {
  const { context, shelf } = around;
  const { spot } = state;
  const policies = group.contributors[0]?.member.mapping?.policies;
  const holder = shelf.holders.get(taken.id) ?? null;
  const isKey = claim.field === 'sourceKey';
  const drop = (pending: Reason | null): Placing =>
    isKey
      ? { ...state, dropsKey: true, pending: state.pending ?? pending }
      : {
          ...state,
          content: withoutClaim(state.content, claim),
          emptied: [...state.emptied, ...claim.givesUp],
          pending: state.pending ?? pending,
        };
  if (taken.id === spot.id) {
    if (!taken.deleted || state.returns || spot.present?.status !== 'written') return state;
    if (policies?.softDeleted === 'leave') return { kind: 'out', reason: leftDeleted(claim) };
    if (policies?.softDeleted === 'hold') return { kind: 'waits', reason: softDeleted(claim) };
    return state;
  }
  const reason = valueTaken(
    claim,
    holder?.contributors[0] ?? holder?.targetKey ?? `a row of the workspace (${taken.id})`,
  );
  if (holder?.status === 'written') {
    if (around.ours.has(holder.targetKey)) return force ? drop(reason) : { kind: 'yields', reason };
    const circle = inCircle(context, spot.present, holder, claim);
    if (circle === 'unread') return 'unread';
    if (circle) return drop(reason);
    // Only what records say themselves brings them together: one that shares a link besides meets the other's row here.
    if (policies?.duplicate === 'without-value' && holdsLink(context.workspace, claim))
      return { ...drop(null), losses: [...state.losses, lossOf(claim)] };
    return { kind: 'waits', reason };
  }
  const dead = taken.deleted || holder?.status === 'deleted';
  // Our own key stands only in rows that were ours.
  const policy = isKey ? (dead ? 'restore' : 'merge') : dead ? policies?.softDeleted : policies?.duplicate;
  if (policy === 'without-value' || policy === 'leave') {
    return { ...drop(null), losses: [...state.losses, lossOf(claim)] };
  }
  // A person gave it back: whoever else wants its value waits until it is free, or that is taken back.
  if (holder?.createdByUs !== true && shelf.givenBack.has(rowName(claim.object, taken.id)))
    return { kind: 'waits', reason: duplicateHeld(claim, `a row that was given back (${taken.id})`) };
  const free = spot.present?.status !== 'written' && spot.adopts === null && !around.given.has(taken.id);
  if (policy !== 'hold' && policy !== undefined && free) {
    const adopts = holder !== null ? null : dead ? 'soft-deleted' : 'live';
    return {
      ...state,
      spot: { targetKey: holder?.targetKey ?? spot.targetKey, id: taken.id, present: holder, adopts },
    };
  }
  // A row of ours that the source deleted gives its value up for good: what it held stands in the journal.
  if (dead && policy === 'restore' && holder?.createdByUs === true) {
    const busy = around.given.has(holder.id) || context.targetInHand(holder.targetKey);
    return busy ? 'busy' : { kind: 'frees', holder, reason };
  }
  const stranger = holder === null ? `a row of the workspace (${taken.id})` : holder.targetKey;
  return { kind: 'waits', reason: dead ? softDeleted(claim) : duplicateHeld(claim, stranger) };
}

interface Spot {
  readonly targetKey: string;
  readonly id: string;
  readonly present: TargetRow | null;
  readonly adopts: 'live' | 'soft-deleted' | null;
}

function spotOf(around: Surroundings, group: Group): Spot {
  if (group.present !== null) {
    const { targetKey, id, createdByUs, before } = group.present;
    // A stranger's row whose contents we have not read yet (SPEC.md I7).
    const adopts = createdByUs || before !== null ? null : 'live';
    return { targetKey, id, present: group.present, adopts };
  }
  const survivor = group.contributors[0]?.member ?? group.eldest;
  for (const { row } of [group.eldest, survivor]) {
    const key = naturalKey(row.key, row.incarnation);
    const present = around.shelf.byKey.get(key) ?? null;
    if (present?.status === 'written') continue;
    const id = present?.id ?? targetId(row.key, row.incarnation);
    return { targetKey: key, id, present: present?.object === group.object ? present : null, adopts: null };
  }
  // Its own row went on with somebody else: another name, the same on every machine.
  const { key, incarnation, event } = survivor.row;
  const other = `${naturalKey(key, incarnation)}~${event.order.epoch}.${event.order.sequence}`;
  return { targetKey: other, id: uuidV5(other), present: null, adopts: null };
}

/** A row that Twenty led us to against our word is not touched before someone said that it is the same. */
function mismatchOf(context: PlanContext, present: TargetRow | null): Reason | null | 'unread' {
  if (present === null || present.createdByUs || present.before !== null) return null;
  const id = recordReviewId(present.targetKey, 'id-mismatch');
  const review = context.facts.review(id);
  if (review === undefined) return 'unread';
  if (review === null || review.status !== 'open') return null;
  return {
    code: 'SINK_ID_MISMATCH',
    message: `Twenty keeps this record in a row that was there before (${present.id})`,
    waitsFor: [reviewName(id)],
  };
}

/** Whether the row that has our value waits for a value that we have: then one of the two must let go first. */
function inCircle(
  context: PlanContext,
  present: TargetRow | null,
  holder: TargetRow,
  claim: Claim,
): boolean | 'unread' {
  const mine = indexedValues(context.workspace, claim.object, present?.image ?? {}).find(
    ({ field }) => field === claim.field,
  );
  if (mine === undefined) return false;
  const wanted = uniqueName(claim.object, claim.field, mine.value);
  for (const key of holder.contributors) {
    const row = context.facts.row(key);
    if (row === undefined) return 'unread';
    const waits = context.waits.get(key) ?? (row?.class === 'held' ? (row.reason?.waitsFor ?? []) : []);
    if (waits.includes(wanted)) return true;
  }
  return false;
}

function valueTaken(claim: Claim, by: string): Reason {
  return {
    code: 'SINK_UNIQUE_TAKEN',
    message: `${saidOf(claim)} still stands in the row of ${by}`,
    waitsFor: [uniqueName(claim.object, claim.field, claim.value)],
  };
}

function softDeleted(claim: Claim): Reason {
  return {
    code: 'SINK_SOFT_DELETED',
    message: `a deleted row of the workspace has ${saidOf(claim)}`,
    waitsFor: [uniqueName(claim.object, claim.field, claim.value)],
  };
}

function leftDeleted(claim: Claim): Reason {
  return {
    code: 'SINK_EXCLUDED',
    message: `its row in Twenty was deleted, and the mapping leaves it so (${claim.field})`,
  };
}
