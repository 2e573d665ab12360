import type { Draft, Loss, ObjectMapping, RecordQuestion } from '../mapping/model.ts';
import type { Correction, FileTarget, GivenBackRow, Reason, RecordRow } from '../state/state.ts';
import type { TwentyFields } from '../twenty/model.ts';
import type { PlanContext } from './context.ts';
import { resolveDraft } from './gather.ts';
import { recordReviewId, reviewName } from './names.ts';
import { type Claim, claimsOf, identityClaims } from './values.ts';

/** A row that must be there before the record: a placeholder, or a child that several records share. */
export interface Forerunner {
  readonly key: string;
  readonly kind: 'placeholder' | 'child';
  readonly object: string;
  readonly fields: TwentyFields;
}

export interface ReadyChild {
  readonly key: string;
  readonly kind: 'child' | 'placeholder';
  /** Keys of rows of the same record that must be there before it. */
  readonly after: readonly string[];
  readonly object: string;
  readonly fields: TwentyFields;
  readonly parentColumn: string | null;
}

/** A link that was not taken at its word, for the list of choices made (SCO-5). */
export interface ChoiceMade {
  readonly link: string;
  readonly label: string;
}

/** A link to a record that the source deleted, which the record stands there without. */
export interface CutLink {
  readonly link: string;
  /** The key of the record that it named. */
  readonly on: string;
}

/** To which other record a file is attached, by its key: found, on its way, or nowhere. */
export type FileLink =
  | { readonly kind: 'found'; readonly target: FileTarget }
  | { readonly kind: 'pending' }
  | { readonly kind: 'missing'; readonly held: boolean; readonly reason: string };

export interface Ready {
  readonly kind: 'ready';
  readonly target: string;
  /** Mapped fields with links and owners. */
  readonly content: TwentyFields;
  readonly claims: readonly Claim[];
  readonly children: readonly ReadyChild[];
  /** Not there yet; the record follows. */
  readonly forerunners: readonly Forerunner[];
  /** Written without a link that closes a circle: why it is not at rest afterwards. */
  readonly pending: Reason | null;
  readonly losses: readonly Loss[];
  readonly choices: readonly ChoiceMade[];
  readonly cuts: readonly CutLink[];
  readonly files: ReadonlyMap<string, FileLink>;
}

/** What a record is by itself, before others that share its row are looked at. */
export type Standing =
  | Ready
  /** `keeps`: what stands in Twenty stays there, because a person said so. */
  | { readonly kind: 'gone'; readonly keeps: boolean }
  | { readonly kind: 'out'; readonly reason: Reason; readonly keeps?: boolean }
  | { readonly kind: 'refused'; readonly reason: Reason }
  /** Its row is to go, but people edited it: nothing is deleted before somebody says so. `gone`: the source deleted it. */
  | { readonly kind: 'guarded'; readonly reason: Reason; readonly gone: boolean }
  | { readonly kind: 'waits'; readonly reason: Reason }
  | { readonly kind: 'later' };

export interface Member {
  readonly row: RecordRow;
  readonly mapping: ObjectMapping | null;
  readonly draft: Draft | null;
  readonly claims: readonly Claim[];
}

export interface Stood {
  readonly standing: Standing;
  /** Everything consulted. */
  readonly consulted: ReadonlySet<string>;
  readonly questions: readonly RecordQuestion[];
}

export function memberOf(context: PlanContext, row: RecordRow): Member {
  const mapping = context.facts.mapping(row.source, row.object);
  const gone = row.event.op === 'DELETE';
  // Loaded beforehand (Facts.loadDrafts).
  const draft = gone ? null : (context.facts.draft(row) ?? null);
  const claims =
    draft?.kind === 'record'
      ? [
          ...claimsOf(context.workspace, draft.record.target, draft.record.fields),
          ...identityClaims(row, mapping, draft.record),
        ]
      : [];
  return { row, mapping, draft, claims };
}

