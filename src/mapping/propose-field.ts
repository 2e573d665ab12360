import type { ColumnFormat, FieldDescription } from '../source/connector.ts';
import type { TwentyFieldType, WorkspaceObject } from '../twenty/model.ts';
import { fieldName } from '../twenty/names.ts';
import { parts } from './parts.ts';
import { knownColumn, knownOwner } from './propose-known.ts';
import { sharedField } from './shared-fields.ts';
import { foldKey } from './values.ts';

/** A proposal for one column, with how sure it is (0 to 1) and why. */
export type Suggestion = { readonly confidence: number; readonly reason: string } & (
  | { readonly kind: 'field'; readonly rule: ProposedRule; readonly format: ColumnFormat | null }
  | { readonly kind: 'owner'; readonly to: string; readonly create: 'shared' | null }
  | { readonly kind: 'undecided'; readonly recommendation: 'custom field' | 'text' | 'skip' }
);

export interface ProposedRule {
  readonly to: string;
  readonly from: string;
  readonly transform?: readonly unknown[];
  readonly onInvalid?: unknown;
  readonly onEmpty?: 'leave';
  readonly create?: unknown;
}

/** More distinct values than this are no picklist. */
export const MOST_OPTIONS = 50;

/** What a column of an object could become. `taken` are fields that other rules write already. */
export function suggestField(
  field: FieldDescription,
  target: string,
  workspaceObject: WorkspaceObject | null,
  taken: ReadonlySet<string>,
): Suggestion {
  const { profile, proposal } = field;
  if (profile !== null && profile.rows > 0 && profile.filled === 0) {
    return { kind: 'undecided', recommendation: 'skip', confidence: 0.8, reason: `empty in all ${profile.rows} rows` };
  }
  if (proposal !== null && !proposal.decided) {
    return {
      kind: 'undecided',
      recommendation: 'custom field',
      confidence: 0.3,
      reason: `can be read in more than one way: ${proposal.reason}`,
    };
  }
  const format = proposal === null || proposal.format.type === 'text' ? null : proposal.format;
  const owner = knownOwner(target, field.name);
  if (owner !== null && !taken.has(owner.to)) {
    return { kind: 'owner', ...owner, confidence: 0.9, reason: 'the name of an owner column' };
  }
  if (isTags(field)) return suggestTags(field, taken);
  const known = knownColumn(target, field.name) ?? knownColumn(target, field.label);
  if (
    known !== null &&
    !taken.has(known.to) &&
    !taken.has(known.to.split('.')[0] ?? '') &&
    fits(known.transform, field)
  ) {
    const { names: _names, to, ...rest } = known;
    return {
      kind: 'field',
      rule: { to, from: field.name, ...rest },
      format,
      confidence: 0.9,
      reason: `${JSON.stringify(field.name)} is a usual name of it`,
    };
  }
  return suggestCustom(field, format, target, workspaceObject, taken);
}

/** A known name counts only where the values can be what it says. */
function fits(transform: readonly unknown[] | undefined, field: FieldDescription): boolean {
  const type = field.proposal?.decided === true ? field.proposal.format.type : field.type.kind;
  const [step] = transform ?? [];
  const name = typeof step === 'object' && step !== null ? Object.keys(step)[0] : step;
  if (name === 'timestamp') return type === 'timestamp' || type === 'date';
  if (name === 'date') return type === 'date' || type === 'timestamp';
  if (name === 'number' || name === 'integer' || name === 'round' || name === 'currency')
    return ['integer', 'decimal', 'long', 'double'].includes(type);
  if (name === 'boolean') return type === 'boolean';
  return true;
}

const TAGS = ['tags', 'labels', 'etiketler', 'keywords'].map(foldKey);

function isTags(field: FieldDescription): boolean {
  return TAGS.includes(foldKey(field.name)) || TAGS.includes(foldKey(field.label));
}

/** Tags become options where they are few and known, else text (SCO-11). */
function suggestTags(field: FieldDescription, taken: ReadonlySet<string>): Suggestion {
  const tags = [...new Set((field.values ?? []).flatMap(({ value }) => parts(value, /[,;]/)))].sort((a, b) =>
    a < b ? -1 : 1,
  );
  if (tags.length === 0 || tags.length > MOST_OPTIONS || taken.has('tags')) {
    const rule = { to: 'tagsText', from: field.name, create: 'shared' };
    return {
      kind: 'field',
      rule,
      format: null,
      confidence: 0.6,
      reason: 'tags, too many to be options or not all known',
    };
  }
  const rule = { to: 'tags', from: field.name, transform: ['split', 'multi-select'], create: { options: tags } };
  return { kind: 'field', rule, format: null, confidence: 0.8, reason: `${tags.length} different tags` };
}

