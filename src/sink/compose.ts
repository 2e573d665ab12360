import { uuidV5 } from '../core/identifiers.ts';
import type { Loss } from '../mapping/model.ts';
import type { LineageRow, Reason, RecordClass, TargetRow } from '../state/state.ts';
import { DELETION_FIELD } from '../twenty/sync-fields.ts';
import { type Comparison, compare } from './compare.ts';
import type { PlanContext } from './context.ts';
import { guardDeletions, isGuarded } from './deletion-guard.ts';
import { copyOf, decideEdits, type EditOutcome, NO_EDITS } from './edits.ts';
import type { Contributor, Formed, Group } from './form.ts';
import { imageOf, type Provenance } from './image.ts';
import { hasFlag, isFlagged, type KeptRow } from './kept.ts';
import { deleteWrite, release } from './let-go.ts';
import { goneWith, lineageOf } from './lineage.ts';
import { naturalKey } from './names.ts';
import { place } from './placement.ts';
import { removeLeftovers } from './removal.ts';
import { editsOf, type Shelf, seenIn } from './shelf.ts';
import { type ChoiceMade, type CutLink, type Forerunner, type Standing, wasRefused } from './standing.ts';
import { normalOf } from './values.ts';
import type { Write } from './write.ts';

export type Verdict =
  | { readonly kind: 'rest'; readonly class: RecordClass; readonly reason: Reason | null }
  /** Something is sent first; planned again afterwards. */
  | { readonly kind: 'write' }
  /** Not now: another plan of the same records is under way, or more is coming. */
  | { readonly kind: 'later' };

export interface ClusterPlan {
  readonly formed: Formed;
  readonly verdicts: Map<string, Verdict>;
  /** To send now; independent of each other. */
  readonly writes: Write[];
  /** Rows that must be there first, shared with other records: placeholders, topics. */
  readonly forerunners: Write[];
  /** To send later, once others are through; counted by previews, planned anew otherwise. */
  readonly following: Write[];
  /** Twenty is right; the state learns. */
  readonly settles: Omit<TargetRow, 'writtenAt'>[];
  /** Rows that were given back and have their values again, with what was left to others. */
  readonly letGo: { readonly target: TargetRow; readonly kept: Readonly<Record<string, unknown>> }[];
  readonly losses: Map<string, readonly Loss[]>;
  readonly choices: Map<string, readonly ChoiceMade[]>;
  readonly cuts: Map<string, readonly CutLink[]>;
  /** Rows that stay though the source deleted their records, by the keys of these. */
  readonly kept: Map<string, KeptRow>;
  /** What rows of several records are made of, once these are at rest. */
  readonly lineage: { readonly row: LineageRow; readonly record: string }[];
  /** What there is to ask, to close and to wait for about edits by people. */
  readonly edits: EditOutcome;
}

