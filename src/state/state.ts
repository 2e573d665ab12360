import type { Apart } from './contract/apart.ts';
import type { Audit } from './contract/audit.ts';
import type { Breakers } from './contract/breakers.ts';
import type { Corrections } from './contract/corrections.ts';
import type { Dependencies } from './contract/dependencies.ts';
import type { Edits } from './contract/edits.ts';
import type { Files } from './contract/files.ts';
import type { ForeignMessages } from './contract/foreign-messages.ts';
import type { GivenBack } from './contract/given-back.ts';
import type { Intents } from './contract/intents.ts';
import type { Journal } from './contract/journal.ts';
import type { Leases } from './contract/leases.ts';
import type { Ledger } from './contract/ledger.ts';
import type { Lineages } from './contract/lineage.ts';
import type { Lookups } from './contract/lookups.ts';
import type { Losses } from './contract/losses.ts';
import type { Mappings } from './contract/mappings.ts';
import type { Names } from './contract/names.ts';
import type { Outbox } from './contract/outbox.ts';
import type { Owners } from './contract/owners.ts';
import type { Checkpoints, Positions } from './contract/positions.ts';
import type { Processes } from './contract/processes.ts';
import type { Records } from './contract/records.ts';
import type { Rejects } from './contract/rejects.ts';
import type { Retries } from './contract/retries.ts';
import type { Reviews } from './contract/reviews.ts';
import type { Settings } from './contract/settings.ts';
import type { Targets } from './contract/targets.ts';
import type { Uniques } from './contract/uniques.ts';
import type { Watermarks } from './contract/watermarks.ts';

export * from './contract/apart.ts';
export * from './contract/audit.ts';
export * from './contract/breakers.ts';
export * from './contract/corrections.ts';
export * from './contract/dependencies.ts';
export * from './contract/edits.ts';
export * from './contract/files.ts';
export * from './contract/foreign-messages.ts';
export * from './contract/given-back.ts';
export * from './contract/intents.ts';
export * from './contract/journal.ts';
export * from './contract/leases.ts';
export * from './contract/ledger.ts';
export * from './contract/lineage.ts';
export * from './contract/lookups.ts';
export * from './contract/losses.ts';
export * from './contract/mappings.ts';
export * from './contract/names.ts';
export * from './contract/outbox.ts';
export * from './contract/owners.ts';
export * from './contract/positions.ts';
export * from './contract/processes.ts';
export * from './contract/records.ts';
export * from './contract/rejects.ts';
export * from './contract/retries.ts';
export * from './contract/reviews.ts';
export * from './contract/settings.ts';
export * from './contract/targets.ts';
export * from './contract/uniques.ts';
export * from './contract/watermarks.ts';

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
  readonly apart: Apart;
  readonly lineage: Lineages;
  readonly givenBack: GivenBack;
  readonly processes: Processes;
  /** The caller's time by the clock that all processes share, milliseconds: the database's, where several machines work on it. */
  sharedTime(now: number): number;
}
