export interface RejectRow {
  readonly source: string;
  readonly object: string;
  readonly snapshot: string;
  readonly file: string;
  readonly line: number;
  readonly code: string;
  readonly reason: string;
  readonly excerpt: string;
  readonly id: string | null;
}

export interface Rejects {
  /** The rejects of an object's newest snapshot replace those of its last. */
  replace(source: string, object: string, snapshot: string, rows: readonly RejectRow[]): Promise<void>;
  add(rows: readonly RejectRow[]): Promise<void>;
  list(source: string, object: string | null, limit: number): Promise<readonly RejectRow[]>;
  counts(
    source: string | null,
  ): Promise<readonly { source: string; object: string; snapshot: string; code: string; rows: number }[]>;
}
