import type { CompiledMapping } from '../mapping/model.ts';
import type { Fence } from './caller.ts';
import { dueRows } from './due.ts';
import { type LoadOrder, LoadOrders } from './load-order.ts';
import { type ClosedObject, closedObjects, type ObjectGate, objectName } from './object-gates.ts';
import { Phases } from './phases.ts';
import { planned, type WriterParts } from './writer-parts.ts';

/** Takes what is due of open objects, parents first, and plans it in one transaction (SPEC.md §3). */
export class Planning {
  readonly #parts: WriterParts;
  readonly #gates: readonly ObjectGate[];
  readonly #orders = new LoadOrders();
  readonly #phases: Phases;
  #closed: readonly ClosedObject[] = [];
  #waiting: readonly ClosedObject[] = [];

  constructor(parts: WriterParts, gates: readonly ObjectGate[]) {
    this.#parts = parts;
    this.#gates = gates;
    this.#phases = new Phases(parts.deps);
  }

  /** Objects that a gate closes. */
  get closed(): readonly ClosedObject[] {
    return this.#closed;
  }

  /** Objects whose first load waits for that of their parents. */
  get waiting(): readonly ClosedObject[] {
    return this.#waiting;
  }

  /** Returns how many records were planned. */
  async plan(fence: Fence): Promise<number> {
    const { deps, options, desk, left } = this.#parts;
    const room = options.passSize - desk.queue.size;
    if (room <= 0) return 0;
    const began = deps.clock.monotonic();
    await this.#askGates();
    const except = new Set([...desk.held(), ...left]);
    const result = await deps.state.transaction(async (tx) => {
      const rows = await dueRows(tx, deps.mappings(), {
        now: deps.clock.now(),
        limit: room,
        except,
        exceptAt: left.shut,
        closed: new Set([...(await desk.closedIn(tx)), ...this.#waiting.map(objectName)]),
        orderOf: (mapping) => this.#orderOf(mapping),
      });
      if (rows.length === 0) return null;
      const released = rows.some((row) => row.attempt > 0 && row.dueAt !== null);
      if (released) deps.steps.reached('before-release');
      await fence.verify(tx);
      return { rows: rows.length, released, planned: await desk.plan(tx, rows) };
    });
    if (result === null) return 0;
    if (result.released) deps.steps.reached('after-release');
    planned(this.#parts, result.planned);
    if (result.planned.later.length > 0) left.planned(deps.clock.monotonic() - began);
    return result.rows;
  }

  /** Which objects are closed, and which first loads wait for others (SPEC.md §10). */
  async #askGates(): Promise<void> {
    const { deps, desk, left } = this.#parts;
    const closed = await closedObjects(this.#gates, deps.mappings());
    this.#closed = closed;
    desk.close(closed);
    left.closed(new Set(closed.map(objectName)));
    const waiting: ClosedObject[] = [];
    for (const mapping of deps.mappings()) {
      const back = { closed, shut: new Set(left.shut.keys()) };
      waiting.push(...(await this.#phases.waiting(mapping, this.#orderOf(mapping), back)));
    }
    this.#waiting = waiting;
  }

  #orderOf(mapping: CompiledMapping): LoadOrder {
    return this.#orders.of(mapping, this.#parts.deps.twenty.workspace());
  }
}
