import type { RecordKey } from '../core/identifiers.ts';
import type { ChangeEvent, FieldValues, OrderingKey } from '../events/event.ts';
import type { ControlNotice, OutcomeNotice } from '../events/notices.ts';
import type { FileClass, FileState } from './file-states.ts';

/**
 * What Changeover knows, in one database. The same contract and schema for SQLite and PostgreSQL.
 * Repositories take arrays; no HTTP ever happens inside a transaction.
 */
export interface StateStore {
  /**
   * All or nothing, and serialised: one at a time, over all processes that share the state. Reads inside see its own writes. May not be begun inside
   * another one (INTERNAL), nor used after its end. Once a statement failed nothing is committed, even if the work
   * caught the error.
   */
  transaction<Result>(work: (state: StateTransaction) => Promise<Result>): Promise<Result>;
  /** Reads of a consistent moment, without waiting for a transaction; may not write (STATE_READ_ONLY). */
  read<Result>(work: (state: StateTransaction) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

export interface StateTransaction {
  readonly settings: Settings;
  readonly leases: Leases;
  readonly positions: Positions;
  readonly checkpoints: Checkpoints;
  readonly records: Records;
  readonly ledger: Ledger;
  readonly watermarks: Watermarks;
  readonly targets: Targets;
  readonly intents: Intents;
  readonly journal: Journal;
  readonly dependencies: Dependencies;
  readonly lookups: Lookups;
  readonly uniques: Uniques;
  readonly owners: Owners;
  readonly reviews: Reviews;
  readonly mappings: Mappings;
  readonly rejects: Rejects;
  readonly losses: Losses;
  readonly names: Names;
  readonly retries: Retries;
  readonly outbox: Outbox;
  readonly corrections: Corrections;
  readonly breakers: Breakers;
  readonly foreignMessages: ForeignMessages;
  readonly audit: Audit;
  readonly edits: Edits;
  readonly files: Files;
}

/** Small JSON values by name: deployment id, budget, schema hash … */
export interface Settings {
  /** Undefined where it was never set. */
  get(name: string): Promise<unknown>;
  set(name: string, value: unknown): Promise<void>;
  delete(name: string): Promise<void>;
}

/** What only one process may do at a time: `reader:<source>/<object>`, `writer:<workspace>`. */
export interface Lease {
  readonly name: string;
  readonly holder: string;
  /** Grows each time the lease changes hands or is taken anew. */
  readonly epoch: number;
  readonly expiresAt: number;
}

export interface Leases {
  /** Those that somebody has or had last, expired ones too. */
  all(): Promise<readonly Lease[]>;
  /** Takes it if free, expired, or ours, each time with a greater epoch; null when somebody else holds it. */
  take(name: string, holder: string, now: number, forMs: number): Promise<Lease | null>;
  /** Throws STATE_LEASE_LOST when holder and epoch are not the present ones; expiry alone is no loss. Called inside every commit that needs the lease. */
  verify(name: string, holder: string, epoch: number): Promise<void>;
  renew(name: string, holder: string, epoch: number, now: number, forMs: number): Promise<Lease>;
  release(name: string, holder: string, epoch: number): Promise<void>;
  /** Hands out `count` consecutive sequence numbers under the lease; returns the first. From 1, and never again from there: they go on under the next epoch. */
  nextSequences(name: string, epoch: number, count: number): Promise<number>;
}

export interface Positions {
  get(group: string, topic: string, partition: number): Promise<number | null>;
  set(group: string, topic: string, partition: number, next: number): Promise<void>;
  all(group: string): Promise<readonly { topic: string; partition: number; next: number }[]>;
}

export interface Checkpoints {
  get(source: string, object: string): Promise<Readonly<Record<string, unknown>> | null>;
  set(source: string, object: string, checkpoint: Readonly<Record<string, unknown>>, now: number): Promise<void>;
}

/** Where a live source record stands. Exactly one at any moment (ALL-3). */
export const LIVE_CLASSES = ['on-the-way', 'applied', 'merged', 'held', 'dead-lettered', 'excluded'] as const;
export type LiveClass = (typeof LIVE_CLASSES)[number];
/** Where a record stands that the source deleted; not counted as live. */
export const GONE_CLASSES = ['deleting', 'delete-held', 'deleted'] as const;
export type GoneClass = (typeof GONE_CLASSES)[number];
export type RecordClass = LiveClass | GoneClass;

/** Why a record stands where it stands: code and words, and what it waits for. */
export interface Reason {
  readonly code: string;
  readonly message: string;
  /** The things whose change releases it: `record:…`, `lookup:…`, `owner:…`, `review:…`, `unique:…`. */
  readonly waitsFor?: readonly string[];
  /** For merged: the surviving record's key. */
  readonly into?: string;
  /** Which field in Twenty, where one is to blame. */
  readonly field?: string;
}

/** Where an event stands in its object's topic. */
export interface LogPlace {
  readonly partition: number;
  readonly offset: number;
}

/** An event as intake takes it: with its place, where it comes from the log. */
export type TakenEvent = ChangeEvent & { readonly place?: LogPlace };

export interface RecordRow {
  readonly key: RecordKey;
  readonly source: string;
  readonly object: string;
  readonly id: string;
  readonly incarnation: number;
  readonly event: ChangeEvent;
  readonly class: RecordClass;
  readonly reason: Reason | null;
  /** The writer must look at it. */
  readonly due: boolean;
  /** Not before this time; null: at once. */
  readonly dueAt: number | null;
  readonly attempt: number;
  /** Grows each time it is taken, touched or released: tells the writer that something changed while it had the record in hand. */
  readonly touches: number;
  /** Since when it is in this class, milliseconds. */
  readonly since: number;
  /** Where its event stands in the log; null where that is not known. */
  readonly place: LogPlace | null;
}

export interface RecordMove {
  readonly key: RecordKey;
  /** The move happens only if the record's newest event is still this one; else it stays due. */
  readonly order: OrderingKey;
  readonly to: RecordClass;
  readonly reason: Reason | null;
  readonly due: boolean;
  readonly dueAt?: number | null;
  /** 0 unless given. */
  readonly attempt?: number;
  /** The row's `touches` as the writer read it: where it has grown since, the record moves but stays due. */
  readonly touches?: number;
}

/** What intake did with an event. */
export type Intake = 'new' | 'newer' | 'duplicate' | 'older' | 'reborn' | 'unknown-delete';

export interface DueQuery {
  readonly source: string;
  /** In tier order: records of the first object come first. */
  readonly objects: readonly string[];
  readonly now: number;
  readonly limit: number;
  /** Leave these out: they are in the writer's hands. */
  readonly except: ReadonlySet<string>;
}

export interface Records {
  /**
   * Stores the newest event of each key, moves it to on-the-way or deleting (record-classes.ts), keeps the ledger; older
   * and equal events change nothing. A delete of a deleted record is a duplicate. A reborn record may stand there before
   * the deletion of its last incarnation reached Twenty: its target still has the old id.
   */
  take(events: readonly TakenEvent[], now: number): Promise<readonly Intake[]>;
  get(keys: readonly string[]): Promise<ReadonlyMap<string, RecordRow>>;
  due(query: DueQuery): Promise<readonly RecordRow[]>;
  dueCount(source: string, objects: readonly string[], now: number): Promise<number>;
  /** The earliest dueAt of parked records that is later than `after`; null where there is none. What is due by then: `dueCount`. */
  nextDueAt(after: number): Promise<number | null>;
  /** Changes class and ledger together. Returns the keys that moved; the others have a newer event. A move that record-classes.ts forbids is INTERNAL. */
  move(moves: readonly RecordMove[], now: number): Promise<readonly RecordKey[]>;
  /** Makes them due at once, whatever their class. */
  touch(keys: readonly string[]): Promise<void>;
  /** All records of an object, or of a source: after a newly confirmed mapping. */
  touchAll(source: string, objects: readonly string[] | null): Promise<number>;
  /** In key order, `after` exclusive: for replay, reconciliation and reports. */
  page(source: string, object: string, after: string | null, limit: number): Promise<readonly RecordRow[]>;
  byClass(
    source: string,
    object: string,
    recordClass: RecordClass,
    after: string | null,
    limit: number,
  ): Promise<readonly RecordRow[]>;
  objects(source: string): Promise<readonly string[]>;
}

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

export interface WatermarkRow {
  readonly source: string;
  readonly object: string;
  readonly snapshot: string;
  readonly order: OrderingKey;
  readonly rows: number;
  readonly rejected: number;
  readonly retained: number;
  readonly observedAt: number;
  /** Live keys known at the end watermark: identity B compares it. */
  readonly live: number;
}

export interface Watermarks {
  /** @param ahead how many more live keys are known now than at the watermark: some partitions were read beyond it. */
  put(row: Omit<WatermarkRow, 'live'>, ahead?: number): Promise<void>;
  latest(source: string | null): Promise<readonly WatermarkRow[]>;
}

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
  page(object: string, after: string | null, limit: number): Promise<readonly TargetRow[]>;
}

export type Operation = 'create' | 'upsert' | 'soft-delete' | 'destroy' | 'restore';

export interface IntentRow {
  readonly target: Omit<TargetRow, 'writtenAt' | 'status'>;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly recordKeys: readonly string[];
}

/** Said before a call, so that whoever comes after a crash knows what may have been written. */
export interface Intent {
  readonly id: string;
  readonly writerEpoch: number;
  readonly operation: Operation;
  readonly object: string;
  readonly rows: readonly IntentRow[];
  readonly createdAt: number;
  /** Until then the server may still be working on it. */
  readonly deadline: number;
}

export interface Intents {
  open(intent: Intent): Promise<void>;
  all(): Promise<readonly Intent[]>;
  settle(ids: readonly string[]): Promise<void>;
}

export interface JournalEntry {
  readonly at: number;
  readonly run: string;
  readonly targetKey: string;
  readonly object: string;
  readonly id: string;
  readonly operation: Operation;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
  readonly order: OrderingKey;
}

export interface Journal {
  append(entries: readonly JournalEntry[]): Promise<void>;
  of(targetKey: string): Promise<readonly JournalEntry[]>;
  count(): Promise<number>;
  /** When the first of all writes was stored; null before it. */
  began(): Promise<number | null>;
}

/** Who must be looked at again when something changes: one table for holds and for links already written. */
export interface Dependencies {
  /** Replaces what each record depends on. */
  set(entries: readonly { readonly key: string; readonly on: readonly string[] }[]): Promise<void>;
  /** Makes every dependant of these due at once, those already due too (their `touches` grows); returns how many. */
  release(on: readonly string[]): Promise<number>;
  of(on: string, limit: number): Promise<readonly string[]>;
  count(on: string): Promise<number>;
  /** Dependants of dependants too: the impact of an owner or a parent that is missing. */
  reach(on: string): Promise<number>;
}

export interface Lookups {
  /**
   * Replaces a record's entries; returns the `lookup:<source>/<object>/<index>/<value>` names that changed, sorted. Another
   * source time is a change where several records answer to the value, since the newest may be another now.
   */
  set(
    entries: readonly {
      readonly key: string;
      readonly source: string;
      readonly object: string;
      readonly values: readonly { index: string; value: string }[];
      readonly sourceTime: number | null;
    }[],
  ): Promise<readonly string[]>;
  /** Newest source time first, then key. */
  find(
    source: string,
    object: string,
    index: string,
    values: readonly string[],
  ): Promise<ReadonlyMap<string, readonly { key: RecordKey; sourceTime: number | null }[]>>;
}

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
  clear(object: string): Promise<void>;
}

