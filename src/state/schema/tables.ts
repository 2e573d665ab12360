import type { Generated } from 'kysely';

/**
 * The tables, as Kysely sees them. Portable types only: booleans are 0 or 1, times are milliseconds since 1970,
 * JSON is text written by src/state/json.ts. Meaning and units of the columns: src/state/state.ts.
 */
export interface Tables {
  migrations: { number: number; name: string; applied_at: number };
  settings: { name: string; value: string };
  leases: { name: string; holder: string; epoch: number; expires_at: number; next_sequence: number };
  positions: { group_name: string; topic: string; partition_number: number; next: number };
  checkpoints: { source: string; object: string; checkpoint: string; at: number };
  records: RecordTable;
  ledger: LedgerTable;
  watermarks: WatermarkTable;
  targets: TargetTable;
  contributions: { record_key: string; target_key: string };
  intents: IntentTable;
  journal: JournalTable;
  dependencies: { record_key: string; on_name: string };
  lookups: LookupTable;
  uniques: { object: string; field: string; value: string; id: string; deleted: number };
  owners: OwnerTable;
  reviews: ReviewTable;
  mappings: MappingTable;
  rejects: RejectTable;
  losses: LossTable;
  names: { scope: string; name: string; legal: string };
  outbox: OutboxTable;
  corrections: CorrectionTable;
  breakers: BreakerTable;
  foreign_messages: ForeignMessageTable;
  audit: AuditTable;
  edits: EditTable;
  files: FileTable;
  file_ledger: { source: string; object: string; class: string; files: number; bytes: number };
  apart: ApartTable;
  given_back: GivenBackTable;
  given_back_records: { record_key: string; object: string; id: string };
  lineage: { target_key: string; object: string; id: string; fields: string; at: number };
  /** Roles and sources are JSON. */
  processes: {
    holder: string;
    host: string;
    pid: number;
    roles: string;
    sources: string;
    version: string;
    started_at: number;
    seen_at: number;
  };
}

export interface RecordTable {
  key: string;
  source: string;
  object: string;
  id: string;
  incarnation: number;
  /** Of this incarnation, as far as any event told; the event's own is `source_created`. */
  incarnation_created: number | null;
  op: string;
  /** Of the stored event. */
  epoch: number;
  sequence: number;
  /** Of the newest event with this content. */
  seen_epoch: number;
  seen_sequence: number;
  source_version: string | null;
  source_time: number | null;
  source_created: number | null;
  observed_at: number;
  run: string;
  content_hash: string;
  after: string | null;
  class: string;
  reason_code: string | null;
  reason: string | null;
  due: number;
  /** 0: at once. */
  due_at: number;
  attempt: number;
  touches: number;
  since: number;
  /** Where the stored event stands in the object's topic; null where that is not known. */
  log_partition: number | null;
  log_offset: number | null;
}

/** One row per class, and one of class `live`, which counts keys by their events alone: identity A compares the two. */
export interface LedgerTable {
  source: string;
  object: string;
  class: string;
  records: number;
}

export interface WatermarkTable {
  source: string;
  object: string;
  epoch: number;
  sequence: number;
  snapshot: string;
  rows: number;
  rejected: number;
  retained: number;
  observed_at: number;
  live: number;
}

export interface TargetTable {
  target_key: string;
  kind: string;
  object: string;
  id: string;
  parent_key: string | null;
  /** JSON, in the order given; the table contributions holds the same for look-ups. */
  contributors: string;
  status: string;
  image: string | null;
  image_hash: string | null;
  checksum: number | null;
  epoch: number;
  sequence: number;
  before_image: string | null;
  created_by_us: number;
  written_at: number;
}

export interface IntentTable {
  id: string;
  writer_epoch: number;
  operation: string;
  object: string;
  rows: string;
  created_at: number;
  deadline: number;
}

export interface JournalTable {
  number: Generated<number>;
  at: number;
  run: string;
  target_key: string;
  object: string;
  id: string;
  operation: string;
  before_image: string | null;
  after_image: string | null;
  epoch: number;
  sequence: number;
}

