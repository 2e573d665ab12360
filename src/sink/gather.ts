import { uuidV5 } from '../core/identifiers.ts';
import { fileKey } from '../files/keys.ts';
import type { ChildDraft, LinkRequest, RecordDraft } from '../mapping/model.ts';
import type { Reason, RecordRow } from '../state/state.ts';
import type { TwentyFields, TwentyValue } from '../twenty/model.ts';
import { closesCircle } from './circle.ts';
import type { PlanContext } from './context.ts';
import { childKey, ownerName, recordName } from './names.ts';
import { type LinkResult, type ResolveContext, resolveLink } from './resolver.ts';
import type { ChoiceMade, CutLink, FileLink, Forerunner, ReadyChild, Standing } from './standing.ts';
import { claimsOf, identityClaims, refusalOf } from './values.ts';

/** Links found so far, and what stands in the way. */
interface Collected {
  readonly values: Record<string, TwentyValue>;
  readonly forerunners: Forerunner[];
  readonly choices: ChoiceMade[];
  readonly cuts: CutLink[];
  pending: Reason | null;
  /** Rows of the same record that must be there first. */
  readonly own: string[];
  /** A link found nothing, and without it there is to be no row. */
  skipped: boolean;
}

export function resolveDraft(
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
    const outcome = collect(context, resolving, row, main, { name: link.name }, resolveLink(resolving, link));
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
        { name: `${child.name}.${link.name}`, child: true },
        resolveLink(resolving, link),
      );
      if (outcome === 'unread') unread = true;
      else stop ??= outcome;
    }
    main.forerunners.push(...found.forerunners);
    main.choices.push(...found.choices);
    main.cuts.push(...found.cuts);
    main.pending ??= found.pending;
    addChild(context, row, child, found, main, children);
  }
  const files = new Map<string, FileLink>();
  for (const { name, reference, link } of context.facts.files(row)) {
    if (link === null) continue;
    const outcome = fileLink(resolveLink(resolving, link));
    if (outcome === 'unread') unread = true;
    else if (outcome === 'later') stop ??= { kind: 'later' };
    else files.set(fileKey(row.key, name, reference), outcome);
  }
  if (unread) return 'unread';
  if (stop !== null) return stop;
  const content = { ...draft.fields, ...main.values };
  const refused =
    refusalOf(workspace, draft.target, content) ??
    children.map((child) => refusalOf(workspace, child.object, tied(child))).find((one) => one !== null) ??
    null;
  if (refused !== null) {
    return {
      kind: 'refused',
      reason: { code: 'SINK_VALUE_REFUSED', message: `${refused.field}: ${refused.message}`, field: refused.field },
    };
  }
  return {
    kind: 'ready',
    target: draft.target,
    content,
    claims: [
      ...claimsOf(workspace, draft.target, content),
      ...identityClaims(row, context.facts.mapping(row.source, row.object), draft),
    ],
    children,
    forerunners: main.forerunners,
    pending: main.pending,
    losses: draft.losses,
    choices: main.choices,
    cuts: main.cuts,
    files,
  };
}

/** A file waits by itself for the record that it is attached to: its own record goes on. */
function fileLink(result: LinkResult): FileLink | 'unread' | 'later' {
  switch (result.kind) {
    case 'unread':
    case 'later':
      return result.kind;
    case 'found':
      return { kind: 'found', target: { column: result.column, id: result.id } };
    case 'wait':
    case 'own':
    case 'make':
      return { kind: 'pending' };
    case 'hold':
      return { kind: 'missing', held: true, reason: result.reason };
    case 'cut':
      return { kind: 'missing', held: false, reason: `the source deleted ${result.on}, which it was attached to` };
    case 'none':
    case 'skip':
      return { kind: 'missing', held: false, reason: 'the record that it would be attached to is not in Twenty' };
  }
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
  return { values, forerunners: [], choices: [], cuts: [], pending: null, own: [], skipped: false };
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
  { name, child = false }: { readonly name: string; readonly child?: boolean },
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
    case 'cut':
      into.cuts.push({ link: name, on: result.on });
      // A row that exists only to point there goes; the record itself goes on without.
      if (child && result.otherwise !== 'leave') into.skipped = true;
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
