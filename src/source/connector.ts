import type { SecretReference } from '../config/schema.ts';
import { ChangeoverError } from '../core/errors.ts';
import type { Clock, Http, HttpStreams, Logger, Random, Steps } from '../core/ports.ts';
import type { EventField, FieldValues } from '../events/event.ts';

export type { EventField, FieldType, FieldValue, FieldValues } from '../events/event.ts';

/** What a connector may use. It never knows what Twenty is. */
export interface ConnectorContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly http: Http;
  /** For files, which are read as they come. Left out: none is fetched by address. */
  readonly downloads?: HttpStreams;
  readonly logger: Logger;
  readonly steps: Steps;
  /** A folder of the connector's own for staging and fingerprints; survives restarts, may be deleted at a cost. */
  readonly workFolder: string;
  /** Ids of this object that are live downstream: what deletes are found against when the work folder was lost. */
  knownIds?(object: string): AsyncIterable<string>;
  /** Reads a secret that the settings only refer to. Throws CONFIG_SECRET_MISSING or CONFIG_SECRET_EXPOSED. */
  secret?(reference: SecretReference, what: string): string;
  /** Where a live source tells of its calls and waits; left out, nobody watches. */
  readonly traffic?: SourceTraffic;
  /** Answers people gave to this source's questions, by question id (see `SourceQuestion`). */
  answers(): Promise<ReadonlyMap<string, string>>;
}

/**
 * Thrown by a read of an object that the source does not have. One that was never read is then left out, and nothing failed: a
 * part of the product is not installed there. One that was read before has gone, and stops.
 */
export class ObjectAbsent extends ChangeoverError {}

/** A setting that `changeover init` asks for, as most need it. Never a secret: those are named by where they are found. */
export interface SetupQuestion {
  /** Name in `settings`. */
  readonly setting: string;
  readonly question: string;
  /** Proposed; null where an empty answer leaves the setting out. */
  readonly proposal: string | null;
  /** Stands above the setting in the file. */
  readonly comment: string;
}

/** Calls to a live source, for metrics. Called after the fact; must not throw. Causes and statuses are few and fixed. */
export interface SourceTraffic {
  /** A call was answered, with its HTTP status; `none` where no answer came. */
  requested(status: string): void;
  /** A call waited inside the connector, because the source asked for it. */
  waited(cause: string, seconds: number): void;
  /** Until when the source keeps the changes of an object after those just read, milliseconds by our clock. */
  changesKept?(object: string, until: number): void;
  /** Where the connector finds a limit by itself: how fast it goes now. */
  paced?(pace: SourcePace): void;
}

/** How fast a connector calls a source whose limits nobody documents. */
export interface SourcePace {
  /** No limit met yet, held below the one that was met, trying for more, or waiting after a refusal. */
  readonly phase: 'rising' | 'below-limit' | 'trying-more' | 'resting';
  readonly callsPerSecond: number;
  /** Calls a second at which the source last refused; null while it never did. */
  readonly ceilingPerSecond: number | null;
  /** Calls that may run beside each other. */
  readonly atOnce: number;
  /** Since the start of the process. */
  readonly answered: number;
  readonly refused: number;
  /** How long answers take, smoothed; null before the first. */
  readonly latencyMs: number | null;
}

/** A column, attribute or property, as discovered. */
export interface FieldDescription extends EventField {
  readonly label: string;
  /** Part of the source's standard model, or added by the customer. */
  readonly standard: boolean;
  readonly required: boolean;
  /** Rows seen, rows with a value, longest value in characters: the base of proposals and quality rules. */
  readonly profile: FieldProfile | null;
  /** The distinct values where they are few (at most 100): candidates for options. */
  readonly values: readonly ValueCount[] | null;
  /** Another object whose ids this field holds. */
  readonly refersTo: readonly string[];
  /** The field's proposed type, decided over the whole column, and why; `ambiguous` needs the mapping's word. */
  readonly proposal: ColumnProposal | null;
  /** Where the source computes the value, its formula: the value moves as it is, and no longer computes itself. */
  readonly formula?: string;
}

export interface FieldProfile {
  readonly rows: number;
  readonly filled: number;
  readonly longest: number;
}

export interface ValueCount {
  readonly value: string;
  readonly count: number;
}

export type ColumnFormat =
  | { readonly type: 'text' }
  | { readonly type: 'integer' }
  | { readonly type: 'decimal'; readonly decimalMark: '.' | ',' }
  | { readonly type: 'boolean'; readonly yes: readonly string[]; readonly no: readonly string[] }
  | { readonly type: 'date'; readonly pattern: string }
  | { readonly type: 'timestamp'; readonly pattern: string };

export type ColumnProposal =
  | { readonly decided: true; readonly format: ColumnFormat; readonly reason: string }
  | { readonly decided: false; readonly candidates: readonly ColumnFormat[]; readonly reason: string };

export interface ObjectDescription {
  readonly name: string;
  readonly label: string;
  readonly standard: boolean;
  readonly fields: readonly FieldDescription[];
  readonly count: number | null;
  /** What it is most like, best first, where the source has kinds of its own making; left out: judged by names alone. */
  readonly likeness?: readonly Likeness[];
}

/** What speaks for taking an object for something that Twenty knows. */
export interface Likeness {
  /** Twenty's singular name; empty: an object of its own. */
  readonly target: '' | 'person' | 'company' | 'opportunity' | 'task' | 'note';
  /** The type of a task, where it is a kind of activity. */
  readonly activity: string | null;
  /** 0 to 1. */
  readonly score: number;
  readonly reasons: readonly string[];
}

