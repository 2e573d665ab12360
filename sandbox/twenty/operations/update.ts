import { isJsonObject, type JsonObject } from '../json.ts';
import type { Shape } from '../model/shape.ts';
import type { Row } from '../store/table.ts';
import { checkForeignKeys, checkRow, checkUniques } from './constraints.ts';
import { type Caller, type Engine, nowText } from './engine.ts';
import { noteUpdated } from './timeline.ts';

/** Writes values over a stored row: parts of composites are merged, times and `updatedBy` follow (O2, O3). */
export function updateRow(engine: Engine, shape: Shape, row: Row, values: JsonObject, caller: Caller): Row {
  const now = nowText(engine);
  const updatedAt = values.updatedAt;
  const updated: Row = { ...row, updatedAt: typeof updatedAt === 'string' ? updatedAt : now };
  for (const [key, value] of Object.entries(values)) {
    if (key === 'id' || key === 'updatedAt' || key === 'updatedBy') continue;
    const stored = row[key];
    const merge = shape.byKey.get(key)?.kind === 'composite' && isJsonObject(stored) && isJsonObject(value);
    updated[key] = merge ? { ...stored, ...value } : value;
  }
  if (shape.byKey.has('updatedBy')) updated.updatedBy = { ...caller.actor };
  checkRow(shape, updated);
  checkUniques(engine, shape, updated);
  checkForeignKeys(engine, shape, updated);
  engine.store.put(shape.object.nameSingular, updated);
  noteUpdated(engine, shape, row, updated, caller);
  return updated;
}
