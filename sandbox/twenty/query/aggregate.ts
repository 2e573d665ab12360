import { capitalise, type Json } from '../json.ts';
import type { Column, Shape } from '../model/shape.ts';
import { type Row, valueAt } from '../store/table.ts';

/** A number computed over many rows, under the name GraphQL gives it: `sumSourceChecksum`, `maxCreatedAt`. */
export type Aggregate = (rows: readonly Row[]) => Json;

type Read = (row: Row) => Json;

function present(rows: readonly Row[], read: Read): Json[] {
  return rows.map(read).filter((value) => value !== null);
}

function extreme(read: Read, better: (candidate: Json, best: Json) => boolean): Aggregate {
  return (rows) => {
    let best: Json = null;
    for (const value of present(rows, read)) {
      if (best === null || better(value, best)) best = value;
    }
    return best;
  };
}

function smaller(left: Json, right: Json): boolean {
  return typeof left === 'number' && typeof right === 'number' ? left < right : String(left) < String(right);
}

/** Sums are doubles, as the server's are: large integers lose their last digits (twenty.md §0). */
function sum(read: Read): Aggregate {
  return (rows) => {
    const values = present(rows, read);
    return values.length === 0 ? null : values.reduce<number>((total, value) => total + Number(value), 0);
  };
}

function average(read: Read): Aggregate {
  return (rows) => {
    const values = present(rows, read);
    if (values.length === 0) return null;
    return values.reduce<number>((total, value) => total + Number(value), 0) / values.length;
  };
}

function extremes(into: Map<string, Aggregate>, name: string, read: Read): void {
  into.set(`min${name}`, extreme(read, smaller));
  into.set(
    `max${name}`,
    extreme(read, (left, right) => smaller(right, left)),
  );
}

function numbers(into: Map<string, Aggregate>, name: string, read: Read): void {
  extremes(into, name, read);
  into.set(`sum${name}`, sum(read));
  into.set(`avg${name}`, average(read));
}

function counts(into: Map<string, Aggregate>, name: string, read: Read): void {
  const filled = (rows: readonly Row[]): number => present(rows, read).length;
  const share = (part: number, rows: readonly Row[]): Json => (rows.length === 0 ? null : part / rows.length);
  into.set(
    `countUniqueValues${name}`,
    (rows) => new Set(present(rows, read).map((value) => JSON.stringify(value))).size,
  );
  into.set(`countEmpty${name}`, (rows) => rows.length - filled(rows));
  into.set(`countNotEmpty${name}`, filled);
  into.set(`percentageEmpty${name}`, (rows) => share(rows.length - filled(rows), rows));
  into.set(`percentageNotEmpty${name}`, (rows) => share(filled(rows), rows));
}

/** The value of a column as a whole; a composite without any part counts as empty. */
function wholeValue(column: Column): Read {
  if (column.kind !== 'composite') return (row) => row[column.key] ?? null;
  return (row) => {
    const value = row[column.key] ?? null;
    const parts = typeof value === 'object' && value !== null ? Object.values(value) : [];
    return parts.every((part) => part === null) ? null : value;
  };
}

/** Every aggregate of an object. Relations have none (twenty.md §3). */
export function aggregatesOf(shape: Shape): ReadonlyMap<string, Aggregate> {
  const aggregates = new Map<string, Aggregate>([['totalCount', (rows) => rows.length]]);
  for (const column of shape.columns) {
    if (column.kind === 'join') continue;
    const name = capitalise(column.key);
    const read = wholeValue(column);
    counts(aggregates, name, read);
    switch (column.field.type) {
      case 'NUMBER':
      case 'NUMERIC':
      case 'POSITION':
        numbers(aggregates, name, read);
        break;
      case 'DATE_TIME':
      case 'DATE':
        extremes(aggregates, name, read);
        break;
      case 'CURRENCY':
        numbers(aggregates, `${name}AmountMicros`, (row) => valueAt(row, [column.key, 'amountMicros']));
        break;
      case 'BOOLEAN':
        aggregates.set(`countTrue${name}`, (rows) => rows.filter((row) => read(row) === true).length);
        aggregates.set(`countFalse${name}`, (rows) => rows.filter((row) => read(row) === false).length);
        break;
      default:
    }
  }
  return aggregates;
}
