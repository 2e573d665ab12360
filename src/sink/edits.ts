import { canonicalJson, contentHash } from '../core/identifiers.ts';
import type { EditRule, EditRules } from '../mapping/model.ts';
import { type EditClosing, type EditRow, type ReviewRow, ROW_FIELD } from '../state/state.ts';
import type { TwentyFields, TwentyValue } from '../twenty/model.ts';
import type { PlanContext } from './context.ts';
import type { Normal } from './image.ts';
import { recordReviewId, reviewName } from './names.ts';
import { EDIT_CHOICES, type EditAnswer, movementOf, type Resolution, resolutionOf } from './three-way.ts';

/** A question as the planner asks it. */
export type NewQuestion = Omit<ReviewRow, 'status' | 'answer' | 'answeredBy' | 'answeredAt'>;

/** Whose row it is, for questions and for what they make due. */
export interface EditSubject {
  readonly source: string;
  readonly object: string;
  readonly recordKey: string;
  readonly targetKey: string;
}

/** What people changed in a row, and what comes of it. */
export interface EditStand {
  /** What stands in Twenty instead of what we wrote. */
  readonly twenty: TwentyFields;
  /** Of these, what stays and is not sent. */
  readonly kept: TwentyFields;
  /** Some of it is to be written over, though the image may be the one written. */
  readonly overwrites: boolean;
  /** Both sides came to one value: what we know of the row changes. */
  readonly agrees: boolean;
  /** A person deleted the row, and it is to be brought back: it is written whole. */
  readonly returns: boolean;
  /** The open edits that were looked at: a write planned with them is dropped where there are others by then (I20). */
  readonly seen: string;
}

export const NO_EDITS: EditStand = { twenty: {}, kept: {}, overwrites: false, agrees: false, returns: false, seen: '' };

/** What planning has to tell the state about edits. */
export interface EditOutcome {
  readonly questions: NewQuestion[];
  readonly withdrawn: string[];
  readonly asked: { readonly number: number; readonly question: string | null }[];
  readonly closings: EditClosing[];
  /** Names whose change makes a record due, by record. */
  readonly consulted: Map<string, Set<string>>;
}

export function newEditOutcome(): EditOutcome {
  return { questions: [], withdrawn: [], asked: [], closings: [], consulted: new Map() };
}

/** To be added to: what it was made of stays as it is. */
export function copyOf(outcome: EditOutcome | undefined): EditOutcome {
  if (outcome === undefined) return newEditOutcome();
  const { questions, withdrawn, asked, closings, consulted } = outcome;
  return {
    questions: [...questions],
    withdrawn: [...withdrawn],
    asked: [...asked],
    closings: [...closings],
    consulted: new Map([...consulted].map(([key, names]) => [key, new Set(names)])),
  };
}

/** Tells one set of open edits from another. */
export function seenEdits(edits: readonly EditRow[]): string {
  return edits.length === 0 ? '' : contentHash(edits.map(({ number, value }) => [number, value]));
}

/** The mapping's rule for a field. */
export function ruleOf(rules: EditRules | undefined, field: string): EditRule {
  return rules?.fields[field] ?? rules?.otherwise ?? 'ask';
}

interface Deciding {
  readonly context: PlanContext;
  readonly edits: readonly EditRow[];
  /** What the source wants: the image's fields. */
  readonly wanted: TwentyFields;
  readonly rules: EditRules | undefined;
  readonly subject: EditSubject;
  readonly normal: Normal;
  readonly outcome: EditOutcome;
}

