import { badQuery, noProperty, noRow, noSegment } from '../errors.ts';
import { isGuid } from '../guid.ts';
import type { TableDefinition } from '../model/definitions.ts';
import { parsePreferences } from '../odata/prefer.ts';
import { type Query, splitOutside } from '../odata/query.ts';
import type { Row } from '../store/rows.ts';
import { isReference } from '../store/rows.ts';
import { countRows, readCollection } from './collection.ts';
import { type Context, visible } from './context.ts';
import { contextOf, expanded, related, relatedTable } from './expand.ts';
import { readFile } from './file-columns.ts';
import { columnOfProperty, etag, propertyName, selected, shown, storedValue } from './present.ts';
import { type ApiAnswer, type ApiRequest, json, keyParts, nothing, plain, type Segment } from './request.ts';

/** The row that a key names: by id, or by alternate key. */
export function rowOf(context: Context, table: TableDefinition, key: string): Row {
  const { organisation } = context;
  const id = key.startsWith(`${table.primaryId}=`) ? key.slice(table.primaryId.length + 1) : key;
  if (isGuid(id)) {
    const row = organisation.row(table.name, id.toLowerCase());
    if (row === undefined || visible(context, table.name, [row]).length === 0) throw noRow(table.name, id);
    return row;
  }
  if (splitOutside(key, ',').some((part) => !part.includes('='))) throw badQuery(`The key '(${key})' is not valid.`);
  const wanted = keyParts(key);
  const found = organisation.rows(table.name).find((row) =>
    [...wanted].every(([name, value]) => {
      const column = columnOfProperty(organisation, table, name);
      if (column === undefined) throw noProperty(name, table.name);
      const stored = storedValue(organisation, row, column);
      return String(isReference(stored) ? stored.id : stored).toLowerCase() === value.toLowerCase();
    }),
  );
  if (found === undefined) throw noRow(table.name, key);
  return found;
}

/** `GET` of one row, of a part of it, or of what it leads to. */
export function readRecord(
  context: Context,
  request: ApiRequest,
  table: TableDefinition,
  row: Row,
  rest: readonly Segment[],
  query: Query,
): ApiAnswer {
  const [part, ...behind] = rest;
  if (part === undefined) return wholeRow(context, request, table, row, query);
  const { organisation } = context;
  const navigation = organisation.schema.navigation(table.name, part.name);
  if (navigation !== undefined && navigation.kind !== 'single') {
    const target = organisation.schema.known(relatedTable(navigation));
    const set = {
      table: target,
      rows: related(organisation, row, navigation),
      path: `${table.entitySet}(${row.id})/${part.name}`,
    };
    if (behind[0]?.name === '$count') return countRows(context, set, query);
    if (part.key !== undefined) {
      return readRecord(context, request, target, rowOf(context, target, part.key), behind, query);
    }
    return readCollection(context, request, set, query);
  }
  if (navigation?.kind === 'single' && columnOfProperty(organisation, table, part.name) !== undefined) {
    return linkedRow(context, request, table, row, part.name, behind, query);
  }
  return property(context, request, table, row, part.name, behind);
}

function wholeRow(context: Context, request: ApiRequest, table: TableDefinition, row: Row, query: Query): ApiAnswer {
  if (request.headers['if-none-match'] === etag(row)) return { ...nothing(), status: 304 };
  const preferences = parsePreferences(request.headers.prefer);
  const columns = selected(context.organisation, table, query.select);
  return json({
    '@odata.context': contextOf(context, table.entitySet, query, true),
    ...shown(context.organisation, table, row, columns, preferences),
    ...expanded(context, table, row, query.expand, preferences),
  });
}

function linkedRow(
  context: Context,
  request: ApiRequest,
  table: TableDefinition,
  row: Row,
  name: string,
  behind: readonly Segment[],
  query: Query,
): ApiAnswer {
  const column = columnOfProperty(context.organisation, table, name);
  const link = column === undefined ? null : row.values[column.name];
  const linked =
    isReference(link ?? null) && isReference(link) ? context.organisation.row(link.table, link.id) : undefined;
  if (linked === undefined) return nothing();
  const target = context.organisation.schema.known(linked.table);
  if (behind[0]?.name === '$ref') {
    return json({
      '@odata.context': `${context.apiUrl}$metadata#$ref`,
      '@odata.id': `${context.apiUrl}${target.entitySet}(${linked.id})`,
    });
  }
  return readRecord(context, request, target, linked, behind, query);
}

function property(
  context: Context,
  request: ApiRequest,
  table: TableDefinition,
  row: Row,
  name: string,
  behind: readonly Segment[],
): ApiAnswer {
  const { organisation } = context;
  const column = columnOfProperty(organisation, table, name);
  if (column === undefined) throw noSegment(name);
  const raw = behind[0]?.name === '$value';
  if (column.type.kind === 'File' || column.type.kind === 'Image') {
    return readFile(organisation.files.get(row.table, row.id, column.name), raw, request.headers.range);
  }
  const stored = storedValue(organisation, row, column);
  const value = isReference(stored) ? stored.id : Array.isArray(stored) ? stored.join(',') : stored;
  if (value === null) return nothing();
  if (raw) return plain(String(value));
  return json({
    '@odata.context': `${context.apiUrl}$metadata#${table.entitySet}(${row.id})/${propertyName(column)}`,
    value,
  });
}