export type OwnerDecision =
  | { readonly kind: 'unresolved' }
  | { readonly kind: 'member'; readonly memberId: string }
  | { readonly kind: 'substitute'; readonly memberId: string; readonly by: string; readonly email: string }
  | { readonly kind: 'waived'; readonly by: string; readonly records: number }
  | { readonly kind: 'without'; readonly by: string };

export interface OwnerRow {
  readonly source: string;
  readonly reference: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly active: boolean;
  readonly decision: OwnerDecision;
  readonly decidedAt: number | null;
}

export interface Owners {
  get(source: string, references: readonly string[]): Promise<ReadonlyMap<string, OwnerRow>>;
  put(rows: readonly OwnerRow[]): Promise<void>;
  all(source: string | null): Promise<readonly OwnerRow[]>;
}

export interface ReviewRow {
  readonly id: string;
  readonly queue: 'source' | 'record' | 'quality' | 'schema' | 'owner';
  readonly source: string;
  readonly object: string | null;
  readonly recordKey: string | null;
  readonly question: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly choices: readonly string[];
  readonly blocking: boolean;
  readonly status: 'open' | 'answered' | 'withdrawn';
  readonly answer: string | null;
  readonly answeredBy: string | null;
  readonly answeredAt: number | null;
  readonly createdAt: number;
}

