import type { Clock, Logger, Random, Steps } from '../core/ports.ts';
import type { EventLog } from '../events/log.ts';
import type { FileMover } from '../files/mover.ts';
import type { CompiledMapping } from '../mapping/model.ts';
import type { Operation, RecordClass, StateStore } from '../state/state.ts';
import type { Lane, Twenty } from '../twenty/twenty.ts';
import type { BreakerLimits } from './breaker.ts';
import type { DeleteLimits } from './mass-delete.ts';

/** Why the writer asks whether more is coming: to fill a batch, before a fallback, or before a row that others may share. */
export type Coming = 'batch' | 'fallback' | 'merge';

/** What the sink tells whoever counts. Called after the commit that made it true; must not throw. */
export interface SinkEvents {
  /** Records came to rest, or went back on the way. */
  settled(source: string, object: string, outcome: RecordClass, records: number): void;
  /** One write call and how it ended. */
  called(call: {
    readonly operation: Operation;
    readonly object: string;
    readonly rows: number;
    readonly outcome: 'written' | 'refused' | 'throttled' | 'outage' | 'unanswered';
  }): void;
  /** From the source's change (or from our seeing it, where the source does not say) to its being in Twenty. */
  visible(source: string, object: string, latencyMs: number): void;
  /** A value came back from Twenty unlike what was sent: its field and record, never the value. */
  altered(object: string, targetKey: string, field: string): void;
  /** The lane waits: nothing is wrong with the rows. */
  waiting(cause: 'throttled' | 'outage' | 'unauthorized', forMs: number): void;
}

export const NO_SINK_EVENTS: SinkEvents = {
  settled: () => undefined,
  called: () => undefined,
  visible: () => undefined,
  altered: () => undefined,
  waiting: () => undefined,
};

export interface WriterOptions {
  /** How many records one planning pass takes; several batches, so that each can be full. */
  readonly passSize: number;
  /** Write calls under way at once, always for different targets; no fewer than the budget lets go together. */
  readonly parallel: number;
  /** A half-empty batch goes once its oldest row waited this long while more is coming; five times as long in other lanes than live. */
  readonly latencyMs: number;
  /** From the intent to the moment when the server can no longer be working on it. */
  readonly deadlineMs: number;
  readonly leaseMs: number;
  /** How often the writer polls unique values and members by itself; null: only at its start, others say when. */
  readonly pollMs: number | null;
  /** Attempts of a record refused alone for a reason that may pass. */
  readonly attempts: number;
  /** How long it is parked after the first of them, milliseconds; doubled each time. */
  readonly firstRetryMs: number;
  /** When too many refusals stop an object. */
  readonly breaker: BreakerLimits;
}

export const WRITER_DEFAULTS: WriterOptions = {
  passSize: 1000,
  parallel: 10,
  latencyMs: 2000,
  deadlineMs: 90_000,
  leaseMs: 30_000,
  pollMs: null,
  attempts: 5,
  firstRetryMs: 30_000,
  breaker: { window: 100, limit: 20 },
};

export interface WriterDeps {
  readonly state: StateStore;
  readonly twenty: Twenty;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly steps: Steps;
  /** This process, in leases. */
  readonly holder: string;
  /** Names the workspace in the lease: `writer:<workspace>`. */
  readonly workspace: string;
  /** Stands in the journal. */
  readonly run: string;
  /** The mappings as loaded; one per source. Asked at every pass, so a newly confirmed one takes effect at once. */
  mappings(): readonly CompiledMapping[];
  /** Whether more records of this object are known to be on their way from the source or the log. */
  moreComing?(source: string, object: string, why: Coming): boolean;
  /** How much of an object of this source may be deleted at once without asking; null: any, since the source asks itself. */
  deletesUnasked?(source: string): DeleteLimits | null;
  /** Which lane of the budget the writes of a source spend. */
  lane?(source: string): Lane;
  readonly events?: SinkEvents;
  /** Where notices of retries and dead letters go. Left out: they stay in the outbox. */
  readonly log?: EventLog;
  /** Moves the files of records, under the writer's lease. Left out: they stay on the way. */
  readonly files?: FileMover;
  readonly options?: Partial<WriterOptions>;
}
