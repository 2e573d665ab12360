import { asObject } from './answers.ts';
import type {
  FieldOption,
  PartialUnique,
  TwentyFieldType,
  WorkspaceField,
  WorkspaceObject,
  WorkspaceRelation,
} from './model.ts';
import { coverOf } from './partial-index.ts';
import { pascal } from './selection.ts';

/** Types as older servers name them (twenty.md §5). */
const RENAMED: Readonly<Record<string, TwentyFieldType>> = { RICH_TEXT_V2: 'RICH_TEXT' };

/** The sub-fields of composites that a unique index covers (twenty.md §2). */
const UNIQUE_MEMBERS: Readonly<Partial<Record<TwentyFieldType, readonly string[]>>> = {
  EMAILS: ['primaryEmail'],
  LINKS: ['primaryLinkUrl'],
  PHONES: ['primaryPhoneNumber', 'primaryPhoneCountryCode', 'primaryPhoneCallingCode'],
};

type Raw = Readonly<Record<string, unknown>>;

/** One object as the metadata API gives it, in GraphQL's or REST's form; undefined where it has no name. */
export function parseObject(value: unknown): WorkspaceObject | undefined {
  const raw = asObject(value);
  const nameSingular = raw?.nameSingular;
  const namePlural = raw?.namePlural;
  if (raw === undefined || typeof nameSingular !== 'string' || typeof namePlural !== 'string') return undefined;
  const fields = new Map<string, WorkspaceField>();
  for (const entry of list(raw.fieldsList ?? raw.fields)) {
    const field = parseField(entry);
    if (field !== undefined) fields.set(field.name, field);
  }
  return {
    id: String(raw.id ?? ''),
    nameSingular,
    namePlural,
    isSystem: raw.isSystem === true,
    isActive: raw.isActive !== false,
    fields,
    ...uniques(raw, [...fields.values()]),
  };
}

function parseField(value: unknown): WorkspaceField | undefined {
  const raw = asObject(value);
  const name = raw?.name;
  const type = raw?.type;
  if (raw === undefined || typeof name !== 'string' || typeof type !== 'string') return undefined;
  const options = raw.options;
  return {
    id: String(raw.id ?? ''),
    name,
    label: textOrNull(raw.label),
    type: RENAMED[type] ?? (type as TwentyFieldType),
    ...(RENAMED[type] === undefined ? {} : { typeOnServer: type }),
    isNullable: raw.isNullable !== false,
    isUnique: raw.isUnique === true,
    isSystem: raw.isSystem === true,
    isActive: raw.isActive !== false,
    defaultValue: raw.defaultValue ?? null,
    options: Array.isArray(options) ? options.map(parseOption) : null,
    settings: asObject(raw.settings) ?? null,
    description: textOrNull(raw.description),
    relation: parseRelation(raw, name, type),
  };
}

function parseOption(value: unknown, index: number): FieldOption {
  const raw = asObject(value) ?? {};
  const position = raw.position;
  return {
    id: textOrNull(raw.id),
    value: String(raw.value ?? ''),
    label: String(raw.label ?? ''),
    position: typeof position === 'number' ? position : index,
    color: textOrNull(raw.color),
  };
}

function parseRelation(raw: Raw, name: string, type: string): WorkspaceRelation | null {
  const settings = asObject(raw.settings);
  if (type === 'RELATION') {
    const relation = asObject(raw.relation);
    const kind = relation?.type ?? settings?.relationType;
    const target = asObject(relation?.targetObjectMetadata)?.nameSingular;
    const targets = typeof target === 'string' ? [target] : [];
    if (kind !== 'MANY_TO_ONE') return { type: 'ONE_TO_MANY', targets, columns: {} };
    const column = typeof settings?.joinColumnName === 'string' ? settings.joinColumnName : `${name}Id`;
    return { type: 'MANY_TO_ONE', targets, columns: Object.fromEntries(targets.map((each) => [each, column])) };
  }
  if (type === 'MORPH_RELATION') {
    const relations = list(raw.morphRelations).map((entry) => asObject(entry) ?? {});
    const targets = relations.flatMap((relation) => {
      const target = asObject(relation.targetObjectMetadata)?.nameSingular;
      return typeof target === 'string' ? [target] : [];
    });
    const many = (relations[0]?.type ?? settings?.relationType) !== 'MANY_TO_ONE';
    if (many) return { type: 'ONE_TO_MANY', targets, columns: {} };
    const columns = Object.fromEntries(targets.map((target) => [target, `${name}${pascal(target)}Id`]));
    return { type: 'MANY_TO_ONE', targets, columns };
  }
  return null;
}

/** A clause that is not said, as by servers that know none, is one that covers every row: waiting too long does no harm. */
function uniques(raw: Raw, fields: readonly WorkspaceField[]): Pick<WorkspaceObject, 'uniques' | 'partialUniques'> {
  const byId = new Map(fields.map((field) => [field.id, field]));
  const found = new Map<string, { readonly columns: readonly string[]; readonly where: string | null }>();
  for (const entry of list(raw.indexMetadataList ?? raw.indexMetadatas)) {
    const index = asObject(entry);
    if (index?.isUnique !== true) continue;
    const members = list(index.indexFieldMetadataList ?? index.indexFieldMetadatas)
      .map((member) => asObject(member) ?? {})
      .sort((one, other) => Number(one.order ?? 0) - Number(other.order ?? 0));
    const known = members.map((member) => byId.get(String(member.fieldMetadataId)));
    // An index over a field we were not shown can't be kept: half of it would be a stricter rule.
    if (!known.every((field) => field !== undefined)) continue;
    const columns = known.flatMap(columnsOf);
    const name = columns.join(',');
    // Of two over the same columns the one that covers more rows decides.
    if (columns.length > 0 && found.get(name)?.where !== null)
      found.set(name, {
        columns,
        where: coverOf(textOrNull(index.indexWhereClause)) === 'all' ? null : String(index.indexWhereClause),
      });
  }
  for (const field of fields) {
    const columns = field.isUnique ? columnsOf(field) : [];
    const name = columns.join(',');
    if (columns.length > 0 && !found.has(name)) found.set(name, { columns, where: null });
  }
  const partialUniques = [...found.values()].flatMap(({ columns, where }): PartialUnique[] => {
    const covers = coverOf(where);
    return where === null || covers === 'all' ? [] : [{ columns, where, covers }];
  });
  return { uniques: [...found.values()].map(({ columns }) => columns), partialUniques };
}

function columnsOf(field: WorkspaceField): readonly string[] {
  if (field.relation !== null) return Object.values(field.relation.columns);
  const members = UNIQUE_MEMBERS[field.type];
  return members === undefined ? [field.name] : members.map((member) => `${field.name}.${member}`);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
