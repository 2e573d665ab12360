import type { OrderingKey } from '../events/event.ts';
import type { RecordRow } from '../state/state.ts';
import { keptApart } from './apart.ts';
import { type Cluster, clustersOf, lookupEntries } from './cluster.ts';
import { type ClusterPlan, compose } from './compose.ts';
import { type PlanContext, settleFacts } from './context.ts';
import { type Formed, form } from './form.ts';
import { deletesOf } from './mass-delete.ts';
import { guardMerges } from './merge-guard.ts';
import { recordName, uniqueName } from './names.ts';
import { objectName } from './object-gates.ts';
import { readShelf } from './shelf.ts';
import { memberOf, type Standing, type Stood, stand } from './standing.ts';
import { holdsLink, indexedValues } from './values.ts';

/** A due record that shares a row with others that are due too, but of closed objects. */
export interface Shut {
  readonly key: string;
  /** Of its event: with another one it may share no row with them any more. */
  readonly order: OrderingKey;
  /** These objects, as `objectName` has them. */
  readonly by: readonly string[];
}

/** What one pass found out; nothing of it is stored yet but lookups and new owners. */
export interface PassPlan {
  readonly clusters: readonly ClusterPlan[];
  readonly stood: ReadonlyMap<string, Stood>;
  /** Records that share a cluster with one in the writer's hands: planned when that one is through. */
  readonly postponed: readonly string[];
  /** Records for which more is coming. */
  readonly later: readonly string[];
  /** Records that wait until others are open. */
  readonly shut: readonly Shut[];
  /** `lookup:…` names that changed. */
  readonly changed: readonly string[];
}

/** Plans records and whoever shares a row with them (SPEC.md §3), in one state transaction. */
export async function planPass(given: PlanContext, rows: readonly RecordRow[]): Promise<PassPlan> {
  const changed = await register(given, rows);
  const clusters: Cluster[] = [];
  const postponed: string[] = [];
  const later: string[] = [];
  const shut: Shut[] = [];
  const found = await clustersOf(given, rows);
  const context: PlanContext = { ...given, deletes: await deletesOf(given, found) };
  for (const cluster of found) {
    const keys = cluster.members.map((member) => member.row.key);
    if (keys.some((key) => context.inHand(key))) postponed.push(...keys.filter((key) => !context.inHand(key)));
    else if (cluster.members.some(({ row }) => row.due && context.closed(row))) shut.push(...shutIn(context, cluster));
    else clusters.push(cluster);
  }
  const stood = await standAll(context, clusters);
  const shared = clusters.filter(({ members }) => members.length > 1).flatMap(({ members }) => members);
  const apart = await keptApart(
    context.tx,
    shared.map(({ row }) => row.key),
  );
  const formed = await guardMerges(
    context,
    clusters.map((cluster): Formed => form(cluster, standingsOf(cluster, stood), apart)),
    apart,
  );
  const shelf = await readShelf(context, formed);
  const taken = new Set<string>();
  const combined = new Set<string>();
  const plans: ClusterPlan[] = [];
  for (const one of formed) {
    if (isLater(context, one)) {
      later.push(...one.cluster.members.map((member) => member.row.key));
      continue;
    }
    const plan = await settleFacts(context.facts, () => compose(context, shelf, one, taken));
    if (plan === 'busy') {
      postponed.push(...one.cluster.members.map((member) => member.row.key));
      continue;
    }
    const claimed = linkedClaims(context, plan);
    if (claimed.some((name) => combined.has(name))) {
      postponed.push(...one.cluster.members.map((member) => member.row.key));
      continue;
    }
    plans.push(plan);
    for (const name of claimed) combined.add(name);
    for (const { target } of [...plan.writes, ...plan.following]) taken.add(target.id);
    for (const [key, verdict] of plan.verdicts) {
      if (verdict.kind === 'rest') context.waits.set(key, verdict.reason?.waitsFor ?? []);
    }
  }
  return { clusters: plans, stood, postponed, later, shut, changed };
}

