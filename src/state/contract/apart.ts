import type { RecordKey } from '../../core/identifiers.ts';

/**
 * Two records that share no row in Twenty, because a person said so (src/sink/SPEC.md §14). Holds for every later event of
 * both, until somebody takes it back.
 */
export interface ApartRow {
  /** The record that was taken out of the row that the two shared. */
  readonly takenOut: RecordKey;
  readonly from: RecordKey;
  readonly by: string;
  readonly reason: string | null;
  readonly at: number;
}

export interface Apart {
  /** Those with one of these records, whichever of the two it is. */
  of(keys: readonly string[]): Promise<readonly ApartRow[]>;
  /** The last word about two records replaces the one before, whichever of them it names first. */
  put(rows: readonly ApartRow[]): Promise<void>;
  remove(pairs: readonly (readonly [string, string])[]): Promise<void>;
  /** The newest decision first. */
  list(limit: number): Promise<readonly ApartRow[]>;
  count(): Promise<number>;
}
