import type { FieldDescription, SourceDescription } from '../source/connector.ts';
import type { TwentyFieldType, Workspace, WorkspaceField, WorkspaceObject } from '../twenty/model.ts';
import type { Builder, FieldWrite, RelationWrite } from './builder.ts';
import { FITS } from './composites.ts';
import { didYouMean } from './suggest.ts';
import type { Kind } from './values.ts';

/** Compares the mapping with the workspace, or, where there is none yet, with what the mapping itself creates. */
export function checkAgainstWorkspace(
  builder: Builder,
  workspace: Workspace | null,
  description: SourceDescription | null,
): void {
  const made = new Set(Object.keys(builder.file.provision?.objects ?? {}));
  const unknown = new Set<string>();
  for (const write of builder.writes) {
    if (workspace !== null && isUnknownObject(workspace, made, write.twentyObject)) {
      if (!unknown.has(write.twentyObject)) {
        unknown.add(write.twentyObject);
        const near = didYouMean(write.twentyObject, workspace.objects.keys());
        builder.findings.error(
          'MAPPING_UNKNOWN_OBJECT',
          `the workspace has no object ${JSON.stringify(write.twentyObject)}.${near}`,
          write.path.slice(0, 2),
        );
      }
      continue;
    }
    checkField(
      builder,
      workspace?.objects.get(write.twentyObject) ?? null,
      write,
      description,
      made.has(write.twentyObject) ? 'made' : workspace === null ? 'unseen' : 'there',
    );
  }
  if (workspace === null) return;
  for (const relation of builder.relations) {
    if (!isUnknownObject(workspace, made, relation.twentyObject)) checkRelation(builder, workspace, made, relation);
  }
  checkPlans(builder, workspace);
}

function isUnknownObject(workspace: Workspace, made: ReadonlySet<string>, name: string): boolean {
  return !made.has(name) && workspace.objects.get(name)?.isActive !== true;
}

/** Whether the object is there, is made by the mapping, or nobody looked. */
type Standing = 'there' | 'made' | 'unseen';

/** Fields that a provisioned object has from the start (twenty.md O6). */
const ALWAYS_THERE: Readonly<Record<string, TwentyFieldType>> = {
  id: 'UUID',
  name: 'TEXT',
  createdAt: 'DATE_TIME',
  updatedAt: 'DATE_TIME',
  deletedAt: 'DATE_TIME',
  position: 'POSITION',
};

function checkField(
  builder: Builder,
  object: WorkspaceObject | null,
  write: FieldWrite,
  description: SourceDescription | null,
  standing: Standing,
): void {
  const { field } = write.target;
  const present = object?.fields.get(field);
  const plan = builder.plans.get(`${write.twentyObject}.${field}`);
  const type = present?.type ?? plan?.type ?? (standing === 'made' ? ALWAYS_THERE[field] : undefined);
  if (type === undefined) {
    if (standing === 'unseen') return;
    const near = didYouMean(field, object?.fields.keys() ?? []);
    const message = `${write.twentyObject} has no field ${JSON.stringify(field)}, and the mapping does not create it.${near}`;
    builder.findings.error('MAPPING_UNKNOWN_FIELD', message, write.path);
    return;
  }
  if (present?.isActive === false) {
    builder.findings.error(
      'MAPPING_UNKNOWN_FIELD',
      `the field ${write.twentyObject}.${field} is not active in the workspace`,
      write.path,
    );
    return;
  }
  if (write.target.part !== null) {
    if (type !== write.target.composite)
      mismatch(builder, write, type, `${write.to} is a part of ${write.target.composite ?? 'another type'}`);
    return;
  }
  checkKind(builder, write, type, description);
  if (present !== undefined) checkPresent(builder, write, present);
}

function checkKind(
  builder: Builder,
  write: FieldWrite,
  type: TwentyFieldType,
  description: SourceDescription | null,
): void {
  const kind = write.kind === 'any' ? kindOf(write, description) : write.kind;
  if (kind === 'any' || kind === null) return;
  if (kind === 'constant') {
    checkConstants(builder, write, type);
    return;
  }
  if (FITS[kind].includes(type)) return;
  const wanted = STEP_FOR[type];
  mismatch(
    builder,
    write,
    type,
    `the transforms give ${kind}`,
    wanted === undefined ? undefined : `Put the transform ${wanted} last.`,
  );
}

/** The transform that gives a type. */
const STEP_FOR: Partial<Record<TwentyFieldType, string>> = {
  TEXT: '`text`',
  NUMBER: '`number`, `integer` or `round`',
  BOOLEAN: '`boolean`',
  DATE: '`date`',
  DATE_TIME: '`timestamp`',
  SELECT: '`select` or `stage`',
  MULTI_SELECT: '`multi-select`',
  CURRENCY: '`currency`',
  EMAILS: '`emails`',
  PHONES: '`phones`',
  LINKS: '`link` or `domain`',
  FULL_NAME: '`split-name`',
  ADDRESS: '`address`',
  RICH_TEXT: '`body`',
  RAW_JSON: '`json`',
  ARRAY: '`split`',
};

const KIND_OF_TYPE: Readonly<Record<FieldDescription['type']['kind'], Kind>> = {
  string: 'text',
  long: 'number',
  double: 'number',
  decimal: 'decimal',
  boolean: 'boolean',
  date: 'date',
  timestamp: 'timestamp',
  array: 'list',
};

