import { compareValues, type Property } from '../odata/evaluate.ts';
import type { Primitive } from '../odata/expression.ts';
import type { Position } from '../odata/tokens.ts';
import type { Row } from '../store/rows.ts';

export interface Ordering {
  readonly property: Property<Row>;
  readonly sign: number;
}

export function compareRows(order: readonly Ordering[], left: Row, right: Row): number {
  for (const { property, sign } of order) {
    const result = compareValues(property.get(left), property.get(right)) * sign;
    if (result !== 0) return result;
  }
  return left.id < right.id ? -1 : left.id > right.id ? 1 : 0;
}

/** Place of the first row behind the last one of the page before, whether that row is still there or not. */
export function firstAfter(rows: readonly Row[], order: readonly Ordering[], { last, lastId }: Position): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBehind(rows[middle] as Row, order, last, lastId)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function isBehind(row: Row, order: readonly Ordering[], last: readonly Primitive[], lastId: string): boolean {
  for (const [index, { property, sign }] of order.entries()) {
    const result = compareValues(property.get(row), last[index] ?? null) * sign;
    if (result !== 0) return result > 0;
  }
  return row.id > lastId;
}
