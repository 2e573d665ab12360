import { badQuery } from '../errors.ts';
import type { TableDefinition } from '../model/definitions.ts';
import { compile } from '../odata/evaluate.ts';
import { type Expression, parseExpression } from '../odata/expression.ts';
import { MOST_ROWS, type Preferences, parsePreferences, wants } from '../odata/prefer.ts';
import type { Query } from '../odata/query.ts';
import { optionsHash, type Position, readSkipToken } from '../odata/tokens.ts';
import type { Organisation } from '../store/organisation.ts';
import type { Row } from '../store/rows.ts';
import { aggregated } from './aggregate.ts';
import { type Context, visible } from './context.ts';
import { contextOf, expanded } from './expand.ts';
import { applied, metadataVersion, nextLink, type RowSet } from './links.ts';
import { compareRows, firstAfter } from './order.ts';
import { selected, shown } from './present.ts';
import { rowProperty } from './properties.ts';
import { type ApiAnswer, type ApiRequest, json, plain } from './request.ts';
import { countChanges, trackedPage } from './tracked.ts';

/** `GET` of a set of rows, as a page with links. */
export function readCollection(context: Context, request: ApiRequest, set: RowSet, query: Query): ApiAnswer {
  const preferences = parsePreferences(request.headers.prefer);
  if (query.apply !== undefined) return aggregated(context, set, query);
  const tracked = query.deltaToken !== undefined || preferences.trackChanges;
  const position = query.skipToken === undefined ? undefined : readPosition(query, preferences);
  if (tracked || (position !== undefined && position.tracking !== null)) {
    return trackedPage(context, set, query, preferences, position);
  }
  return plainPage(context, set, query, preferences, position);
}

/** `GET …/$count`: of rows up to 5,000, or of changes since a delta token. */
export function countRows(context: Context, set: RowSet, query: Query): ApiAnswer {
  if (query.deltaToken !== undefined) return plain(String(countChanges(context, set.table, query.deltaToken)));
  return plain(String(Math.min(MOST_ROWS, matching(context, set, query).length)));
}

function readPosition(query: Query, preferences: Preferences): Position {
  const position = readSkipToken(query.skipToken ?? '');
  if (position.options !== optionsHash(query.text)) {
    throw badQuery('The options of a next link must not be changed, and none may be added.');
  }
  if (position.size !== (preferences.maxPageSize ?? MOST_ROWS)) {
    throw badQuery(
      `The preference odata.maxpagesize=${position.size} of the first page must be repeated on every page; this one has ${preferences.maxPageSize ?? 'none'}.`,
    );
  }
  return position;
}

function plainPage(
  context: Context,
  set: RowSet,
  query: Query,
  preferences: Preferences,
  position: Position | undefined,
): ApiAnswer {
  const { organisation } = context;
  const { table } = set;
  const columns = selected(organisation, table, query.select);
  const size = preferences.maxPageSize ?? MOST_ROWS;
  const order = query.orderBy.map((item) => ({
    property: rowProperty(organisation, table, item.path),
    sign: item.descending ? -1 : 1,
  }));
  const matched = matching(context, set, query);
  const ordered = order.length === 0 ? matched : [...matched].sort((left, right) => compareRows(order, left, right));
  const start = position === undefined ? 0 : firstAfter(ordered, order, position);
  // $top counts only where no page size is preferred.
  const limited = preferences.maxPageSize === undefined && query.top !== undefined;
  const end = start + (limited ? Math.min(query.top ?? 0, MOST_ROWS) : size);
  const page = ordered.slice(start, end);
  const last = page.at(-1);
  const more = !limited && end < ordered.length && last !== undefined;
  const value: Record<string, unknown> = {
    '@odata.context': contextOf(context, set.path, query),
    ...counts(query, preferences, matched.length),
    ...metadataVersion(organisation, preferences),
    value: page.map((row) => ({
      ...shown(organisation, table, row, columns, preferences),
      ...expanded(context, table, row, query.expand, preferences),
    })),
  };
  if (more) {
    value['@odata.nextLink'] = nextLink(context, set, query, {
      page: (position?.page ?? 1) + 1,
      size,
      options: optionsHash(query.text),
      firstId: page[0]?.id ?? '',
      lastId: last.id,
      last: order.map(({ property }) => property.get(last)),
      tracking: null,
    });
  }
  return json(value, 200, applied(preferences));
}

/** Rows that the filter takes, in the order of their ids. */
export function matching(context: Context, set: RowSet, query: Query): readonly Row[] {
  const { organisation } = context;
  const expression = query.filter === undefined ? undefined : parseExpression(query.filter);
  const candidates = set.rows ?? linked(organisation, set.table, expression) ?? organisation.rows(set.table.name);
  const rows = visible(context, set.table.name, candidates);
  if (expression === undefined) return rows;
  const predicate = compile(expression, (path) => rowProperty(organisation, set.table, path));
  return rows.filter(predicate);
}

/** Where the filter asks for one link (`_x_value eq id`), the rows that point there: a shortcut, nothing else. */
function linked(
  organisation: Organisation,
  table: TableDefinition,
  expression: Expression | undefined,
): readonly Row[] | undefined {
  const parts = expression?.kind === 'and' ? expression.parts : expression === undefined ? [] : [expression];
  for (const part of parts) {
    if (part.kind !== 'compare' || part.comparator !== 'eq') continue;
    const { left, right } = part;
    if (left.kind !== 'path' || right.kind !== 'literal' || right.literal.kind !== 'guid') continue;
    const name = left.path.length === 1 ? left.path[0] : undefined;
    if (name === undefined || !/^_\w+_value$/.test(name) || EVERYDAY.test(name)) continue;
    const tables = new Set(organisation.schema.shownIn(table.name));
    return organisation.store
      .referrers(right.literal.value)
      .filter((row) => tables.has(row.table))
      .sort((one, other) => (one.id < other.id ? -1 : 1));
  }
  return undefined;
}

const EVERYDAY = /^_(createdby|modifiedby|ownerid|owning\w+|transactioncurrencyid)_value$/;

function counts(query: Query, preferences: Preferences, total: number): Record<string, unknown> {
  const exceeded = total > MOST_ROWS;
  const counted = query.count ? Math.min(total, MOST_ROWS) : -1;
  return {
    ...(query.count ? { '@odata.count': counted } : {}),
    ...(wants(preferences, 'Microsoft.Dynamics.CRM.totalrecordcount')
      ? { '@Microsoft.Dynamics.CRM.totalrecordcount': counted }
      : {}),
    ...(wants(preferences, 'Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded')
      ? { '@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded': query.count && exceeded }
      : {}),
  };
}
