import type { ObjectMapping, RecordDraft } from '../mapping/model.ts';
import type { RecordRow } from '../state/state.ts';
import { checkFields } from '../twenty/check.ts';
import type { TwentyFields, TwentyValue, Workspace, WorkspaceObject } from '../twenty/model.ts';
import { normaliseForCompare } from '../twenty/normalise.ts';
import { fieldOf } from '../twenty/selection.ts';
import { isEmpty } from '../twenty/values.ts';
import { type Normal, textAt } from './image.ts';

/** A unique value that a record wants to have in Twenty. */
export interface Claim {
  readonly object: string;
  /** `emails.primaryEmail` */
  readonly field: string;
  readonly value: string;
}

/** Fields of single-column unique indexes that a mapping can fill; `sourceKey` is ours by construction. */
export function claimedFields(object: WorkspaceObject): readonly string[] {
  const fields: string[] = [];
  for (const index of object.uniques) {
    const [field] = index;
    if (index.length === 1 && field !== undefined && field !== 'id' && field !== 'sourceKey') fields.push(field);
  }
  return fields;
}

/** All that the index of unique values keeps: what a mapping can fill, and our own source key. */
export function indexedFields(object: WorkspaceObject): readonly string[] {
  return object.fields.has('sourceKey') ? [...claimedFields(object), 'sourceKey'] : claimedFields(object);
}

/** The unique values among these fields, as the server compares them. */
export function claimsOf(
  workspace: Workspace,
  object: string,
  fields: Readonly<Record<string, unknown>>,
): readonly Claim[] {
  const described = workspace.objects.get(object);
  return described === undefined ? [] : valuesAt(workspace, object, fields, claimedFields(described));
}

/** The record itself, as something that only one row can be: never sent to Twenty, and no field of it. */
export const RECORD_CLAIM = '@record';

/** What a record and the one that it is another appearance of both claim, so that they share a row. */
export function identityClaims(row: RecordRow, mapping: ObjectMapping | null, draft: RecordDraft): readonly Claim[] {
  const claim = (value: string): Claim => ({ object: draft.target, field: RECORD_CLAIM, value });
  const { sameAs = null } = draft;
  if (sameAs !== null) return [claim(`${row.source}/${sameAs.object}/${sameAs.id}`)];
  return mapping?.standsForOthers === true ? [claim(row.key)] : [];
}

/** The same, our own source key included. */
export function indexedValues(
  workspace: Workspace,
  object: string,
  fields: Readonly<Record<string, unknown>>,
): readonly Claim[] {
  const described = workspace.objects.get(object);
  return described === undefined ? [] : valuesAt(workspace, object, fields, indexedFields(described));
}

function valuesAt(
  workspace: Workspace,
  object: string,
  fields: Readonly<Record<string, unknown>>,
  names: readonly string[],
): readonly Claim[] {
  const normal = normalOf(workspace, object);
  const claims: Claim[] = [];
  for (const field of names) {
    const [root = field] = field.split('.');
    if (fields[root] === undefined) continue;
    const value = textAt({ [root]: normal(root, fields[root]) }, field);
    if (value !== null) claims.push({ object, field, value });
  }
  return claims;
}

/** How values of this object are compared. */
export function normalOf(workspace: Workspace, object: string): Normal {
  const described = workspace.objects.get(object);
  return (name, value) => {
    const found = described === undefined ? undefined : fieldOf(described, name);
    if (found !== undefined) return normaliseForCompare(found.field, value);
    return isEmpty(value) ? null : (value as TwentyValue);
  };
}

export interface ValueRefusal {
  readonly field: string;
  readonly message: string;
}

/** What the workspace's own rules would refuse; null: nothing. Spares the call (design §8). */
export function refusalOf(workspace: Workspace, object: string, fields: TwentyFields): ValueRefusal | null {
  const described = workspace.objects.get(object);
  if (described === undefined) return { field: object, message: `the workspace has no object "${object}"` };
  const [fault] = checkFields(described, fields, true);
  return fault === undefined ? null : { field: fault.field, message: fault.message };
}

/** The objects that a relation column can point at. */
export function columnTargets(workspace: Workspace, object: string, column: string): readonly string[] {
  const described = workspace.objects.get(object);
  if (described === undefined) return [];
  for (const field of described.fields.values()) {
    if (field.relation === null) continue;
    const target = Object.entries(field.relation.columns).find(([, name]) => name === column)?.[0];
    if (target !== undefined) return [target];
  }
  return [];
}

/** The relation columns among the fields. */
export function linkColumns(
  workspace: Workspace,
  object: string,
  fields: Readonly<Record<string, unknown>>,
): readonly string[] {
  return Object.keys(fields).filter((name) => columnTargets(workspace, object, name).length > 0);
}
