export interface UniqueRow {
  readonly object: string;
  /** `emails.primaryEmail` */
  readonly field: string;
  /** Normalised as the server does. */
  readonly value: string;
  readonly id: string;
  readonly deleted: boolean;
}

/** The workspace's unique values, soft-deleted rows included, ours and strangers'. */
export interface Uniques {
  find(object: string, field: string, values: readonly string[]): Promise<ReadonlyMap<string, UniqueRow>>;
  /** Replaces all values of these ids; a value that another id had goes to the new one. */
  put(object: string, ids: readonly string[], rows: readonly UniqueRow[]): Promise<void>;
  /** Whether these rows are soft-deleted now; their values stay theirs. */
  mark(object: string, ids: readonly string[], deleted: boolean): Promise<void>;
  clear(object: string): Promise<void>;
}
