import { inspect } from 'node:util';
import { invalidFilter } from '../errors.ts';
import { isUuid } from '../identifiers.ts';
import { isObject, type Json } from '../json.ts';
import { COMPOSITES } from '../model/composites.ts';
import type { Column, Shape } from '../model/shape.ts';
import type { Store } from '../store/store.ts';
import { type Row, valueAt } from '../store/table.ts';
import { compare, type Kind, kindOf, operand } from './comparison.ts';

export type Filter = Record<string, unknown>;
export type Test = (row: Row) => boolean;

/** True where `deletedAt` stands anywhere: only then are soft-deleted rows seen (twenty.md §1). */
export function mentionsDeletedAt(filter: unknown): boolean {
  if (Array.isArray(filter)) return filter.some(mentionsDeletedAt);
  if (!isObject(filter)) return false;
  return Object.entries(filter).some(([key, value]) => key === 'deletedAt' || mentionsDeletedAt(value));
}

/** Parts of a filter as a list: `and` comes as an array, or as one object. */
function parts(value: unknown): Filter[] {
  if (Array.isArray(value)) return value.filter(isObject);
  return isObject(value) ? [value] : [];
}

export function compileFilter(store: Store, shape: Shape, filter: Filter | undefined): Test {
  const tests = Object.entries(filter ?? {}).flatMap(([key, value]) => {
    if (value === undefined || value === null) return [];
    if (key === 'and') return parts(value).map((part) => compileFilter(store, shape, part));
    if (key === 'or') return [anyOf(parts(value).map((part) => compileFilter(store, shape, part)))];
    if (key === 'not') return [negate(compileFilter(store, shape, isObject(value) ? value : {}))];
    return [compileField(store, shape, key, value)];
  });
  return (row) => tests.every((test) => test(row));
}

function anyOf(tests: readonly Test[]): Test {
  return tests.length === 0 ? () => true : (row) => tests.some((test) => test(row));
}

function negate(test: Test): Test {
  return (row) => !test(row);
}

function compileField(store: Store, shape: Shape, key: string, value: unknown): Test {
  const name = shape.object.nameSingular;
  const column = shape.byKey.get(key);
  if (column !== undefined) return compileColumn(column, key, value);
  const join = shape.joinByRelation.get(key);
  if (join !== undefined && isObject(value)) {
    const target = compileFilter(store, store.model.shape(join.target), value);
    const table = store.table(join.target);
    return (row) => {
      const id = row[join.column];
      const parent = typeof id === 'string' ? table.get(id) : undefined;
      return parent !== undefined && target(parent);
    };
  }
  throw invalidFilter(
    `Object ${name} doesn't have any "${key}" field.`,
    `Invalid filter : ${name} object doesn't have any "${key}" field.`,
  );
}

function compileColumn(column: Column, key: string, value: unknown): Test {
  if (!isObject(value)) throw invalidFilter(`Invalid filter value ${inspect(value)} for field "${key}"`);
  if (column.kind !== 'composite') {
    return compileOperator([key], kindOf(column, undefined), key, value);
  }
  const known = COMPOSITES[column.field.type] ?? {};
  const tests = Object.entries(value).map(([part, inner]) => {
    if (!Object.hasOwn(known, part)) {
      throw invalidFilter(`Sub field "${part}" not found for composite field "${key}"`);
    }
    if (!isObject(inner)) throw invalidFilter(`Invalid filter value ${inspect(inner)} for field "${key}.${part}"`);
    return compileOperator([key, part], kindOf(column, part), `${key}.${part}`, inner);
  });
  return (row) => tests.every((test) => test(row));
}

