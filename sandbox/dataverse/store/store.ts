import { isReference, type Row, type Tombstone, type Values } from './rows.ts';

/** Columns that nearly every row has, at few targets: not worth an index. */
const UNINDEXED = new Set([
  'createdby',
  'modifiedby',
  'ownerid',
  'owninguser',
  'owningteam',
  'owningbusinessunit',
  'transactioncurrencyid',
]);

interface Shelf {
  readonly rows: Map<string, Row>;
  /** Ids in order; undefined once it is out of date. */
  order: readonly string[] | undefined;
  tombstones: Tombstone[];
}

/** All rows of an environment, by table, with one row version for all and what deletes left behind. */
export class Store {
  readonly #shelves = new Map<string, Shelf>();
  /** Target id → rows (`table/id`) that point at it. */
  readonly #referrers = new Map<string, Set<string>>();
  #version = 1_000_000;

  get version(): number {
    return this.#version;
  }

  row(table: string, id: string): Row | undefined {
    return this.#shelves.get(table)?.rows.get(id);
  }

  size(table: string): number {
    return this.#shelves.get(table)?.rows.size ?? 0;
  }

  rows(table: string): IterableIterator<Row> {
    return this.#shelf(table).rows.values();
  }

  /** Ids of a table in ascending order. */
  ids(table: string): readonly string[] {
    const shelf = this.#shelf(table);
    shelf.order ??= [...shelf.rows.keys()].sort();
    return shelf.order;
  }

  /** Rows that point at this id by any but the everyday columns. */
  referrers(id: string): Row[] {
    return [...(this.#referrers.get(id) ?? [])].flatMap((key) => {
      const slash = key.indexOf('/');
      return this.row(key.slice(0, slash), key.slice(slash + 1)) ?? [];
    });
  }

  /** Deletes of a table that are still known, oldest first. */
  tombstones(table: string): readonly Tombstone[] {
    return this.#shelf(table).tombstones;
  }

  /** Writes a row under the next version. */
  put(table: string, id: string, values: Values): Row {
    const shelf = this.#shelf(table);
    const before = shelf.rows.get(id);
    this.#version += 1;
    const row: Row = { id, table, version: this.#version, values };
    if (before === undefined) {
      shelf.order = undefined;
      shelf.tombstones = shelf.tombstones.filter((stone) => stone.id !== id);
    }
    shelf.rows.set(id, row);
    if (before !== undefined) this.#unlink(before);
    this.#link(row);
    return row;
  }

  delete(table: string, id: string, at: number): boolean {
    const shelf = this.#shelf(table);
    const row = shelf.rows.get(id);
    if (row === undefined) return false;
    shelf.rows.delete(id);
    shelf.order = undefined;
    this.#unlink(row);
    this.#version += 1;
    shelf.tombstones.push({ id, table, version: this.#version, at });
    return true;
  }

  /** Moves the version without a row: so that a moment can be told from all rows before it. */
  advance(): number {
    this.#version += 1;
    return this.#version;
  }

  /** Forgets deletes up to a time, or all of them: what change tracking does with what is too old. */
  forgetDeletes(table: string, until = Number.POSITIVE_INFINITY): void {
    const shelf = this.#shelf(table);
    shelf.tombstones = shelf.tombstones.filter(({ at }) => at > until);
  }

  #shelf(table: string): Shelf {
    const known = this.#shelves.get(table);
    if (known !== undefined) return known;
    const made: Shelf = { rows: new Map(), order: undefined, tombstones: [] };
    this.#shelves.set(table, made);
    return made;
  }

  #link(row: Row): void {
    for (const [column, value] of Object.entries(row.values)) {
      if (!isReference(value) || UNINDEXED.has(column)) continue;
      const known = this.#referrers.get(value.id);
      if (known === undefined) this.#referrers.set(value.id, new Set([`${row.table}/${row.id}`]));
      else known.add(`${row.table}/${row.id}`);
    }
  }

  #unlink(row: Row): void {
    for (const [column, value] of Object.entries(row.values)) {
      if (!isReference(value) || UNINDEXED.has(column)) continue;
      const known = this.#referrers.get(value.id);
      known?.delete(`${row.table}/${row.id}`);
      if (known?.size === 0) this.#referrers.delete(value.id);
    }
  }
}
