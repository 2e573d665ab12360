import {
  ATTRIBUTE_TYPES,
  type AttributeType,
  type Example,
  UNKNOWN_TYPE,
} from '../connectors/dataverse/attribute-types.ts';
import { type Column, columnOf, fieldsOf } from '../connectors/dataverse/columns.ts';
import { recordsOf } from '../connectors/dataverse/rows.ts';
import type { JsonObject } from '../src/core/exact-json.ts';
import { loadMapping } from '../src/mapping/compile.ts';
import type { FieldDescription, FieldValue, FieldValues } from '../src/source/connector.ts';

const SCOPE: ReadonlySet<string> = new Set(['account', 'contact', 'sample']);
const ID = '22222222-0000-0000-0000-000000000002';
const LANGUAGE = 1033;

/** Twenty's field, and the rule that fills it, by how a value stands in an event. */
const TARGETS: Readonly<Record<string, { readonly type: string; readonly transform: string | null }>> = {
  text: { type: 'TEXT', transform: null },
  'local-time': { type: 'TEXT', transform: null },
  name: { type: 'TEXT', transform: null },
  long: { type: 'NUMBER', transform: 'integer' },
  double: { type: 'NUMBER', transform: 'number' },
  decimal: { type: 'NUMBER', transform: 'number' },
  boolean: { type: 'BOOLEAN', transform: 'boolean' },
  date: { type: 'DATE', transform: 'date' },
  instant: { type: 'DATE_TIME', transform: 'timestamp' },
  option: { type: 'SELECT', transform: 'select' },
  options: { type: 'MULTI_SELECT', transform: 'multi-select' },
};
/** What no single field holds. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  link: 'RELATION: the record that the row became',
  links: 'RELATION, one per table: the record that the row became',
  parties: 'targets of the task: one per record; TEXT: who has none',
  file: 'attachment of the record',
};
const OWNER = 'RELATION: the member with this e-mail address';

/** Every attribute type with a value on its way: as a row has it, as an event has it, as Twenty has it. All of it is run, nothing is retold. */
export async function attributeTypesPage(): Promise<string> {
  const types = [...Object.entries(ATTRIBUTE_TYPES), ['(not known)', UNKNOWN_TYPE] as const];
  const rows: string[] = [];
  for (const [name, type] of types) for (const example of type.examples) rows.push(await rowOf(name, type, example));
  return [
    '# Attribute types of Dataverse\n',
    'What becomes of a value of each type. Columns that the platform keeps for itself (row versions, time-zone rules, amounts in the base',
    'currency, owning unit …) and bodies of notes are left out of rows, whatever their type.\n',
    '| type | value in the source | value in the event | value in Twenty | lost |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

async function rowOf(name: string, type: AttributeType, example: Example): Promise<string> {
  const attribute: JsonObject = {
    LogicalName: 'sample_column',
    AttributeTypeName: { Value: name },
    IsValidForRead: true,
    ...example.attribute,
  };
  const [column] = columnOf(attribute, example.options ?? [], SCOPE, LANGUAGE);
  const shown = [`${example.title} (\`${name}\`)`, code(example.value)];
  if (column === undefined) return row([...shown, 'left out', 'left out', type.loss ?? '']);
  const event = await eventOf(column, example);
  return row([...shown, eventText(column, event), twentyOf(name, column, event), type.loss ?? 'nothing']);
}

/** As the connector makes it of a row. */
async function eventOf(column: Column, { value, table }: Example): Promise<FieldValues> {
  const source = {
    '@odata.etag': 'W/"1"',
    sampleid: ID,
    [column.property ?? column.name]: value,
    [`${column.property}@Microsoft.Dynamics.CRM.lookuplogicalname`]: table,
  };
  const parts = {
    client: undefined as never,
    references: { name: async () => (table === 'systemuser' ? 'ann@firm.example' : 'Retail') } as never,
    targets: { of: async () => table ?? null } as never,
    notices: undefined as never,
    attachments: undefined as never,
    metadata: undefined as never,
    pageSize: 1,
    parallel: 1,
  };
  const described = { name: 'sample', entitySet: 'samples', label: 'Sample', primaryId: 'sampleid', primaryName: null };
  const flags = { custom: true, activity: false, tracked: true, columns: [column], hash: '' };
  const [record] = await recordsOf(parts, { ...described, ...flags }, [source], new AbortController().signal);
  return record?.after ?? {};
}

function eventText(column: Column, after: FieldValues): string {
  if (column.reading.kind === 'parties') return '`name <address>` per role; ids per table; the rest apart';
  const values = fieldsOf(column).map(({ name }): readonly [string, FieldValue] => [name, after[name] ?? null]);
  const [first] = values;
  const kind = fieldsOf(column)[0]?.type.kind ?? '';
  if (values.length === 1 && first !== undefined) return `${code(first[1])} (${kind})`;
  return values.map(([name, value]) => `${name.replace('sample_column', '…')}: ${code(value)}`).join('; ');
}

function twentyOf(type: string, column: Column, after: FieldValues): string {
  if (type === 'OwnerType') return OWNER;
  const { kind } = column.reading;
  const target = TARGETS[kind];
  if (target === undefined) return ELSEWHERE[kind] ?? '';
  const money = type === 'MoneyType';
  const field = fieldsOf(column)[0];
  const create = { type: money ? 'CURRENCY' : target.type, ...optionsOf(field) };
  const rule = {
    to: 'sample',
    from: money ? ['sample_column', 'transactioncurrencyid'] : 'sample_column',
    ...(money ? { transform: ['currency'] } : target.transform === null ? {} : { transform: [target.transform] }),
    create,
  };
  const mapping = loadMapping(
    JSON.stringify({ version: 1, source: 'crm', objects: { sample: { target: 'company', fields: [rule] } } }),
    'sample',
  );
  const draft = mapping.objects.get('sample')?.draft({
    key: { source: 'crm', object: 'sample', id: ID },
    id: ID,
    after: { ...after, transactioncurrencyid: 'GBP' },
    sourceTime: null,
    sourceCreated: null,
  } as never);
  if (draft?.kind === 'refused') return `refused: ${draft.code} (${create.type})`;
  const value = draft?.kind === 'record' ? draft.record.fields.sample : undefined;
  return `${code(value)} (${create.type})`;
}

function optionsOf(field: FieldDescription | undefined): { readonly options?: readonly string[] } {
  return field?.values === null || field === undefined ? {} : { options: field.values.map(({ value }) => value) };
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function code(value: unknown): string {
  if (value === null || value === undefined) return '–';
  return `\`${typeof value === 'bigint' ? String(value) : JSON.stringify(value)}\``;
}
