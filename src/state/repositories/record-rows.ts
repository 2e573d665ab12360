import type { RecordKey } from '../../core/identifiers.ts';
import type { ChangeEvent } from '../../events/event.ts';
import type { KnownRecord } from '../intake.ts';
import { fromJsonOrNull } from '../json.ts';
import type { RecordTable } from '../schema/tables.ts';
import type { RecordClass, RecordRow } from '../state.ts';

export type StoredRecord = Readonly<RecordTable>;

/** In the order in which take() gives their values. */
export const RECORD_COLUMNS = [
  'key',
  'source',
  'object',
  'id',
  'incarnation',
  'incarnation_created',
  'op',
  'epoch',
  'sequence',
  'seen_epoch',
  'seen_sequence',
  'source_version',
  'source_time',
  'source_created',
  'observed_at',
  'run',
  'content_hash',
  'after',
  'class',
  'reason_code',
  'reason',
  'due',
  'due_at',
  'attempt',
  'touches',
  'since',
  'log_partition',
  'log_offset',
] as const satisfies readonly (keyof RecordTable)[];

/** What the intake needs of a stored row. */
export function storedKnown(
  row: Pick<
    StoredRecord,
    'class' | 'op' | 'content_hash' | 'seen_epoch' | 'seen_sequence' | 'incarnation' | 'incarnation_created'
  >,
): KnownRecord {
  return {
    class: row.class as RecordClass,
    op: row.op as ChangeEvent['op'],
    contentHash: row.content_hash,
    seen: { epoch: row.seen_epoch, sequence: row.seen_sequence },
    incarnation: row.incarnation,
    created: row.incarnation_created,
  };
}

export function recordRow(row: StoredRecord): RecordRow {
  const key = row.key as RecordKey;
  return {
    key,
    source: row.source,
    object: row.object,
    id: row.id,
    incarnation: row.incarnation,
    event: {
      kind: 'change',
      key,
      source: row.source,
      object: row.object,
      id: row.id,
      op: row.op as ChangeEvent['op'],
      order: { epoch: row.epoch, sequence: row.sequence },
      sourceVersion: row.source_version,
      sourceTime: row.source_time,
      sourceCreated: row.source_created,
      observedAt: row.observed_at,
      run: row.run,
      contentHash: row.content_hash,
      after: fromJsonOrNull(row.after),
    },
    class: row.class as RecordClass,
    reason: fromJsonOrNull(row.reason),
    due: row.due === 1,
    dueAt: row.due_at === 0 ? null : row.due_at,
    attempt: row.attempt,
    touches: row.touches,
    since: row.since,
    place:
      row.log_partition === null || row.log_offset === null
        ? null
        : { partition: row.log_partition, offset: row.log_offset },
  };
}

/** As the partial index says it: it is used only for queries that repeat its condition. */
export const EXCEPTIONS = "class NOT IN ('on-the-way', 'applied')";

export function isException(recordClass: RecordClass): boolean {
  return recordClass !== 'on-the-way' && recordClass !== 'applied';
}
