import type { Model } from '../model/model.ts';
import type { Change, Persistence } from './persistence.ts';
import { type Row, Table } from './table.ts';

/** All rows of the workspace in memory, written through to the persistence at `commit`. */
export class Store {
  readonly model: Model;
  readonly #persistence: Persistence | undefined;
  readonly #tables = new Map<string, Table>();
  readonly #changes: Change[] = [];

  constructor(model: Model, persistence?: Persistence) {
    this.model = model;
    this.#persistence = persistence;
    for (const { object, row } of persistence?.rows() ?? []) {
      if (model.object(object) !== undefined) this.table(object).put(row);
    }
  }

  table(object: string): Table {
    const known = this.#tables.get(object);
    if (known !== undefined) return known;
    const table = new Table(this.model.shape(object));
    this.#tables.set(object, table);
    return table;
  }

  put(object: string, row: Row): void {
    this.table(object).put(row);
    if (this.#persistence !== undefined) this.#changes.push({ object, id: row.id, row });
  }

  remove(object: string, id: string): Row | undefined {
    const row = this.table(object).remove(id);
    if (row !== undefined && this.#persistence !== undefined) this.#changes.push({ object, id, row: null });
    return row;
  }

  dropTable(object: string): void {
    for (const id of [...this.table(object).sortedIds()]) this.remove(object, id);
    this.#tables.delete(object);
  }

  /** To be called when the model has changed: indexes and views follow it. */
  modelChanged(): void {
    for (const [object, table] of this.#tables) {
      if (this.model.object(object) !== undefined) table.reshape(this.model.shape(object));
    }
    this.#persistence?.writeModel(this.model);
  }

  /** Makes everything since the last commit durable, as one transaction. */
  commit(): void {
    if (this.#persistence === undefined || this.#changes.length === 0) return;
    this.#persistence.write(this.#changes);
    this.#changes.length = 0;
  }

  close(): void {
    this.commit();
    this.#persistence?.close();
  }
}
