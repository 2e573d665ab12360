import type { JsonObject } from '../../src/core/exact-json.ts';
import type { Clock } from '../../src/core/ports.ts';
import type { Client } from './client.ts';
import { type DetailRows, type Details, scalarText } from './details.ts';
import { allRows, type Lists } from './lists.ts';
import type { Module } from './modules.ts';

/** A row of another module, with its details. */
export interface Joined {
  readonly row: JsonObject;
  readonly details: DetailRows;
}

export interface JoinParts {
  readonly client: Client;
  readonly lists: Lists;
  readonly details: Details;
  readonly clock: Clock;
  readonly module: (name: string) => Module | null;
}

interface Held {
  readonly at: number;
  readonly byParent: Promise<ReadonlyMap<string, readonly Joined[]>>;
}

/** A list that was read for one record serves all others for so long, milliseconds. */
const FRESH_MS = 60_000;

/** Rows of one module by the record of another that they belong to: invoices of a deal, messages of a ticket. */
export class Joins {
  readonly #parts: JoinParts;
  readonly #held = new Map<string, Held>();
  /** Details by row, so that only rows that changed cost calls. */
  readonly #details = new Map<string, Joined>();

  constructor(parts: JoinParts) {
    this.#parts = parts;
  }

  /** Empty where the module is not read, or the account has none. In the order of their ids. */
  async of(module: string, parentField: string, parent: number): Promise<readonly Joined[]> {
    const name = `${module}/${parentField}`;
    const now = this.#parts.clock.monotonic();
    const held = this.#held.get(name);
    const fresh =
      held !== undefined && now - held.at < FRESH_MS ? held : { at: now, byParent: this.#read(module, parentField) };
    this.#held.set(name, fresh);
    fresh.byParent.catch(() => this.#held.delete(name));
    return (await fresh.byParent).get(String(parent)) ?? [];
  }

  /** From now on lists are read anew: at the beginning of a look at everything. */
  forget(): void {
    this.#held.clear();
  }

  async #read(name: string, parentField: string): Promise<ReadonlyMap<string, readonly Joined[]>> {
    const { client, lists, details } = this.#parts;
    const module = this.#parts.module(name);
    const byParent = new Map<string, Joined[]>();
    if (module === null) return byParent;
    const rows = [...((await allRows(client, lists, module.controller)) ?? [])].sort(
      (a, b) => Number(a.id) - Number(b.id),
    );
    const joined = await Promise.all(
      rows.map(async (row): Promise<Joined | null> => {
        const key = `${name}/${String(row.id)}`;
        const known = this.#details.get(key);
        if (known !== undefined && JSON.stringify(known.row) === JSON.stringify(row)) return known;
        const found = await details.of(module, row);
        if (found === null) return null;
        const one = { row, details: found };
        this.#details.set(key, one);
        return one;
      }),
    );
    for (const one of joined) {
      const parent = scalarText(one?.row[parentField]);
      if (one === null || parent === null) continue;
      byParent.set(parent, [...(byParent.get(parent) ?? []), one]);
    }
    return byParent;
  }
}