/** Resolves what the draft asks for. 'unread': load the facts and ask again. */
export function stand(context: PlanContext, member: Member): Stood | 'unread' {
  const { row, draft } = member;
  const consulted = new Set<string>();
  const stood = (standing: Standing, questions: readonly RecordQuestion[] = []): Stood => ({
    standing,
    consulted,
    questions,
  });
  const correction = context.facts.correction(row);
  if (correction === undefined) return 'unread';
  const discarded = correction?.kind === 'discard';
  if (row.event.op === 'DELETE') return stood({ kind: 'gone', keeps: discarded });
  const back = context.facts.givenBack(row.key);
  if (back === undefined) return 'unread';
  if (back !== null) return stood({ kind: 'out', reason: givenBackBy(back) });
  if (wasRefused(row) && row.reason !== null) return stood({ kind: 'refused', reason: row.reason });
  if (discarded) return stood({ kind: 'out', reason: discardedBy(correction), keeps: true });
  if (draft === null) {
    const skipped = context.facts.skipped(row.source, row.object);
    if (skipped !== null)
      return stood({ kind: 'out', reason: { code: 'SINK_EXCLUDED', message: `the object is left out: ${skipped}` } });
    const message = `the mapping of ${row.source} does not name the object ${row.object}`;
    return stood({ kind: 'out', reason: { code: 'SINK_OBJECT_UNMAPPED', message } });
  }
  switch (draft.kind) {
    case 'excluded':
      return stood({ kind: 'out', reason: { code: 'SINK_EXCLUDED', message: `left out by the rule "${draft.rule}"` } });
    case 'refused': {
      const message = `${draft.field}: ${draft.reason} (${draft.code})`;
      return stood({ kind: 'refused', reason: { code: 'SINK_MAPPING_REFUSED', message, field: draft.field } });
    }
    case 'question': {
      const asked = askAll(context, row, [draft.question], consulted, true);
      if (asked === 'unread') return 'unread';
      return stood(asked ?? unanswerable(row, draft.question), [draft.question]);
    }
    case 'record': {
      const asked = askAll(context, row, draft.record.questions, consulted, false);
      if (asked === 'unread') return 'unread';
      // Of a record that an answer leaves out, nothing else is asked.
      if (asked !== null) return stood(asked, asked.kind === 'out' ? [] : draft.record.questions);
      const resolved = resolveDraft(context, row, draft.record, consulted);
      return resolved === 'unread' ? 'unread' : stood(resolved, draft.record.questions);
    }
  }
}

/**
 * Twenty refused the live record, and nothing about it changed since: looked at for the sake of another one, it is not
 * asked again.
 */
export function wasRefused(row: RecordRow): boolean {
  return row.class === 'dead-lettered' && !row.due && row.reason?.code === 'SINK_TWENTY_REFUSED';
}

/** What a record stands there with whose row in Twenty was given back. */
export function givenBackBy({ object, id, by }: Pick<GivenBackRow, 'object' | 'id' | 'by'>): Reason {
  return {
    code: 'SINK_GIVEN_BACK',
    message: `the row that it had in Twenty (${object} ${id}) was given back by ${by}`,
  };
}

/** What a discarded record stands there with, from the moment of the decision on. */
export function discardedBy({ by, reason }: Pick<Correction, 'by' | 'reason'>): Reason {
  return { code: 'SINK_DISCARDED', message: `discarded by ${by}: ${reason ?? ''}` };
}

/** Answered, and yet the mapping has no record to load: it must be corrected at its source or in the mapping. */
function unanswerable(row: RecordRow, question: RecordQuestion): Standing {
  const id = recordReviewId(row.key, question.id);
  const message = `answered, but nothing can be loaded before the record or the mapping changes: ${question.question}`;
  return { kind: 'waits', reason: { code: 'SINK_QUESTION_OPEN', message, waitsFor: [reviewName(id)] } };
}

function askAll(
  context: PlanContext,
  row: RecordRow,
  questions: readonly RecordQuestion[],
  consulted: Set<string>,
  always: boolean,
): Standing | null | 'unread' {
  // Blocking or not: an answer may change the draft, so it makes the record due.
  for (const question of questions) consulted.add(reviewName(recordReviewId(row.key, question.id)));
  for (const question of questions) {
    const id = recordReviewId(row.key, question.id);
    if (!question.blocking && !always) continue;
    const review = context.facts.review(id);
    if (review === undefined) return 'unread';
    if (review?.status === 'answered') {
      if (review.answer !== 'exclude') continue;
      const message = `left out by ${review.answeredBy ?? 'an answer'}: ${question.question}`;
      return { kind: 'out', reason: { code: 'SINK_EXCLUDED', message } };
    }
    return {
      kind: 'waits',
      reason: { code: 'SINK_QUESTION_OPEN', message: question.question, waitsFor: [reviewName(id)] },
    };
  }
  return null;
}
