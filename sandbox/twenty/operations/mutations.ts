import { badRequest, invalidId, permissionDenied, recordNotFound, tooManyRecords } from '../errors.ts';
import { isUuid } from '../identifiers.ts';
import { isObject } from '../json.ts';
import type { Shape } from '../model/shape.ts';
import type { Filter } from '../query/filter.ts';
import { matchingRows } from '../query/find.ts';
import type { Row } from '../store/table.ts';
import type { Caller, Engine } from './engine.ts';
import { insertBlock } from './insert.ts';
import { asRecords, checkIds, prepare, resolved } from './prepare.ts';
import { destroyRow, restoreRow, softDeleteRow } from './remove.ts';
import { updateRow } from './update.ts';
import { upsertRows } from './upsert.ts';

/** Members come by invitation only: a key may neither add nor remove them (recorded exchange 64). */
function guardMembers(shape: Shape, caller: Caller): void {
  if (shape.object.nameSingular === 'workspaceMember' && caller.throttled) throw permissionDenied();
}

export function createRecords(
  engine: Engine,
  shape: Shape,
  data: unknown,
  upsert: boolean,
  caller: Caller,
): readonly Row[] {
  const records = asRecords(data);
  checkIds(records);
  const prepared = prepare(engine, shape, records, true);
  guardMembers(shape, caller);
  const { mostRecords } = engine.traits;
  if (records.length > mostRecords) throw tooManyRecords(mostRecords);
  return upsert ? upsertRows(engine, shape, prepared, caller) : insertBlock(engine, shape, prepared, caller);
}

export function createRecord(engine: Engine, shape: Shape, data: unknown, upsert: boolean, caller: Caller): Row {
  const row = createRecords(engine, shape, [data ?? {}], upsert, caller)[0];
  if (row === undefined) throw recordNotFound();
  return row;
}

function existing(engine: Engine, shape: Shape, id: unknown): Row {
  if (!isUuid(id)) throw invalidId(id);
  const row = engine.store.table(shape.object.nameSingular).get(id.toLowerCase());
  if (row === undefined) throw recordNotFound();
  return row;
}

export function updateRecord(engine: Engine, shape: Shape, id: unknown, data: unknown, caller: Caller): Row {
  if (!isUuid(id)) throw invalidId(id);
  const [prepared] = prepare(engine, shape, asRecords([data]), false);
  const row = existing(engine, shape, id);
  return prepared === undefined ? row : updateRow(engine, shape, row, resolved(engine, prepared), caller);
}

/** Rows a mutation by filter touches: soft-deleted ones too, whatever the filter says. */
function affected(engine: Engine, shape: Shape, filter: unknown): Row[] {
  if (!isObject(filter)) throw badRequest('Filter is required', 'INVALID_QUERY_INPUT');
  checkFilterIds(filter);
  return matchingRows(engine.store, shape, filter, true);
}

function checkFilterIds(filter: Filter): void {
  const ids = isObject(filter.id) ? filter.id.in : undefined;
  if (!Array.isArray(ids)) return;
  for (const id of ids) if (!isUuid(id)) throw invalidId(id);
}

export function updateRecords(engine: Engine, shape: Shape, filter: unknown, data: unknown, caller: Caller): Row[] {
  if (!isObject(filter)) throw badRequest('Filter is required', 'INVALID_QUERY_INPUT');
  const [prepared] = prepare(engine, shape, asRecords([data]), false);
  if (prepared === undefined) return [];
  const values = resolved(engine, prepared);
  return affected(engine, shape, filter).map((row) => updateRow(engine, shape, row, values, caller));
}

export function deleteRecord(engine: Engine, shape: Shape, id: unknown, caller: Caller): Row {
  const row = existing(engine, shape, id);
  guardMembers(shape, caller);
  return softDeleteRow(engine, shape, row, caller);
}

export function deleteRecords(engine: Engine, shape: Shape, filter: unknown, caller: Caller): Row[] {
  guardMembers(shape, caller);
  return affected(engine, shape, filter).map((row) => softDeleteRow(engine, shape, row, caller));
}

export function destroyRecord(engine: Engine, shape: Shape, id: unknown, caller: Caller): Row {
  const row = existing(engine, shape, id);
  guardMembers(shape, caller);
  destroyRow(engine, shape, row);
  return row;
}

export function destroyRecords(engine: Engine, shape: Shape, filter: unknown, caller: Caller): Row[] {
  guardMembers(shape, caller);
  const rows = affected(engine, shape, filter);
  for (const row of rows) destroyRow(engine, shape, row);
  return rows;
}

export function restoreRecord(engine: Engine, shape: Shape, id: unknown, caller: Caller): Row {
  return restoreRow(engine, shape, existing(engine, shape, id), caller);
}

export function restoreRecords(engine: Engine, shape: Shape, filter: unknown, caller: Caller): Row[] {
  return affected(engine, shape, filter).map((row) => restoreRow(engine, shape, row, caller));
}
