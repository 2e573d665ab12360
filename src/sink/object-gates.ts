import { parseRecordKey } from '../core/identifiers.ts';
import type { CompiledMapping } from '../mapping/model.ts';
import type { Reason } from '../state/state.ts';
import type { Unit } from './write.ts';

/** Keeps a whole object from being written for a while: its records stay on the way, and others wait for them. */
export interface ObjectGate {
  /** The objects of this source that are closed at present, and why. Asked at every pass: must be cheap while nothing changed. */
  closed(mapping: CompiledMapping): Promise<ReadonlyMap<string, Reason>>;
}

export interface ClosedObject {
  readonly source: string;
  readonly object: string;
  readonly reason: Reason;
}

/** How sets of objects name one. */
export function objectName({ source, object }: { readonly source: string; readonly object: string }): string {
  return `${source}/${object}`;
}

/** Whether these writes are for the sake of a record of a closed object; one that only stands in the row does not keep it from others. */
export function isForClosed({ due }: Pick<Unit, 'due'>, closed: ReadonlySet<string>): boolean {
  return closed.size > 0 && [...due].some((key) => closed.has(objectName(parseRecordKey(key))));
}

/** What any of the gates keeps closed, each object once. */
export async function closedObjects(
  gates: readonly ObjectGate[],
  mappings: readonly CompiledMapping[],
): Promise<readonly ClosedObject[]> {
  const closed = new Map<string, ClosedObject>();
  for (const mapping of mappings) {
    for (const gate of gates) {
      for (const [object, reason] of await gate.closed(mapping)) {
        const one = { source: mapping.source, object, reason };
        const name = objectName(one);
        if (!closed.has(name)) closed.set(name, one);
      }
    }
  }
  return [...closed.values()];
}
