import type { TwentyFieldType, WorkspaceObject } from '../twenty/model.ts';
import { fieldOf } from '../twenty/selection.ts';
import type { Normal } from './image.ts';

/** What a column of a unique index holds: text, a number, or yes and no. */
export type ColumnValue = string | number | boolean;

/** The columns of one unique index as one name: `emails.primaryEmail`, `code,companyId`. */
export function combinationName(columns: readonly string[]): string {
  return columns.join(',');
}

/** What `combinationName` was made of. */
export function columnsOf(name: string): readonly string[] {
  return name.split(',');
}

/** Whether a soft-deleted row has no part in the index of these columns: what it holds there, another row may have too. */
export function onlyLive(object: WorkspaceObject, name: string): boolean {
  return object.partialUniques.some(({ columns, covers }) => covers === 'live' && combinationName(columns) === name);
}

/** A value as it is; several as a JSON list, so that no two combinations are the same text. */
export function combinationText(values: readonly ColumnValue[]): string {
  const [only] = values;
  return values.length === 1 && only !== undefined ? String(only) : JSON.stringify(values);
}

/** How the two sides' common form of a PHONES value (src/twenty/normalise.ts) names the columns of its unique index. */
const NORMAL_NAMES: Readonly<Partial<Record<string, readonly string[]>>> = {
  primaryPhoneNumber: ['primary', 'number'],
  primaryPhoneCountryCode: ['primary', 'countryCode'],
  primaryPhoneCallingCode: ['primary', 'callingCode'],
};

/** Types whose common form is no value that a filter takes. */
const NOT_COMPARED: ReadonlySet<TwentyFieldType> = new Set(['RAW_JSON', 'RICH_TEXT', 'TS_VECTOR']);

/** A column's value as the server compares it; null where it is empty, not among the fields, or a list or composite. */
export function columnValue(
  object: WorkspaceObject,
  fields: Readonly<Record<string, unknown>>,
  column: string,
  normal: Normal,
): ColumnValue | null {
  const [root = column, ...members] = column.split('.');
  const type = fieldOf(object, root)?.field.type;
  if (fields[root] === undefined || type === undefined || NOT_COMPARED.has(type)) return null;
  let value: unknown = normal(root, fields[root]);
  for (const name of members.flatMap((member) => NORMAL_NAMES[member] ?? [member])) {
    if (typeof value !== 'object' || value === null) return null;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  // A number that JSON cannot hold exactly stays text, and no filter for numbers takes it.
  if (typeof value === 'string') return value === '' || type === 'NUMBER' || type === 'NUMERIC' ? null : value;
  return typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

/**
 * What a record leaves empty to go without a combination: the last of the fields that is no link, with all of its columns;
 * the last link where there are links only.
 */
export function givenUpFor(object: WorkspaceObject, columns: readonly string[]): readonly string[] {
  const roots = columns.map((column) => column.split('.')[0] ?? column);
  const chosen = roots.findLast((root) => fieldOf(object, root)?.column === false) ?? roots.at(-1);
  return columns.filter((_column, index) => roots[index] === chosen);
}