export interface Reviews {
  /**
   * Adds those not known yet; an answered one stays answered, an open one takes the new words and choices, a withdrawn
   * one is open again. Returns the ids that are newly open.
   */
  ask(rows: readonly Omit<ReviewRow, 'status' | 'answer' | 'answeredBy' | 'answeredAt'>[]): Promise<readonly string[]>;
  /** Without choices any answer will do. Throws REVIEW_UNKNOWN (a withdrawn one too) or REVIEW_CHOICE_UNKNOWN. */
  answer(id: string, answer: string, by: string, now: number): Promise<ReviewRow>;
  withdraw(ids: readonly string[]): Promise<void>;
  get(ids: readonly string[]): Promise<ReadonlyMap<string, ReviewRow>>;
  list(filter: {
    readonly source?: string;
    readonly queue?: ReviewRow['queue'];
    readonly status?: ReviewRow['status'];
    readonly after?: string;
    readonly limit: number;
  }): Promise<readonly ReviewRow[]>;
  counts(): Promise<readonly { queue: ReviewRow['queue']; open: number }[]>;
}

export interface MappingRow {
  readonly source: string;
  readonly hash: string;
  readonly text: string;
  readonly confirmedBy: string;
  readonly confirmedAt: number;
}

export interface Mappings {
  confirm(row: MappingRow): Promise<void>;
  /** The last one confirmed. */
  current(source: string): Promise<MappingRow | null>;
  history(source: string): Promise<readonly MappingRow[]>;
}

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

