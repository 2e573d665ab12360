import type { ObjectMapping } from '../mapping/model.ts';
import type { Calls } from './calls.ts';
import type { Coming, WriterDeps, WriterOptions } from './deps.ts';
import type { Desk, Planned } from './desk.ts';
import type { LeftRecords } from './left.ts';
import type { Pauses } from './pauses.ts';
import { report } from './report.ts';
import type { Signal } from './signal.ts';

/** What the rooms of the writer share: planning, sending, settling, polling, publishing. */
export interface WriterParts {
  readonly deps: WriterDeps;
  readonly options: WriterOptions;
  readonly desk: Desk;
  /** Raised when there may be something to do. */
  readonly signal: Signal;
  readonly pauses: Pauses;
  readonly calls: Calls;
  readonly left: LeftRecords;
  /** The writer was told to stop. */
  readonly stopping: AbortSignal;
  /** Ends the writer: the state or the lease is gone, or a fault of ours. */
  fail(error: unknown): void;
}

/** What became of records is committed: it is told, and those that were left are remembered. */
export function planned({ deps, left }: WriterParts, result: Planned): void {
  report(deps, result.settled);
  left.add(result);
}

/** Whether more is coming of any object, for those who wait for this. */
export function isMoreComing({ mappings, moreComing }: WriterDeps, why: Coming): boolean {
  if (moreComing === undefined) return false;
  // Only records that may share a row with others wait for these (pass.ts).
  const concerns = ({ policies }: ObjectMapping) => why !== 'merge' || policies.duplicate === 'merge';
  return mappings().some(({ source, objects }) =>
    [...objects].some(([name, one]) => concerns(one) && moreComing(source, name, why)),
  );
}
