import type { Shape } from '../model/shape.ts';
import type { Engine } from './engine.ts';

type Input = Record<string, unknown>;

/**
 * Fills in positions: `"first"` and nothing at all put a record before every other, `"last"` behind. The server answers
 * in the order this leaves: first, last, numbers, the rest. An empty table starts at 0 (recorded exchanges 59, 60, 68).
 */
export function assignPositions(engine: Engine, shape: Shape, records: readonly Input[], fill: boolean): Input[] {
  if (!shape.byKey.has('position')) return [...records];
  const first: Input[] = [];
  const last: Input[] = [];
  const numbered: Input[] = [];
  const rest: Input[] = [];
  for (const record of records) {
    const position = record.position;
    if (position === 'last') last.push(record);
    else if (typeof position === 'number') numbered.push(record);
    else if (position === 'first' || (position === undefined && fill)) first.push(record);
    else rest.push(record);
  }
  if (first.length === 0 && last.length === 0) return [...numbered, ...rest];
  const stored = engine.store.table(shape.object.nameSingular).positions();
  const given = numbered.flatMap(({ position }) => (typeof position === 'number' ? [position] : []));
  const smallest = Math.min(stored.min ?? 1, ...given);
  const largest = Math.max(stored.max ?? 1, ...given);
  return [
    ...first.map((record, index) => ({ ...record, position: smallest - index - 1 })),
    ...last.map((record, index) => ({ ...record, position: largest + index + 1 })),
    ...numbered,
    ...rest,
  ];
}
