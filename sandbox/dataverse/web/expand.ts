import { badQuery, noProperty } from '../errors.ts';
import type { TableDefinition } from '../model/definitions.ts';
import type { Navigation } from '../model/schema.ts';
import { compareValues, compile } from '../odata/evaluate.ts';
import { parseExpression } from '../odata/expression.ts';
import { MOST_ROWS, type Preferences } from '../odata/prefer.ts';
import type { ExpandItem, Query } from '../odata/query.ts';
import type { Organisation } from '../store/organisation.ts';
import { isReference, type Row } from '../store/rows.ts';
import { type Context, depthOf, visible } from './context.ts';
import { selected, shown } from './present.ts';
import { rowProperty } from './properties.ts';

/** `…/$metadata#contacts(fullname,parentcustomerid_account(name))`. */
export function contextOf(context: Context, path: string, query: Query, entity = false): string {
  const inside = contextOptions(query);
  return `${context.apiUrl}$metadata#${path}${inside === '' ? '' : `(${inside})`}${entity ? '/$entity' : ''}`;
}

function contextOptions(query: Query): string {
  const items = query.expand.map((item) =>
    item.reference ? `${item.navigation}/$ref()` : `${item.navigation}(${contextOptions(item.query)})`,
  );
  return [...(query.select ?? []), ...items].join(',');
}

/** Rows at the end of a collection-valued navigation property, in the order of their ids. */
export function related(organisation: Organisation, row: Row, navigation: Navigation): Row[] {
  if (navigation.kind === 'single') return [];
  if (navigation.kind === 'many') {
    const { definition, here, there } = navigation;
    const ids = organisation.rows(definition.intersect).flatMap(({ values }) => {
      return values[here.attribute] === row.id ? [String(values[there.attribute])] : [];
    });
    return ids.sort().flatMap((id) => organisation.row(there.table, id) ?? []);
  }
  const { table, column } = navigation.relationship;
  const pointsHere = ({ values }: Row): boolean => {
    const value = values[column.name];
    return isReference(value) && value.id === row.id;
  };
  const tables = new Set(organisation.schema.shownIn(table));
  const pointing = organisation.store.referrers(row.id).filter((of) => tables.has(of.table) && pointsHere(of));
  const rows = pointing.length > 0 ? pointing : organisation.rows(table).filter(pointsHere);
  return rows.sort((left, right) => (left.id < right.id ? -1 : 1));
}

export function relatedTable(navigation: Navigation): string {
  if (navigation.kind === 'many') return navigation.there.table;
  return navigation.kind === 'single' ? navigation.relationship.target.table : navigation.relationship.table;
}

/** What `$expand` adds to a row. */
export function expanded(
  context: Context,
  table: TableDefinition,
  row: Row,
  items: readonly ExpandItem[],
  preferences: Preferences,
): Record<string, unknown> {
  if (items.length > 15) throw badQuery('The maximum number of $expand options is 15.');
  const result: Record<string, unknown> = {};
  for (const item of items) {
    const navigation = context.organisation.schema.navigation(table.name, item.navigation);
    if (navigation === undefined) throw noProperty(item.navigation, table.name);
    if (navigation.kind === 'single') {
      result[item.navigation] = single(context, row, navigation, item, preferences);
    } else {
      Object.assign(result, collection(context, table, row, navigation, item, preferences));
    }
  }
  return result;
}

function single(
  context: Context,
  row: Row,
  navigation: Extract<Navigation, { kind: 'single' }>,
  item: ExpandItem,
  preferences: Preferences,
): Record<string, unknown> | null {
  const { organisation } = context;
  const { column, target } = navigation.relationship;
  const link = row.values[column.name];
  const isOwner = column.type.kind === 'Owner';
  if (!isReference(link) || (link.table !== target.table && !isOwner)) return null;
  const linked = organisation.row(link.table, link.id);
  if (linked === undefined) return null;
  const table = organisation.schema.known(link.table);
  if (item.reference) return { '@odata.id': `${context.apiUrl}${table.entitySet}(${linked.id})` };
  depthOf(context, table.name);
  const columns = selected(organisation, table, item.query.select);
  const { '@odata.etag': _etag, ...inner } = shown(organisation, table, linked, columns, preferences);
  return {
    ...inner,
    ...(table.name === 'systemuser' || table.name === 'team' ? { ownerid: linked.id } : {}),
    ...expanded(context, table, linked, item.query.expand, preferences),
  };
}

function collection(
  context: Context,
  from: TableDefinition,
  row: Row,
  navigation: Navigation,
  item: ExpandItem,
  preferences: Preferences,
): Record<string, unknown> {
  if (item.reference) throw badQuery('Expand with $ref is only supported on lookup type navigation property.');
  const { organisation } = context;
  const { query } = item;
  const nested = query.expand.length > 0;
  if (nested && (query.top !== undefined || query.orderBy.length > 0)) {
    throw badQuery(
      'Only $select and $filter clause can be provided while doing $expand on many-to-one relationship or nested one-to-many relationship.',
    );
  }
  const table = organisation.schema.known(relatedTable(navigation));
  const columns = selected(organisation, table, query.select);
  const rows = visible(context, table.name, related(organisation, row, navigation));
  const property = (path: readonly string[]): ReturnType<typeof rowProperty> => rowProperty(organisation, table, path);
  const kept = query.filter === undefined ? [...rows] : rows.filter(compile(parseExpression(query.filter), property));
  for (const { path, descending } of query.orderBy.toReversed()) {
    const of = property(path);
    kept.sort((left, right) => compareValues(of.get(left), of.get(right)) * (descending ? -1 : 1));
  }
  // Only a nested $expand pages what is expanded; otherwise all rows come, and the link leads to the same ones.
  const limit = Math.min(query.top ?? MOST_ROWS, nested ? (preferences.maxPageSize ?? MOST_ROWS) : MOST_ROWS);
  const options =
    item.text === '' ? '' : `?${item.text.replaceAll(';', '&').replaceAll(' ', '%20').replaceAll("'", '%27')}`;
  return {
    [item.navigation]: kept.slice(0, limit).map((of) => ({
      ...shown(organisation, table, of, columns, preferences),
      ...expanded(context, table, of, query.expand, preferences),
    })),
    [`${item.navigation}@odata.nextLink`]: `${context.apiUrl}${from.entitySet}(${row.id})/${item.navigation}${options}`,
  };
}
