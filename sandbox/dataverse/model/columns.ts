import {
  type ColumnDefinition,
  type ColumnType,
  type DateBehavior,
  type DeleteRule,
  ENGLISH,
  type Labels,
  type LookupTarget,
  type OptionDefinition,
  type TextFormat,
  TURKISH,
} from './definitions.ts';

/** English, or English and Turkish. */
export type Wording = string | readonly [english: string, turkish: string];

export interface ColumnExtras {
  readonly required?: ColumnDefinition['required'];
  readonly write?: ColumnDefinition['write'];
  readonly schemaName?: string;
}

export function labels(wording: Wording): Labels {
  return typeof wording === 'string' ? { [ENGLISH]: wording } : { [ENGLISH]: wording[0], [TURKISH]: wording[1] };
}

/** Options numbered from `first`, in the order given. */
export function options(wordings: readonly Wording[], first = 1): OptionDefinition[] {
  return wordings.map((wording, index) => ({ value: first + index, labels: labels(wording) }));
}

/** A custom column's name starts with its publisher's prefix. */
export const CUSTOM_PREFIX = 'opx_';

function schemaNameOf(name: string): string {
  const at = name.startsWith(CUSTOM_PREFIX) ? CUSTOM_PREFIX.length : 0;
  return `${name.slice(0, at)}${name.charAt(at).toUpperCase()}${name.slice(at + 1)}`;
}

export function column(name: string, wording: Wording, type: ColumnType, extras: ColumnExtras = {}): ColumnDefinition {
  return {
    name,
    schemaName: extras.schemaName ?? schemaNameOf(name),
    labels: labels(wording),
    type,
    required: extras.required ?? 'None',
    custom: name.startsWith(CUSTOM_PREFIX),
    write: extras.write ?? 'always',
  };
}

export const text = (
  name: string,
  wording: Wording,
  maxLength = 100,
  format: TextFormat = 'Text',
  extras: ColumnExtras = {},
): ColumnDefinition => column(name, wording, { kind: 'String', maxLength, format }, extras);

export const memo = (name: string, wording: Wording, maxLength = 2_000): ColumnDefinition =>
  column(name, wording, { kind: 'Memo', maxLength });

export const integer = (
  name: string,
  wording: Wording,
  format: 'None' | 'Duration' = 'None',
  extras: ColumnExtras = {},
): ColumnDefinition =>
  column(name, wording, { kind: 'Integer', min: -2_147_483_648, max: 2_147_483_647, format }, extras);

export const decimal = (name: string, wording: Wording, precision = 2, extras: ColumnExtras = {}): ColumnDefinition =>
  column(name, wording, { kind: 'Decimal', precision, min: -100_000_000_000, max: 100_000_000_000 }, extras);

export const double = (name: string, wording: Wording, precision = 5): ColumnDefinition =>
  column(name, wording, { kind: 'Double', precision, min: -100_000_000_000, max: 100_000_000_000 });

export const money = (name: string, wording: Wording, precision = 2): ColumnDefinition =>
  column(name, wording, { kind: 'Money', precision });

export const flag = (
  name: string,
  wording: Wording,
  yes: Wording = ['Yes', 'Evet'],
  no: Wording = ['No', 'Hayır'],
  extras: ColumnExtras = {},
): ColumnDefinition =>
  column(name, wording, { kind: 'Boolean', yes: labels(yes), no: labels(no), initial: false }, extras);

export const date = (
  name: string,
  wording: Wording,
  behavior: DateBehavior = 'DateOnly',
  extras: ColumnExtras = {},
): ColumnDefinition =>
  column(
    name,
    wording,
    { kind: 'DateTime', format: behavior === 'DateOnly' ? 'DateOnly' : 'DateAndTime', behavior },
    extras,
  );

export const choice = (
  name: string,
  wording: Wording,
  choices: readonly OptionDefinition[],
  globalName?: string,
): ColumnDefinition =>
  column(name, wording, { kind: 'Picklist', options: choices, ...(globalName === undefined ? {} : { globalName }) });

export const choices = (
  name: string,
  wording: Wording,
  several: readonly OptionDefinition[],
  globalName?: string,
): ColumnDefinition =>
  column(name, wording, {
    kind: 'MultiSelectPicklist',
    options: several,
    ...(globalName === undefined ? {} : { globalName }),
  });

export const guid = (name: string, wording: Wording, extras: ColumnExtras = {}): ColumnDefinition =>
  column(name, wording, { kind: 'Uniqueidentifier' }, extras);

export const bigint = (name: string, wording: Wording, extras: ColumnExtras = {}): ColumnDefinition =>
  column(name, wording, { kind: 'BigInt' }, extras);

/** A target, given short: names that are left out follow the platform's own pattern. */
export interface TargetSpec {
  readonly table: string;
  readonly relationship?: string;
  readonly navigation?: string;
  readonly collection?: string;
  readonly onDelete?: DeleteRule;
}

/** The column with its targets; `owner` is the table that has the column. */
export function lookup(
  owner: string,
  name: string,
  wording: Wording,
  targets: readonly (string | TargetSpec)[],
  kind: 'Lookup' | 'Customer' | 'Owner' = 'Lookup',
  extras: ColumnExtras = {},
): ColumnDefinition {
  const specs = targets.map((target) => (typeof target === 'string' ? { table: target } : target));
  // Of a standard lookup the navigation property is the logical name, of a custom one the schema name.
  const schemaName = extras.schemaName ?? schemaNameOf(name);
  const single = name.startsWith(CUSTOM_PREFIX) ? schemaName : name;
  const resolved = specs.map((spec: TargetSpec): LookupTarget => {
    const relationship = spec.relationship ?? `${owner}_${name}_${spec.table}`;
    return {
      table: spec.table,
      relationship,
      navigation: spec.navigation ?? (specs.length === 1 || kind === 'Owner' ? single : `${single}_${spec.table}`),
      collection: spec.collection ?? relationship,
      onDelete: spec.onDelete ?? 'RemoveLink',
    };
  });
  return column(name, wording, { kind, targets: resolved }, extras);
}