function suggestCustom(
  field: FieldDescription,
  format: ColumnFormat | null,
  target: string,
  workspaceObject: WorkspaceObject | null,
  taken: ReadonlySet<string>,
): Suggestion {
  const { type, transform, reason, confidence } = typeFor(field);
  const plain = fieldName(field.label === '' ? field.name : field.label);
  const present = workspaceObject?.fields.get(plain);
  const shared = sharedField(target, plain);
  const free =
    !taken.has(plain) && (present === undefined || present.type === type) && (shared === null || shared.type === type);
  const name = free ? plain : unused(`${plain}Custom`, taken, workspaceObject);
  const there = free && present !== undefined && !present.isSystem;
  const label = (field.label === '' ? field.name : field.label).slice(0, 63);
  const options = (type === 'SELECT' || type === 'MULTI_SELECT') && !there ? { options: picklist(field) } : {};
  return {
    kind: 'field',
    format,
    rule: {
      to: name,
      from: field.name,
      ...(transform === null ? {} : { transform: [transform] }),
      ...(there ? {} : { create: { type, label, ...options } }),
    },
    confidence: there ? Math.min(confidence, 0.7) : confidence,
    reason: there ? `the workspace has a field of this name; ${reason}` : reason,
  };
}

function unused(base: string, taken: ReadonlySet<string>, workspaceObject: WorkspaceObject | null): string {
  let candidate = base.slice(0, 60);
  for (let n = 2; taken.has(candidate) || workspaceObject?.fields.has(candidate) === true; n++)
    candidate = `${base.slice(0, 60)}${n}`;
  return candidate;
}

interface Typed {
  readonly type: TwentyFieldType;
  readonly transform: string | null;
  readonly confidence: number;
  readonly reason: string;
}

function typeFor(field: FieldDescription): Typed {
  const decided = field.proposal?.decided === true ? field.proposal : null;
  const kind = decided?.format.type ?? field.type.kind;
  const reason = decided?.reason ?? `the source calls it ${field.type.kind}`;
  switch (kind) {
    case 'date':
      return { type: 'DATE', transform: 'date', confidence: 0.85, reason };
    case 'timestamp':
      return { type: 'DATE_TIME', transform: 'timestamp', confidence: 0.85, reason };
    case 'integer':
    case 'long':
      return { type: 'NUMBER', transform: 'integer', confidence: 0.75, reason };
    case 'decimal':
    case 'double':
      return { type: 'NUMBER', transform: 'number', confidence: 0.75, reason };
    case 'boolean':
      return { type: 'BOOLEAN', transform: 'boolean', confidence: 0.85, reason };
    case 'array':
      if (isDeclared(field)) {
        const reason = `${picklist(field).length} options that the source defines`;
        return { type: 'MULTI_SELECT', transform: 'multi-select', confidence: 0.85, reason };
      }
      return { type: 'ARRAY', transform: null, confidence: 0.6, reason };
    default:
      return textOrPicklist(field);
  }
}

/** Options that the source defines, not values that happened to be seen in its rows. */
function isDeclared(field: FieldDescription): boolean {
  const values = picklist(field);
  return (
    field.profile === null &&
    values.length > 0 &&
    values.length <= MOST_OPTIONS &&
    values.every((value) => value.length <= 63)
  );
}

function textOrPicklist(field: FieldDescription): Typed {
  const values = picklist(field);
  if (isDeclared(field)) {
    const reason = `${values.length} options that the source defines`;
    return { type: 'SELECT', transform: 'select', confidence: 0.85, reason };
  }
  const rows = field.profile?.filled ?? 0;
  const repeated =
    values.length > 0 &&
    values.length <= MOST_OPTIONS &&
    rows >= values.length * 3 &&
    values.every((value) => value.length <= 63);
  if (repeated)
    return {
      type: 'SELECT',
      transform: 'select',
      confidence: 0.7,
      reason: `${values.length} distinct values in ${rows} rows`,
    };
  return { type: 'TEXT', transform: null, confidence: 0.6, reason: 'text of many values' };
}

function picklist(field: FieldDescription): readonly string[] {
  const values = [...new Set((field.values ?? []).map(({ value }) => value.trim()).filter((value) => value !== ''))];
  // Values that were seen have no order; options that the source defines have one.
  return field.profile === null ? values : values.sort((a, b) => (a < b ? -1 : 1));
}
