import type { CompiledMapping } from '../mapping/model.ts';
import type { DueQuery, RecordRow, StateTransaction } from '../state/state.ts';
import type { LoadOrder } from './load-order.ts';
import { objectName } from './object-gates.ts';

interface DueOptions extends Required<Omit<DueQuery, 'source' | 'objects'>> {
  /** Objects of which nothing is taken at present, as `objectName` has them. */
  readonly closed: ReadonlySet<string>;
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
    const known = objectsInOrder(options.orderOf(mapping), await tx.records.objects(mapping.source));
    const objects = known.filter((object) => !options.closed.has(objectName({ source: mapping.source, object })));
    found.push(
      ...(await tx.records.due({
        source: mapping.source,
        objects,
        now: options.now,
        limit: share,
        except: options.except,
        exceptAt: options.exceptAt,
      })),
    );
  }
  return found;
}
