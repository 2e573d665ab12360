import { badQuery } from '../errors.ts';
import type { Comparator, Expression, Literal, Operand, Primitive } from './expression.ts';

/** What a property holds, as far as comparing goes. `any` takes whatever is there: definitions are of many shapes. */
export type PropertyKind = 'text' | 'number' | 'boolean' | 'guid' | 'instant' | 'any';

export interface Property<T> {
  readonly kind: PropertyKind;
  get(item: T): Primitive;
}

/** Finds a property by its path. Throws a `Refusal` where there is none. */
export type Resolve<T> = (path: readonly string[]) => Property<T>;

export type Predicate<T> = (item: T) => boolean;

export function compile<T>(expression: Expression, resolve: Resolve<T>): Predicate<T> {
  switch (expression.kind) {
    case 'and': {
      const parts = expression.parts.map((part) => compile(part, resolve));
      return (item) => parts.every((part) => part(item));
    }
    case 'or': {
      const parts = expression.parts.map((part) => compile(part, resolve));
      return (item) => parts.some((part) => part(item));
    }
    case 'not': {
      const of = compile(expression.of, resolve);
      return (item) => !of(item);
    }
    case 'compare':
      return comparison(expression.comparator, expression.left, expression.right, resolve);
    case 'contains':
    case 'startswith':
    case 'endswith':
      return textTest(expression.kind, expression.left, expression.right, resolve);
    case 'in': {
      const tests = expression.values.map((literal) =>
        comparison('eq', expression.left, { kind: 'literal', literal }, resolve),
      );
      return (item) => tests.some((test) => test(item));
    }
  }
}

const OPERATION: Readonly<Record<Comparator, string>> = {
  eq: 'Equal',
  ne: 'NotEqual',
  gt: 'GreaterThan',
  ge: 'GreaterThanOrEqual',
  lt: 'LessThan',
  le: 'LessThanOrEqual',
};

const EDM: Readonly<Record<PropertyKind | 'null', string>> = {
  text: 'Edm.String',
  number: 'Edm.Int32',
  boolean: 'Edm.Boolean',
  guid: 'Edm.Guid',
  instant: 'Edm.DateTimeOffset',
  any: 'Edm.Untyped',
  null: 'Edm.Null',
};

function comparison<T>(comparator: Comparator, left: Operand, right: Operand, resolve: Resolve<T>): Predicate<T> {
  const first = operand(left, resolve);
  const second = operand(right, resolve);
  if (!fits(first.kind, second.kind)) {
    throw badQuery(
      `A binary operator with incompatible types was detected. Found operand types '${EDM[first.kind]}' and '${EDM[second.kind]}' for operator kind '${OPERATION[comparator]}'.`,
    );
  }
  const instants = first.kind === 'instant' || second.kind === 'instant';
  return (item) => holds(comparator, normal(first.get(item), instants), normal(second.get(item), instants));
}

interface Side<T> {
  readonly kind: PropertyKind | 'null';
  get(item: T): Primitive;
}

function operand<T>(of: Operand, resolve: Resolve<T>): Side<T> {
  if (of.kind === 'path') return resolve(of.path);
  const { kind, value }: Literal = of.literal;
  return { kind, get: () => value };
}

function fits(left: PropertyKind | 'null', right: PropertyKind | 'null'): boolean {
  return left === right || left === 'any' || right === 'any' || left === 'null' || right === 'null';
}

/** Text is compared as the database does, without regard to case; times by the instant they mean. */
function normal(value: Primitive, instants: boolean): Primitive {
  if (typeof value !== 'string') return value;
  return instants ? Date.parse(value) : value.toLowerCase();
}

function holds(comparator: Comparator, left: Primitive, right: Primitive): boolean {
  if (comparator === 'eq') return left === right;
  if (comparator === 'ne') return left !== right;
  if (left === null || right === null) return false;
  switch (comparator) {
    case 'gt':
      return left > right;
    case 'ge':
      return left >= right;
    case 'lt':
      return left < right;
    case 'le':
      return left <= right;
  }
}

function textTest<T>(
  kind: 'contains' | 'startswith' | 'endswith',
  left: Operand,
  right: Operand,
  resolve: Resolve<T>,
): Predicate<T> {
  const first = operand(left, resolve);
  const second = operand(right, resolve);
  return (item) => {
    const text = first.get(item);
    const part = second.get(item);
    if (typeof text !== 'string' || typeof part !== 'string') return false;
    const [whole, piece] = [text.toLowerCase(), part.toLowerCase()];
    if (kind === 'contains') return whole.includes(piece);
    return kind === 'startswith' ? whole.startsWith(piece) : whole.endsWith(piece);
  };
}

/** Nothing before something, text without regard to case: the order of `$orderby`. */
export function compareValues(left: Primitive, right: Primitive): number {
  if (left === right) return 0;
  if (left === null) return -1;
  if (right === null) return 1;
  const [first, second] = [normal(left, false), normal(right, false)];
  if (first === second) return 0;
  return (first as string) < (second as string) ? -1 : 1;
}
