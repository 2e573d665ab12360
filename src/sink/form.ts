import type { Reason, TargetRow } from '../state/state.ts';
import type { Cluster } from './cluster.ts';
import { without } from './image.ts';
import { bySeniority } from './merge.ts';
import { isEarlierLife, naturalKey, uniqueName } from './names.ts';
import type { Member, Ready, Standing } from './standing.ts';
import { type Claim, RECORD_CLAIM } from './values.ts';

/** A record that is ready, with what the duplicate policy left of its content. */
export interface Contributor {
  readonly member: Member;
  readonly ready: Ready;
  /** Unique values given up in favour of another record. */
  readonly gaveUp: readonly Claim[];
}

/** The contributors of one row in Twenty, senior first, and the row it has now. */
export interface Group {
  readonly object: string;
  readonly contributors: readonly Contributor[];
  readonly present: TargetRow | null;
  /** Whose name a new row gets: the most senior of those who share it or will, so that waiting does not decide it. */
  readonly eldest: Member;
}

export interface Formed {
  readonly cluster: Cluster;
  readonly groups: readonly Group[];
  /** Rows that no group keeps. */
  readonly leftover: readonly TargetRow[];
  /** Standings after the duplicate policy: a record may have to wait for a person. */
  readonly standings: ReadonlyMap<string, Standing>;
}

/** Decides who shares a row with whom, and which of the present rows goes on. Pure. */
export function form(cluster: Cluster, standings: ReadonlyMap<string, Standing>): Formed {
  const after = new Map(standings);
  const groups = groupsOf(cluster, after);
  const winners = new Map<number, TargetRow[]>();
  const leftover: TargetRow[] = [];
  for (const target of inKeyOrder(cluster.targets.values())) {
    const winner = winnerOf(target, groups);
    if (winner === null) leftover.push(target);
    else winners.set(winner, [...(winners.get(winner) ?? []), target]);
  }
  const formed = groups.flatMap((contributors, index): Group[] => {
    const [first] = contributors;
    if (first === undefined) return [];
    const [keep, ...others] = bestFirst(contributors, winners.get(index) ?? []);
    leftover.push(...others);
    const eldest = eldestOf(cluster, after, groups, index) ?? first.member;
    return [{ object: first.ready.target, contributors, present: keep ?? null, eldest }];
  });
  return { cluster, groups: formed, leftover, standings: after };
}

function groupsOf(cluster: Cluster, standings: Map<string, Standing>): Contributor[][] {
  const groups: Contributor[][] = [];
  const groupOf = new Map<string, Contributor[]>();
  const holders = new Map<string, Contributor>();
  for (const member of inTurn(cluster.members)) {
    const standing = standings.get(member.row.key);
    if (standing?.kind !== 'ready') continue;
    const all = claimsTaken(standing, holders);
    // Who is the same record needs no other reason, and brings none: two people stay two, whatever addresses a third shares.
    const same = all.find(({ claim }) => claim.field === RECORD_CLAIM);
    const another = isAnother(member);
    const taken = same !== undefined ? [same] : another ? [] : all;
    const policy = same !== undefined || another ? 'merge' : (member.mapping?.policies.duplicate ?? 'hold');
    const [conflict] = taken;
    if (conflict !== undefined && policy === 'hold') {
      standings.set(member.row.key, {
        kind: 'waits',
        reason: duplicateHeld(conflict.claim, conflict.holder.member.row.key),
      });
      continue;
    }
    const itsGroup = same === undefined ? undefined : groupOf.get(same.holder.member.row.key);
    // What stands in another one's row stays there: two rows of one value would be refused together.
    const foreign = all.filter(
      ({ claim, holder }) => claim.field !== RECORD_CLAIM && groupOf.get(holder.member.row.key) !== itsGroup,
    );
    const given = policy === 'without-value' ? taken : another || same !== undefined ? foreign : [];
    const gaveUp = given.map(({ claim }) => claim);
    const ready = gaveUp.reduce<Ready>((left, claim) => giveUp(left, claim), standing);
    const contributor: Contributor = { member, ready, gaveUp };
    const mine: Contributor[] = [contributor];
    let group = mine;
    if (policy === 'merge') for (const { holder } of taken) group = join(groups, groupOf, holder, group);
    if (group === mine) groups.push(mine);
    for (const one of group) groupOf.set(one.member.row.key, group);
    for (const claim of ready.claims) if (!holders.has(nameOf(claim))) holders.set(nameOf(claim), contributor);
  }
  for (const group of groups) group.sort((a, b) => bySeniority(a.member, b.member));
  return groups;
}

/** Senior first; those that are another record after all others, as what they say of themselves never decides who that is. */
function inTurn(members: readonly Member[]): readonly Member[] {
  const senior = [...members].sort((a, b) => bySeniority(a, b));
  return [...senior.filter((member) => !isAnother(member)), ...senior.filter(isAnother)];
}

