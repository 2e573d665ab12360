import type { Json, JsonObject } from '../json.ts';
import { COMPOSITES, type PartKind } from '../model/composites.ts';
import type { Column, Shape } from '../model/shape.ts';
import type { Row } from '../store/table.ts';
import { searchVector } from './search-vector.ts';

/** Adds what only the file store knows to the entries of a FILES field: extension and url. */
export type ShowFiles = (value: Json) => Json;

/** How an empty part is shown. */
const EMPTY: Record<PartKind, Json> = {
  text: '',
  nullableText: null,
  number: null,
  list: [],
  json: null,
  uuid: null,
  source: null,
};

/** A stored value as the API shows it: empty text is "", an empty list is [] (O2, recorded exchanges). */
export function showColumn(shape: Shape, row: Row, column: Column, showFiles: ShowFiles): Json {
  const value = row[column.key] ?? null;
  if (column.kind === 'composite') return showComposite(column, value);
  if (column.kind === 'join') return value;
  switch (column.field.type) {
    case 'TEXT':
      return value ?? '';
    case 'MULTI_SELECT':
    case 'ARRAY':
      return value ?? [];
    case 'TS_VECTOR':
      return searchVector(shape, row);
    case 'FILES':
      return showFiles(value);
    default:
      return value;
  }
}

function showComposite(column: Column & { kind: 'composite' }, value: Json): JsonObject {
  const stored = (value ?? {}) as JsonObject;
  const kinds = COMPOSITES[column.field.type] ?? {};
  const shown: JsonObject = {};
  for (const [part, kind] of Object.entries(kinds)) shown[part] = stored[part] ?? EMPTY[kind];
  return shown;
}

/** All columns of a row: what REST shows at depth 0. */
export function showRow(shape: Shape, row: Row, showFiles: ShowFiles): JsonObject {
  const shown: JsonObject = {};
  for (const column of shape.columns) {
    if (column.field.isActive) shown[column.key] = showColumn(shape, row, column, showFiles);
  }
  return shown;
}