export interface LossRow {
  readonly key: string;
  readonly source: string;
  readonly object: string;
  readonly field: string;
  readonly kind: string;
  readonly before: string;
  readonly after: string;
}

export interface Losses {
  /** Replaces the losses of these records. */
  set(keys: readonly string[], rows: readonly LossRow[]): Promise<void>;
  /** Per field: how many records, one example. */
  summary(source: string | null): Promise<
    readonly {
      source: string;
      object: string;
      field: string;
      kind: string;
      records: number;
      before: string;
      after: string;
    }[]
  >;
}

/** Legal Avro and topic names of names of any alphabet (design §7). */
export interface Names {
  all(scope: string): Promise<ReadonlyMap<string, string>>;
  add(scope: string, pairs: readonly { readonly name: string; readonly legal: string }[]): Promise<void>;
}

/** Records that were refused alone for a passing reason, and are parked until their next attempt. */
export interface Retries {
  /** How many, by the number of attempts that have failed. */
  counts(
    source: string | null,
  ): Promise<readonly { source: string; object: string; attempt: number; records: number }[]>;
  /** Their keys, the earliest due first. */
  keys(source: string, object: string | null, limit: number): Promise<readonly RecordKey[]>;
}

/** What a notice carries beside itself: the event it is about, or the bytes of a message that is none (base64). */
export type NoticePayload =
  | { readonly kind: 'event'; readonly event: ChangeEvent }
  | { readonly kind: 'bytes'; readonly bytes: string };

