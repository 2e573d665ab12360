import { badRequest, invalidFilter } from '../errors.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import type { Shape } from '../model/shape.ts';
import type { Store } from '../store/store.ts';
import { type Row, valueAt } from '../store/table.ts';
import { aggregatesOf } from './aggregate.ts';
import type { Filter } from './filter.ts';
import { matchingRows } from './find.ts';
import { isDirection } from './order.ts';
import { truncateInstant } from './truncate.ts';

/** Groups answered when no limit is sent; the server does not say that there are more (twenty.md §0). */
export const DEFAULT_GROUP_LIMIT = 50;

export interface GroupByRequest {
  readonly groupBy: unknown;
  readonly filter?: Filter | undefined;
  readonly orderBy?: unknown;
  readonly limit?: number | undefined;
  /** Names of aggregates: `totalCount`, `sumSourceChecksum`. */
  readonly aggregates: readonly string[];
}

interface Dimension {
  readonly name: string;
  readonly read: (row: Row) => Json;
}

interface Group {
  readonly values: readonly Json[];
  readonly rows: Row[];
}

const NEEDS_TIME_ZONE = new Set(['DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR']);

function dimension(shape: Shape, name: string, value: unknown): Dimension {
  const column = shape.byKey.get(name) ?? shape.byKey.get(shape.joinByRelation.get(name)?.column ?? '');
  if (column === undefined) {
    throw invalidFilter(`Object ${shape.object.nameSingular} doesn't have any "${name}" field.`);
  }
  const type = column.field.type;
  if (type === 'ACTOR' || type === 'RAW_JSON' || type === 'FILES' || type === 'RICH_TEXT' || type === 'TS_VECTOR') {
    throw badRequest(`Field "${name}" is not supported in group by`, 'INVALID_QUERY_INPUT');
  }
  if (isObject(value) && (type === 'DATE_TIME' || type === 'DATE')) {
    const granularity = String(value.granularity ?? 'DAY');
    const zone = value.timeZone;
    if (type === 'DATE_TIME' && NEEDS_TIME_ZONE.has(granularity) && typeof zone !== 'string') {
      throw badRequest(
        'Time zone should be specified for a group by date on Day, Week, Month, Quarter or Year',
        'MISSING_TIMEZONE_FOR_DATE_GROUP_BY',
      );
    }
    const timeZone = typeof zone === 'string' ? zone : 'UTC';
    return { name, read: (row) => truncateInstant(row[name] ?? null, granularity, timeZone) };
  }
  if (column.kind === 'composite') {
    const part = isObject(value) ? Object.keys(value).find((key) => value[key] === true) : undefined;
    if (part === undefined || !column.parts.includes(part)) {
      throw badRequest(`Sub field is required to group by "${name}"`, 'INVALID_QUERY_INPUT');
    }
    return { name, read: (row) => valueAt(row, [name, part]) };
  }
  const bigint = column.field.settings?.dataType === 'bigint';
  return {
    name,
    read: (row) => {
      const found = row[column.key] ?? null;
      return bigint && typeof found === 'number' ? String(found) : found;
    },
  };
}

export function groupRows(store: Store, shape: Shape, request: GroupByRequest): JsonObject[] {
  const entries = Array.isArray(request.groupBy) ? request.groupBy.filter(isObject) : [];
  const dimensions = entries.flatMap((entry) =>
    Object.entries(entry)
      .filter(([, value]) => value !== false)
      .map(([name, value]) => dimension(shape, name, value)),
  );
  if (dimensions.length === 0) throw badRequest('At least one group by field is required', 'INVALID_QUERY_INPUT');
  const groups = new Map<string, Group>();
  for (const row of matchingRows(store, shape, request.filter)) {
    const values = dimensions.map((part) => part.read(row));
    const key = JSON.stringify(values);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { values, rows: [row] });
    else group.rows.push(row);
  }
  const aggregates = aggregatesOf(shape);
  const ordered = order(
    [...groups.values()],
    dimensions,
    request.orderBy,
    (name, rows) => aggregates.get(name)?.(rows) ?? null,
  );
  return ordered.slice(0, request.limit ?? DEFAULT_GROUP_LIMIT).map(({ values, rows }) => {
    const shown: JsonObject = { groupByDimensionValues: [...values] };
    for (const name of request.aggregates) {
      const aggregate = aggregates.get(name);
      if (aggregate === undefined) throw badRequest(`Unknown aggregate field: ${name}`, 'INVALID_QUERY_INPUT');
      shown[name] = aggregate(rows);
    }
    return shown;
  });
}

function order(
  groups: Group[],
  dimensions: readonly Dimension[],
  orderBy: unknown,
  aggregate: (name: string, rows: readonly Row[]) => Json,
): Group[] {
  const keys = (Array.isArray(orderBy) ? orderBy.filter(isObject) : []).flatMap((entry) =>
    Object.entries(entry).flatMap(([name, value]) => {
      if (name === 'aggregate' && isObject(value)) {
        return Object.entries(value).map(([key, direction]) => ({
          direction,
          read: (group: Group) => aggregate(key, group.rows),
        }));
      }
      const index = dimensions.findIndex((part) => part.name === name);
      const direction = isObject(value) ? (value.orderBy ?? Object.values(value)[0]) : value;
      return index < 0 ? [] : [{ direction, read: (group: Group) => group.values[index] ?? null }];
    }),
  );
  const fallback = dimensions.map((_, index) => ({
    direction: 'AscNullsLast',
    read: (group: Group) => group.values[index] ?? null,
  }));
  return groups.sort((left, right) => {
    for (const { direction, read } of [...keys, ...fallback]) {
      const difference = compareJson(read(left), read(right), isDirection(direction) ? direction : 'AscNullsLast');
      if (difference !== 0) return difference;
    }
    return 0;
  });
}

function compareJson(left: Json, right: Json, direction: string): number {
  if (left === null || right === null) {
    if (left === right) return 0;
    return (left === null) === direction.endsWith('First') ? -1 : 1;
  }
  const difference =
    typeof left === 'number' && typeof right === 'number'
      ? left - right
      : String(left) < String(right)
        ? -1
        : String(left) > String(right)
          ? 1
          : 0;
  return direction.startsWith('Asc') ? difference : -difference;
}
