import { isObject, type JsonObject } from '../../src/core/exact-json.ts';
import type { FieldDescription, FieldType, FieldValue } from '../../src/source/connector.ts';
import { ATTRIBUTE_TYPES, UNKNOWN_TYPE } from './attribute-types.ts';
import { labelOf, type Option, typeNameOf } from './labels.ts';
import type { Reading } from './reading.ts';

export interface Column {
  readonly name: string;
  readonly label: string;
  readonly custom: boolean;
  readonly required: boolean;
  readonly reading: Reading;
  /** The name of its type, where nobody has heard of that. */
  readonly unknownType: string | null;
  /** What to select; null where the value does not come with the row. */
  readonly property: string | null;
}

/** Columns that repeat others, or that the platform keeps for itself: they hold nothing that a team could miss. */
const SYSTEM = new Set([
  'versionnumber',
  'importsequencenumber',
  'overriddencreatedon',
  'timezoneruleversionnumber',
  'utcconversiontimezonecode',
  'owninguser',
  'owningteam',
  'owningbusinessunit',
  'exchangerate',
  'stageid',
  'processid',
  'traversedpath',
  'activitytypecode',
  'isworkflowcreated',
  'entityimage',
]);
/** Bodies of notes and attachments: never in a normal read (sources.md A7). */
const BODIES = new Set(['documentbody', 'body']);

/** The column of an attribute; none for shadows, amounts in the base currency, and what nobody can read. */
export function columnOf(
  attribute: JsonObject,
  options: readonly Option[],
  scope: ReadonlySet<string>,
  language: number,
): readonly Column[] {
  const name = String(attribute.LogicalName);
  const type = typeNameOf(attribute);
  if (typeof attribute.AttributeOf === 'string' || SYSTEM.has(name) || BODIES.has(name)) return [];
  if (attribute.CalculationOf !== undefined && attribute.CalculationOf !== null) return [];
  if (attribute.IsValidForRead === false && type !== 'PartyListType') return [];
  const reading = (ATTRIBUTE_TYPES[type] ?? UNKNOWN_TYPE).reading({ attribute, options, scope });
  if (reading === null) return [];
  const level = isObject(attribute.RequiredLevel) ? attribute.RequiredLevel.Value : null;
  return [
    {
      name,
      label: labelOf(attribute.DisplayName, language) ?? name,
      custom: attribute.IsCustomAttribute === true,
      required: level === 'ApplicationRequired' || level === 'SystemRequired',
      reading,
      unknownType: type in ATTRIBUTE_TYPES ? null : type,
      property: reading.kind === 'parties' ? null : LOOKUPS.has(type) ? `_${name}_value` : name,
    },
  ];
}

const LOOKUPS = new Set(['LookupType', 'CustomerType', 'OwnerType']);

/** Field of a polymorphic lookup for one of its targets. */
export const linkField = (column: string, target: string): string => `${column}/${target}`;

/** The fields that a column gives to events. */
export function fieldsOf(column: Column): readonly FieldDescription[] {
  const { reading } = column;
  if (reading.kind === 'links') {
    const links = reading.targets.map((target) =>
      field(column, linkField(column.name, target), { kind: 'string' }, [target], ` (${target})`),
    );
    return !reading.open
      ? links
      : [...links, field(column, linkField(column.name, 'other'), { kind: 'string' }, [], ' (other)')];
  }
  return [field(column, column.name, TYPES[reading.kind](reading), reading.kind === 'link' ? [reading.target] : [])];
}

const plain = (kind: 'string' | 'long' | 'double' | 'boolean' | 'date' | 'timestamp') => (): FieldType => ({ kind });
const texts = (): FieldType => ({ kind: 'array', items: { kind: 'string' } });

const TYPES: Readonly<Record<Exclude<Reading['kind'], 'links'>, (reading: Reading) => FieldType>> = {
  text: plain('string'),
  long: plain('long'),
  double: plain('double'),
  boolean: plain('boolean'),
  date: plain('date'),
  instant: plain('timestamp'),
  'local-time': plain('string'),
  decimal: (reading) => ({ kind: 'decimal', precision: 38, scale: reading.kind === 'decimal' ? reading.scale : 0 }),
  option: plain('string'),
  options: texts,
  link: plain('string'),
  name: plain('string'),
  file: plain('string'),
  parties: texts,
};

function field(
  column: Column,
  name: string,
  type: FieldType,
  refersTo: readonly string[],
  suffix = '',
): FieldDescription {
  const { reading } = column;
  const options = reading.kind === 'option' || reading.kind === 'options' ? reading.options : null;
  return {
    name,
    type,
    label: `${column.label}${suffix}`,
    standard: !column.custom,
    required: column.required,
    profile: null,
    values: options === null || options.length > 100 ? null : options.map(({ label }) => ({ value: label, count: 0 })),
    refersTo,
    proposal: null,
  };
}

/** A plain value; lookups, files and parties need more than their own column. */
export function plainValue(reading: Reading, value: unknown): FieldValue {
  if (value === null || value === undefined) return null;
  switch (reading.kind) {
    case 'long':
      return typeof value === 'number' || typeof value === 'bigint' ? value : null;
    case 'double':
      return Number(value);
    case 'boolean':
      return value === true;
    case 'decimal':
      return decimalText(value, reading.scale);
    case 'instant':
      return Number.isNaN(Date.parse(String(value))) ? null : Date.parse(String(value));
    case 'local-time':
      // The Z is not meant: the same clock time everywhere.
      return String(value).replace(/Z$/, '');
    case 'option':
      return optionLabel(reading.options, Number(value));
    case 'options':
      return String(value)
        .split(',')
        .filter((part) => part !== '')
        .map((part) => optionLabel(reading.options, Number(part)));
    default:
      return typeof value === 'string' ? value : JSON.stringify(value);
  }
}

/** Options of a value that its definition does not list. */
export function unknownOptions(reading: Reading, value: unknown): readonly number[] {
  if (value === null || value === undefined || (reading.kind !== 'option' && reading.kind !== 'options')) return [];
  const given = String(value)
    .split(',')
    .filter((part) => part !== '')
    .map(Number);
  return given.filter((one) => !reading.options.some((option) => option.value === one));
}

/** A number that the definitions do not know stays visible as what it is. */
function optionLabel(options: readonly Option[], value: number): string {
  return options.find((option) => option.value === value)?.label ?? `#${value}`;
}

function decimalText(value: unknown, scale: number): string {
  const text = String(value);
  return /e/i.test(text) ? Number(value).toFixed(scale) : text;
}
