import { noProperty } from '../errors.ts';
import { type ColumnDefinition, type ColumnKind, isLookup, type TableDefinition } from '../model/definitions.ts';
import type { Property, PropertyKind } from '../odata/evaluate.ts';
import type { Primitive } from '../odata/expression.ts';
import type { Organisation } from '../store/organisation.ts';
import { isReference, type Row } from '../store/rows.ts';
import { columnOfProperty, storedValue } from './present.ts';

const KINDS: Readonly<Record<ColumnKind, PropertyKind>> = {
  String: 'text',
  Memo: 'text',
  Integer: 'number',
  BigInt: 'number',
  Decimal: 'number',
  Double: 'number',
  Money: 'number',
  Boolean: 'boolean',
  DateTime: 'instant',
  Picklist: 'number',
  MultiSelectPicklist: 'text',
  State: 'number',
  Status: 'number',
  Lookup: 'guid',
  Customer: 'guid',
  Owner: 'guid',
  PartyList: 'any',
  Uniqueidentifier: 'guid',
  EntityName: 'text',
  File: 'any',
  Image: 'any',
  Other: 'any',
};

/** Properties of a table's rows for `$filter` and `$orderby`; a path may go through single-valued navigation properties. */
export function rowProperty(
  organisation: Organisation,
  table: TableDefinition,
  path: readonly string[],
): Property<Row> {
  const [name = '', ...rest] = path;
  if (rest.length > 0) return throughNavigation(organisation, table, name, rest);
  const column = columnOfProperty(organisation, table, name);
  if (column === undefined) throw noProperty(name, table.name);
  return { kind: KINDS[column.type.kind], get: (row) => primitive(organisation, row, column) };
}

function throughNavigation(
  organisation: Organisation,
  table: TableDefinition,
  name: string,
  rest: readonly string[],
): Property<Row> {
  const navigation = organisation.schema.navigation(table.name, name);
  if (navigation?.kind !== 'single') throw noProperty(name, table.name);
  const { column, target } = navigation.relationship;
  const inner = rowProperty(organisation, organisation.schema.known(target.table), rest);
  return {
    kind: inner.kind,
    get: (row) => {
      const link = row.values[column.name];
      const linked =
        isReference(link) && link.table === target.table ? organisation.row(link.table, link.id) : undefined;
      return linked === undefined ? null : inner.get(linked);
    },
  };
}

function primitive(organisation: Organisation, row: Row, column: ColumnDefinition): Primitive {
  const value = storedValue(organisation, row, column);
  if (isLookup(column)) return isReference(value) ? value.id : null;
  if (Array.isArray(value)) return value.join(',');
  return value as Primitive;
}
