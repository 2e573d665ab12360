import type { Shape } from '../model/shape.ts';
import type { Store } from '../store/store.ts';
import type { Row, Table } from '../store/table.ts';
import { candidateIds } from './candidates.ts';
import { compileFilter, type Filter, mentionsDeletedAt } from './filter.ts';
import { compareRows, cursorComparer, encodeCursor, type SortKey, sortKeys } from './order.ts';

export interface PageRequest {
  readonly filter?: Filter | undefined;
  readonly orderBy?: unknown;
  readonly limit: number;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
  readonly offset?: number | undefined;
  /** `last` in GraphQL: the page is taken from the end. */
  readonly backward?: boolean | undefined;
}

export interface Page {
  readonly rows: readonly Row[];
  readonly totalCount: number;
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  cursorOf(row: Row): string;
}

/** Rows that match, in no promised order. Soft-deleted ones only where the filter speaks of `deletedAt`. */
export function matchingRows(store: Store, shape: Shape, filter: Filter | undefined, withDeleted?: boolean): Row[] {
  const table = store.table(shape.object.nameSingular);
  const test = compileFilter(store, shape, filter);
  const deletedToo = withDeleted ?? mentionsDeletedAt(filter);
  const candidates = candidateIds(table, shape, filter);
  const found: Row[] = [];
  const source = candidates === undefined ? table.rows() : pick(table, candidates);
  for (const row of source) {
    if ((deletedToo || row.deletedAt === null) && test(row)) found.push(row);
  }
  return found;
}

function* pick(table: { get(id: string): Row | undefined }, ids: Iterable<string>): Generator<Row> {
  for (const id of ids) {
    const row = table.get(id);
    if (row !== undefined) yield row;
  }
}

function byIdOnly(keys: readonly SortKey[]): boolean {
  const key = keys[0];
  return keys.length === 1 && key?.path[0] === 'id' && key.path.length === 1 && key.direction.startsWith('Asc');
}

export function findPage(store: Store, shape: Shape, request: PageRequest): Page {
  const keys = sortKeys(store, shape, request.orderBy);
  const scan = byIdOnly(keys) ? scanPage(store, shape, request, keys) : undefined;
  if (scan !== undefined) return scan;
  const table = store.table(shape.object.nameSingular);
  const ordered =
    byIdOnly(keys) && candidateIds(table, shape, request.filter) === undefined
      ? orderedById(store, shape, request.filter)
      : matchingRows(store, shape, request.filter).sort((left, right) => compareRows(keys, left, right));
  const from = request.after === undefined ? 0 : placeOf(ordered, keys, request.after, false);
  const until = request.before === undefined ? ordered.length : placeOf(ordered, keys, request.before, true);
  const backward = request.backward === true || request.before !== undefined;
  const offset = request.offset ?? 0;
  const start = backward ? Math.max(from, until - request.limit) : from + offset;
  const end = backward ? until : Math.min(until, start + request.limit);
  return {
    rows: ordered.slice(start, end),
    totalCount: ordered.length,
    hasNextPage: !backward && end < until,
    hasPreviousPage: backward && start > from,
    cursorOf: (row) => encodeCursor(keys, row),
  };
}

/** The page a scan asks for: forward by id, no filter. Spares looking at every row for every page. */
function scanPage(store: Store, shape: Shape, request: PageRequest, keys: readonly SortKey[]): Page | undefined {
  const filtered = Object.values(request.filter ?? {}).some((part) => !Array.isArray(part) || part.length > 0);
  if (filtered || request.before !== undefined || request.backward === true || request.offset !== undefined) {
    return undefined;
  }
  const table = store.table(shape.object.nameSingular);
  const ids = table.sortedIds();
  const rows: Row[] = [];
  let index = request.after === undefined ? 0 : afterCursor(table, ids, keys, request.after);
  let more = false;
  for (; index < ids.length && !more; index += 1) {
    const row = table.get(ids[index] ?? '');
    if (row === undefined || row.deletedAt !== null) continue;
    if (rows.length < request.limit) rows.push(row);
    else more = true;
  }
  return {
    rows,
    totalCount: table.liveSize,
    hasNextPage: more,
    hasPreviousPage: false,
    cursorOf: (row) => encodeCursor(keys, row),
  };
}

function afterCursor(table: Table, ids: readonly string[], keys: readonly SortKey[], cursor: string): number {
  const compareWithCursor = cursorComparer(keys, cursor);
  return firstIndex(ids.length, (index) => {
    const row = table.get(ids[index] ?? '');
    return row !== undefined && compareWithCursor(row) > 0;
  });
}

/** Binary search: the first index that satisfies a condition all later ones satisfy too. */
function firstIndex(length: number, satisfies: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (satisfies(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function orderedById(store: Store, shape: Shape, filter: Filter | undefined): Row[] {
  const table = store.table(shape.object.nameSingular);
  const test = compileFilter(store, shape, filter);
  const deletedToo = mentionsDeletedAt(filter);
  const found: Row[] = [];
  for (const row of pick(table, table.sortedIds())) {
    if ((deletedToo || row.deletedAt === null) && test(row)) found.push(row);
  }
  return found;
}

/** Index of the first row behind the cursor (or at it, where `inclusive`). */
function placeOf(rows: readonly Row[], keys: readonly SortKey[], cursor: string, inclusive: boolean): number {
  const compareWithCursor = cursorComparer(keys, cursor);
  return firstIndex(rows.length, (index) => {
    const row = rows[index];
    if (row === undefined) return true;
    const difference = compareWithCursor(row);
    return inclusive ? difference >= 0 : difference > 0;
  });
}
