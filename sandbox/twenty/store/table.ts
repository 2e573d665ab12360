import type { Json, JsonObject } from '../json.ts';
import type { Shape, UniqueIndex } from '../model/shape.ts';
import { SortedIds } from './sorted-ids.ts';

/** A stored row: field (or foreign key) → value. Empty text and empty lists are stored as null. */
export type Row = JsonObject & { id: string; createdAt: string; updatedAt: string; deletedAt: string | null };

export function valueAt(row: JsonObject, path: readonly string[]): Json {
  let value: Json = row;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    value = value[step] ?? null;
  }
  return value;
}

/** The key of a row in a unique index, or undefined where one of its values is null: nulls never collide. */
export function uniqueKey(row: JsonObject, index: UniqueIndex): string | undefined {
  const values = index.paths.map((path) => valueAt(row, path));
  if (values.some((value) => value === null)) return undefined;
  return values.length === 1 && typeof values[0] === 'string' ? values[0] : JSON.stringify(values);
}

/** Whether the row takes part in the index. */
export function covers(index: UniqueIndex, row: Row): boolean {
  return !index.onlyLive || row.deletedAt === null;
}

/** One object's rows with the indexes the simulator needs: id order, unique values, foreign keys, positions. */
export class Table {
  readonly #rows = new Map<string, Row>();
  readonly #ids = new SortedIds();
  #shape: Shape;
  #uniques = new Map<string, Map<string, string>>();
  /** Soft-deleted rows, by the values of indexes that cover live ones only; of several with one value the last. */
  #deleted = new Map<string, Map<string, string>>();
  #joins = new Map<string, Map<string, Set<string>>>();
  #live = 0;
  #positions: { min: number | null; max: number | null } | undefined = { min: null, max: null };

  constructor(shape: Shape) {
    this.#shape = shape;
    this.#index(shape);
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Rows that are not soft-deleted. */
  get liveSize(): number {
    return this.#live;
  }

  get(id: string): Row | undefined {
    return this.#rows.get(id);
  }

  rows(): IterableIterator<Row> {
    return this.#rows.values();
  }

  /** Ids in the order of the database's uuid type, which for lower-case text is the order of the text. */
  sortedIds(): readonly string[] {
    return this.#ids.list();
  }

  /** The row that keeps others from the value. */
  byUnique(index: UniqueIndex, key: string): string | undefined {
    return this.#uniques.get(index.name)?.get(key);
  }

  /** The row that an upsert with the value means: it looks for the columns of an index, and not at its clause. */
  byUniqueColumns(index: UniqueIndex, key: string): string | undefined {
    return this.byUnique(index, key) ?? this.#deleted.get(index.name)?.get(key);
  }

  byJoin(column: string, target: string): readonly string[] {
    return [...(this.#joins.get(column)?.get(target) ?? [])];
  }

  /** Smallest and largest position of the live rows. */
  positions(): { readonly min: number | null; readonly max: number | null } {
    if (this.#positions !== undefined) return this.#positions;
    const found: { min: number | null; max: number | null } = { min: null, max: null };
    for (const row of this.#rows.values()) widen(found, row);
    this.#positions = found;
    return found;
  }

  put(row: Row): void {
    const before = this.#rows.get(row.id);
    if (before === undefined) this.#ids.add(row.id);
    else this.#unlink(before);
    if (before?.deletedAt === null) this.#live -= 1;
    if (row.deletedAt === null) this.#live += 1;
    this.#rows.set(row.id, row);
    this.#link(row);
  }

  remove(id: string): Row | undefined {
    const row = this.#rows.get(id);
    if (row === undefined) return undefined;
    this.#unlink(row);
    if (row.deletedAt === null) this.#live -= 1;
    this.#rows.delete(id);
    this.#ids.remove(id);
    return row;
  }

  /** Makes the indexes anew after a change of the model. Throws the duplicate value where a unique index cannot be built. */
  reshape(shape: Shape): void {
    this.#shape = shape;
    this.#index(shape);
    for (const row of this.#rows.values()) this.#link(row);
  }

  /** The first value two rows share in an index that is yet to be made. */
  firstDuplicate(index: UniqueIndex): string | undefined {
    const seen = new Set<string>();
    for (const row of this.#rows.values()) {
      const key = covers(index, row) ? uniqueKey(row, index) : undefined;
      if (key !== undefined && seen.has(key)) return key;
      if (key !== undefined) seen.add(key);
    }
    return undefined;
  }

  #index(shape: Shape): void {
    this.#uniques = new Map(shape.uniques.map(({ name }) => [name, new Map<string, string>()]));
    this.#deleted = new Map(shape.uniques.map(({ name }) => [name, new Map<string, string>()]));
    this.#joins = new Map(shape.joins.map(({ column }) => [column, new Map<string, Set<string>>()]));
  }

  #heldIn(index: UniqueIndex, row: Row): Map<string, string> | undefined {
    return (covers(index, row) ? this.#uniques : this.#deleted).get(index.name);
  }

  #link(row: Row): void {
    for (const index of this.#shape.uniques) {
      const key = uniqueKey(row, index);
      if (key !== undefined) this.#heldIn(index, row)?.set(key, row.id);
    }
    for (const [column, targets] of this.#joins) {
      const target = row[column];
      if (typeof target !== 'string') continue;
      const ids = targets.get(target);
      if (ids === undefined) targets.set(target, new Set([row.id]));
      else ids.add(row.id);
    }
    if (this.#positions !== undefined) widen(this.#positions, row);
  }

  #unlink(row: Row): void {
    for (const index of this.#shape.uniques) {
      const key = uniqueKey(row, index);
      const held = this.#heldIn(index, row);
      if (key !== undefined && held?.get(key) === row.id) held.delete(key);
    }
    for (const [column, targets] of this.#joins) {
      const target = row[column];
      if (typeof target !== 'string') continue;
      const ids = targets.get(target);
      ids?.delete(row.id);
      if (ids?.size === 0) targets.delete(target);
    }
    const position = row.position;
    if (this.#positions !== undefined && (position === this.#positions.min || position === this.#positions.max)) {
      this.#positions = undefined;
    }
  }
}

function widen(found: { min: number | null; max: number | null }, row: Row): void {
  const position = row.position;
  if (typeof position !== 'number' || row.deletedAt !== null) return;
  if (found.min === null || position < found.min) found.min = position;
  if (found.max === null || position > found.max) found.max = position;
}
