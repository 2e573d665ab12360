import type { CompiledMapping } from '../mapping/model.ts';
import type { LedgerRow, Reason, StateStore } from '../state/state.ts';
import type { Coming } from './deps.ts';
import type { LoadOrder } from './load-order.ts';
import type { ClosedObject } from './object-gates.ts';

interface PhaseDeps {
  readonly state: StateStore;
  moreComing?(source: string, object: string, why: Coming): boolean;
}

/** What keeps records of parents from going, so that nobody waits for them (SPEC.md §10). */
export interface HeldBack {
  /** Objects that another gate closes. */
  readonly closed: readonly ClosedObject[];
  /** Records that share a row with one of a closed object. */
  readonly shut: ReadonlySet<string>;
}

/** What the state counts, of one source. */
interface Counts {
  readonly ledger: ReadonlyMap<string, LedgerRow>;
  /** Objects of which a whole snapshot was taken in. */
  readonly complete: ReadonlySet<string>;
  /** Records that were refused alone and are tried again later, by object. */
  readonly parked: ReadonlyMap<string, number>;
}

/**
 * Objects are loaded in phases: the first load of one begins once the counts say that what its records point at is through,
 * whatever became of it. Only a first load waits; where it has begun, records go as they come, and those of which a
 * parent is not there yet wait for that one by themselves.
 */
export class Phases {
  readonly #deps: PhaseDeps;
  /** Objects whose first load has begun, or was through, as `source/object`: never asked about again in this life. */
  readonly #begun = new Set<string>();
  readonly #through = new Set<string>();

  constructor(deps: PhaseDeps) {
    this.#deps = deps;
  }

  /** The objects whose first load waits, and for whom. */
  async waiting(mapping: CompiledMapping, order: LoadOrder, back: HeldBack): Promise<readonly ClosedObject[]> {
    const { source } = mapping;
    const open = [...order.parents].filter(
      ([object, parents]) => parents.length > 0 && !this.#begun.has(`${source}/${object}`),
    );
    if (open.length === 0) return [];
    const counts = await this.#count(source);
    const found: ClosedObject[] = [];
    for (const [object, parents] of open) {
      if ((order.beside.get(object) ?? [object]).some((one) => hasBegun(counts.ledger.get(one)))) {
        this.#begun.add(`${source}/${object}`);
        continue;
      }
      if (onTheWay(counts.ledger.get(object)) === 0) continue;
      const left = parents.flatMap((parent) => this.#leftOf(source, parent, counts, back) ?? []);
      if (left.length === 0) continue;
      const reason: Reason = { code: 'SINK_PARENTS_LOADING', message: `waiting for ${left.join(', ')}` };
      found.push({ source, object, reason });
    }
    return found;
  }

  async #count(source: string): Promise<Counts> {
    return this.#deps.state.read(async (tx) => ({
      ledger: new Map((await tx.ledger.rows(source)).map((row) => [row.object, row])),
      complete: new Set((await tx.watermarks.latest(source)).map(({ object }) => object)),
      parked: new Map(
        [...Map.groupBy(await tx.retries.counts(source), ({ object }) => object)].map(([object, rows]) => [
          object,
          rows.reduce((sum, { records }) => sum + records, 0),
        ]),
      ),
    }));
  }

  /** In words, what there is still to do of a parent; null where it is through, or nothing of it can go at present. */
  #leftOf(source: string, object: string, counts: Counts, { closed, shut }: HeldBack): string | null {
    const name = `${source}/${object}`;
    if (this.#through.has(name)) return null;
    // Somebody is asked about it, which may take days.
    if (closed.some((one) => one.source === source && one.object === object)) return null;
    const row = counts.ledger.get(object);
    const complete = counts.complete.has(object);
    const back = [...shut].filter((key) => key.startsWith(`${name}/`)).length + (counts.parked.get(object) ?? 0);
    const left = Math.max(0, onTheWay(row) - back);
    const numbers = `${count(left)} of ${count(row?.live ?? 0)} left`;
    if (!complete && this.#deps.moreComing?.(source, object, 'batch') === true)
      return `${object}: still being read, ${numbers} so far`;
    if (left > 0) return `${object}: ${numbers}`;
    if (complete) this.#through.add(name);
    return null;
  }
}

function onTheWay(row: LedgerRow | undefined): number {
  return row?.classes['on-the-way'] ?? 0;
}

/** Something of it was decided. */
function hasBegun(row: LedgerRow | undefined): boolean {
  if (row === undefined) return false;
  const { applied, merged, held, deleted } = row.classes;
  return applied + merged + held + deleted + row.classes['dead-lettered'] + row.classes['delete-held'] > 0;
}

function count(records: number): string {
  return records.toLocaleString('en-GB');
}
