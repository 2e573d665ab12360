import type { CountComparison } from '../reconcile/counts.ts';
import type { Writer } from '../sink/index.ts';
import type { SourceRunner } from '../source/runner/runner.ts';
import type { Pipeline } from './pipeline.ts';

/** Which loops can be paused, and by what name. */
export type Pausable = 'source' | 'writer';

/** What operations may ask of the running loops. */
export interface DaemonHandle {
  readonly startedAt: number;
  readonly runners: readonly SourceRunner[];
  /** Null where this process does not write. */
  readonly writer: Writer | null;
  readonly pipeline: Pipeline;
  /** Reads sources again at once. */
  poll(): void;
  reconcile(lane: 'verify' | 'cutover'): Promise<readonly CountComparison[]>;
  stop(): void;
}
