import { contentHash } from '../core/identifiers.ts';
import type { ObjectMapping } from '../mapping/model.ts';
import { type EditRow, type Reason, ROW_FIELD, type TargetRow } from '../state/state.ts';
import type { PlanContext } from './context.ts';
import { consult, type EditOutcome, ruleOf, shown, whoOf } from './edits.ts';
import type { Formed } from './form.ts';
import { recordReviewId, reviewName } from './names.ts';
import { editsOf, type Shelf } from './shelf.ts';
import type { Member, Standing } from './standing.ts';

/** What a person may answer where a row that people edited is to be deleted. */
export const DELETE_CHOICES = ['delete', 'keep'] as const;

interface Around {
  readonly context: PlanContext;
  readonly shelf: Shelf;
  readonly outcome: EditOutcome;
}

/** Whether edits keep a row from being deleted: all, but those of fields in which the source always wins. A person who deletes it gives it up. */
export function isGuarded(edits: readonly EditRow[], mapping: ObjectMapping | null): boolean {
  if (edits.some(isDeletion)) return false;
  return edits.some((edit) => ruleOf(mapping?.policies.edits, edit.field) !== 'source');
}

/**
 * Records whose rows are to go, though people edited them or too many go at once: asked about first (SPEC.md §12, I23, I25). Changes their standings.
 * 'unread': load what people answered, and ask again.
 */
export function guardDeletions(
  around: Around,
  formed: Formed,
  standings: Map<string, Standing>,
  leftover: readonly TargetRow[],
): 'unread' | null {
  for (const member of formed.cluster.members) {
    const standing = standings.get(member.row.key);
    const gone = standing?.kind === 'gone' && !standing.keeps;
    const out = standing?.kind === 'out' && standing.keeps !== true;
    if (!gone && !out) continue;
    if ((member.mapping?.policies.onDelete ?? 'keep') === 'keep') continue;
    const rows = rowsOf(around.shelf, member, leftover);
    const { row } = member;
    const wave = gone && rows.length > 0 ? around.context.deletes.get(`${row.source}/${row.object}`) : undefined;
    if (wave?.kind === 'keep') {
      standings.set(row.key, { ...standing, keeps: true });
      continue;
    }
    if (wave?.kind === 'asked') {
      standings.set(row.key, { kind: 'guarded', reason: wave.reason, gone: true });
      continue;
    }
    const guarded = rows.flatMap((target) => {
      const edits = target.createdByUs ? editsOf(around.shelf, target.targetKey) : [];
      return isGuarded(edits, member.mapping) ? edits : [];
    });
    if (guarded.length === 0) continue;
    const changed = ask(around, member, standing, guarded);
    if (changed === 'unread') return 'unread';
    standings.set(member.row.key, changed);
  }
  return null;
}

/** A person deleted the row. */
export function isDeletion(edit: EditRow): boolean {
  return edit.field === ROW_FIELD && edit.value !== null;
}

/** Rows that would go with this record: those that nobody else keeps, and those that it brought along. */
function rowsOf(shelf: Shelf, { row }: Member, leftover: readonly TargetRow[]): readonly TargetRow[] {
  const own = leftover.filter((target) => target.contributors.includes(row.key));
  const children = (shelf.children.get(row.key) ?? []).filter((child) => child.status === 'written');
  return [...own, ...children];
}

function ask(
  { context, outcome }: Around,
  { row }: Member,
  standing: Extract<Standing, { kind: 'gone' | 'out' }>,
  edits: readonly EditRow[],
): Standing | 'unread' {
  const about = contentHash(edits.map(({ number, value }) => [number, value])).slice(0, 12);
  const id = recordReviewId(row.key, `edit/delete/${about}`);
  consult(outcome, row.key, reviewName(id));
  const review = context.facts.review(id);
  if (review === undefined) return 'unread';
  if (review?.status === 'answered') return review.answer === 'keep' ? { ...standing, keeps: true } : standing;
  const [first] = edits;
  const what =
    first === undefined ? '' : `${whoOf(first)} changed ${first.field} of ${first.object} ${first.targetKey}`;
  const more = edits.length > 1 ? ` (and ${edits.length - 1} more)` : '';
  const why = standing.kind === 'gone' ? 'the source deleted the record' : 'the record is left out now';
  outcome.questions.push({
    id,
    queue: 'record',
    source: row.source,
    object: row.object,
    recordKey: row.key,
    question: `${what} in Twenty${more}, and ${why}. Is its row to be deleted, or kept?`,
    detail: {
      edits: edits.map(({ targetKey, field, value, by }) => ({ targetKey, field, value: shown(value), by })),
    },
    choices: DELETE_CHOICES,
    blocking: true,
    createdAt: context.now,
  });
  const reason: Reason = {
    code: 'SINK_DELETE_EDITED',
    message: `${why}, but people edited its row in Twenty`,
    waitsFor: [reviewName(id)],
  };
  return { kind: 'guarded', reason, gone: standing.kind === 'gone' };
}
