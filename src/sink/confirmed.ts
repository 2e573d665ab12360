import type { CompiledMapping } from '../mapping/model.ts';
import type { StateTransaction } from '../state/state.ts';

/** A source whose mapping, as loaded, nobody confirmed, or that changed since (SPEC.md I8); null: there is none. */
export async function unconfirmedSource(
  tx: StateTransaction,
  mappings: readonly CompiledMapping[],
): Promise<string | null> {
  for (const { source, hash } of mappings) {
    if ((await tx.mappings.current(source))?.hash !== hash) return source;
  }
  return null;
}

/** Names these mappings as they are: what was planned under them is out of date once this is another name. */
export function versionOf(mappings: readonly CompiledMapping[]): string {
  return JSON.stringify(mappings.map(({ source, hash }) => [source, hash]));
}

/** The version of the mappings that are loaded and confirmed; null: one of them is not, and nothing may be planned or sent. */
export async function versionInForce(
  tx: StateTransaction,
  mappings: readonly CompiledMapping[],
): Promise<string | null> {
  return (await unconfirmedSource(tx, mappings)) === null ? versionOf(mappings) : null;
}
