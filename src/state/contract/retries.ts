import type { RecordKey } from '../../core/identifiers.ts';

/** Records that were refused alone for a passing reason, and are parked until their next attempt. */
export interface Retries {
  /** How many, by the number of attempts that have failed. */
  counts(
    source: string | null,
  ): Promise<readonly { source: string; object: string; attempt: number; records: number }[]>;
  /** Their keys, the earliest due first. */
  keys(source: string, object: string | null, limit: number): Promise<readonly RecordKey[]>;
}
