import type { ObjectMapping, RecordDraft } from '../mapping/model.ts';
import type { RecordRow } from '../state/state.ts';
import { checkFields } from '../twenty/check.ts';
import type { TwentyFields, TwentyValue, Workspace, WorkspaceObject } from '../twenty/model.ts';
import { normaliseForCompare } from '../twenty/normalise.ts';
import { fieldOf } from '../twenty/selection.ts';
import { isEmpty } from '../twenty/values.ts';
import type { Normal } from './image.ts';
import {
  type ColumnValue,
  columnsOf,
  columnValue,
  combinationName,
  combinationText,
  givenUpFor,
} from './unique-columns.ts';

/** A unique value, or a combination of values that a unique index covers, which a record wants to have in Twenty. */
export interface Claim {
  readonly object: string;
  /** `emails.primaryEmail`; the columns of a combination with commas between (unique-columns.ts). */
  readonly field: string;
  readonly value: string;
  /** The same, column by column, as Twenty's filters take them. */
  readonly values: readonly ColumnValue[];
  /** The columns that are left empty where the record goes without it. */
  readonly givesUp: readonly string[];
}

/** A claim on the value of one column. */
export function columnClaim(object: string, field: string, value: string): Claim {
  return { object, field, value, values: [value], givesUp: [field] };
}

/** Unique indexes, column by column, that a mapping can fill; `sourceKey` is ours by construction. */
export function claimedIndexes(object: WorkspaceObject): readonly (readonly string[])[] {
  return object.uniques.filter((columns) => columns.length > 0 && !columns.some((name) => OURS.has(name)));
}

/** Unique by themselves: an index over one of them and others refuses nothing more. */
const OURS: ReadonlySet<string> = new Set(['id', 'sourceKey']);

/** All that the index of unique values keeps: what a mapping can fill, and our own source key. */
export function keptIndexes(object: WorkspaceObject): readonly (readonly string[])[] {
  return object.fields.has('sourceKey') ? [...claimedIndexes(object), ['sourceKey']] : claimedIndexes(object);
}

/** The fields, and columns of relations, that are read to know them. */
export function indexedFields(object: WorkspaceObject): readonly string[] {
  return [
    ...new Set(
      keptIndexes(object)
        .flat()
        .map((column) => column.split('.')[0] ?? column),
    ),
  ];
}

/** The unique values among these fields, as the server compares them. */
export function claimsOf(
  workspace: Workspace,
  object: string,
  fields: Readonly<Record<string, unknown>>,
): readonly Claim[] {
  const described = workspace.objects.get(object);
  return described === undefined ? [] : valuesAt(workspace, described, fields, claimedIndexes(described));
}

/** The record itself, as something that only one row can be: never sent to Twenty, and no field of it. */
export const RECORD_CLAIM = '@record';

/** What a record and the one that it is another appearance of both claim, so that they share a row. */
export function identityClaims(row: RecordRow, mapping: ObjectMapping | null, draft: RecordDraft): readonly Claim[] {
  const claim = (value: string): Claim => columnClaim(draft.target, RECORD_CLAIM, value);
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
  return described === undefined ? [] : valuesAt(workspace, described, fields, keptIndexes(described));
}

/** A combination of which a column is empty, not known, or no plain value is nobody's: PostgreSQL never refuses it for an empty one. */
function valuesAt(
  workspace: Workspace,
  described: WorkspaceObject,
  fields: Readonly<Record<string, unknown>>,
  indexes: readonly (readonly string[])[],
): readonly Claim[] {
  const object = described.nameSingular;
  const normal = normalOf(workspace, object);
  const claims: Claim[] = [];
  for (const columns of indexes) {
    const values: ColumnValue[] = [];
    for (const column of columns) {
      const value = columnValue(described, fields, column, normal);
      if (value === null) break;
      values.push(value);
    }
    if (values.length < columns.length) continue;
    const field = combinationName(columns);
    claims.push({ object, field, value: combinationText(values), values, givesUp: givenUpFor(described, columns) });
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

/** Whether a link is part of the combination: then only a resolved record says that it wants it. */
export function holdsLink(workspace: Workspace, { object, field }: Claim): boolean {
  return columnsOf(field).some((column) => columnTargets(workspace, object, column).length > 0);
}

/** The relation columns among the fields. */
export function linkColumns(
  workspace: Workspace,
  object: string,
  fields: Readonly<Record<string, unknown>>,
): readonly string[] {
  return Object.keys(fields).filter((name) => columnTargets(workspace, object, name).length > 0);
}
