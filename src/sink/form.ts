import type { Loss } from '../mapping/model.ts';
import type { Reason, TargetRow } from '../state/state.ts';
import type { TwentyFields } from '../twenty/model.ts';
import { type KeptApart, NOBODY_APART } from './apart.ts';
import type { Cluster } from './cluster.ts';
import type { EditOutcome } from './edits.ts';
import { without } from './image.ts';
import { bySeniority, type Part } from './merge.ts';
import { isEarlierLife, naturalKey, uniqueName } from './names.ts';
import type { Member, Ready, Standing } from './standing.ts';
import { columnsOf, combinationName } from './unique-columns.ts';
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

/** What they bring into their row, senior first. */
export function partsOf({ contributors }: Pick<Group, 'contributors'>): readonly Part[] {
  return contributors.map(({ member: { row, mapping }, ready }) => ({
    key: row.key,
    source: row.source,
    object: row.object,
    modified: row.event.sourceTime,
    fields: ready.content,
    rules: mapping?.policies.merging,
  }));
}

export interface Formed {
  readonly cluster: Cluster;
  readonly groups: readonly Group[];
  /** Rows that no group keeps. */
  readonly leftover: readonly TargetRow[];
  /** Standings after the duplicate policy: a record may have to wait for a person. */
  readonly standings: ReadonlyMap<string, Standing>;
  /** What there is to ask before rows that people edited go into others (merge-guard.ts). */
  readonly asked?: EditOutcome;
}

/** Decides who shares a row with whom, and which of the present rows goes on. Pure. */
export function form(
  cluster: Cluster,
  standings: ReadonlyMap<string, Standing>,
  apart: KeptApart = NOBODY_APART,
): Formed {
  const after = new Map(standings);
  const groups = groupsOf(cluster, after, apart);
  const winners = new Map<number, TargetRow[]>();
  const leftover: TargetRow[] = [];
  for (const target of inKeyOrder(cluster.targets.values())) {
    const winner = winnerOf(target, groups, ownerThatWaits(cluster, after, target), apart);
    if (winner === null) leftover.push(target);
    else winners.set(winner, [...(winners.get(winner) ?? []), target]);
  }
  const formed = groups.flatMap((contributors, index): Group[] => {
    const [first] = contributors;
    if (first === undefined) return [];
    const [keep, ...others] = bestFirst(contributors, winners.get(index) ?? []);
    leftover.push(...others);
    const eldest = eldestOf(cluster, after, groups, index, apart) ?? first.member;
    return [{ object: first.ready.target, contributors, present: keep ?? null, eldest }];
  });
  return { cluster, groups: formed, leftover, standings: after };
}