/** What has to happen for a cluster. Synchronous over what was read; makes a fresh plan each time it is called. */
export function compose(
  context: PlanContext,
  shelf: Shelf,
  formed: Formed,
  given: ReadonlySet<string>,
  force = false,
): ClusterPlan | 'unread' | 'busy' {
  const plan: ClusterPlan = {
    formed,
    verdicts: new Map(),
    writes: [],
    forerunners: [],
    following: [],
    settles: [],
    letGo: [],
    losses: new Map(),
    choices: new Map(),
    cuts: new Map(),
    kept: new Map(),
    lineage: [],
    edits: copyOf(formed.asked),
  };
  const standings = new Map(formed.standings);
  const ours = new Set(formed.cluster.targets.keys());
  const leftover = [...formed.leftover];
  let yields: Reason | null = null;
  let forced = false;
  const placed = new Set<string>();
  for (const group of formed.groups) {
    // Once one of them lets go, the others can follow in the next plan.
    const spot = place({ context, shelf, ours, given, edits: plan.edits }, group, force && !forced);
    if (typeof spot === 'string') return spot;
    if (spot.kind === 'place' && placed.has(spot.id)) {
      yields = { code: 'SINK_UNIQUE_TAKEN', message: `its row (${spot.targetKey}) goes to another record first` };
      continue;
    }
    if (spot.kind === 'place') {
      placed.add(spot.id);
      const elsewhere = stillElsewhere(formed, group, spot.targetKey);
      const waits = elsewhere !== null && !(force && !forced);
      if (waits) yields = elsewhere;
      forced ||= force && (spot.pending !== null || elsewhere !== null);
      if (composeGroup(context, shelf, plan, group, spot, waits) === 'unread') return 'unread';
      continue;
    }
    const standing: Standing | null =
      spot.kind === 'waits'
        ? { kind: 'waits', reason: spot.reason }
        : spot.kind === 'out'
          ? { kind: 'out', reason: spot.reason }
          : null;
    for (const { member } of group.contributors) {
      if (standing !== null) standings.set(member.row.key, standing);
      else if (spot.kind === 'yields' || spot.kind === 'frees') yields = spot.reason;
    }
    if (spot.kind === 'frees') {
      const [first] = group.contributors;
      const { event, source } = first?.member.row ?? { event: spot.holder, source: '' };
      plan.writes.push(deleteWrite(spot.holder, 'destroy', event.order, source, seenIn(shelf, spot.holder.targetKey)));
    }
    // A row that a person deleted, and that stays deleted by policy, is left as it is.
    if (spot.kind === 'out' && group.present !== null) plan.settles.push(release(group.present));
  }
  if (guardDeletions({ context, shelf, outcome: plan.edits }, formed, standings, leftover) === 'unread')
    return 'unread';
  for (const [key, standing] of standings) if (standing.kind !== 'ready') plan.verdicts.set(key, verdictOf(standing));
  removeLeftovers(context, shelf, plan, standings, leftover);
  if (yields !== null && !force && plan.writes.length + plan.forerunners.length === 0) {
    return compose(context, shelf, formed, given, true);
  }
  settleVerdicts(plan, standings, yields);
  return plan;
}

type Spot = Exclude<Extract<ReturnType<typeof place>, { kind: 'place' }>, string>;

/**
 * Why a group has to wait for another row: one of its records stands in that one still. It leaves there first, so that
 * a record never stands in two rows, whenever the process may die.
 */
function stillElsewhere(formed: Formed, group: Group, targetKey: string): Reason | null {
  const keys = new Set<string>(group.contributors.map(({ member }) => member.row.key));
  for (const target of formed.cluster.targets.values()) {
    const key = target.targetKey === targetKey ? undefined : target.contributors.find((one) => keys.has(one));
    if (key !== undefined) {
      return { code: 'SINK_UNIQUE_TAKEN', message: `${key} still stands in the row of ${target.targetKey}` };
    }
  }
  return null;
}

