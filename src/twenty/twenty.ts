import type { TwentyFields, TwentyRecord, Workspace, WorkspaceMember } from './model.ts';

/** Who spends from the budget, most urgent first (design §9). None starves. */
export type Lane = 'cutover' | 'operator' | 'live' | 'load' | 'verify';

export interface CallOptions {
  readonly lane: Lane;
  readonly signal?: AbortSignal;
}

export interface WriteRow {
  /** Lower-case UUID, version 5. */
  readonly id: string;
  readonly fields: TwentyFields;
}

/**
 * What became of a write.
 * `refused`: the server said no to the whole batch; `values` are those that the message names, if any.
 * `throttled`/`outage`: nothing is wrong with the rows; the lane waits.
 * `unanswered`: the rows may have been written; settle by reading them back after the deadline.
 */
export type WriteOutcome =
  | { readonly kind: 'written'; readonly rows: readonly TwentyRecord[] }
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly message: string; readonly partial: boolean }
  | { readonly kind: 'throttled'; readonly retryAfterMs: number }
  | { readonly kind: 'outage'; readonly message: string; readonly retryAfterMs: number }
  | { readonly kind: 'unanswered'; readonly message: string };

export type RefusalReason =
  | 'duplicate'
  | 'foreign-key'
  | 'unknown-field'
  | 'bad-option'
  | 'bad-value'
  | 'missing-required'
  | 'too-many'
  | 'too-large'
  | 'unauthorized'
  | 'schema-changed'
  | 'other';

/** Ids, or values of one field or sub-field (`emails.primaryEmail`). At most 200. */
export interface ValueMatch {
  readonly field: string;
  readonly values: readonly (string | number | boolean)[];
}

/** Combinations of values of several fields, as a unique index over them keeps them. At most 200. */
export interface CombinationMatch {
  readonly together: readonly string[];
  /** Each as long as `together`. */
  readonly values: readonly (readonly (string | number | boolean)[])[];
}

export type Match = ValueMatch | CombinationMatch;

export interface FindOptions extends CallOptions {
  readonly object: string;
  /** Rows that fit it, or that fit any of several: still one call, and one more for every 200 rows found. */
  readonly by: ValueMatch | { readonly anyOf: readonly Match[] };
  readonly fields: readonly string[];
  /** Soft-deleted rows too; they come back with `deletedAt` set. */
  readonly deleted: boolean;
}

export interface ScanOptions extends CallOptions {
  readonly object: string;
  readonly fields: readonly string[];
  readonly deleted: boolean;
  /** Only rows changed at or after this ISO time. */
  readonly updatedSince?: string;
  /** Only rows that a GraphQL filter finds. */
  readonly where?: Readonly<Record<string, unknown>>;
  readonly pageSize?: number;
}

export interface CountOptions extends CallOptions {
  /** Only rows in which this field has a value: `sourceKey` tells ours from strangers'. */
  readonly having?: string;
  /** Only rows that a GraphQL filter finds. */
  readonly where?: Readonly<Record<string, unknown>>;
  /** Soft-deleted rows too. */
  readonly deleted?: boolean;
}

/**
 * Everything the sink and reconciliation ask of Twenty. Each method spends one call of the budget per page or batch,
 * and waits for its turn there. Reads throw a ChangeoverError once retries cannot help. A write that throws CANCELLED was
 * not sent: its signal was aborted while it waited for its turn. One that was cancelled in flight comes back `unanswered`.
 */
export interface Twenty {
  /** The model in memory; `refresh` reads it again. Metadata calls are not throttled (twenty.md §0). */
  workspace(): Workspace;
  refresh(): Promise<Workspace>;
  members(options: CallOptions): Promise<readonly WorkspaceMember[]>;
  /** Rows per write call that the workspace accepts: 200 until it says otherwise. */
  batchSize(): number;
  create(object: string, rows: readonly WriteRow[], options: CallOptions): Promise<WriteOutcome>;
  upsert(object: string, rows: readonly WriteRow[], options: CallOptions): Promise<WriteOutcome>;
  softDelete(object: string, ids: readonly string[], options: CallOptions): Promise<WriteOutcome>;
  destroy(object: string, ids: readonly string[], options: CallOptions): Promise<WriteOutcome>;
  restore(object: string, ids: readonly string[], options: CallOptions): Promise<WriteOutcome>;
  find(options: FindOptions): Promise<readonly TwentyRecord[]>;
  /** Pages of every row, keyset by id. */
  scan(options: ScanOptions): AsyncIterable<readonly TwentyRecord[]>;
  /** Exact count of live rows (totalCount, never the estimate of objectRecordCounts). */
  count(object: string, options: CountOptions): Promise<number>;
  close(): Promise<void>;
}
