import type { RecordClass } from './records.ts';

export interface LedgerRow {
  readonly source: string;
  readonly object: string;
  readonly live: number;
  readonly classes: Readonly<Record<RecordClass, number>>;
}

export interface Ledger {
  /** The running totals, kept in the same transaction as every change (identity A reads them). */
  rows(source: string | null): Promise<readonly LedgerRow[]>;
  /** Counted anew from the records themselves: must equal `rows`. */
  recount(source: string | null): Promise<readonly LedgerRow[]>;
  heldByReason(source: string | null): Promise<readonly HeldCount[]>;
  /** Dead letters by error code, counted as `heldByReason`. */
  deadByReason(source: string | null): Promise<readonly HeldCount[]>;
}

export interface HeldCount {
  readonly source: string;
  readonly object: string;
  readonly class: 'held' | 'delete-held' | 'dead-lettered';
  /** Of the reason. */
  readonly code: string;
  readonly records: number;
}