function composeGroup(
  context: PlanContext,
  shelf: Shelf,
  plan: ClusterPlan,
  group: Group,
  spot: Spot,
  waits: boolean,
): 'unread' | null {
  const [survivor] = group.contributors;
  if (survivor === undefined) return null;
  const { row, mapping } = survivor.member;
  const pending =
    spot.pending ?? group.contributors.map(({ ready }) => ready.pending).find((reason) => reason !== null) ?? null;
  const forerunners = group.contributors.flatMap(({ ready }) => ready.forerunners);
  for (const forerunner of forerunners) addForerunner(context, plan, forerunner, row.source, row.event.order);
  const contributors = group.contributors.map(({ member }) => member.row.key);
  const provenance: Provenance = {
    sourceKey: spot.dropsKey ? null : naturalKey(row.key, row.incarnation),
    contributors,
    sourceVersion: row.event.sourceVersion,
    sourceModifiedAt: row.event.sourceTime,
  };
  const synced = context.synced.has(group.object);
  const normal = normalOf(context.workspace, group.object);
  const known = shelf.lineage.get(spot.targetKey);
  const described = context.workspace.objects.get(group.object);
  const content = {
    ...spot.content,
    ...goneWith({ present: spot.present, known, contributors, described }, spot.content),
    // The source has the record (again).
    ...(hasFlag(described) && (context.flagged.has(group.object) || isFlagged(spot.present))
      ? { [DELETION_FIELD]: null }
      : {}),
  };
  const image = imageOf(content, synced ? provenance : null, pending === null, normal);
  if (contributors.length > 1) {
    const { targetKey, id, from } = spot;
    const made = lineageOf({ targetKey, object: group.object, id, content, from, known, normal, now: context.now });
    if (made !== null) plan.lineage.push({ row: made, record: row.key });
  }
  const edits = decideEdits({
    context,
    edits: editsOf(shelf, spot.targetKey),
    wanted: image.fields,
    rules: mapping?.policies.edits,
    subject: { source: row.source, object: row.object, recordKey: row.key, targetKey: spot.targetKey },
    normal,
    outcome: plan.edits,
  });
  if (edits === 'unread') return 'unread';
  const comparison = compare(spot.present, {
    targetKey: spot.targetKey,
    kind: 'record',
    object: group.object,
    described,
    id: spot.id,
    parentKey: null,
    contributors,
    order: row.event.order,
    image,
    edits,
    normal,
    source: row.source,
    adopts: spot.adopts,
    lastDeletion: shelf.deletions.get(spot.targetKey) ?? null,
  });
  const blocked = waits || forerunners.length > 0;
  put(plan, comparison, blocked);
  const there = !blocked && spot.present?.status === 'written' && spot.adopts === null;
  for (const contributor of group.contributors) {
    if (composeChildren(context, shelf, plan, contributor, spot.id, there) === 'unread') return 'unread';
    const { key } = contributor.member.row;
    plan.losses.set(key, [...contributor.ready.losses, ...(spot.dropped.get(key) ?? []), ...spot.losses]);
    plan.choices.set(key, contributor.ready.choices);
    plan.cuts.set(key, contributor.ready.cuts);
    const isSurvivor = contributor === survivor;
    plan.verdicts.set(
      key,
      pending !== null
        ? { kind: 'rest', class: 'held', reason: pending }
        : isSurvivor
          ? { kind: 'rest', class: 'applied', reason: null }
          : {
              kind: 'rest',
              class: 'merged',
              reason: { code: 'SINK_MERGED', message: `stands in Twenty with ${row.key}`, into: row.key },
            },
    );
  }
  return null;
}

function put(plan: ClusterPlan, comparison: Comparison, blocked: boolean): void {
  if (comparison.kind === 'settle') plan.settles.push(comparison.row);
  if (comparison.kind === 'write') (blocked ? plan.following : plan.writes).push(comparison.write);
}

function addForerunner(
  context: PlanContext,
  plan: ClusterPlan,
  forerunner: Forerunner,
  source: string,
  order: Write['target']['order'],
): void {
  if (plan.forerunners.some((write) => write.target.targetKey === forerunner.key)) return;
  const present = context.facts.targetByKey(forerunner.key) ?? null;
  const synced = context.synced.has(forerunner.object);
  const normal = normalOf(context.workspace, forerunner.object);
  const provenance: Provenance = {
    sourceKey: forerunner.key,
    contributors: [],
    sourceVersion: null,
    sourceModifiedAt: null,
  };
  const comparison = compare(present, {
    targetKey: forerunner.key,
    kind: forerunner.kind,
    object: forerunner.object,
    described: context.workspace.objects.get(forerunner.object),
    id: present?.id ?? uuidV5(forerunner.key),
    parentKey: null,
    contributors: [],
    order,
    image: imageOf(forerunner.fields, synced ? provenance : null, true, normal),
    // Written once and never again: there is nothing to write over.
    edits: NO_EDITS,
    normal,
    source,
    adopts: null,
    lastDeletion: null,
  });
  if (comparison.kind === 'write') plan.forerunners.push(comparison.write);
}

