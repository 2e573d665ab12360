import { noProperty } from '../errors.ts';
import { type ColumnDefinition, isLookup, type Labels, type TableDefinition } from '../model/definitions.ts';
import type { Preferences } from '../odata/prefer.ts';
import { wants } from '../odata/prefer.ts';
import type { Organisation } from '../store/organisation.ts';
import { isReference, type Reference, type Row, type Value } from '../store/rows.ts';

const FORMATTED = 'OData.Community.Display.V1.FormattedValue';
const NAVIGATION = 'Microsoft.Dynamics.CRM.associatednavigationproperty';
const LOGICAL_NAME = 'Microsoft.Dynamics.CRM.lookuplogicalname';

type Shown = Record<string, unknown>;

/** The columns of a read: those selected, what always comes with them, or all. */
export function selected(
  organisation: Organisation,
  table: TableDefinition,
  select: readonly string[] | undefined,
): readonly ColumnDefinition[] {
  const readable = table.columns.filter(({ type }) => type.kind !== 'PartyList');
  if (select === undefined) return readable;
  const chosen = new Set<ColumnDefinition>();
  for (const name of select) {
    const column = columnOfProperty(organisation, table, name);
    if (column === undefined || column.type.kind === 'PartyList') throw noProperty(name, table.name);
    chosen.add(column);
  }
  const byName = (name: string): ColumnDefinition | undefined => organisation.schema.column(table.name, name);
  // An amount brings its currency, an id is never left out.
  if ([...chosen].some(({ type }) => type.kind === 'Money')) {
    const currency = byName('transactioncurrencyid');
    if (currency !== undefined) chosen.add(currency);
  }
  const id = byName(table.primaryId);
  if (id !== undefined) chosen.add(id);
  return [...chosen];
}

/** The column behind a property: lookups go by `_name_value`, or by their navigation property. */
export function columnOfProperty(
  organisation: Organisation,
  table: TableDefinition,
  property: string,
): ColumnDefinition | undefined {
  const { schema } = organisation;
  const lookup = /^_(\w+)_value$/.exec(property)?.[1];
  if (lookup !== undefined) {
    const column = schema.column(table.name, lookup);
    return column !== undefined && isLookup(column) ? column : undefined;
  }
  const column = schema.column(table.name, property);
  if (column !== undefined && !isLookup(column)) return column;
  const navigation = schema.navigation(table.name, property);
  return navigation?.kind === 'single' ? navigation.relationship.column : undefined;
}

export function propertyName(column: ColumnDefinition): string {
  return isLookup(column) ? `_${column.name}_value` : column.name;
}

/** A row as JSON, in the order of its columns, each annotation before what it speaks of. */
export function shown(
  organisation: Organisation,
  table: TableDefinition,
  row: Row,
  columns: readonly ColumnDefinition[],
  preferences: Preferences,
): Shown {
  const result: Shown = { '@odata.etag': etag(row) };
  for (const column of columns) show(result, organisation, table, row, column, preferences);
  return result;
}

export function etag(row: Row): string {
  return `W/"${row.version}"`;
}

function show(
  result: Shown,
  organisation: Organisation,
  table: TableDefinition,
  row: Row,
  column: ColumnDefinition,
  preferences: Preferences,
): void {
  const value = storedValue(organisation, row, column);
  if (isLookup(column)) {
    showLookup(result, organisation, column, value, preferences);
    return;
  }
  if (wants(preferences, FORMATTED)) {
    const text = formatted(organisation, row, column, value);
    if (text !== undefined) result[`${column.name}@${FORMATTED}`] = text;
  }
  switch (column.type.kind) {
    case 'MultiSelectPicklist':
      result[column.name] = Array.isArray(value) ? value.join(',') : value;
      return;
    case 'File':
      result[column.name] = value;
      result[`${column.name}_name`] = organisation.files.get(row.table, row.id, column.name)?.name ?? null;
      return;
    case 'Image':
      showImage(result, organisation, table, row, column);
      return;
    default:
      result[column.name] = value;
  }
}

