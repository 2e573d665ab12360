import type { RecordKey } from '../../core/identifiers.ts';
import type { FieldValues, OrderingKey } from '../../events/event.ts';

/**
 * What a person decided about one event of a record, for Twenty alone: the record's next event supersedes it.
 * `none`: an earlier decision was taken back.
 */
export interface Correction {
  readonly key: RecordKey;
  /** Of the event it is for. */
  readonly order: OrderingKey;
  readonly kind: 'edit' | 'discard' | 'none';
  /** For `edit`: the fields whose values are replaced. */
  readonly changes: FieldValues | null;
  readonly by: string;
  readonly reason: string | null;
  readonly at: number;
}

export interface Corrections {
  get(keys: readonly string[]): Promise<ReadonlyMap<string, Correction>>;
  /** The last one of a record replaces the one before. */
  put(rows: readonly Correction[]): Promise<void>;
}