function groupsOf(cluster: Cluster, standings: Map<string, Standing>, apart: KeptApart): Contributor[][] {
  const groups: Contributor[][] = [];
  const groupOf = new Map<string, Contributor[]>();
  const holders = new Map<string, Contributor>();
  const areApart = (some: readonly Contributor[], others: readonly Contributor[]): boolean =>
    some.some((one) => others.some((other) => apart.are(one.member.row.key, other.member.row.key)));
  for (const member of inTurn(cluster.members)) {
    const standing = standings.get(member.row.key);
    if (standing?.kind !== 'ready') continue;
    const { row } = member;
    const all = claimsTaken(standing, holders);
    const groupAt = (holder: Contributor): Contributor[] => groupOf.get(holder.member.row.key) ?? [holder];
    const barred = all.filter(({ holder }) =>
      groupAt(holder).some((other) => apart.are(row.key, other.member.row.key)),
    );
    const free = all.filter((one) => !barred.includes(one));
    // Who is the same record needs no other reason, and brings none: two people stay two, whatever addresses a third shares.
    const same = free.find(({ claim }) => claim.field === RECORD_CLAIM);
    const another = isAnother(member);
    const taken = same !== undefined ? [same] : another ? [] : free;
    const policy = same !== undefined || another ? 'merge' : (member.mapping?.policies.duplicate ?? 'hold');
    const [conflict] = taken;
    if (conflict !== undefined && policy === 'hold') {
      standings.set(row.key, {
        kind: 'waits',
        reason: duplicateHeld(conflict.claim, conflict.holder.member.row.key),
      });
      continue;
    }
    // It may bring two groups together, but not two of whom somebody said that they are not the same.
    const joined: Contributor[][] = [];
    const between: Taken[] = [];
    for (const one of policy === 'merge' ? taken : []) {
      const group = groupAt(one.holder);
      if (joined.includes(group)) continue;
      if (joined.some((other) => areApart(other, group))) between.push(one);
      else joined.push(group);
    }
    const itsGroup = same === undefined ? undefined : groupOf.get(same.holder.member.row.key);
    // What stands in another one's row stays there: two rows of one value would be refused together.
    const foreign = all.filter(({ holder }) => groupOf.get(holder.member.row.key) !== itsGroup);
    const left =
      policy === 'without-value'
        ? [...taken, ...barred]
        : another || same !== undefined
          ? foreign
          : [...barred, ...between];
    const given = left.flatMap(({ claim }) => (claim.field === RECORD_CLAIM ? [] : [claim]));
    // What one of them empties is no longer wanted in combination with something else.
    const [ready, gaveUp] = given.reduce<readonly [Ready, readonly Claim[]]>(
      ([now, before], claim) => (now.claims.includes(claim) ? [giveUp(now, claim), [...before, claim]] : [now, before]),
      [standing, []],
    );
    const contributor: Contributor = { member, ready, gaveUp };
    const group = [...joined.flat(), contributor];
    for (const old of joined) groups.splice(groups.indexOf(old), 1);
    groups.push(group);
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
  apart: KeptApart,
): Member | null {
  const joins = (member: Member, group: readonly Contributor[]): boolean => {
    if (group.some((one) => apart.are(member.row.key, one.member.row.key))) return false;
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

/** A unique value that a record wants, and who has it already. */
interface Taken {
  readonly claim: Claim;
  readonly holder: Contributor;
}

function claimsTaken(ready: Ready, holders: ReadonlyMap<string, Contributor>): Taken[] {
  return ready.claims.flatMap((claim) => {
    const holder = holders.get(nameOf(claim));
    return holder === undefined ? [] : [{ claim, holder }];
  });
}

export function giveUp(ready: Ready, claim: Claim): Ready {
  return {
    ...ready,
    content: withoutClaim(ready.content, claim),
    claims: ready.claims.filter((one) => !columnsOf(one.field).some((column) => claim.givesUp.includes(column))),
    losses: [...ready.losses, lossOf(claim)],
  };
}

/** The fields as they are written where another row has the claim. */
export function withoutClaim(fields: TwentyFields, { givesUp }: Claim): TwentyFields {
  return givesUp.reduce(without, fields);
}

/** What is lost of a record that is written without it: of a combination, the columns that are left empty. */
export function lossOf(claim: Claim): Loss {
  const columns = columnsOf(claim.field);
  const before = claim.givesUp.map((column) => String(claim.values[columns.indexOf(column)] ?? '')).join(' ');
  return { field: combinationName(claim.givesUp), kind: 'dropped', before, after: '' };
}

/** The claim in words: `emails.primaryEmail "a@b.c"`, `code "7" with companyId "20…"`. */
export function saidOf(claim: Claim): string {
  return columnsOf(claim.field)
    .map((column, index) => `${column} "${claim.values[index] ?? ''}"`)
    .join(' with ');
}

export function duplicateHeld(claim: Claim, by: string): Reason {
  return {
    code: 'SINK_DUPLICATE_HELD',
    message: `${saidOf(claim)} belongs to ${by} already`,
    waitsFor: [uniqueName(claim.object, claim.field, claim.value)],
  };
}

function nameOf(claim: Claim): string {
  return uniqueName(claim.object, claim.field, claim.value);
}

/** The group that goes on with this row: that of the record it was made for, else that of its most senior contributor. */
function winnerOf(
  target: TargetRow,
  groups: readonly (readonly Contributor[])[],
  waiting: Member | null,
  apart: KeptApart,
): number | null {
  let best: { index: number; own: boolean; contributor: Contributor } | null = null;
  for (const [index, group] of groups.entries()) {
    for (const contributor of group) {
      const { row } = contributor.member;
      if (!target.contributors.includes(row.key) || contributor.ready.target !== target.object) continue;
      // The row of somebody that it is kept apart from, and who will come back to it.
      if (waiting !== null && apart.are(row.key, waiting.row.key)) continue;
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

/** The record that a row was made for, where it shares no row at present because it waits. */
function ownerThatWaits(cluster: Cluster, standings: ReadonlyMap<string, Standing>, target: TargetRow): Member | null {
  const owner = cluster.members.find(({ row }) => naturalKey(row.key, row.incarnation) === target.targetKey);
  const kind = owner === undefined ? undefined : standings.get(owner.row.key)?.kind;
  const waits = kind === 'waits' || kind === 'refused' || kind === 'guarded' || kind === 'later';
  return owner !== undefined && waits && target.contributors.includes(owner.row.key) ? owner : null;
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
