import { badRequest, invalidFilter } from '../errors.ts';
import { isObject, type Json } from '../json.ts';
import type { Shape } from '../model/shape.ts';
import type { Store } from '../store/store.ts';
import { type Row, valueAt } from '../store/table.ts';
import { compare, type Kind, kindOf } from './comparison.ts';

export const DIRECTIONS = ['AscNullsFirst', 'AscNullsLast', 'DescNullsFirst', 'DescNullsLast'] as const;
export type Direction = (typeof DIRECTIONS)[number];

export function isDirection(value: unknown): value is Direction {
  return DIRECTIONS.some((direction) => direction === value);
}

/** One key to sort by. `path` is as the client wrote it: it is the path in the cursor too. */
export interface SortKey {
  readonly path: readonly string[];
  readonly kind: Kind;
  readonly direction: Direction;
  readonly read: (row: Row) => Json;
}

/** The order asked for, with the id behind it, so that it is total (twenty.md §3). */
export function sortKeys(store: Store, shape: Shape, orderBy: unknown): SortKey[] {
  const entries = Array.isArray(orderBy) ? orderBy.filter(isObject) : isObject(orderBy) ? [orderBy] : [];
  const keys = entries.flatMap((entry) =>
    Object.entries(entry).flatMap(([name, value]) => keysOf(store, shape, name, value)),
  );
  if (keys.some(({ path }) => path.length === 1 && path[0] === 'id')) return keys;
  return [...keys, ...keysOf(store, shape, 'id', 'AscNullsFirst')];
}

function keysOf(store: Store, shape: Shape, name: string, value: unknown): SortKey[] {
  const column = shape.byKey.get(name);
  if (column?.kind === 'composite' && isObject(value)) {
    return Object.entries(value).map(([part, direction]) => ({
      path: [name, part],
      kind: kindOf(column, part),
      direction: checked(direction),
      read: (row) => valueAt(row, [name, part]),
    }));
  }
  if (column !== undefined && column.kind !== 'composite') {
    return [
      { path: [name], kind: kindOf(column, undefined), direction: checked(value), read: (row) => row[name] ?? null },
    ];
  }
  const join = shape.joinByRelation.get(name);
  if (join !== undefined && isObject(value)) {
    const target = store.model.shape(join.target);
    const table = store.table(join.target);
    return Object.entries(value).flatMap(([part, inner]) =>
      keysOf(store, target, part, inner).map((key) => ({
        ...key,
        path: [name, ...key.path],
        read: (row: Row) => {
          const id = row[join.column];
          const parent = typeof id === 'string' ? table.get(id) : undefined;
          return parent === undefined ? null : key.read(parent);
        },
      })),
    );
  }
  throw invalidFilter(`Object ${shape.object.nameSingular} doesn't have any "${name}" field.`);
}

function checked(direction: unknown): Direction {
  if (isDirection(direction)) return direction;
  throw badRequest(
    `'order_by' direction '${String(direction)}' invalid. Allowed values are '${DIRECTIONS.join("', '")}'. eg: ?order_by=field_1[AscNullsFirst],field_2[DescNullsLast],field_3`,
  );
}

function compareValues(key: SortKey, left: Json, right: Json): number {
  if (left === null || right === null) {
    if (left === right) return 0;
    const nullsFirst = key.direction.endsWith('First');
    return (left === null) === nullsFirst ? -1 : 1;
  }
  const difference = compare(key.kind, left, right);
  return key.direction.startsWith('Asc') ? difference : -difference;
}

export function compareRows(keys: readonly SortKey[], left: Row, right: Row): number {
  for (const key of keys) {
    const difference = compareValues(key, key.read(left), key.read(right));
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Base64 of JSON: `{"createdAt":"…","id":"…"}`, in the order of the sort keys (recorded exchanges 45–47). */
export function encodeCursor(keys: readonly SortKey[], row: Row): string {
  const cursor: Record<string, unknown> = {};
  for (const key of keys) {
    let target = cursor;
    for (const step of key.path.slice(0, -1)) {
      const inner = isObject(target[step]) ? target[step] : {};
      target[step] = inner;
      target = inner;
    }
    target[key.path.at(-1) ?? ''] = key.read(row);
  }
  return Buffer.from(JSON.stringify(cursor)).toString('base64');
}

/** Compares rows with the place a cursor names. */
export function cursorComparer(keys: readonly SortKey[], cursor: string): (row: Row) => number {
  const values = decode(cursor);
  const places = keys.map((key) => valueAt(values, key.path));
  return (row) => {
    for (const [index, key] of keys.entries()) {
      const difference = compareValues(key, key.read(row), places[index] ?? null);
      if (difference !== 0) return difference;
    }
    return 0;
  };
}

function decode(cursor: string): { [name: string]: Json } {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64').toString('utf8'));
    if (isObject(parsed)) return parsed as { [name: string]: Json };
  } catch {
    // Refused below, like every other text that is no cursor.
  }
  throw badRequest(`Invalid cursor: ${cursor}`, 'INVALID_CURSOR');
}
