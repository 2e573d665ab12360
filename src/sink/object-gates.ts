import type { CompiledMapping } from '../mapping/model.ts';
import type { Reason } from '../state/state.ts';

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

/** What any of the gates keeps closed, each object once. */
export async function closedObjects(
  gates: readonly ObjectGate[],
  mappings: readonly CompiledMapping[],
): Promise<readonly ClosedObject[]> {
  const closed = new Map<string, ClosedObject>();
  for (const mapping of mappings) {
    for (const gate of gates) {
      for (const [object, reason] of await gate.closed(mapping)) {
        const name = `${mapping.source}/${object}`;
        if (!closed.has(name)) closed.set(name, { source: mapping.source, object, reason });
      }
    }
  }
  return [...closed.values()];
}