function showLookup(
  result: Shown,
  organisation: Organisation,
  column: ColumnDefinition,
  value: Value,
  preferences: Preferences,
): void {
  const property = `_${column.name}_value`;
  if (isReference(value) && isLookup(column)) {
    const title = titleOf(organisation, value);
    if (wants(preferences, FORMATTED) && title !== null) result[`${property}@${FORMATTED}`] = title;
    const target = column.type.targets.find(({ table }) => table === value.table);
    if (wants(preferences, NAVIGATION) && target !== undefined) result[`${property}@${NAVIGATION}`] = target.navigation;
    if (wants(preferences, LOGICAL_NAME)) result[`${property}@${LOGICAL_NAME}`] = value.table;
  }
  result[property] = isReference(value) ? value.id : null;
}

function showImage(
  result: Shown,
  organisation: Organisation,
  table: TableDefinition,
  row: Row,
  column: ColumnDefinition,
): void {
  const file = organisation.files.get(row.table, row.id, column.name);
  // The row has a thumbnail; the whole picture is a download.
  result[column.name] = file === undefined ? null : THUMBNAIL;
  result[`${column.name}id`] = file?.id ?? null;
  result[`${column.name}_timestamp`] = file === undefined ? null : row.version;
  result[`${column.name}_url`] =
    file === undefined
      ? null
      : `/Image/download.aspx?Entity=${table.name}&Attribute=${column.name}&Id=${row.id}&Timestamp=${row.version}`;
}

/** One transparent pixel. */
const THUMBNAIL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=';

/** What is stored, or worked out: the version number, the body of a note, nothing. */
export function storedValue(organisation: Organisation, row: Row, column: ColumnDefinition): Value {
  if (column.name === 'versionnumber') return row.version;
  if (column.name === organisation.bodyColumn(row.table)) return organisation.body(row.table, row.id);
  return row.values[column.name] ?? null;
}

/** The primary name of the row behind a link; null where the row is gone. */
export function titleOf(organisation: Organisation, { table, id }: Reference): string | null {
  const title = organisation.schema.table(table)?.primaryName ?? null;
  const value = title === null ? undefined : organisation.row(table, id)?.values[title];
  return typeof value === 'string' ? value : null;
}

/** As the calling user would see it on a form, in that user's language, zone and number format. For display only. */
function formatted(organisation: Organisation, row: Row, column: ColumnDefinition, value: Value): string | undefined {
  if (value === null) return undefined;
  const language = organisation.switches.userLanguage;
  const label = (labels: Labels | undefined): string | undefined => labels?.[language] ?? labels?.[1033];
  const { type } = column;
  switch (type.kind) {
    case 'Picklist':
    case 'State':
    case 'Status':
      return label(type.options.find((option) => option.value === value)?.labels);
    case 'MultiSelectPicklist':
      return Array.isArray(value)
        ? value.map((item) => label(type.options.find((option) => option.value === item)?.labels) ?? '').join('; ')
        : undefined;
    case 'Boolean':
      return label(value === true ? type.yes : type.no);
    case 'Integer':
    case 'BigInt':
      return typeof value === 'number' ? value.toLocaleString('en-GB') : undefined;
    case 'Decimal':
    case 'Double':
      return typeof value === 'number'
        ? value.toLocaleString('en-GB', {
            minimumFractionDigits: type.precision,
            maximumFractionDigits: type.precision,
          })
        : undefined;
    case 'Money':
      return typeof value === 'number' ? amount(organisation, row, value, type.baseOf !== undefined) : undefined;
    case 'DateTime':
      return typeof value === 'string' ? localDate(value, type.behavior) : undefined;
    default:
      return undefined;
  }
}

function amount(organisation: Organisation, row: Row, value: number, base: boolean): string {
  const used = row.values.transactioncurrencyid;
  const symbol =
    !base && isReference(used) ? organisation.row('transactioncurrency', used.id)?.values.currencysymbol : '£';
  return `${typeof symbol === 'string' ? symbol : ''}${value.toLocaleString('en-GB', { minimumFractionDigits: 2 })}`;
}

function localDate(value: string, behavior: string): string {
  const zone = behavior === 'UserLocal' ? 'Europe/London' : 'UTC';
  const moment = new Date(value.length === 10 ? `${value}T00:00:00Z` : value);
  const day = moment.toLocaleDateString('en-GB', { timeZone: zone });
  return behavior === 'DateOnly'
    ? day
    : `${day} ${moment.toLocaleTimeString('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' })}`;
}