/** Decides about every edited field of a row (SPEC.md §12). 'unread': load what people answered, and ask again. */
export function decideEdits(deciding: Deciding): EditStand | 'unread' {
  const { edits, wanted, outcome, context } = deciding;
  if (edits.length === 0) return NO_EDITS;
  const twenty: Record<string, TwentyValue> = {};
  const kept: Record<string, TwentyValue> = {};
  let overwrites = false;
  let agrees = false;
  const agreed = new Set<number>();
  let returns = false;
  for (const edit of edits) {
    // A row that comes back is written whole; a field that the mapping leaves alone is not ours to decide about.
    if (edit.field === ROW_FIELD) {
      returns = true;
      continue;
    }
    const value = edit.value as TwentyValue;
    twenty[edit.field] = value;
    if (!(edit.field in wanted)) continue;
    const decided = decide(deciding, edit);
    if (decided === 'unread') return 'unread';
    switch (decided.resolution) {
      case 'keep':
      case 'ask':
        kept[edit.field] = value;
        break;
      case 'agree':
        kept[edit.field] = value;
        agrees = true;
        agreed.add(edit.number);
        outcome.closings.push({
          number: edit.number,
          status: 'agreed',
          replacement: value,
          because: null,
          at: context.now,
        });
        break;
      case 'write':
      case 'overwrite':
        overwrites = true;
        break;
      case 'nothing':
        break;
    }
    letQuestionGo(outcome, edit, decided.question);
  }
  return {
    twenty,
    kept,
    overwrites,
    agrees,
    returns,
    seen: seenEdits(edits.filter(({ number }) => !agreed.has(number))),
  };
}

function decide(
  deciding: Deciding,
  edit: EditRow,
): { readonly resolution: Resolution; readonly question: string | null } | 'unread' {
  const { context, wanted, rules, subject, normal, outcome } = deciding;
  const source = wanted[edit.field];
  const movement = movementOf(edit.field, { base: edit.base, twenty: edit.value, source }, normal);
  const rule = ruleOf(rules, edit.field);
  if (movement !== 'apart' || rule !== 'ask') return { resolution: resolutionOf(movement, rule, null), question: null };
  const id = questionId(subject.targetKey, edit, source, normal);
  consult(outcome, subject.recordKey, reviewName(id));
  const review = context.facts.review(id);
  if (review === undefined) return 'unread';
  if (review?.status === 'answered')
    return { resolution: resolutionOf(movement, rule, answerOf(review)), question: id };
  outcome.questions.push({
    id,
    queue: 'record',
    source: subject.source,
    object: subject.object,
    recordKey: subject.recordKey,
    question:
      `${whoOf(edit)} changed ${edit.field} of ${edit.object} ${subject.targetKey} in Twenty from ${shown(edit.base)} to ` +
      `${shown(edit.value)}, and the source changed it to ${shown(source)}. Which one stands?`,
    detail: { field: edit.field, written: edit.base, twenty: edit.value, source: source ?? null, id: edit.id },
    choices: EDIT_CHOICES,
    blocking: false,
    createdAt: context.now,
  });
  return { resolution: resolutionOf(movement, rule, null), question: id };
}

/** About this pair of values and no other (I22). */
export function questionId(targetKey: string, edit: EditRow, source: unknown, normal: Normal): string {
  const pair = contentHash([normal(edit.field, edit.value), normal(edit.field, source)]).slice(0, 12);
  return recordReviewId(targetKey, `edit/${edit.field}/${pair}`);
}

function answerOf(review: ReviewRow): EditAnswer | null {
  return EDIT_CHOICES.find((choice) => choice === review.answer) ?? null;
}

/** An edit has one question at a time: one about other values is withdrawn. */
function letQuestionGo(outcome: EditOutcome, edit: EditRow, next: string | null): void {
  if (edit.question === next) return;
  if (edit.question !== null) outcome.withdrawn.push(edit.question);
  if (next !== null || edit.question !== null) outcome.asked.push({ number: edit.number, question: next });
}

export function consult(outcome: EditOutcome, recordKey: string, name: string): void {
  const names = outcome.consulted.get(recordKey) ?? new Set();
  outcome.consulted.set(recordKey, names.add(name));
}

export function whoOf(edit: Pick<EditRow, 'by'>): string {
  return edit.by ?? 'Somebody';
}

/** Long values are cut: the whole of them stands in the question's detail. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : canonicalJson(value ?? null);
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}
