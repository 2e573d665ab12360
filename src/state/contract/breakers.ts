import type { Reason } from './records.ts';

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