/** The kind of a column that no format types, as the source's own type says. */
function kindOf(write: FieldWrite, description: SourceDescription | null): Kind | null {
  const [column] = write.columns;
  if (write.steps.length > 0 || column === undefined) return null;
  const field = description?.objects
    .find((object) => object.name === write.object)
    ?.fields.find((one) => one.name === column);
  return field === undefined ? null : KIND_OF_TYPE[field.type.kind];
}

function checkConstants(builder: Builder, write: FieldWrite, type: TwentyFieldType): void {
  const wanted =
    type === 'BOOLEAN'
      ? 'boolean'
      : type === 'NUMBER'
        ? 'number'
        : type === 'TEXT' || type === 'SELECT' || type === 'DATE' || type === 'DATE_TIME'
          ? 'string'
          : null;
  for (const constant of write.constants) {
    if (wanted !== null && typeof constant !== wanted)
      mismatch(builder, write, type, `the constant ${JSON.stringify(constant)} is no ${wanted}`);
  }
}

function checkPresent(builder: Builder, write: FieldWrite, field: WorkspaceField): void {
  if (!field.isNullable && field.defaultValue === null && write.clears) {
    const message = `${write.twentyObject}.${field.name} must have a value, and ${write.columns.join(', ')} may have none`;
    builder.findings.error('MAPPING_REQUIRED_FIELD', message, write.path);
  }
  if (field.options === null) return;
  const known = new Set([
    ...field.options.map((option) => option.value),
    ...(builder.options(write.twentyObject, field.name)?.desired ?? []).map((option) => option.value),
  ]);
  for (const value of optionsWritten(builder, write)) {
    if (known.has(value)) continue;
    const near = didYouMean(value, known);
    builder.findings.error(
      'MAPPING_UNKNOWN_OPTION',
      `${write.twentyObject}.${field.name} has no option ${JSON.stringify(value)}.${near}`,
      write.path,
    );
  }
}

/** Option values that stand in the mapping: constants, and maps of fields whose options only the workspace knows. */
function optionsWritten(builder: Builder, write: FieldWrite): readonly string[] {
  const constants = write.constants.filter((constant): constant is string => typeof constant === 'string');
  if (builder.options(write.twentyObject, write.target.field) !== null) return constants;
  const renamed = write.steps.flatMap((step) => {
    if (step.name !== 'select' && step.name !== 'multi-select') return [];
    const { map, table } = step.settings as { readonly map?: Record<string, string>; readonly table?: string };
    return [
      ...Object.values(map ?? {}),
      ...Object.values(table === undefined ? {} : (builder.file.tables?.[table] ?? {})),
    ];
  });
  return [...constants, ...renamed];
}

function checkRelation(
  builder: Builder,
  workspace: Workspace,
  made: ReadonlySet<string>,
  relation: RelationWrite,
): void {
  const towards =
    'twenty' in relation.towards
      ? relation.towards.twenty
      : (builder.objects.moved.get(relation.towards.source)?.spec.target ?? null);
  const columns = relationColumns(builder, workspace, made, relation.twentyObject);
  const targets = columns.get(relation.column);
  if (targets === undefined) {
    const near = didYouMean(relation.column, columns.keys());
    const message = `${relation.twentyObject} has no relation column ${JSON.stringify(relation.column)}.${near}`;
    builder.findings.error(
      'MAPPING_UNKNOWN_FIELD',
      message,
      relation.path,
      'Columns of relations end in Id; `provision.fields` makes what is missing.',
    );
  } else if (towards !== null && !targets.includes(towards)) {
    const message = `${relation.twentyObject}.${relation.column} points at ${targets.join(' or ')}, not at ${towards}`;
    builder.findings.error('MAPPING_TYPE_MISMATCH', message, relation.path);
  }
}

/** The relation columns of an object with what they point at, those included that provisioning makes. */
function relationColumns(
  builder: Builder,
  workspace: Workspace,
  made: ReadonlySet<string>,
  object: string,
): ReadonlyMap<string, readonly string[]> {
  const columns = new Map<string, string[]>();
  const add = (column: string, target: string): void => {
    columns.set(column, [...(columns.get(column) ?? []), target]);
  };
  for (const field of workspace.objects.get(object)?.fields.values() ?? []) {
    for (const [target, column] of Object.entries(field.relation?.columns ?? {})) add(column, target);
    // A new custom object becomes a target of the notes and tasks by itself (twenty.md O6).
    if (field.type === 'MORPH_RELATION')
      for (const target of made) add(`${field.name}${target.charAt(0).toUpperCase()}${target.slice(1)}Id`, target);
  }
  for (const plan of builder.plans.values()) {
    if (plan.object === object && plan.type === 'RELATION' && plan.spec.target !== undefined)
      add(`${plan.field}Id`, plan.spec.target);
  }
  return columns;
}

/** What is to be created and is there already with another type. */
function checkPlans(builder: Builder, workspace: Workspace): void {
  for (const plan of builder.plans.values()) {
    const present = workspace.objects.get(plan.object)?.fields.get(plan.field);
    if (present === undefined || present.type === plan.type) continue;
    const message = `${plan.object}.${plan.field} is there already as ${present.type}, and the mapping wants ${plan.type}`;
    builder.findings.error(
      'MAPPING_TYPE_MISMATCH',
      message,
      plan.path,
      'Take the type that is there, or another name.',
    );
  }
}

function mismatch(builder: Builder, write: FieldWrite, type: TwentyFieldType, because: string, hint?: string): void {
  builder.findings.error(
    'MAPPING_TYPE_MISMATCH',
    `${write.twentyObject}.${write.target.field} is ${type}, but ${because}`,
    write.path,
    hint,
  );
}
