import type { RecordKey } from '../../core/identifiers.ts';

/**
 * A row of the workspace that was there before us, and that a person gave back (src/sink/SPEC.md §17): no record may have it
 * again until somebody takes that back.
 */
export interface GivenBackRow {
  /** The Twenty object. */
  readonly object: string;
  readonly id: string;
  /** The target that it was. */
  readonly targetKey: string;
  /** The records that stood in it: they are left out. */
  readonly records: readonly RecordKey[];
  readonly by: string;
  readonly reason: string | null;
  readonly at: number;
  /** When Twenty had its values again; null until then. */
  readonly doneAt: number | null;
  /** What was not given back, since Twenty held something else by then: field → what stands there. */
  readonly kept: Readonly<Record<string, unknown>>;
}

export interface GivenBack {
  /** By record. */
  ofRecords(recordKeys: readonly string[]): Promise<ReadonlyMap<string, GivenBackRow>>;
  /** By id. */
  ofRows(object: string, ids: readonly string[]): Promise<ReadonlyMap<string, GivenBackRow>>;
  /** The last word about a row replaces the one before. */
  put(rows: readonly GivenBackRow[]): Promise<void>;
  remove(object: string, id: string): Promise<void>;
  /** The newest decision first. */
  list(limit: number): Promise<readonly GivenBackRow[]>;
  counts(): Promise<readonly { readonly object: string; readonly rows: number }[]>;
}