/** Those of closed objects are not taken anyway, and those that are not due wait for nothing. */
function shutIn(context: PlanContext, { members }: Cluster): readonly Shut[] {
  const due = members.flatMap(({ row }) => (row.due ? [row] : []));
  const by = [...new Set(due.filter((row) => context.closed(row)).map(objectName))];
  return due.filter((row) => !context.closed(row)).map(({ key, event }) => ({ key, order: event.order, by }));
}

/** Combinations with a link in what is written: what brings records together does not know them, as links are resolved later. */
function linkedClaims({ workspace }: PlanContext, plan: ClusterPlan): readonly string[] {
  const names = [...plan.writes, ...plan.following].flatMap(({ target: { object, image } }) =>
    indexedValues(workspace, object, image ?? {})
      .filter((claim) => holdsLink(workspace, claim))
      .map(({ field, value }) => uniqueName(object, field, value)),
  );
  return [...new Set(names)];
}

async function register(context: PlanContext, rows: readonly RecordRow[]): Promise<readonly string[]> {
  if (rows.length === 0) return [];
  context.facts.know(rows);
  await context.facts.loadDrafts(rows);
  return context.tx.lookups.set(
    rows.map((row) => ({
      key: row.key,
      source: row.source,
      object: row.object,
      values: row.event.op === 'DELETE' ? [] : lookupEntries(memberOf(context, row)),
      sourceTime: row.event.sourceTime,
    })),
  );
}

/** All of them, reading what they ask for in rounds. In order, so that of a circle of waits the last one closes it. */
async function standAll(context: PlanContext, clusters: readonly Cluster[]): Promise<ReadonlyMap<string, Stood>> {
  const stood = new Map<string, Stood>();
  let left = clusters.flatMap((cluster) => cluster.members);
  while (left.length > 0) {
    const unread: typeof left = [];
    for (const member of left) {
      const result = stand(context, member);
      if (result === 'unread') {
        unread.push(member);
        continue;
      }
      stood.set(member.row.key, result);
      const { standing } = result;
      context.waits.set(member.row.key, standing.kind === 'waits' ? (standing.reason.waitsFor ?? []) : []);
    }
    if (unread.length > 0) await context.facts.load();
    left = unread;
  }
  return stood;
}

function standingsOf(cluster: Cluster, stood: ReadonlyMap<string, Stood>): ReadonlyMap<string, Standing> {
  const standings = new Map<string, Standing>();
  for (const { row } of cluster.members) {
    const standing = stood.get(row.key)?.standing;
    if (standing !== undefined) standings.set(row.key, standing);
  }
  return standings;
}

/** A fallback, or a row that others may share, waits while records of that kind are still coming in. */
function isLater(context: PlanContext, formed: Formed): boolean {
  for (const standing of formed.standings.values()) if (standing.kind === 'later') return true;
  return formed.groups.some((group) => {
    if (group.present !== null) return false;
    return group.contributors.some(({ member, ready }) => {
      if (ready.claims.length === 0 || member.mapping?.policies.duplicate !== 'merge') return false;
      return placesOf(context, group.object).some(({ source, object }) => context.moreComing(source, object, 'merge'));
    });
  });
}

function placesOf(context: PlanContext, target: string): readonly { source: string; object: string }[] {
  return [...context.mappings.values()].flatMap((mapping) =>
    [...mapping.objects.values()]
      .filter((object) => object.target === target)
      .map((object) => ({ source: mapping.source, object: object.object })),
  );
}

/** Everything a record's verdict rests on: a change of any of it makes it due. */
export function dependenciesOf(stood: Stood | undefined, waitsFor: readonly string[], key: string): readonly string[] {
  const names = new Set([...(stood?.consulted ?? []), ...waitsFor]);
  names.delete(recordName(key));
  return [...names].sort();
}
