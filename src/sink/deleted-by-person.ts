import { ROW_FIELD } from '../state/state.ts';
import type { PlanContext } from './context.ts';
import { consult, type EditOutcome, whoOf } from './edits.ts';
import type { Group } from './form.ts';
import { recordReviewId, reviewName } from './names.ts';
import type { Placement } from './placement.ts';
import { editsOf, type Shelf } from './shelf.ts';

/** What a person may answer where somebody deleted the row of a record that the source still has. */
export const RETURN_CHOICES = ['restore', 'leave'] as const;

interface Around {
  readonly context: PlanContext;
  readonly shelf: Shelf;
  readonly edits: EditOutcome;
}

/**
 * What becomes of a record whose row a person deleted, by the policy for deleted rows (SPEC.md §12). `none`: nobody did.
 * 'unread': load what people answered, and ask again.
 */
export function deletedByPerson(
  around: Around,
  group: Group,
  targetKey: string,
): 'none' | 'restore' | 'unread' | Extract<Placement, { kind: 'waits' | 'out' }> {
  const edit = editsOf(around.shelf, targetKey).find(({ field, value }) => field === ROW_FIELD && value !== null);
  const member = group.contributors[0]?.member;
  if (edit === undefined || member === undefined) return 'none';
  const who = whoOf(edit);
  const left = {
    kind: 'out',
    reason: { code: 'SINK_EXCLUDED', message: `${who} deleted its row in Twenty, and it is left so` },
  } as const;
  switch (member.mapping?.policies.softDeleted ?? 'hold') {
    case 'restore':
      return 'restore';
    case 'leave':
      return left;
    case 'hold':
      break;
  }
  const { row } = member;
  const id = recordReviewId(targetKey, `edit/deleted/${edit.number}`);
  consult(around.edits, row.key, reviewName(id));
  const review = around.context.facts.review(id);
  if (review === undefined) return 'unread';
  if (review?.status === 'answered') return review.answer === 'restore' ? 'restore' : left;
  around.edits.asked.push({ number: edit.number, question: id });
  around.edits.questions.push({
    id,
    queue: 'record',
    source: row.source,
    object: row.object,
    recordKey: row.key,
    question: `${who} deleted the row of ${row.key} (${edit.object}) in Twenty, and the source still has the record. Restore it, or leave it deleted?`,
    detail: { object: edit.object, id: edit.id, deletedAt: edit.value },
    choices: RETURN_CHOICES,
    blocking: true,
    createdAt: around.context.now,
  });
  return {
    kind: 'waits',
    reason: {
      code: 'SINK_SOFT_DELETED',
      message: `${who} deleted its row in Twenty`,
      waitsFor: [reviewName(id)],
    },
  };
}