/** One operator per field: bounds on both sides go into `and` (twenty.md §0). */
function compileOperator(path: readonly string[], kind: Kind, name: string, filter: Filter): Test {
  const entries = Object.entries(filter);
  const [operator, value] = entries[0] ?? [];
  if (entries.length !== 1 || operator === undefined) {
    throw invalidFilter(`Filter for field "${name}" must have exactly one operator`);
  }
  const read: (row: Row) => Json =
    path.length === 1 ? (row) => row[path[0] ?? ''] ?? null : (row) => valueAt(row, path);
  const compile = OPERATORS[operator];
  if (compile === undefined) throw invalidFilter(`Operator "${operator}" is not supported for field "${name}"`);
  const test = compile(kind, value, name);
  return (row) => test(read(row));
}

type Compile = (kind: Kind, value: unknown, name: string) => (stored: Json) => boolean;

function checkUuid(kind: Kind, value: unknown, name: string): void {
  if (kind === 'uuid' && value !== null && !isUuid(value)) {
    throw invalidFilter(`Invalid UUID value ${inspect(value)} for field "${name}"`);
  }
}

function ordered(accept: (difference: number) => boolean): Compile {
  return (kind, value, name) => {
    checkUuid(kind, value, name);
    const bound = operand(kind, value, name);
    return (stored) => stored !== null && bound !== null && accept(compare(kind, stored, bound));
  };
}

function pattern(toExpression: (text: string) => RegExp): Compile {
  return (_kind, value) => {
    const expression = toExpression(String(value));
    return (stored) => stored !== null && expression.test(typeof stored === 'string' ? stored : JSON.stringify(stored));
  };
}

/** SQL's LIKE: `%` any text, `_` any character, a backslash takes the meaning from the next one. */
function likeExpression(text: string, flags: string): RegExp {
  const source = text.replace(/\\(.)|%|_|[^\\%_]+|\\$/gsu, (part, literal?: string) => {
    if (literal !== undefined) return escaped(literal);
    if (part === '%') return '.*';
    return part === '_' ? '.' : escaped(part);
  });
  return new RegExp(`^${source}$`, `${flags}s`);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

const OPERATORS: Readonly<Record<string, Compile>> = {
  eq: (kind, value, name) => {
    checkUuid(kind, value, name);
    const wanted = operand(kind, value, name);
    return (stored) => (wanted === null ? stored === null : stored !== null && compare(kind, stored, wanted) === 0);
  },
  neq: (kind, value, name) => {
    checkUuid(kind, value, name);
    const unwanted = operand(kind, value, name);
    return (stored) => (unwanted === null ? stored !== null : stored !== null && compare(kind, stored, unwanted) !== 0);
  },
  in: (kind, value, name) => {
    if (!Array.isArray(value)) throw invalidFilter(`Invalid filter value ${inspect(value)} for field "${name}"`);
    for (const item of value) checkUuid(kind, item, name);
    const wanted = new Set(value.map((item) => operand(kind, item, name)));
    return (stored) => wanted.has(typeof stored === 'object' && stored !== null ? JSON.stringify(stored) : stored);
  },
  is: (_kind, value, name) => {
    if (value === 'NULL') return (stored) => stored === null;
    if (value === 'NOT_NULL') return (stored) => stored !== null;
    throw invalidFilter(`Invalid filter value ${inspect(value)} for field "${name}"`);
  },
  gt: ordered((difference) => difference > 0),
  gte: ordered((difference) => difference >= 0),
  lt: ordered((difference) => difference < 0),
  lte: ordered((difference) => difference <= 0),
  like: pattern((text) => likeExpression(text, 'u')),
  ilike: pattern((text) => likeExpression(text, 'iu')),
  startsWith: pattern((text) => new RegExp(`^${escaped(text)}`, 'u')),
  endsWith: pattern((text) => new RegExp(`${escaped(text)}$`, 'u')),
  containsAny: (_kind, value, name) => {
    if (!Array.isArray(value)) throw invalidFilter(`Invalid filter value ${inspect(value)} for field "${name}"`);
    const wanted = new Set(value.map(String));
    return (stored) => Array.isArray(stored) && stored.some((item) => wanted.has(String(item)));
  },
  isEmptyArray: () => (stored) => stored === null || (Array.isArray(stored) && stored.length === 0),
};