/** As long as it waits; which topic an object's events are in is only asked when it is published. */
export type PendingOutcome = Omit<OutcomeNotice, 'event' | 'origin'> & {
  /** Without a topic: in that of the record's object. Null: not known. */
  readonly origin: OutcomeNotice['origin'] | LogPlace | null;
};

export type PendingNotice = PendingOutcome | ControlNotice;

/** A notice that a transaction decided on, and that is not yet known to be in its topic. */
export interface OutboxRow {
  /** From 1; grows in the order in which they were added. */
  readonly number: number;
  readonly source: string;
  readonly topic: 'retry' | 'dead' | 'control';
  readonly notice: PendingNotice;
  readonly payload: NoticePayload | null;
}

/** Stored with what they tell of, published afterwards (src/sink/SPEC.md, I15): so none is lost, and none tells of what never was. */
export interface Outbox {
  add(rows: readonly Omit<OutboxRow, 'number'>[]): Promise<void>;
  /** The oldest. */
  first(limit: number): Promise<readonly OutboxRow[]>;
  /** Outcomes that wait to be published, of these records. */
  of(topic: 'retry' | 'dead', keys: readonly string[]): Promise<readonly OutboxRow[]>;
  remove(numbers: readonly number[]): Promise<void>;
  count(): Promise<number>;
}

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

/** Why an object was stopped, and when. */
export interface BreakerOpening {
  /** From 1, per object: each opening is a question of its own. */
  readonly number: number;
  readonly at: number;
  readonly reason: Reason;
  /** Its messages cannot be understood, so that intake stands still too. */
  readonly intake: boolean;
}

/** What the circuit breaker of one object remembers (src/sink/breaker.ts). */
export interface BreakerRow {
  readonly source: string;
  readonly object: string;
  /** One character for each of the last decisions, the newest last: `x` refused, `.` any other. */
  readonly recent: string;
  /** Hash of the mapping under which the newest of them was made; empty: none was. */
  readonly mapping: string;
  /** Decisions since that mapping took effect; counted no further than the window. */
  readonly decided: number;
  /** Kinds of refusal that are no news. */
  readonly known: readonly string[];
  /** How often it was opened. */
  readonly openings: number;
  readonly open: BreakerOpening | null;
}

export interface Breakers {
  get(source: string, objects: readonly string[]): Promise<ReadonlyMap<string, BreakerRow>>;
  put(rows: readonly BreakerRow[]): Promise<void>;
  /** Those that are open. */
  open(source: string | null): Promise<readonly BreakerRow[]>;
}

/** A message on one of our topics that is no event of ours, and what became of it. */
export interface ForeignMessage extends LogPlace {
  readonly topic: string;
  readonly source: string;
  /** Null on a topic that is no object's. */
  readonly object: string | null;
  /** The message's own key, whatever that is. */
  readonly key: string;
  readonly code: string;
  readonly message: string;
  /** Bytes of its value. */
  readonly size: number;
  /** Base64; null where they are too many to keep: the log has them. */
  readonly bytes: string | null;
  readonly at: number;
  /** `taken`: understood since, and taken in. */
  readonly status: 'open' | 'taken' | 'discarded';
}

export interface ForeignMessages {
  /** Adds those not known yet. */
  put(rows: readonly ForeignMessage[]): Promise<void>;
  get(place: { readonly topic: string } & LogPlace): Promise<ForeignMessage | null>;
  /** Open ones in the order of their places, `after` exclusive. */
  list(filter: {
    readonly source?: string;
    readonly after?: { readonly topic: string } & LogPlace;
    readonly limit: number;
  }): Promise<readonly ForeignMessage[]>;
  settle(place: { readonly topic: string } & LogPlace, status: 'taken' | 'discarded'): Promise<void>;
  /** Open ones, by error code. */
  counts(
    source: string | null,
  ): Promise<readonly { source: string; object: string | null; code: string; messages: number }[]>;
}

