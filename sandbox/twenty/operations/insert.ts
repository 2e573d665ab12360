import { duplicate } from '../errors.ts';
import type { Json, JsonObject } from '../json.ts';
import { COMPOSITES } from '../model/composites.ts';
import type { Column, Shape } from '../model/shape.ts';
import { covers, type Row, uniqueKey } from '../store/table.ts';
import { checkForeignKeys, checkRow, checkUniques } from './constraints.ts';
import { defaults } from './defaults.ts';
import { type Caller, type Engine, nowText } from './engine.ts';
import { type Prepared, resolved } from './prepare.ts';
import { noteCreated } from './timeline.ts';

/** Inserts all records as one block, or none (O2). Gives the rows in the order given. */
export function insertBlock(engine: Engine, shape: Shape, records: readonly Prepared[], caller: Caller): Row[] {
  const now = nowText(engine);
  const rows = records.map((record) => newRow(engine, shape, resolved(engine, record), caller, now));
  const name = shape.object.nameSingular;
  const ids = new Set<string>();
  const taken = new Set<string>();
  for (const row of rows) {
    checkRow(shape, row);
    if (ids.has(row.id) || engine.store.table(name).get(row.id) !== undefined) throw duplicate();
    ids.add(row.id);
    checkUniques(engine, shape, row);
    for (const index of shape.uniques) {
      const key = covers(index, row) ? uniqueKey(row, index) : undefined;
      if (key === undefined) continue;
      const value = `${index.name} ${key}`;
      if (taken.has(value)) throw duplicate();
      taken.add(value);
    }
  }
  for (const row of rows) checkForeignKeys(engine, shape, row, ids);
  for (const row of rows) engine.store.put(name, row);
  for (const row of rows) noteCreated(engine, shape, row, caller);
  return rows;
}

function newRow(engine: Engine, shape: Shape, values: JsonObject, caller: Caller, now: string): Row {
  const id = values.id;
  const created = values.createdBy;
  const given = typeof created === 'object' && created !== null && !Array.isArray(created) ? created : {};
  const row: Row = {
    ...defaults(shape, now),
    ...withoutComposites(shape, values),
    id: typeof id === 'string' ? id.toLowerCase() : engine.random.uuid(),
    createdAt: text(values.createdAt) ?? now,
    updatedAt: text(values.updatedAt) ?? now,
    deletedAt: text(values.deletedAt),
  };
  for (const column of shape.columns) {
    if (column.kind === 'composite') row[column.key] = wholeComposite(column, values[column.key], row[column.key]);
  }
  if (shape.byKey.has('createdBy')) row.createdBy = { ...caller.actor, ...withoutNulls(given) };
  if (shape.byKey.has('updatedBy')) row.updatedBy = { ...caller.actor };
  return row;
}

function text(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function withoutNulls(parts: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== null));
}

function withoutComposites(shape: Shape, values: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(values).filter(([key]) => shape.byKey.get(key)?.kind !== 'composite'));
}

function wholeComposite(column: Column, sent: Json | undefined, fallback: Json | undefined): JsonObject {
  const parts = Object.keys(COMPOSITES[column.field.type] ?? {});
  const empty: JsonObject = Object.fromEntries(parts.map((part) => [part, null]));
  return { ...empty, ...((sent ?? fallback ?? {}) as JsonObject) };
}
