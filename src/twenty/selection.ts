import { ChangeoverError } from '../core/errors.ts';
import type { TwentyFieldType, Workspace, WorkspaceField, WorkspaceObject } from './model.ts';
import type { CombinationMatch, Match, ValueMatch } from './twenty.ts';

/** Sub-fields of the composite types, as GraphQL must name them. Scalars select nothing. */
export const COMPOSITES: Readonly<Partial<Record<TwentyFieldType, readonly string[]>>> = {
  ACTOR: ['source', 'workspaceMemberId', 'name', 'context'],
  ADDRESS: [
    'addressStreet1',
    'addressStreet2',
    'addressCity',
    'addressPostcode',
    'addressState',
    'addressCountry',
    'addressLat',
    'addressLng',
  ],
  CURRENCY: ['amountMicros', 'currencyCode'],
  EMAILS: ['primaryEmail', 'additionalEmails'],
  FILES: ['fileId', 'label'],
  FULL_NAME: ['firstName', 'lastName'],
  LINKS: ['primaryLinkLabel', 'primaryLinkUrl', 'secondaryLinks'],
  PHONES: ['primaryPhoneNumber', 'primaryPhoneCountryCode', 'primaryPhoneCallingCode', 'additionalPhones'],
  RICH_TEXT: ['blocknote', 'markdown'],
};

export function pascal(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

export function objectOf(workspace: Workspace, name: string): WorkspaceObject {
  const object = workspace.objects.get(name);
  if (object === undefined) {
    throw new ChangeoverError('TWENTY_UNKNOWN_OBJECT', `the workspace has no object "${name}"`, {
      place: { object: name },
    });
  }
  return object;
}

/** A field by name, or the relation that a column belongs to: `companyId` gives `company`. */
export function fieldOf(
  object: WorkspaceObject,
  name: string,
): { readonly field: WorkspaceField; readonly column: boolean } | undefined {
  const field = object.fields.get(name);
  if (field !== undefined) return { field, column: false };
  for (const candidate of object.fields.values()) {
    if (candidate.relation !== null && Object.values(candidate.relation.columns).includes(name)) {
      return { field: candidate, column: true };
    }
  }
  return undefined;
}

/**
 * The column by which a link object (noteTarget, taskTarget, attachment) points at an object: `targetPersonId` where the
 * link is a morph relation, `personId` in 1.x (twenty.md §6). Undefined where it can't.
 */
export function linkColumn(link: WorkspaceObject, target: string): string | undefined {
  for (const field of link.fields.values()) {
    const column = field.relation?.type === 'MANY_TO_ONE' ? field.relation.columns[target] : undefined;
    if (column !== undefined) return column;
  }
  return undefined;
}

/**
 * Where the text of a note or task stands. Workspaces older than 1.0 have it as plain text in `body`, and are refused for
 * lack of this one (TW-7).
 */
export function bodyField(object: WorkspaceObject): WorkspaceField | undefined {
  const field = object.fields.get('bodyV2');
  return field?.type === 'RICH_TEXT' ? field : undefined;
}

/**
 * The GraphQL selection for the named fields. A relation is selected by its column alone: together with the related
 * record a soft-deleted target would make the column read as null (twenty.md O4).
 */
export function selection(object: WorkspaceObject, fields: readonly string[]): string {
  const parts = new Set(['id']);
  for (const name of fields) {
    const root = name.split('.')[0] ?? name;
    const found = fieldOf(object, root);
    if (found === undefined) throw unknownField(object, name);
    if (found.column) {
      parts.add(root);
      continue;
    }
    if (found.field.relation !== null) {
      for (const column of Object.values(found.field.relation.columns)) parts.add(column);
      continue;
    }
    const members = COMPOSITES[found.field.type];
    parts.add(members === undefined ? root : `${root}{${members.join(' ')}}`);
  }
  return [...parts].join(' ');
}

/** Rows that fit one of the matches at least. */
export function anyFilter(object: WorkspaceObject, matches: readonly Match[]): Record<string, unknown> {
  const filters = matches.flatMap((match) =>
    'together' in match ? togetherFilters(object, match) : [inFilter(object, match.field, match.values)],
  );
  const [only] = filters;
  return filters.length === 1 && only !== undefined ? only : { or: filters };
}

/** One filter for each combination. */
function togetherFilters(object: WorkspaceObject, { together, values }: CombinationMatch): Record<string, unknown>[] {
  return values.map((each) => ({
    and: together.map((field, index) => valueFilter(object, field, { eq: each[index] })),
  }));
}

/** `{emails: {primaryEmail: {in: […]}}}` for `emails.primaryEmail`. */
function inFilter(object: WorkspaceObject, name: string, values: ValueMatch['values']): Record<string, unknown> {
  const found = fieldOf(object, name.split('.')[0] ?? name);
  if (found === undefined) throw unknownField(object, name);
  const many = found.field.type === 'ARRAY' || found.field.type === 'MULTI_SELECT';
  return valueFilter(object, name, many ? { containsAny: values } : { in: values });
}

function valueFilter(object: WorkspaceObject, name: string, condition: unknown): Record<string, unknown> {
  const [root = name, ...rest] = name.split('.');
  if (fieldOf(object, root) === undefined) throw unknownField(object, name);
  return { [root]: rest.reduceRight<unknown>((inner, part) => ({ [part]: inner }), condition) };
}

/** Mentioning `deletedAt` anywhere brings the soft-deleted rows in (twenty.md §1). */
export const LIVE_AND_DELETED = { or: [{ deletedAt: { is: 'NULL' } }, { deletedAt: { is: 'NOT_NULL' } }] } as const;

function unknownField(object: WorkspaceObject, name: string): ChangeoverError {
  return new ChangeoverError('TWENTY_UNKNOWN_FIELD', `${object.nameSingular} has no field "${name}"`, {
    place: { object: object.nameSingular, field: name },
  });
}
