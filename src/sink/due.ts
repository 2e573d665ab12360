import type { CompiledMapping } from '../mapping/model.ts';
import type { RecordRow, StateTransaction } from '../state/state.ts';
import type { LoadOrder } from './load-order.ts';
import type { ClosedObject } from './object-gates.ts';

interface DueOptions {
  readonly now: number;
  readonly limit: number;
  readonly except: ReadonlySet<string>;
  /** Objects of which nothing is taken at present. */
  readonly closed: readonly ClosedObject[];
  orderOf(mapping: CompiledMapping): LoadOrder;
}

/** The objects of a source, parents first (TW-1); those the mapping does not name come last, to be left out by rule. */
export function objectsInOrder(order: LoadOrder, known: readonly string[]): readonly string[] {
  const mapped = new Set(order.objects);
  return [...order.objects, ...known.filter((object) => !mapped.has(object)).sort()];
}

/** What is due of every source, each getting its share of the pass. */
export async function dueRows(
  tx: StateTransaction,
  mappings: readonly CompiledMapping[],
  options: DueOptions,
): Promise<readonly RecordRow[]> {
  const found: RecordRow[] = [];
  for (const [index, mapping] of mappings.entries()) {
    const share = Math.ceil((options.limit - found.length) / (mappings.length - index));
    const closed = new Set(options.closed.flatMap((one) => (one.source === mapping.source ? [one.object] : [])));
    const known = objectsInOrder(options.orderOf(mapping), await tx.records.objects(mapping.source));
    const objects = known.filter((object) => !closed.has(object));
    found.push(
      ...(await tx.records.due({
        source: mapping.source,
        objects,
        now: options.now,
        limit: share,
        except: options.except,
      })),
    );
  }
  return found;
}
