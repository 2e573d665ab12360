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

interface Held<T> {
  readonly value: Promise<T>;
  /** When it had been read, by the monotonic clock; null while it is being read. */
  readAt: number | null;
}

/** A list that was read for one record serves all others for so long, milliseconds. */
const FRESH_MS = 60_000;

/** Lists by name. One that is still being read is waited for, however long that takes. */
class Lent<T> {
  readonly #clock: Clock;
  readonly #held = new Map<string, Held<T>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(name: string, read: () => Promise<T>): Promise<T> {
    const known = this.#held.get(name);
    if (known !== undefined && (known.readAt === null || this.#clock.monotonic() - known.readAt < FRESH_MS))
      return known.value;
    const held: Held<T> = { value: read(), readAt: null };
    this.#held.set(name, held);
    held.value.then(
      () => {
        held.readAt = this.#clock.monotonic();
      },
      () => {
        if (this.#held.get(name) === held) this.#held.delete(name);
      },
    );
    return held.value;
  }

  forget(): void {
    this.#held.clear();
  }
}

/** Rows of one module by the record of another that they belong to: invoices of a deal, messages of a ticket, the ticket of a message. */
export class Joins {
  readonly #parts: JoinParts;
  readonly #byParent: Lent<ReadonlyMap<string, readonly Joined[]>>;
  readonly #byId: Lent<ReadonlyMap<string, JsonObject>>;
  readonly #single: Lent<JsonObject | null>;
  /** Details by row, so that only rows that changed cost calls. */
  readonly #details = new Map<string, Joined>();

  constructor(parts: JoinParts) {
    this.#parts = parts;
    this.#byParent = new Lent(parts.clock);
    this.#byId = new Lent(parts.clock);
    this.#single = new Lent(parts.clock);
  }

  /** Empty where the module is not read, or the account has none. In the order of their ids. */
  async of(module: string, parentField: string, parent: number): Promise<readonly Joined[]> {
    const byParent = await this.#byParent.get(`${module}/${parentField}`, () => this.#read(module, parentField));
    return byParent.get(String(parent)) ?? [];
  }

  /** The row with this id, without its details; null where there is none, or the module is not read. */
  async row(name: string, id: string): Promise<JsonObject | null> {
    const module = this.#parts.module(name);
    if (module === null) return null;
    const listed = (await this.#byId.get(name, () => this.#readRows(module))).get(id);
    // A list may be cut off, or have moved while it was read: that a row is not in it proves nothing.
    return listed ?? this.#single.get(`${name}/${id}`, () => this.#readRow(module, id));
  }

  /** From now on lists are read anew: at the beginning of a look at everything. */
  forget(): void {
    this.#byParent.forget();
    this.#byId.forget();
    this.#single.forget();
  }

  async #readRows({ controller }: Module): Promise<ReadonlyMap<string, JsonObject>> {
    const { client, lists } = this.#parts;
    const rows = await allRows(client, lists, controller);
    return new Map((rows ?? []).map((row) => [String(row.id), row]));
  }

  async #readRow({ controller }: Module, id: string): Promise<JsonObject | null> {
    const { client, lists } = this.#parts;
    if (!/^\d+$/.test(id) || (await lists.of(controller)).kind === 'absent') return null;
    const answer = await client.get(`${controller}/GetById/${id}`);
    return answer.kind === 'entity' ? answer.entity : null;
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
