import { recordKey } from '../core/identifiers.ts';
import type { LinkAttempt, LinkRequest, PlaceholderDraft } from '../mapping/model.ts';
import type { RecordRow } from '../state/state.ts';
import type { Facts, LookupHit } from './facts.ts';
import { lookupName, naturalKey, placeholderKey, placeholderName, recordName } from './names.ts';

/** What became of a link. `unread`: facts are missing, load and ask again. */
export type LinkResult =
  | { readonly kind: 'unread' }
  | { readonly kind: 'found'; readonly column: string; readonly id: string; readonly choice: Choice }
  /** The record it points at has no row in Twenty yet: its key. */
  | { readonly kind: 'wait'; readonly column: string; readonly on: string }
  /** Nothing found, but that object's records are still coming in. */
  | { readonly kind: 'later' }
  | { readonly kind: 'hold'; readonly reason: string }
  | { readonly kind: 'none' }
  /** In children only: without this link there is to be no row. */
  | { readonly kind: 'skip' }
  /** Nothing found, and a record that it named was deleted by the source: there is nothing to wait for. */
  | { readonly kind: 'cut'; readonly on: string; readonly otherwise: 'leave' | 'skip' | 'hold' }
  | { readonly kind: 'make'; readonly column: string; readonly key: string; readonly placeholder: PlaceholderDraft }
  /** A row that this very record brings along, and that is not written yet. */
  | { readonly kind: 'own'; readonly column: string; readonly key: string };

/** Which attempt it was, for the list of choices made (SCO-5). */
export interface Choice {
  readonly label: string;
  /** From 0; the first attempt is what the source says itself. */
  readonly attempt: number;
}

export interface ResolveContext {
  readonly facts: Facts;
  readonly source: string;
  /** The object and key of the record whose link it is. */
  readonly object: string;
  readonly key: string;
  /** Children that the record brings along: their target keys. */
  readonly own: ReadonlySet<string>;
  /** Whether records of the object are still coming in. */
  coming(object: string): boolean;
  /** Everything consulted: a change of any of it may change the answer. */
  readonly consulted: Set<string>;
}

/** A link may lead through another record's link; more steps than this are taken to lead nowhere. */
const DEEPEST = 4;

/** Tries the attempts in order; the first that finds a record wins. Synchronous over facts; pure but for `consulted`. */
export function resolveLink(context: ResolveContext, request: LinkRequest, depth = 0): LinkResult {
  let coming = false;
  let gone: string | null = null;
  for (const [index, attempt] of request.attempts.entries()) {
    const outcome = tryAttempt(context, attempt, index, depth);
    if (outcome === 'coming') coming = true;
    else if (outcome === 'nothing') continue;
    else if (outcome.kind === 'gone') gone ??= outcome.key;
    else return outcome;
  }
  if (coming) return { kind: 'later' };
  if (gone !== null && request.otherwise.kind !== 'placeholder')
    return { kind: 'cut', on: gone, otherwise: request.otherwise.kind };
  switch (request.otherwise.kind) {
    case 'leave':
      return { kind: 'none' };
    case 'skip':
      return { kind: 'skip' };
    case 'hold':
      return { kind: 'hold', reason: request.otherwise.reason };
    case 'placeholder':
      return placeholder(context, request.otherwise.column, request.otherwise.placeholder, request.attempts.length);
  }
}

/** `gone`: it names a record that the source deleted. */
type Attempted = LinkResult | { readonly kind: 'gone'; readonly key: string } | 'nothing' | 'coming';

function tryAttempt(context: ResolveContext, attempt: LinkAttempt, index: number, depth: number): Attempted {
  const choice: Choice = { label: attempt.label, attempt: index };
  if ('id' in attempt ? attempt.id === '' : attempt.value === '') return 'nothing';
  switch (attempt.by) {
    case 'id':
      return pointAt(context, recordKey(context.source, attempt.object, attempt.id), attempt, choice);
    case 'lookup': {
      const found = lookUp(context, attempt.object, attempt.index, attempt.value, attempt.among);
      return typeof found === 'string'
        ? found
        : found.kind === 'unread'
          ? found
          : pointAt(context, found.key, attempt, choice);
    }
    case 'through':
      return through(context, recordKey(context.source, attempt.object, attempt.id), attempt, choice, depth);
    case 'through-lookup': {
      const found = lookUp(context, attempt.object, attempt.index, attempt.value, attempt.among);
      return typeof found === 'string'
        ? found
        : found.kind === 'unread'
          ? found
          : through(context, found.key, attempt, choice, depth);
    }
  }
}

/** The link to the record of this key: its row in Twenty, or a wait for it. */
function pointAt(
  context: ResolveContext,
  key: string,
  attempt: { readonly column: string; readonly object: string },
  choice: Choice,
): Attempted {
  const { facts, consulted } = context;
  consulted.add(recordName(key));
  const row = facts.row(key);
  if (row === undefined) return { kind: 'unread' };
  if (row === null) return sharedRow(context, key, attempt, choice);
  if (isGone(row)) return lastRow(context, row, attempt, choice);
  const target = facts.target(key);
  if (target === undefined) return { kind: 'unread' };
  if (target !== null && target.status === 'written' && target.id !== '') {
    return { kind: 'found', column: attempt.column, id: target.id, choice };
  }
  if (row.class === 'excluded' || row.class === 'dead-lettered' || row.class === 'delete-held') return 'nothing';
  return { kind: 'wait', column: attempt.column, on: key };
}

