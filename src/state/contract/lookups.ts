import type { RecordKey } from '../../core/identifiers.ts';

export interface Lookups {
  /**
   * Replaces a record's entries; returns the `lookup:<source>/<object>/<index>/<value>` names that changed, sorted. Another
   * source time is a change where several records answer to the value, since the newest may be another now.
   */
  set(
    entries: readonly {
      readonly key: string;
      readonly source: string;
      readonly object: string;
      readonly values: readonly { index: string; value: string }[];
      readonly sourceTime: number | null;
    }[],
  ): Promise<readonly string[]>;
  /** Newest source time first, then key. */
  find(
    source: string,
    object: string,
    index: string,
    values: readonly string[],
  ): Promise<ReadonlyMap<string, readonly { key: RecordKey; sourceTime: number | null }[]>>;
}
