import { contentHash, type RecordKey } from '../core/identifiers.ts';
import type { EditRow, Reason, ReviewRow, TargetRow } from '../state/state.ts';
import { type KeptApart, keptApart } from './apart.ts';
import { type PlanContext, settleFacts } from './context.ts';
import { isDeletion, isGuarded } from './deletion-guard.ts';
import { consult, type EditOutcome, newEditOutcome, shown, whoOf } from './edits.ts';
import { type Formed, form, type Group } from './form.ts';
import { recordReviewId, reviewName } from './names.ts';
import type { Member, Standing } from './standing.ts';
import { keepApart, TAKEN_BACK } from './unmerge.ts';

/** What a person may answer where a row that people edited is to go, because its record joins another row. */
export const MERGE_CHOICES = ['merge', 'apart'] as const;

/** A row that would go, the records that would leave it, and the row that they would join. */
interface MergingAway {
  readonly target: TargetRow;
  readonly movers: readonly Member[];
  readonly group: Group;
  readonly edits: readonly EditRow[];
  /** How often it was taken back that one of its records is kept apart: an answer from before does not count. */
  readonly reopened: number;
}

/**
 * Rows that people edited, and that would go because their records join other rows: asked about first (SPEC.md §14, I31).
 * Until somebody answers, their records stay where they are; those who are answered "apart" are kept apart from now on.
 */
export async function guardMerges(
  context: PlanContext,
  formed: readonly Formed[],
  apart: KeptApart,
): Promise<readonly Formed[]> {
  const leaving = formed.flatMap(({ leftover, groups }) =>
    leftover.filter((target) => joinedBy(target, groups) !== null).map(({ targetKey }) => targetKey),
  );
  if (leaving.length === 0) return formed;
  const edits = await context.tx.edits.open(leaving);
  if (edits.size === 0) return formed;
  const guarded: Formed[] = [];
  for (const one of formed) guarded.push(await guardOne(context, one, apart, edits));
  return guarded;
}

async function guardOne(
  context: PlanContext,
  formed: Formed,
  apart: KeptApart,
  edits: ReadonlyMap<string, readonly EditRow[]>,
): Promise<Formed> {
  const away: MergingAway[] = [];
  for (const target of formed.leftover) {
    const open = edits.get(target.targetKey) ?? [];
    const group = joinedBy(target, formed.groups);
    if (group === null || open.length === 0 || !target.createdByUs) continue;
    const movers = moversOf(target, group);
    const [mover] = movers;
    if (mover === undefined || !isGuarded(open, mover.mapping)) continue;
    const reopened = (await context.tx.audit.of(mover.row.key)).filter(({ action }) => action === TAKEN_BACK).length;
    away.push({ target, movers, group, edits: open, reopened });
  }
  if (away.length === 0) return formed;
  const asked = newEditOutcome();
  const standings = new Map(formed.standings);
  let decided = false;
  for (const one of away) {
    const review = await settleFacts(context.facts, () => reviewOf(context, one));
    for (const { row } of one.movers) consult(asked, row.key, reviewName(questionOf(one)));
    if (review?.status === 'answered' && review.answer === 'merge') continue;
    if (review?.status === 'answered') {
      decided = true;
      await decide(context, one, review);
      continue;
    }
    asked.questions.push(question(context, one));
    for (const { row } of one.movers) standings.set(row.key, waiting(one));
  }
  const keys = formed.cluster.members.map(({ row }) => row.key);
  const now = decided ? await keptApart(context.tx, keys) : apart;
  return { ...form(formed.cluster, standings, now), asked };
}

/** The group that records of this row join although it goes; null where they join none with others. */
function joinedBy(target: TargetRow, groups: readonly Group[]): Group | null {
  return groups.find((group) => group.contributors.length > 1 && moversOf(target, group).length > 0) ?? null;
}

function moversOf(target: TargetRow, group: Group): readonly Member[] {
  return group.contributors.flatMap(({ member }) => (target.contributors.includes(member.row.key) ? [member] : []));
}

/** About these edits and these records: another edit, or another row to join, is another question. */
function questionOf({ movers, group, edits, reopened }: MergingAway): string {
  const keys = group.contributors.map(({ member }) => member.row.key);
  const about = contentHash([edits.map(({ number, value }) => [number, value]), keys, reopened]).slice(0, 12);
  return recordReviewId(movers[0]?.row.key ?? '', `edit/merge/${about}`);
}

function reviewOf(context: PlanContext, away: MergingAway): ReviewRow | null | 'unread' {
  const review = context.facts.review(questionOf(away));
  return review === undefined ? 'unread' : review;
}

function othersIn({ movers, group }: MergingAway): readonly RecordKey[] {
  const leaving = new Set(movers.map(({ row }) => row.key));
  return group.contributors.map(({ member }) => member.row.key).filter((key) => !leaving.has(key));
}

async function decide(context: PlanContext, away: MergingAway, review: ReviewRow): Promise<void> {
  const said = { by: review.answeredBy ?? '', reason: review.question, now: context.now, run: context.run };
  for (const { row } of away.movers) await keepApart(context.tx, row.key, othersIn(away), said);
}

function question(context: PlanContext, away: MergingAway): EditOutcome['questions'][number] {
  const { target, movers, edits } = away;
  const [first] = edits.filter((edit) => !isDeletion(edit));
  const row = movers[0]?.row;
  const more = edits.length > 1 ? ` (and ${edits.length - 1} more)` : '';
  const what =
    first === undefined
      ? 'People changed its row'
      : `${whoOf(first)} changed ${first.field} of ${target.object} ${target.targetKey}`;
  return {
    id: questionOf(away),
    queue: 'record',
    source: row?.source ?? '',
    object: row?.object ?? null,
    recordKey: row?.key ?? null,
    question:
      `${what} in Twenty${more}, and ${movers.map((one) => one.row.key).join(', ')} would now share the row of ` +
      `${othersIn(away).join(', ')}, so that this one goes. Merge them, or keep them apart?`,
    detail: {
      edits: edits.map(({ targetKey, field, value, by }) => ({ targetKey, field, value: shown(value), by })),
      with: othersIn(away),
    },
    choices: MERGE_CHOICES,
    blocking: true,
    createdAt: context.now,
  };
}

function waiting(away: MergingAway): Standing {
  const reason: Reason = {
    code: 'SINK_MERGE_EDITED',
    message: `would share the row of ${othersIn(away).join(', ')}, but people edited its own in Twenty`,
    waitsFor: [reviewName(questionOf(away))],
  };
  return { kind: 'guarded', reason, gone: false };
}