function composeChildren(
  context: PlanContext,
  shelf: Shelf,
  plan: ClusterPlan,
  contributor: Contributor,
  parentId: string,
  there: boolean,
): 'unread' | null {
  const { row, mapping } = contributor.member;
  const wanted = new Set<string>();
  for (const child of contributor.ready.children) {
    wanted.add(child.key);
    const present = shelf.byKey.get(child.key) ?? null;
    const synced = context.synced.has(child.object);
    const normal = normalOf(context.workspace, child.object);
    const provenance: Provenance = {
      sourceKey: child.key,
      contributors: [row.key],
      sourceVersion: row.event.sourceVersion,
      sourceModifiedAt: row.event.sourceTime,
    };
    const content = child.parentColumn === null ? child.fields : { ...child.fields, [child.parentColumn]: parentId };
    const waits = child.after.some((key) => context.facts.targetByKey(key)?.status !== 'written');
    const image = imageOf(content, synced ? provenance : null, contributor.ready.pending === null, normal);
    const rules = mapping?.policies.edits;
    const edits = decideEdits({
      context,
      edits: editsOf(shelf, child.key),
      wanted: image.fields,
      rules: rules === undefined ? undefined : { otherwise: rules.otherwise, fields: {} },
      subject: { source: row.source, object: row.object, recordKey: row.key, targetKey: child.key },
      normal,
      outcome: plan.edits,
    });
    if (edits === 'unread') return 'unread';
    const comparison = compare(present, {
      targetKey: child.key,
      kind: child.kind,
      object: child.object,
      described: context.workspace.objects.get(child.object),
      id: present?.id ?? uuidV5(child.key),
      parentKey: row.key,
      contributors: [],
      order: row.event.order,
      image,
      edits,
      normal,
      source: row.source,
      adopts: null,
      lastDeletion: shelf.deletions.get(child.key) ?? null,
    });
    put(plan, comparison, waits || (!there && child.parentColumn !== null));
  }
  for (const child of shelf.children.get(row.key) ?? []) {
    if (child.status !== 'written' || wanted.has(child.targetKey)) continue;
    // What people made theirs is let go of, and not deleted (SPEC.md I23).
    if (isGuarded(editsOf(shelf, child.targetKey), mapping)) {
      plan.settles.push(release(child));
      continue;
    }
    const operation = mapping?.policies.onDelete === 'destroy' ? 'destroy' : 'soft-delete';
    plan.writes.push(deleteWrite(child, operation, row.event.order, row.source, seenIn(shelf, child.targetKey)));
  }
  return null;
}

function verdictOf(standing: Exclude<Standing, { kind: 'ready' }>): Verdict {
  switch (standing.kind) {
    case 'gone':
      return { kind: 'rest', class: 'deleted', reason: null };
    case 'out':
      return { kind: 'rest', class: 'excluded', reason: standing.reason };
    case 'refused':
      return { kind: 'rest', class: 'dead-lettered', reason: standing.reason };
    case 'waits':
      return { kind: 'rest', class: 'held', reason: standing.reason };
    case 'guarded':
      return { kind: 'rest', class: standing.gone ? 'delete-held' : 'held', reason: standing.reason };
    case 'later':
      return { kind: 'later' };
  }
}

/** While anything is to be sent for a cluster, none of its records is at rest, but what Twenty refused: that is not sent. */
function settleVerdicts(plan: ClusterPlan, standings: ReadonlyMap<string, Standing>, yields: Reason | null): void {
  const sending = plan.writes.length + plan.forerunners.length > 0;
  const stuck: Reason = { code: 'SINK_PARENT_MISSING', message: 'a row that the record brings along is not there' };
  for (const member of plan.formed.cluster.members) {
    const { key } = member.row;
    if (sending && wasRefused(member.row)) continue;
    if (sending) {
      plan.verdicts.set(key, { kind: 'write' });
      continue;
    }
    const verdict = plan.verdicts.get(key);
    if (
      plan.following.length > 0 &&
      verdict?.kind === 'rest' &&
      (verdict.class === 'applied' || verdict.class === 'merged')
    ) {
      plan.verdicts.set(key, { kind: 'rest', class: 'held', reason: stuck });
    }
    if (verdict === undefined) {
      const waiting = standings.get(key)?.kind === 'ready' && yields !== null;
      plan.verdicts.set(key, waiting ? { kind: 'rest', class: 'held', reason: yields } : { kind: 'later' });
    }
  }
}