/** The source deleted the record: its row may stand there still, because nobody was to delete it. */
function lastRow(
  context: ResolveContext,
  row: RecordRow,
  attempt: { readonly column: string },
  choice: Choice,
): Attempted {
  const target = context.facts.targetByKey(naturalKey(row.key, row.incarnation));
  if (target === undefined) return { kind: 'unread' };
  // A row that is to be kept stands while it is still to be flagged, too.
  const keeps = row.class === 'deleting' && context.facts.mapping(row.source, row.object)?.policies.onDelete === 'keep';
  // So does one that a person said is to stay, and that another record keeps for itself.
  const stays = row.class === 'deleted' && target?.contributors.includes(row.key) === true;
  return target?.status === 'released' || ((keeps || stays) && target?.status === 'written')
    ? { kind: 'found', column: attempt.column, id: target.id, choice }
    : { kind: 'gone', key: row.key };
}

/** No source record has this key: perhaps a child that several records share. */
function sharedRow(
  context: ResolveContext,
  key: string,
  attempt: { readonly column: string; readonly object: string },
  choice: Choice,
): Attempted {
  const target = context.facts.targetByKey(key);
  if (target === undefined) return { kind: 'unread' };
  if (target !== null && target.status === 'written') {
    return { kind: 'found', column: attempt.column, id: target.id, choice };
  }
  if (context.own.has(key)) return { kind: 'own', column: attempt.column, key };
  return context.coming(attempt.object) ? 'coming' : 'nothing';
}

function through(
  context: ResolveContext,
  key: string,
  attempt: { readonly column: string; readonly object: string; readonly link: string },
  choice: Choice,
  depth: number,
): Attempted {
  const { facts, consulted } = context;
  if (depth >= DEEPEST || key === context.key) return 'nothing';
  consulted.add(recordName(key));
  const row = facts.row(key);
  if (row === undefined) return { kind: 'unread' };
  if (row === null) return context.coming(attempt.object) ? 'coming' : 'nothing';
  if (isGone(row)) return { kind: 'gone', key };
  const draft = facts.draft(row);
  if (draft === undefined) return { kind: 'unread' };
  if (draft === null || draft.kind !== 'record') return 'nothing';
  const link = draft.record.links.find((one) => one.name === attempt.link);
  if (link === undefined) return 'nothing';
  const there: ResolveContext = { ...context, source: row.source, object: row.object, key, own: new Set() };
  const result = resolveLink(there, link, depth + 1);
  switch (result.kind) {
    case 'found':
      return { ...result, column: attempt.column, choice };
    case 'wait':
      return { ...result, column: attempt.column };
    case 'make':
      // That record makes the placeholder, and this one follows once it is there.
      return { kind: 'wait', column: attempt.column, on: key };
    case 'unread':
      return result;
    case 'later':
      return 'coming';
    case 'cut':
      return { kind: 'gone', key: result.on };
    case 'own':
    case 'hold':
    case 'skip':
    case 'none':
      return 'nothing';
  }
}

/** The records registered under a value that can still be pointed at; one, or why not. */
function lookUp(
  context: ResolveContext,
  object: string,
  index: string,
  value: string,
  among: 'only' | 'newest',
): { readonly kind: 'key'; readonly key: string } | { readonly kind: 'unread' } | 'nothing' | 'coming' {
  const { facts, consulted, source } = context;
  consulted.add(lookupName(source, object, index, value));
  const hits = facts.hits(source, object, index, value);
  if (hits === undefined) return { kind: 'unread' };
  const alive: LookupHit[] = [];
  const rows = new Set<string>();
  for (const hit of hits) {
    if (hit.key === context.key) continue;
    consulted.add(recordName(hit.key));
    const row = facts.row(hit.key);
    const target = facts.target(hit.key);
    if (row === undefined || target === undefined) return { kind: 'unread' };
    if (row === null || isGone(row)) continue;
    if (target === null && (row.class === 'excluded' || row.class === 'dead-lettered')) continue;
    alive.push(hit);
    // Records merged into one row of Twenty are one answer.
    rows.add(target?.id ?? hit.key);
  }
  const [first] = alive;
  if (first === undefined) return context.coming(object) ? 'coming' : 'nothing';
  if (among === 'only' && rows.size > 1) return 'nothing';
  return { kind: 'key', key: first.key };
}

function placeholder(context: ResolveContext, column: string, draft: PlaceholderDraft, attempt: number): LinkResult {
  const key = placeholderKey(context.source, draft.object, draft.name);
  context.consulted.add(placeholderName(key));
  const target = context.facts.targetByKey(key);
  if (target === undefined) return { kind: 'unread' };
  if (target !== null && target.status === 'written') {
    return { kind: 'found', column, id: target.id, choice: { label: 'placeholder', attempt } };
  }
  return { kind: 'make', column, key, placeholder: draft };
}

/** What the source deleted and somebody is asked about stands as long as nobody answers. */
function isGone(row: RecordRow): boolean {
  return row.class === 'deleting' || row.class === 'deleted';
}
