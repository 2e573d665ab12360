import type { OrderingKey } from '../../events/event.ts';

/** One record in Twenty that we answer for. */
export interface TargetRow {
  /** Record key of the survivor; `<record key>><child>`; `<source>/<object>/~placeholder/<name>`. */
  readonly targetKey: string;
  readonly kind: 'record' | 'child' | 'placeholder';
  /** The Twenty object. */
  readonly object: string;
  readonly id: string;
  /** For a child: the record it belongs to. */
  readonly parentKey: string | null;
  readonly contributors: readonly string[];
  readonly status: 'written' | 'deleted' | 'released';
  /** Field values as last written, normalised; null when deleted. */
  readonly image: Readonly<Record<string, unknown>> | null;
  readonly imageHash: string | null;
  readonly checksum: number | null;
  readonly order: OrderingKey;
  /** Read before our first write, for rows that were there before us. */
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly createdByUs: boolean;
  readonly writtenAt: number;
}

export interface Targets {
  get(targetKeys: readonly string[]): Promise<ReadonlyMap<string, TargetRow>>;
  byIds(object: string, ids: readonly string[]): Promise<ReadonlyMap<string, TargetRow>>;
  childrenOf(recordKeys: readonly string[]): Promise<ReadonlyMap<string, readonly TargetRow[]>>;
  /** The target of kind `record` that a record is written to or merged into; a written one before a deleted or released one. */
  ofRecords(recordKeys: readonly string[]): Promise<ReadonlyMap<string, TargetRow>>;
  put(rows: readonly TargetRow[]): Promise<void>;
  counts(): Promise<readonly { object: string; kind: TargetRow['kind']; written: number }[]>;
  /** Rows that nobody answers for any more, by Twenty object; those whose image has this hash are left out. */
  released(exceptHash: string): Promise<readonly { object: string; rows: number }[]>;
  page(object: string, after: string | null, limit: number): Promise<readonly TargetRow[]>;
  /** Rows of records that were there before us, released ones too, in the order of their objects and keys. */
  adopted(
    object: string | null,
    after: { readonly object: string; readonly targetKey: string } | null,
    limit: number,
  ): Promise<readonly TargetRow[]>;
  adoptedCounts(): Promise<readonly AdoptedCount[]>;
  /** Forgets that we ever answered for these rows. */
  remove(targetKeys: readonly string[]): Promise<void>;
}

export interface AdoptedCount {
  readonly object: string;
  /** The row was soft-deleted before us, and we brought it back. */
  readonly restored: boolean;
  readonly rows: number;
}
