/** A set of whole numbers as spans without gaps, ends included: ids are mostly in a row, so it stays small in a checkpoint. */
export type Intervals = readonly (readonly [from: number, to: number])[];

export const NOTHING: Intervals = [];

export function includes(set: Intervals, value: number): boolean {
  let low = 0;
  let high = set.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [from, to] = set[middle] ?? [0, 0];
    if (value < from) high = middle - 1;
    else if (value > to) low = middle + 1;
    else return true;
  }
  return false;
}

/** Both sets in one. */
export function added(set: Intervals, values: readonly number[]): Intervals {
  const spans = [
    ...set.map(([from, to]): [number, number] => [from, to]),
    ...values.map((one): [number, number] => [one, one]),
  ];
  spans.sort(([a], [b]) => a - b);
  const merged: [number, number][] = [];
  for (const [from, to] of spans) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

/** The first without these values. */
export function without(set: Intervals, values: Iterable<number>): Intervals {
  const away = new Set(values);
  if (set.length === 0 || away.size === 0) return set;
  return added(
    NOTHING,
    valuesOf(set).filter((value) => !away.has(value)),
  );
}

/** One by one, in order. */
export function valuesOf(set: Intervals): readonly number[] {
  return set.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, at) => from + at));
}

export function sizeOf(set: Intervals): number {
  return set.reduce((sum, [from, to]) => sum + to - from + 1, 0);
}

/** The largest value; 0 of an empty set. */
export function highest(set: Intervals): number {
  return set.at(-1)?.[1] ?? 0;
}
