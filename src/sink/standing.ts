import { uuidV5 } from '../core/identifiers.ts';
import type {
  ChildDraft,
  Draft,
  LinkRequest,
  Loss,
  ObjectMapping,
  RecordDraft,
  RecordQuestion,
} from '../mapping/model.ts';
import type { Reason, RecordRow } from '../state/state.ts';
import type { TwentyFields, TwentyValue } from '../twenty/model.ts';
import type { PlanContext } from './context.ts';
import { childKey, ownerName, recordName, recordReviewId, reviewName } from './names.ts';
import { type LinkResult, type ResolveContext, resolveLink } from './resolver.ts';
import { type Claim, claimsOf, refusalOf } from './values.ts';

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
}

/** What a record is by itself, before others that share its row are looked at. */
export type Standing =
  | Ready
  | { readonly kind: 'gone' }
  | { readonly kind: 'out'; readonly reason: Reason }
  | { readonly kind: 'refused'; readonly reason: Reason }
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
  const claims = draft?.kind === 'record' ? claimsOf(context.workspace, draft.record.target, draft.record.fields) : [];
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
  if (row.event.op === 'DELETE') return stood({ kind: 'gone' });
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
      return stood({ kind: 'refused', reason: { code: 'SINK_MAPPING_REFUSED', message } });
    }
    case 'question': {
      const asked = askAll(context, row, [draft.question], consulted, true);
      if (asked === 'unread') return 'unread';
      return stood(asked ?? unanswerable(row, draft.question), [draft.question]);
    }
    case 'record': {
      const asked = askAll(context, row, draft.record.questions, consulted, false);
      if (asked === 'unread') return 'unread';
      if (asked !== null) return stood(asked, draft.record.questions);
      const resolved = resolve(context, row, draft.record, consulted);
      return resolved === 'unread' ? 'unread' : stood(resolved, draft.record.questions);
    }
  }
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
  for (const question of questions) {
    if (!question.blocking && !always) continue;
    const id = recordReviewId(row.key, question.id);
    consulted.add(reviewName(id));
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

/** Links found so far, and what stands in the way. */
interface Collected {
  readonly values: Record<string, TwentyValue>;
  readonly forerunners: Forerunner[];
  readonly choices: ChoiceMade[];
  pending: Reason | null;
  /** Rows of the same record that must be there first. */
  readonly own: string[];
  /** A link found nothing, and without it there is to be no row. */
  skipped: boolean;
}

function resolve(
  context: PlanContext,
  row: RecordRow,
  draft: RecordDraft,
  consulted: Set<string>,
): Standing | 'unread' {
  const { workspace } = context;
  const own = new Set(draft.children.map((child) => child.sharedKey ?? childKey(row.key, child.name)));
  const resolving: ResolveContext = {
    facts: context.facts,
    source: row.source,
    object: row.object,
    key: row.key,
    own,
    coming: (object) => context.moreComing(row.source, object, 'fallback'),
    consulted,
  };
  // Everything unread is asked for at once: one round of reading per step, not one per link.
  let unread = false;
  let stop: Standing | null = null;
  const main = collected(draft.links);
  for (const link of draft.links) {
    const outcome = collect(context, resolving, row, main, link.name, resolveLink(resolving, link));
    if (outcome === 'unread') unread = true;
    else stop ??= outcome;
  }
  for (const owner of draft.owners) {
    const outcome = collectOwner(context, row, main, owner, consulted);
    if (outcome === 'unread') unread = true;
    else stop ??= outcome;
  }
  const children: ReadyChild[] = [];
  for (const child of draft.children) {
    const found = collected(child.links);
    for (const link of child.links) {
      const outcome = collect(
        context,
        resolving,
        row,
        found,
        `${child.name}.${link.name}`,
        resolveLink(resolving, link),
      );
      if (outcome === 'unread') unread = true;
      else stop ??= outcome;
    }
    main.forerunners.push(...found.forerunners);
    main.choices.push(...found.choices);
    main.pending ??= found.pending;
    addChild(context, row, child, found, main, children);
  }
  if (unread) return 'unread';
  if (stop !== null) return stop;
  const content = { ...draft.fields, ...main.values };
  const refused =
    refusalOf(workspace, draft.target, content) ??
    children.map((child) => refusalOf(workspace, child.object, tied(child))).find((one) => one !== null) ??
    null;
  if (refused !== null) {
    return { kind: 'refused', reason: { code: 'SINK_VALUE_REFUSED', message: `${refused.field}: ${refused.message}` } };
  }
  return {
    kind: 'ready',
    target: draft.target,
    content,
    claims: claimsOf(workspace, draft.target, content),
    children,
    forerunners: main.forerunners,
    pending: main.pending,
    losses: draft.losses,
    choices: main.choices,
  };
}

/** With its parent in place, as it will be sent. */
function tied(child: ReadyChild): TwentyFields {
  return child.parentColumn === null ? child.fields : { ...child.fields, [child.parentColumn]: uuidV5(child.key) };
}

/** Every column that a link may fill is empty until one does: a record that moves to another parent leaves the first. */
function collected(links: readonly LinkRequest[]): Collected {
  const values: Record<string, TwentyValue> = {};
  for (const link of links) {
    for (const attempt of link.attempts) values[attempt.column] = null;
    if (link.otherwise.kind === 'placeholder') values[link.otherwise.column] = null;
  }
  return { values, forerunners: [], choices: [], pending: null, own: [], skipped: false };
}

function addChild(
  context: PlanContext,
  row: RecordRow,
  child: ChildDraft,
  found: Collected,
  main: Collected,
  children: ReadyChild[],
): void {
  const fields = { ...child.fields, ...found.values };
  if (child.sharedKey !== null) {
    const target = context.facts.targetByKey(child.sharedKey);
    // Written once, by whoever comes first: the others only point at it.
    if (target?.status !== 'written')
      main.forerunners.push({ key: child.sharedKey, kind: 'child', object: child.target, fields });
    return;
  }
  if (found.skipped) return;
  children.push({
    key: childKey(row.key, child.name),
    kind: child.name.startsWith('placeholder') ? 'placeholder' : 'child',
    object: child.target,
    fields,
    parentColumn: child.parentColumn,
    after: found.own,
  });
}

function collect(
  context: PlanContext,
  resolving: ResolveContext,
  row: RecordRow,
  into: Collected,
  name: string,
  result: LinkResult,
): Standing | null | 'unread' {
  switch (result.kind) {
    case 'unread':
      return 'unread';
    case 'found':
      into.values[result.column] = result.id;
      if (result.choice.attempt > 0) into.choices.push({ link: name, label: result.choice.label });
      return null;
    case 'none':
      return null;
    case 'skip':
      into.skipped = true;
      return null;
    case 'later':
      return { kind: 'later' };
    case 'hold':
      return {
        kind: 'waits',
        reason: {
          code: 'SINK_PARENT_MISSING',
          message: `${name}: ${result.reason}`,
          waitsFor: [...resolving.consulted].sort(),
        },
      };
    case 'make':
      into.forerunners.push({
        key: result.key,
        kind: 'placeholder',
        object: result.placeholder.target,
        fields: result.placeholder.fields,
      });
      return null;
    case 'own':
      // The link follows once that row is there.
      into.own.push(result.key);
      return null;
    case 'wait': {
      const circle = closesCircle(context, row.key, result.on);
      if (circle === 'unread') return 'unread';
      const waitsFor = [recordName(result.on)];
      if (circle) {
        into.values[result.column] = null;
        into.pending ??= {
          code: 'SINK_LINK_PENDING',
          message: `${name}: written without the link to ${result.on}, which closes a circle`,
          waitsFor,
        };
        return null;
      }
      return {
        kind: 'waits',
        reason: { code: 'SINK_PARENT_UNDECIDED', message: `${name}: ${result.on} is not in Twenty yet`, waitsFor },
      };
    }
  }
}

function collectOwner(
  context: PlanContext,
  row: RecordRow,
  into: Collected,
  request: RecordDraft['owners'][number],
  consulted: Set<string>,
): Standing | null | 'unread' {
  const { source } = row;
  const name = ownerName(source, request.reference);
  consulted.add(name);
  const owner = context.facts.owner(source, request.reference);
  if (owner === undefined) return 'unread';
  const { decision } = owner;
  switch (decision.kind) {
    case 'member':
    case 'substitute':
      into.values[request.column] = decision.memberId;
      return null;
    case 'without':
      into.values[request.column] = null;
      return null;
    case 'waived':
    case 'unresolved': {
      if (request.missing === 'leave' && decision.kind === 'unresolved') {
        into.values[request.column] = null;
        return null;
      }
      const waived = decision.kind === 'waived';
      const message = waived
        ? `the owner "${request.reference}" was waived by ${decision.by}`
        : `no member of the workspace stands for the owner "${request.reference}"`;
      const code = waived ? 'SINK_OWNER_WAIVED' : 'SINK_OWNER_UNRESOLVED';
      return { kind: 'waits', reason: { code, message, waitsFor: [name] } };
    }
  }
}

/** How many records a circle may have; a longer one waits until somebody looks. */
const LONGEST_CIRCLE = 1000;

/** Whether `on`, or anything it waits for, waits for `key`: then waiting for it would be for ever. */
export function closesCircle(context: PlanContext, key: string, on: string): boolean | 'unread' {
  if (on === key) return true;
  const seen = new Set([on]);
  const queue = [on];
  let unread = false;
  for (let next = queue.shift(); next !== undefined && seen.size <= LONGEST_CIRCLE; next = queue.shift()) {
    const row = context.facts.row(next);
    if (row === undefined) {
      unread = true;
      continue;
    }
    const waits = context.waits.get(next) ?? (row?.class === 'held' ? (row.reason?.waitsFor ?? []) : []);
    for (const name of waits) {
      if (!name.startsWith('record:')) continue;
      const other = name.slice('record:'.length);
      if (other === key) return true;
      if (!seen.has(other)) {
        seen.add(other);
        queue.push(other);
      }
    }
  }
  return unread ? 'unread' : false;
}