export interface LookupTable {
  record_key: string;
  index_name: string;
  value: string;
  source: string;
  object: string;
  source_time: number | null;
}

export interface OwnerTable {
  source: string;
  reference: string;
  email: string | null;
  name: string | null;
  active: number;
  decision: string;
  decided_at: number | null;
}

export interface ReviewTable {
  id: string;
  queue: string;
  source: string;
  object: string | null;
  record_key: string | null;
  question: string;
  detail: string;
  choices: string;
  blocking: number;
  status: string;
  answer: string | null;
  answered_by: string | null;
  answered_at: number | null;
  created_at: number;
}

export interface MappingTable {
  number: Generated<number>;
  source: string;
  hash: string;
  text: string;
  confirmed_by: string;
  confirmed_at: number;
}

export interface RejectTable {
  number: Generated<number>;
  source: string;
  object: string;
  snapshot: string;
  file: string;
  line: number;
  code: string;
  reason: string;
  excerpt: string;
  id: string | null;
}

export interface LossTable {
  number: Generated<number>;
  record_key: string;
  source: string;
  object: string;
  field: string;
  kind: string;
  before_value: string;
  after_value: string;
}

export interface ApartTable {
  /** The lesser of the two keys. */
  one_key: string;
  other_key: string;
  taken_out: string;
  decided_by: string;
  reason: string | null;
  at: number;
}

/** Records and kept values are JSON. */
export interface GivenBackTable {
  object: string;
  id: string;
  target_key: string;
  records: string;
  decided_by: string;
  reason: string | null;
  at: number;
  done_at: number | null;
  kept: string;
}

export interface OutboxTable {
  number: Generated<number>;
  source: string;
  topic: string;
  /** Null where the notice is about no record. */
  record_key: string | null;
  notice: string;
  /** What the notice carries beside itself: an event, or a message's bytes. */
  payload: string | null;
}

export interface CorrectionTable {
  record_key: string;
  /** Of the event that it is for. */
  epoch: number;
  sequence: number;
  kind: string;
  changes: string | null;
  decided_by: string;
  reason: string | null;
  at: number;
}

export interface BreakerTable {
  source: string;
  object: string;
  open: number;
  /** JSON. */
  state: string;
}

export interface ForeignMessageTable {
  topic: string;
  partition_number: number;
  log_offset: number;
  source: string;
  object: string | null;
  message_key: string;
  code: string;
  message: string;
  size: number;
  /** Base64; null where they are too many. */
  bytes: string | null;
  at: number;
  status: string;
}

export interface AuditTable {
  number: Generated<number>;
  at: number;
  done_by: string;
  action: string;
  source: string;
  object: string | null;
  record_key: string | null;
  reason: string | null;
  detail: string;
}

export interface EditTable {
  number: Generated<number>;
  target_key: string;
  object: string;
  id: string;
  field: string;
  /** JSON, as value and replacement. */
  base: string;
  value: string;
  edited_by: string | null;
  edited_at: number | null;
  found_at: number;
  found_by: string;
  status: string;
  replacement: string;
  because: string | null;
  closed_at: number | null;
  /** Id of the question that asks which value is to stand. */
  question: string | null;
}

export interface FileTable {
  file_key: string;
  source: string;
  object: string;
  record_key: string;
  reference: string;
  fingerprint: string;
  name: string;
  source_name: string;
  state: string;
  declared_type: string | null;
  declared_size: number | null;
  /** JSON: what it is to be attached to. */
  target: string | null;
  /** JSON: hash, size and type of its bytes, once they were read. */
  content: string | null;
  /** JSON: what Twenty calls the uploaded bytes. */
  upload: string | null;
  /** JSON: what its attachment shows at present. */
  attached: string | null;
  reason_code: string | null;
  reason: string | null;
  /** 0: at once. */
  due_at: number;
  attempt: number;
  touches: number;
  since: number;
}
