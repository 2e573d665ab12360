import { invalidDocument, type Refusal } from '../errors.ts';
import { capitalise, isObject, type Json, type JsonObject } from '../json.ts';
import type { Shape } from '../model/shape.ts';
import type { Engine } from '../operations/engine.ts';
import { listRecords, liveChildren, liveParent, MAXIMUM_CHILDREN } from '../operations/queries.ts';
import { aggregatesOf } from '../query/aggregate.ts';
import { matchingRows, type Page, type PageRequest } from '../query/find.ts';
import { encodeCursor, sortKeys } from '../query/order.ts';
import type { Row } from '../store/table.ts';
import { showColumn } from '../values/show.ts';
import type { Selected } from './graphql-document.ts';

/** Records of a page when neither `first` nor `last` is sent. There is no upper bound (O1). */
const DEFAULT_FIRST = 200;

function unknownField(name: string, type: string): Refusal {
  return invalidDocument(`Cannot query field "${name}" on type "${type}".`);
}

/** The selected fields of one record. */
export function selectRecord(engine: Engine, shape: Shape, row: Row, fields: readonly Selected[]): JsonObject {
  const shown: JsonObject = {};
  const type = capitalise(shape.object.nameSingular);
  for (const field of fields) {
    const column = shape.byKey.get(field.name);
    const join = shape.joinByRelation.get(field.name);
    const child = shape.childByRelation.get(field.name);
    if (field.name === '__typename') shown[field.key] = type;
    else if (column?.kind === 'join') shown[field.key] = visibleKey(engine, fields, row, column.join);
    else if (column !== undefined) {
      const value = showColumn(shape, row, column, (files) => engine.files.show(files));
      shown[field.key] =
        column.kind === 'composite' || field.children.length > 0 ? selectParts(value, field.children) : value;
    } else if (join !== undefined) {
      const parent = liveParent(engine, join.target, row[join.column]);
      shown[field.key] =
        parent === undefined ? null : selectRecord(engine, engine.model.shape(join.target), parent, field.children);
    } else if (child !== undefined) {
      const rows = liveChildren(engine, child.child, child.column, row.id);
      shown[field.key] = selectChildren(engine, engine.model.shape(child.child), rows, field.children);
    } else throw unknownField(field.name, type);
  }
  return shown;
}

/**
 * A foreign key to a soft-deleted row is shown as null where the relation is selected too, and truly where it is
 * selected alone (O4): a trap for comparisons, kept on purpose.
 */
function visibleKey(
  engine: Engine,
  fields: readonly Selected[],
  row: Row,
  join: { readonly relation: string; readonly target: string; readonly column: string },
): Json {
  const id = row[join.column] ?? null;
  const both = fields.some(({ name }) => name === join.relation);
  return both && liveParent(engine, join.target, id) === undefined ? null : id;
}

function selectParts(value: Json, fields: readonly Selected[]): Json {
  if (Array.isArray(value)) return value.map((item) => selectParts(item, fields));
  if (!isObject(value) || fields.length === 0) return value;
  const shown: JsonObject = {};
  for (const field of fields) {
    shown[field.key] = selectParts((value[field.name] ?? null) as Json, field.children);
  }
  return shown;
}

function selectChildren(engine: Engine, shape: Shape, rows: readonly Row[], fields: readonly Selected[]): JsonObject {
  const keys = sortKeys(engine.store, shape, undefined);
  const page: Page = {
    rows: rows.slice(0, MAXIMUM_CHILDREN),
    totalCount: rows.length,
    hasNextPage: rows.length > MAXIMUM_CHILDREN,
    hasPreviousPage: false,
    cursorOf: (row) => encodeCursor(keys, row),
  };
  return selectPage(engine, shape, { ...page, shown: page.rows }, fields, () => rows);
}

export function selectConnection(
  engine: Engine,
  shape: Shape,
  given: Readonly<Record<string, unknown>>,
  fields: readonly Selected[],
): JsonObject {
  const first = typeof given.first === 'number' ? given.first : undefined;
  const last = typeof given.last === 'number' ? given.last : undefined;
  const filter = isObject(given.filter) ? given.filter : undefined;
  const request: PageRequest = {
    filter,
    orderBy: given.orderBy,
    limit: first ?? last ?? DEFAULT_FIRST,
    after: typeof given.after === 'string' ? given.after : undefined,
    before: typeof given.before === 'string' ? given.before : undefined,
    offset: typeof given.offset === 'number' ? given.offset : undefined,
    backward: first === undefined && last !== undefined,
  };
  const page = listRecords(engine, shape, request);
  return selectPage(engine, shape, page, fields, () => matchingRows(engine.store, shape, filter));
}

function selectPage(
  engine: Engine,
  shape: Shape,
  page: Page & { readonly shown: readonly Row[] },
  fields: readonly Selected[],
  all: () => readonly Row[],
): JsonObject {
  const shown: JsonObject = {};
  const aggregates = aggregatesOf(shape);
  const type = `${capitalise(shape.object.nameSingular)}Connection`;
  for (const field of fields) {
    const aggregate = aggregates.get(field.name);
    if (field.name === '__typename') shown[field.key] = type;
    else if (field.name === 'edges') {
      shown[field.key] = page.shown.map((row) => selectEdge(engine, shape, page, row, field.children));
    } else if (field.name === 'pageInfo') shown[field.key] = selectParts(pageInfo(page), field.children);
    else if (field.name === 'totalCount') shown[field.key] = page.totalCount;
    else if (aggregate !== undefined) shown[field.key] = aggregate(all());
    else throw unknownField(field.name, type);
  }
  return shown;
}

function pageInfo(page: Page): JsonObject {
  const first = page.rows[0];
  const last = page.rows.at(-1);
  return {
    startCursor: first === undefined ? null : page.cursorOf(first),
    endCursor: last === undefined ? null : page.cursorOf(last),
    hasNextPage: page.hasNextPage,
    hasPreviousPage: page.hasPreviousPage,
  };
}

function selectEdge(engine: Engine, shape: Shape, page: Page, row: Row, fields: readonly Selected[]): JsonObject {
  const type = `${capitalise(shape.object.nameSingular)}Edge`;
  const shown: JsonObject = {};
  for (const field of fields) {
    if (field.name === 'node') shown[field.key] = selectRecord(engine, shape, row, field.children);
    else if (field.name === 'cursor') shown[field.key] = page.cursorOf(row);
    else if (field.name === '__typename') shown[field.key] = type;
    else throw unknownField(field.name, type);
  }
  return shown;
}
