import type { NameTable } from '../events/names.ts';
import type { StateStore } from '../state/state.ts';

/** The table of legal names, kept in the state. */
export function stateNames(state: StateStore): NameTable {
  return {
    all: (scope) => state.read((tx) => tx.names.all(scope)),
    add: (scope, pairs) => state.transaction((tx) => tx.names.add(scope, pairs)),
  };
}