/** What a person did, to whom it may matter later. */
export interface AuditEntry {
  readonly at: number;
  readonly by: string;
  readonly action: string;
  readonly source: string;
  readonly object: string | null;
  readonly key: string | null;
  readonly reason: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface Audit {
  append(entries: readonly AuditEntry[]): Promise<void>;
  /** Oldest first. */
  of(key: string): Promise<readonly AuditEntry[]>;
  /** Newest first. */
  newest(limit: number): Promise<readonly AuditEntry[]>;
}

/** The field under which a row that a person deleted, or brought back, stands among edits. */
export const ROW_FIELD = 'deletedAt';

/** Something that a person made of a value we wrote (src/sink/SPEC.md §12). At most one is open for each field of a row. */
export interface EditRow {
  /** From 1; grows. */
  readonly number: number;
  readonly targetKey: string;
  /** The Twenty object, and the id in it. */
  readonly object: string;
  readonly id: string;
  /** As images name it; ROW_FIELD where the row itself was deleted or brought back. */
  readonly field: string;
  /** What we had written. */
  readonly base: unknown;
  /** What the person made of it. */
  readonly value: unknown;
  /** As Twenty names them; null where it does not say. */
  readonly by: string | null;
  /** Milliseconds, by Twenty's clock; null where it does not say. */
  readonly at: number | null;
  readonly foundAt: number;
  /** By a poll, in the answer to a write of other fields, or in the timeline after it was written over. */
  readonly foundBy: 'poll' | 'answer' | 'timeline';
  /**
   * `open`: it stands in Twenty. `overwritten`: by rule or answer. `agreed`: the source came to the same value. `undone`: by
   * people. `gone`: with its row. `lost`: it was written over before it was seen.
   */
  readonly status: 'open' | 'overwritten' | 'agreed' | 'undone' | 'gone' | 'lost';
  /** What stands in its place once it is closed. */
  readonly replacement: unknown;
  /** Why it was closed so: a person's name, or `mapping`. */
  readonly because: string | null;
  readonly closedAt: number | null;
  /** The question that asks which value is to stand. */
  readonly question: string | null;
}

export interface EditClosing {
  readonly number: number;
  readonly status: Exclude<EditRow['status'], 'open'>;
  readonly replacement: unknown;
  readonly because: string | null;
  readonly at: number;
}

export interface Edits {
  /** Open ones, by target key. */
  open(targetKeys: readonly string[]): Promise<ReadonlyMap<string, readonly EditRow[]>>;
  /** Closed ones too. */
  of(targetKeys: readonly string[]): Promise<ReadonlyMap<string, readonly EditRow[]>>;
  /** Adds them; an open one of a field that has an open one already takes its place, but for what we had written. */
  note(edits: readonly Omit<EditRow, 'number' | 'question'>[]): Promise<void>;
  close(closings: readonly EditClosing[]): Promise<void>;
  ask(asked: readonly { readonly number: number; readonly question: string | null }[]): Promise<void>;
  counts(): Promise<
    readonly {
      readonly object: string;
      readonly status: EditRow['status'];
      readonly edits: number;
      readonly records: number;
    }[]
  >;
  /** In the order in which they were found, `after` exclusive. */
  list(filter: {
    readonly status?: EditRow['status'];
    readonly object?: string;
    readonly after?: number;
    readonly limit: number;
  }): Promise<readonly EditRow[]>;
}

/** What a file is attached to in Twenty. */
export interface FileTarget {
  /** The column of the attachment that points there: `targetNoteId`. */
  readonly column: string;
  readonly id: string;
}

/** What the bytes of a file turned out to be. */
export interface FileContent {
  /** SHA-256, hexadecimal. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  /** MIME type by content; null where the content does not tell. */
  readonly type: string | null;
}

/** What Twenty calls bytes that were uploaded: a file of its own, or a path in its storage (twenty.md §6). */
export type FileUpload =
  | { readonly kind: 'file'; readonly fileId: string }
  | { readonly kind: 'path'; readonly path: string };

/** What stands in a file's attachment at present. */
export interface FileAttached {
  /** Of the attachment. */
  readonly id: string;
  readonly name: string;
  readonly target: FileTarget;
  readonly content: FileContent;
  readonly upload: FileUpload;
}

/** A file that a source record brings along: a derived record with a ledger of its own (src/files/SPEC.md). */
export interface FileRow {
  /** `<record key>~<name in the mapping>:<hash of the reference>`. */
  readonly key: string;
  readonly source: string;
  readonly object: string;
  readonly recordKey: string;
  /** As the connector's `openFile` takes it. */
  readonly reference: string;
  /** Changes when the content may have changed: it is read again then. */
  readonly fingerprint: string;
  /** Under which it stands in Twenty: the source's name made safe. */
  readonly name: string;
  readonly sourceName: string;
  /** As the source says, where it does. */
  readonly declaredType: string | null;
  readonly declaredSize: number | null;
  readonly state: FileState;
  readonly reason: Reason | null;
  /** Null while nothing is known that it could be attached to. */
  readonly target: FileTarget | null;
  readonly content: FileContent | null;
  readonly upload: FileUpload | null;
  readonly attached: FileAttached | null;
  /** Not before this time; 0: at once. */
  readonly dueAt: number;
  readonly attempt: number;
  /** Grows each time its record or a person changes what is wanted of it. */
  readonly touches: number;
  /** Since when it is in this state, milliseconds. */
  readonly since: number;
}

export interface FileLedgerRow {
  readonly source: string;
  readonly object: string;
  /** Files that the source has: counted apart from the classes, so that the sum can be held against it. */
  readonly known: number;
  readonly classes: Readonly<Record<FileClass, number>>;
  /** Bytes, as read or as the source says. */
  readonly knownBytes: number;
  readonly linkedBytes: number;
}

export interface FileFilter {
  readonly source?: string;
  readonly object?: string;
  readonly state?: FileState;
  /** Key, exclusive. */
  readonly after?: string;
  readonly limit: number;
}

export interface Files {
  get(keys: readonly string[]): Promise<ReadonlyMap<string, FileRow>>;
  /** In key order. */
  ofRecords(recordKeys: readonly string[]): Promise<ReadonlyMap<string, readonly FileRow[]>>;
  /** Adds or replaces; keeps the ledger. */
  put(rows: readonly FileRow[]): Promise<void>;
  remove(keys: readonly string[]): Promise<void>;
  /** In one of these states and due by then; those that wait longest first. */
  due(query: {
    readonly states: readonly FileState[];
    readonly now: number;
    readonly limit: number;
    readonly except: ReadonlySet<string>;
  }): Promise<readonly FileRow[]>;
  dueCount(states: readonly FileState[], now: number): Promise<number>;
  /** The earliest dueAt, of files in these states, that is later than `after`; null where there is none. */
  nextDueAt(states: readonly FileState[], after: number): Promise<number | null>;
  /** In key order. */
  page(filter: FileFilter): Promise<readonly FileRow[]>;
  /** Held and refused ones, by error code. */
  reasons(
    source: string | null,
  ): Promise<readonly { source: string; object: string; state: FileState; code: string; files: number }[]>;
  /** The running totals, kept in the same transaction as every change. */
  ledger(source: string | null): Promise<readonly FileLedgerRow[]>;
  /** Counted anew from the files themselves: must equal `ledger`. */
  recount(source: string | null): Promise<readonly FileLedgerRow[]>;
}
