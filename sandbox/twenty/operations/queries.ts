import { invalidId, recordNotFound } from '../errors.ts';
import { isUuid } from '../identifiers.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Shape } from '../model/shape.ts';
import type { Filter } from '../query/filter.ts';
import { findPage, matchingRows, type Page, type PageRequest } from '../query/find.ts';
import type { Row } from '../store/table.ts';
import { showRow } from '../values/show.ts';
import type { Engine } from './engine.ts';

/** Children shown of one parent at most (O1, QUERY_MAX_RECORDS_FROM_RELATION). */
export const MAXIMUM_CHILDREN = 60;

export function findRecord(engine: Engine, shape: Shape, id: string): Row {
  if (!isUuid(id)) throw invalidId(id);
  const row = engine.store.table(shape.object.nameSingular).get(id.toLowerCase());
  if (row === undefined || row.deletedAt !== null) throw recordNotFound();
  return row;
}

export function findFirst(engine: Engine, shape: Shape, filter: Filter | undefined): Row | undefined {
  return matchingRows(engine.store, shape, filter)[0];
}

/** A page, with what the server hides taken out of it afterwards: count and cursors still speak of all rows. */
export function listRecords(engine: Engine, shape: Shape, request: PageRequest): Page & { shown: readonly Row[] } {
  const page = findPage(engine.store, shape, request);
  return { ...page, cursorOf: page.cursorOf, shown: page.rows.filter((row) => isVisible(engine, shape, row)) };
}

/**
 * Calendar events are shown to an API key only through a calendar channel: one without an association is missing from
 * the list although it counts (recorded exchanges 68 and 69).
 */
function isVisible(engine: Engine, shape: Shape, row: Row): boolean {
  if (shape.object.nameSingular !== 'calendarEvent') return true;
  return engine.store.table('calendarChannelEventAssociation').byJoin('calendarEventId', row.id).length > 0;
}

export function liveChildren(engine: Engine, child: string, column: string, parent: string): Row[] {
  const table = engine.store.table(child);
  return table.byJoin(column, parent).flatMap((id) => {
    const row = table.get(id);
    return row === undefined || row.deletedAt !== null ? [] : [row];
  });
}

export function liveParent(engine: Engine, target: string, id: Json | undefined): Row | undefined {
  const row = typeof id === 'string' ? engine.store.table(target).get(id) : undefined;
  return row?.deletedAt === null ? row : undefined;
}

/** A record as REST shows it; at depth 1 with its parents and up to 60 children of each kind. */
export function showRecord(engine: Engine, shape: Shape, row: Row, depth: number): JsonObject {
  const showFiles = (value: Json): Json => engine.files.show(value);
  const shown = showRow(shape, row, showFiles);
  if (depth === 0) return shown;
  for (const { relation, target, column } of shape.joins) {
    const parent = liveParent(engine, target, row[column]);
    shown[relation] = parent === undefined ? null : showRow(engine.model.shape(target), parent, showFiles);
  }
  for (const { relation, child, column } of shape.children) {
    const childShape = engine.model.shape(child);
    shown[relation] = liveChildren(engine, child, column, row.id)
      .slice(0, MAXIMUM_CHILDREN)
      .map((childRow) => showRow(childShape, childRow, showFiles));
  }
  return shown;
}