export interface OwnerDescription {
  /** As records refer to them: an id, an e-mail or a name. */
  readonly reference: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly active: boolean;
  /** What the user may do, as the source calls it; left out where it tells none. */
  readonly role?: string;
}

export interface StageDescription {
  readonly name: string;
  readonly order: number | null;
  /** 0 to 100, as stored. */
  readonly probability: number | null;
  readonly outcome: 'open' | 'won' | 'lost' | null;
}

export interface PipelineDescription {
  readonly name: string;
  /** The object whose records go through it, where several objects may have one; left out: the source's one kind of deal. */
  readonly object?: string;
  readonly stages: readonly StageDescription[];
}

export interface AutomationDescription {
  readonly name: string;
  readonly kind: string;
  readonly trigger: string;
  readonly conditions: readonly string[];
  readonly actions: readonly string[];
  readonly notifications: readonly string[];
  readonly approvals: readonly string[];
}

/** Something that the source cannot know and a person must say, before or while it is read. Becomes a review item. */
export interface SourceQuestion {
  /** Stable: the same question has the same id, so an answer is found again. No other question of this source has it. */
  readonly id: string;
  readonly object: string | null;
  readonly question: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly choices: readonly string[];
  /** Whether reading goes on without the answer. */
  readonly blocking: boolean;
}

export interface SourceDescription {
  readonly source: string;
  readonly objects: readonly ObjectDescription[];
  readonly owners: readonly OwnerDescription[];
  readonly pipelines: readonly PipelineDescription[];
  readonly automations: readonly AutomationDescription[];
  readonly questions: readonly SourceQuestion[];
  /** Facts worth showing: newest record, export time, encoding and delimiter found … */
  readonly notes: readonly string[];
}

export interface SourceRecord {
  readonly id: string;
  readonly op: 'UPSERT' | 'DELETE';
  readonly after: FieldValues | null;
  readonly version: string | null;
  readonly time: number | null;
  readonly created: number | null;
}

/** A row that could not become a record. It is listed, counted, and never silently dropped. */
export interface RejectedRow {
  readonly file: string;
  /** Line of its first character, from 1. */
  readonly line: number;
  readonly code: string;
  readonly reason: string;
  /** At most 2,000 characters of the raw row. */
  readonly excerpt: string;
  /** The record id, where the row still told it. */
  readonly id: string | null;
}

export interface SnapshotCount {
  readonly snapshot: string;
  /** When the source took it, milliseconds; null where unknown. */
  readonly takenAt: number | null;
  readonly rows: number;
  readonly rejected: number;
  readonly retained: number;
}

/** One step of reading. `checkpoint` is true once everything in the page is safe in the log. */
export interface Page {
  readonly records: readonly SourceRecord[];
  readonly checkpoint: Checkpoint;
  readonly rejects?: readonly RejectedRow[];
  readonly questions?: readonly SourceQuestion[];
  /** On the first page of a snapshot. */
  readonly begins?: SnapshotCount;
  /** On the last page of a snapshot. */
  readonly ends?: SnapshotCount;
  /** Records still to come in this read, where it is known: for progress. */
  readonly remaining?: number;
}

/** How programs write a value: digits with a point, `yyyy-MM-dd`, ISO 8601 with an offset. A `day` may be a time as well. */
export type PlainKind = 'number' | 'day' | 'time';

/** Object → column → how its values are written. */
export type PlainColumns = Readonly<Record<string, Readonly<Record<string, PlainKind>>>>;

/** Opaque to all but the connector that made it; JSON. */
export type Checkpoint = Readonly<Record<string, unknown>>;

export interface Capabilities {
  readonly deltas: 'export-diff' | 'change-tracking' | 'modified-since' | 'none';
  readonly deletes: boolean;
  readonly files: boolean;
  /** A running system answers: `probe` asks it. Left out: where deltas are not those of exports. */
  readonly live?: boolean;
  /** How often `changes` is worth calling, milliseconds. */
  readonly pollMs: number;
}

/**
 * Reads one source system. One instance per configured source.
 * All methods may throw a ChangeoverError; its `retry` says what the runner does next.
 */
export interface Connector {
  readonly source: string;
  readonly capabilities: Capabilities;
  /**
   * Columns whose values come as programs write them, whatever `formats` of the mapping say: those are for cells of exports, and
   * one mapping may serve a source that is read both ways. Depends on the settings alone. Left out: none.
   */
  readonly plain?: PlainColumns;
  describe(): Promise<SourceDescription>;
  /** Everything, as of now. Goes on after `resumeFrom`, where given, without leaving out or repeating a page. */
  snapshot(object: string, resumeFrom: Checkpoint | null, signal: AbortSignal): AsyncIterable<Page>;
  /** What changed since the checkpoint; ends when there is nothing more at present. */
  changes(object: string, since: Checkpoint, signal: AbortSignal): AsyncIterable<Page>;
  /** The bytes of a file that a record refers to. `size`: as the record tells it, in bytes, where it does. */
  openFile(reference: string, signal: AbortSignal, size?: number | null): Promise<AsyncIterable<Uint8Array>>;
  /** Read-only: settles what the documentation leaves open. */
  probe(): Promise<readonly string[]>;
  /** How fast it calls now; left out by connectors whose source documents its limits. */
  pace?(): SourcePace;
  close(): Promise<void>;
}
