import type { SourceRunner } from '../source/runner/runner.ts';

/** Which loops can be paused, and by what name. */
export type Pausable = 'source' | 'writer';

/** What operations may ask of the running loops. */
export interface DaemonHandle {
  readonly startedAt: number;
  readonly runners: readonly SourceRunner[];
  readonly writer: WriterHandle;
  /** Reads sources again at once. */
  poll(): void;
  /** Reads workspace members and unique values again, and looks at what waits for them. */
  refresh(): Promise<void>;
  stop(): void;
}

export interface WriterHandle {
  readonly paused: boolean;
  pause(): void;
  resume(): void;
  /** Looks for due records at once. */
  nudge(): void;
  status(): Readonly<Record<string, unknown>>;
}
