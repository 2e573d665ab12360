import type { CompiledMapping } from '../mapping/model.ts';
import { TIERS } from '../mapping/model.ts';
import type { RecordRow, StateTransaction } from '../state/state.ts';
import type { ClosedObject } from './object-gates.ts';

interface DueOptions {
  readonly now: number;
  readonly limit: number;
  readonly except: ReadonlySet<string>;
  /** Objects of which nothing is taken at present. */
  readonly closed: readonly ClosedObject[];
}

/** The objects of a source, parents first (TW-1); those the mapping does not name come last, to be left out by rule. */
export function objectsInOrder(mapping: CompiledMapping, known: readonly string[]): readonly string[] {
  const tier = (object: string) => {
    const found = mapping.objects.get(object);
    return found === undefined ? TIERS.length : TIERS.indexOf(found.tier);
  };
  const names = [...new Set([...mapping.objects.keys(), ...known])];
  return names.sort((a, b) => tier(a) - tier(b) || (a < b ? -1 : 1));
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
    const known = objectsInOrder(mapping, await tx.records.objects(mapping.source));
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
