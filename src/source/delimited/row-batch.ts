/**
 * Rows of one stretch of a staged file, as parallel arrays: a row is `cells[i]`, and its bytes are
 * [starts[i], ends[i]) of the staged copy; blank lines before a row count as part of it.
 */
export interface RowBatch {
  readonly cells: string[][];
  readonly starts: number[];
  readonly ends: number[];
  /** Rows whose quotes are wrong; each is one row, and the rows around it can be trusted. */
  readonly broken: readonly ByteRange[];
}

export interface ByteRange {
  readonly start: number;
  readonly end: number;
}
