import type { RecordRow, TargetRow } from '../state/state.ts';
import type { PlanContext } from './context.ts';
import { claimIndex } from './names.ts';
import { type Member, memberOf } from './standing.ts';
import type { Claim } from './values.ts';

/** Records that may share a row in Twenty, with the rows they have now. Planned together or not at all. */
export interface Cluster {
  readonly members: readonly Member[];
  /** Written targets of the members, by target key. */
  readonly targets: ReadonlyMap<string, TargetRow>;
}

/**
 * The closure of the rows: whoever claims the same unique value of the same Twenty object, and the contributors of
 * the targets they already have. Nearly always each record alone.
 */
export async function clustersOf(context: PlanContext, rows: readonly RecordRow[]): Promise<readonly Cluster[]> {
  const members = new Map<string, Member>();
  const links = new Union();
  const targets = new Map<string, TargetRow>();
  let frontier: readonly RecordRow[] = rows;
  context.facts.know(rows);
  await context.facts.loadDrafts(rows);
  while (frontier.length > 0) {
    const fresh = frontier.filter((row) => !members.has(row.key)).map((row) => memberOf(context, row));
    for (const member of fresh) members.set(member.row.key, member);
    const wanted = new Set<string>();
    await joinByTarget(context, fresh, links, targets, wanted);
    await joinByClaim(context, fresh, links, wanted);
    const missing = [...wanted].filter((key) => !members.has(key));
    frontier = missing.length === 0 ? [] : [...(await context.tx.records.get(missing)).values()];
    context.facts.know(frontier);
    await context.facts.loadDrafts(frontier);
  }
  const groups = Map.groupBy(members.values(), (member) => links.root(member.row.key));
  const byRoot = Map.groupBy(targets.values(), (target) => links.root(target.contributors[0] ?? target.targetKey));
  return [...groups].map(([root, group]) => ({
    members: group,
    targets: new Map((byRoot.get(root) ?? []).map((target) => [target.targetKey, target])),
  }));
}

async function joinByTarget(
  context: PlanContext,
  fresh: readonly Member[],
  links: Union,
  targets: Map<string, TargetRow>,
  wanted: Set<string>,
): Promise<void> {
  if (fresh.length === 0) return;
  const found = await context.tx.targets.ofRecords(fresh.map((member) => member.row.key));
  for (const [key, target] of found) {
    if (target.kind !== 'record') continue;
    targets.set(target.targetKey, target);
    for (const contributor of target.contributors) {
      links.join(key, contributor);
      wanted.add(contributor);
    }
  }
}

async function joinByClaim(
  context: PlanContext,
  fresh: readonly Member[],
  links: Union,
  wanted: Set<string>,
): Promise<void> {
  const claims = fresh.flatMap((member) => member.claims.map((claim) => ({ claim, key: member.row.key })));
  const byField = Map.groupBy(claims, ({ claim }) => JSON.stringify([claim.object, claim.field]));
  for (const group of byField.values()) {
    const [first] = group;
    if (first === undefined) continue;
    const { object, field } = first.claim;
    const values = [...new Set(group.map(({ claim }) => claim.value))];
    for (const place of placesOf(context, object)) {
      const hits = await context.tx.lookups.find(place.source, place.object, claimIndex(object, field), values);
      for (const { claim, key } of group) {
        for (const hit of hits.get(claim.value) ?? []) {
          if (hit.key === key) continue;
          links.join(key, hit.key);
          wanted.add(hit.key);
        }
      }
    }
  }
}

/** The source objects that become this Twenty object. */
function placesOf(context: PlanContext, target: string): readonly { source: string; object: string }[] {
  const places: { source: string; object: string }[] = [];
  for (const mapping of context.mappings.values()) {
    for (const object of mapping.objects.values()) {
      if (object.target === target) places.push({ source: mapping.source, object: object.object });
    }
  }
  return places;
}

/** What a record registers so that others find it: the mapping's lookups and its claims. */
export function lookupEntries(member: Member): readonly { index: string; value: string }[] {
  if (member.draft?.kind !== 'record') return [];
  return [
    ...member.draft.record.lookups.map(({ index, value }) => ({ index, value })),
    ...member.claims.map((claim: Claim) => ({ index: claimIndex(claim.object, claim.field), value: claim.value })),
  ];
}

/** Disjoint sets of names. */
class Union {
  readonly #parent = new Map<string, string>();

  root(name: string): string {
    let at = name;
    for (let up = this.#parent.get(at); up !== undefined && up !== at; up = this.#parent.get(at)) at = up;
    let walk = name;
    for (let up = this.#parent.get(walk); up !== undefined && up !== at; up = this.#parent.get(walk)) {
      this.#parent.set(walk, at);
      walk = up;
    }
    return at;
  }

  join(a: string, b: string): void {
    const left = this.root(a);
    const right = this.root(b);
    if (left === right) return;
    const [lower = left, upper = right] = [left, right].sort();
    this.#parent.set(upper, lower);
  }
}