/** Whether a record is another appearance of one that it names: a lead that became a contact. */
function isAnother({ row, claims }: Member): boolean {
  return claims.some(({ field, value }) => field === RECORD_CLAIM && value !== row.key);
}

/** The most senior member that waits and will join this group by a value they share; null where all of them are juniors. */
function eldestOf(
  cluster: Cluster,
  standings: ReadonlyMap<string, Standing>,
  groups: readonly (readonly Contributor[])[],
  index: number,
): Member | null {
  const joins = (member: Member, group: readonly Contributor[]): boolean => {
    const wanted = new Set(group.flatMap(({ ready }) => ready.claims.map(nameOf)));
    return member.claims.some((claim) => wanted.has(nameOf(claim)));
  };
  const [senior] = groups[index] ?? [];
  const waiting = [...cluster.members].sort(bySeniority).filter((member) => {
    const kind = standings.get(member.row.key)?.kind;
    const policy = member.mapping?.policies.duplicate;
    return (kind === 'waits' || kind === 'later') && policy === 'merge';
  });
  for (const member of waiting) {
    if (senior === undefined || bySeniority(senior.member, member) < 0) return null;
    // Whoever could join several rows gives its name to none.
    if (joins(member, groups[index] ?? []) && groups.filter((group) => joins(member, group)).length === 1)
      return member;
  }
  return null;
}

function claimsTaken(
  ready: Ready,
  holders: ReadonlyMap<string, Contributor>,
): { readonly claim: Claim; readonly holder: Contributor }[] {
  return ready.claims.flatMap((claim) => {
    const holder = holders.get(nameOf(claim));
    return holder === undefined ? [] : [{ claim, holder }];
  });
}

function join(
  groups: Contributor[][],
  groupOf: Map<string, Contributor[]>,
  holder: Contributor,
  joining: Contributor[],
): Contributor[] {
  const group = groupOf.get(holder.member.row.key);
  if (group === undefined || group === joining) return joining;
  group.push(...joining);
  const at = groups.indexOf(joining);
  if (at >= 0) groups.splice(at, 1);
  for (const one of joining) groupOf.set(one.member.row.key, group);
  return group;
}

export function giveUp(ready: Ready, claim: Claim): Ready {
  return {
    ...ready,
    content: without(ready.content, claim.field),
    claims: ready.claims.filter((one) => one.field !== claim.field),
    losses: [...ready.losses, { field: claim.field, kind: 'dropped', before: claim.value, after: '' }],
  };
}

export function duplicateHeld(claim: Claim, by: string): Reason {
  return {
    code: 'SINK_DUPLICATE_HELD',
    message: `${claim.field} "${claim.value}" belongs to ${by} already`,
    waitsFor: [uniqueName(claim.object, claim.field, claim.value)],
  };
}

function nameOf(claim: Claim): string {
  return uniqueName(claim.object, claim.field, claim.value);
}

/** The group that goes on with this row: that of the record it was made for, else that of its most senior contributor. */
function winnerOf(target: TargetRow, groups: readonly (readonly Contributor[])[]): number | null {
  let best: { index: number; own: boolean; contributor: Contributor } | null = null;
  for (const [index, group] of groups.entries()) {
    for (const contributor of group) {
      const { row } = contributor.member;
      if (!target.contributors.includes(row.key) || contributor.ready.target !== target.object) continue;
      if (target.contributors.length === 1 && isEarlierLife(target.targetKey, row.key, row.incarnation)) continue;
      const own = target.targetKey === naturalKey(row.key, row.incarnation);
      const better =
        best === null ||
        (own && !best.own) ||
        (own === best.own && bySeniority(contributor.member, best.contributor.member) < 0);
      if (better) best = { index, own, contributor };
    }
  }
  return best === null ? null : best.index;
}

/** The survivor's own row first, then by key. */
function bestFirst(contributors: readonly Contributor[], targets: readonly TargetRow[]): readonly TargetRow[] {
  const order = new Map(
    contributors.map(({ member }, index) => [naturalKey(member.row.key, member.row.incarnation), index]),
  );
  const rank = (target: TargetRow) => order.get(target.targetKey) ?? Number.POSITIVE_INFINITY;
  return [...targets].sort((a, b) => {
    if (rank(a) !== rank(b)) return rank(a) < rank(b) ? -1 : 1;
    return a.targetKey < b.targetKey ? -1 : 1;
  });
}

function inKeyOrder(targets: Iterable<TargetRow>): readonly TargetRow[] {
  return [...targets].sort((a, b) => (a.targetKey < b.targetKey ? -1 : 1));
}
