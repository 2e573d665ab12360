import type { RecordKey } from '../../core/identifiers.ts';
import type { ChangeEvent, OrderingKey } from '../../events/event.ts';

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
  /** And these, by key, as long as this is their newest event. */
  readonly exceptAt?: ReadonlyMap<string, { readonly order: OrderingKey }>;
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
