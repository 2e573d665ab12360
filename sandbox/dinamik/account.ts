import type { Clock } from '../../src/core/ports.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
export type Values = Readonly<Record<string, Json>>;

/** What stands behind a row by a route of its own. */
export const DETAILS = ['Addresses', 'Emails', 'Phones', 'CustomFields', 'Lines'] as const;
export type Detail = (typeof DETAILS)[number];

const REACHED: readonly Detail[] = ['Addresses', 'Emails', 'Phones', 'CustomFields'];
const BARE = new Set(['Activity', 'Appointment', 'Feedback', 'TicketMessage', 'User', 'Pipeline', 'Automation']);

/** Which of them a controller has routes for. */
export function detailsOf(controller: string): readonly Detail[] {
  if (BARE.has(controller)) return [];
  if (['Company', 'Contact', 'Lead'].includes(controller)) return REACHED;
  return controller === 'Invoice' ? ['Lines'] : ['CustomFields'];
}

/** A value of a field that the customer made. */
export interface CustomField {
  readonly name: string;
  readonly label: string;
  readonly type: CustomFieldType;
  readonly value: Json;
  /** Of a relation: the controller that the value is an id of. */
  readonly module?: string;
}

export type CustomFieldType =
  | 'text'
  | 'number'
  | 'date'
  | 'datetime'
  | 'boolean'
  | 'select'
  | 'multiselect'
  | 'email'
  | 'phone'
  | 'url'
  | 'relation';

export interface Row {
  readonly id: number;
  readonly values: Values;
  readonly details: Partial<Record<Detail, readonly Json[]>>;
  /** Milliseconds. */
  readonly inserted: number;
  readonly updated: number;
}

interface Module {
  readonly rows: Map<number, Row>;
  next: number;
}

export interface Written {
  readonly values?: Values;
  readonly details?: Partial<Record<Detail, readonly Json[]>>;
  /** Left out: now. */
  readonly inserted?: number;
  readonly updated?: number;
}

/** One customer's account: its modules, and their rows with integer ids. */
export class Account {
  readonly #clock: Clock;
  readonly #reuseIds: boolean;
  readonly #modules = new Map<string, Module>();

  constructor(clock: Clock, reuseIds = false) {
    this.#clock = clock;
    this.#reuseIds = reuseIds;
  }

  /** The account has this controller from now on. */
  install(controller: string): void {
    if (!this.#modules.has(controller)) this.#modules.set(controller, { rows: new Map(), next: 1 });
  }

  /** A module that is renamed keeps its rows; `null` removes it. */
  rename(controller: string, name: string | null): void {
    const module = this.#modules.get(controller);
    if (module === undefined) return;
    this.#modules.delete(controller);
    if (name !== null) this.#modules.set(name, module);
  }

  has(controller: string): boolean {
    return this.#modules.has(controller);
  }

  controllers(): readonly string[] {
    return [...this.#modules.keys()];
  }

  /** In the order of their ids. */
  rows(controller: string): readonly Row[] {
    return [...(this.#modules.get(controller)?.rows.values() ?? [])].sort((a, b) => a.id - b.id);
  }

  row(controller: string, id: number): Row | undefined {
    return this.#modules.get(controller)?.rows.get(id);
  }

  create(controller: string, written: Written): Row {
    this.install(controller);
    const module = this.#module(controller);
    let id = module.next;
    if (this.#reuseIds) for (id = 1; module.rows.has(id); ) id += 1;
    module.next = Math.max(module.next, id + 1);
    const now = this.#clock.now();
    const row: Row = {
      id,
      values: written.values ?? {},
      details: written.details ?? {},
      inserted: written.inserted ?? now,
      updated: written.updated ?? written.inserted ?? now,
    };
    module.rows.set(id, row);
    return row;
  }

  update(controller: string, id: number, written: Written): Row {
    const before = this.row(controller, id);
    if (before === undefined) throw new Error(`${controller} has no record ${id}`);
    const row: Row = {
      ...before,
      values: { ...before.values, ...written.values },
      details: { ...before.details, ...written.details },
      inserted: written.inserted ?? before.inserted,
      updated: written.updated ?? this.#clock.now(),
    };
    this.#module(controller).rows.set(id, row);
    return row;
  }

  /** Changes what stands behind a row without a trace in the row itself. */
  updateBehind(controller: string, id: number, details: Row['details']): void {
    const before = this.row(controller, id);
    if (before === undefined) throw new Error(`${controller} has no record ${id}`);
    this.#module(controller).rows.set(id, { ...before, details: { ...before.details, ...details } });
  }

  remove(controller: string, id: number): void {
    if (!this.#module(controller).rows.delete(id)) throw new Error(`${controller} has no record ${id}`);
  }

  #module(controller: string): Module {
    const module = this.#modules.get(controller);
    if (module === undefined) throw new Error(`the account has no module ${controller}`);
    return module;
  }
}
