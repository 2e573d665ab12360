/**
 * Every metric the program exposes: one table, from which the registry and docs/reference/metrics.md are made.
 * Names end in base units, labels have bounded values, nothing here ever carries a record id or an e-mail.
 */
export interface MetricEntry {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Histograms only; seconds. */
  readonly buckets?: readonly number[];
}

/** From well under a polling interval up to a bad night. */
const LATENCY_SECONDS = [0.25, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 900, 3600] as const;

export const METRICS = {
  changeover_build_info: { type: 'gauge', help: 'Always 1; the version stands in the label.', labels: ['version'] },
  changeover_processes: {
    type: 'gauge',
    help: 'Processes of the deployment by role, and whether they still say that they live (alive, silent).',
    labels: ['role', 'state'],
  },
  changeover_source_lag_seconds: {
    type: 'gauge',
    help: 'How far behind the source the log is: for exports, the age of the last one read; absent until known.',
    labels: ['source'],
  },
  changeover_source_events_total: {
    type: 'counter',
    help: 'Change events appended to the log.',
    labels: ['source', 'object', 'op'],
  },
  changeover_source_rejected_rows: {
    type: 'gauge',
    help: 'Rows of the newest snapshot that could not become records.',
    labels: ['source', 'object'],
  },
  changeover_source_requests_total: {
    type: 'counter',
    help: 'Calls to the source, or export sets looked at, by what came of them.',
    labels: ['source', 'status'],
  },
  changeover_source_backoff_seconds_total: {
    type: 'counter',
    help: 'Seconds the reader waited because the source asked for it or could not be read.',
    labels: ['source', 'cause'],
  },
  changeover_source_changes_kept_seconds: {
    type: 'gauge',
    help: 'How long the source still keeps the changes after those last read; once it is over, everything is read again. Absent where it keeps no changes.',
    labels: ['source', 'object'],
  },
  changeover_source_pace_calls_per_second: {
    type: 'gauge',
    help: 'How fast a source is called whose limits nobody documents; absent for all others.',
    labels: ['source'],
  },
  changeover_source_ceiling_calls_per_second: {
    type: 'gauge',
    help: 'The rate at which such a source last refused calls; absent while it never did.',
    labels: ['source'],
  },
  changeover_source_parallel_calls: {
    type: 'gauge',
    help: 'Calls that may run beside each other, of a source whose limits nobody documents.',
    labels: ['source'],
  },
  changeover_source_last_success_timestamp_seconds: {
    type: 'gauge',
    help: 'When the source was last read to its end.',
    labels: ['source'],
  },
  changeover_bus_lag_events: {
    type: 'gauge',
    help: 'Events in the log that a consumer group has not taken yet.',
    labels: ['topic', 'group'],
  },
  changeover_bus_lag_seconds: {
    type: 'gauge',
    help: 'Age of the oldest event that a consumer group has not taken yet; 0 where there is none.',
    labels: ['topic', 'group'],
  },
  changeover_sink_apply_seconds: {
    type: 'histogram',
    help: 'From seeing a change in the source to its being in Twenty.',
    labels: ['source', 'object'],
    buckets: LATENCY_SECONDS,
  },
  changeover_sink_records_total: {
    type: 'counter',
    help: 'Records the writer settled, by outcome.',
    labels: ['object', 'outcome'],
  },
  changeover_sink_batch_records: {
    type: 'histogram',
    help: 'Records in each write call.',
    labels: ['object'],
    buckets: [1, 10, 30, 60, 100, 150, 200],
  },
  changeover_twenty_requests_total: {
    type: 'counter',
    help: 'Calls to Twenty by operation and HTTP status; "none" where no answer came.',
    labels: ['operation', 'status'],
  },
  changeover_twenty_request_seconds: {
    type: 'histogram',
    help: 'How long calls to Twenty took.',
    labels: ['operation'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30],
  },
  changeover_twenty_throttled_total: {
    type: 'counter',
    help: 'Calls that Twenty refused because of its rate limit, by the form in which it said so.',
    labels: ['form'],
  },
  changeover_twenty_backoff_seconds_total: {
    type: 'counter',
    help: 'Seconds that calls to Twenty waited, by cause: budget, throttled, outage.',
    labels: ['cause'],
  },
  changeover_twenty_budget_remaining: {
    type: 'gauge',
    help: 'Calls that may be made at once without being refused, as far as we know.',
    labels: [],
  },
  changeover_twenty_budget_limit: {
    type: 'gauge',
    help: 'Calls a minute that the workspace allows, as far as we know.',
    labels: [],
  },
  changeover_records: {
    type: 'gauge',
    help: 'Live source records by where they stand (the conservation law, identity A).',
    labels: ['source', 'object', 'class'],
  },
  changeover_records_residue: {
    type: 'gauge',
    help: 'Records that are not accounted for, by identity (a: ledger, b: source count). Anything but 0 is a fault.',
    labels: ['source', 'object', 'identity'],
  },
  changeover_dead_letters: { type: 'gauge', help: 'Records refused for good, by error code.', labels: ['reason'] },
  changeover_retry_events: {
    type: 'gauge',
    help: 'Records that were refused alone and are tried again later, by the number of attempts that have failed.',
    labels: ['tier'],
  },
  changeover_foreign_messages: {
    type: 'gauge',
    help: 'Messages on our topics that are no events of ours, by error code; put aside, and not lost.',
    labels: ['reason'],
  },
  changeover_objects_stopped: {
    type: 'gauge',
    help: '1 while nothing of the object is written, by error code: too many of its records were refused, or its quality is low.',
    labels: ['source', 'object', 'reason'],
  },
  changeover_outbox_notices: {
    type: 'gauge',
    help: 'Notices of retries and dead letters that are not in their topics yet.',
    labels: [],
  },
  changeover_held_records: {
    type: 'gauge',
    help: 'Records waiting for something named, by error code.',
    labels: ['reason'],
  },
  changeover_reconciliation_records: {
    type: 'gauge',
    help: 'Records by side. source: rows the source counted; log: live records known; written and twenty (of all sources, by Twenty object): what we wrote, and what was found at the last reconciliation.',
    labels: ['source', 'object', 'side'],
  },
  changeover_reconciliation_mismatches: {
    type: 'gauge',
    help: 'Differences found at the last reconciliation.',
    labels: ['object', 'level'],
  },
  changeover_reconciliation_last_success_timestamp_seconds: {
    type: 'gauge',
    help: 'When the counts of both sides were last compared.',
    labels: [],
  },
  changeover_drift_records: {
    type: 'gauge',
    help: 'Rows in Twenty, by object, in which a value stands that a person changed since it was written.',
    labels: ['object'],
  },
  changeover_edits: {
    type: 'gauge',
    help: 'Edits by people by object and by what became of them. `lost` means: written over before it was seen.',
    labels: ['object', 'status'],
  },
  changeover_merged_rows: {
    type: 'gauge',
    help: 'Rows in Twenty, by object, that more than one source record makes up.',
    labels: ['object'],
  },
  changeover_adopted_rows: {
    type: 'gauge',
    help: 'Rows in Twenty that were there before: `taken-over` by a record, `restored` for one, or `given-back` since.',
    labels: ['object', 'how'],
  },
  changeover_cut_links: {
    type: 'gauge',
    help: 'Links that records stand without in Twenty, because the source deleted the record that they named.',
    labels: ['source', 'object'],
  },
  changeover_kept_rows: {
    type: 'gauge',
    help: 'Rows that stand in Twenty though the source deleted their record, as the mapping or a person says.',
    labels: ['source', 'object'],
  },
  changeover_files: {
    type: 'gauge',
    help: 'Files that source records bring along, by where they stand; their sum is what the source has.',
    labels: ['source', 'object', 'class'],
  },
  changeover_files_residue: {
    type: 'gauge',
    help: 'Files that are not accounted for. Anything but 0 is a fault.',
    labels: ['source', 'object'],
  },
  changeover_file_steps_total: {
    type: 'counter',
    help: 'Steps that files took on their way, by where it brought them.',
    labels: ['source', 'object', 'state'],
  },
  changeover_file_bytes_total: {
    type: 'counter',
    help: 'Bytes of files read from a source (staged) and sent to Twenty (uploaded).',
    labels: ['step'],
  },
  changeover_review_items: { type: 'gauge', help: 'Questions that wait for a person.', labels: ['queue'] },
  changeover_cutover_eta_seconds: {
    type: 'gauge',
    help: 'Estimated time until nothing is left to write; absent until measured.',
    labels: [],
  },
} as const satisfies Record<string, MetricEntry>;

export type MetricName = keyof typeof METRICS;
