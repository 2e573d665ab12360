import type { WatchResult } from './edit-watch.ts';
import type { ClosedObject } from './object-gates.ts';

/** What the writer does now, in words a person can use. */
export interface WriterStatus {
  readonly state: 'stopped' | 'waiting-for-lease' | 'starting' | 'writing' | 'idle' | 'paused' | 'unconfirmed';
  /** Why, where it is not plain. */
  readonly reason: string | null;
  readonly queued: number;
  readonly inFlight: number;
  /** Calls without an answer, to be read back. */
  readonly unanswered: number;
  /** Milliseconds since 1970 until which the lane waits; null: it does not. */
  readonly pausedUntil: number | null;
  /** By an operator. */
  readonly paused: boolean;
  /** What the lane waits for; null: for nothing. */
  readonly waiting: string | null;
  /** Objects of which nothing is written at present, and why. */
  readonly closed: readonly ClosedObject[];
  /** Objects whose first load waits for that of the objects that their records point at. */
  readonly phases: readonly ClosedObject[];
}

export interface Writer {
  /** Works until the signal is aborted or `stop` is called; rejects where it cannot go on (lease lost, state gone). */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves once nothing is due and nothing is in flight. */
  idle(signal?: AbortSignal): Promise<void>;
  /** Something may be due: looks at once instead of at the next poll. */
  wake(): void;
  /** No new call; resolves once those under way have come to their end. */
  stop(): Promise<void>;
  /** No new call until `resume`; those under way come to their end. */
  pause(): void;
  resume(): void;
  readonly paused: boolean;
  /** Reads the members now and releases whoever waited for one. */
  pollMembers(): Promise<number>;
  /** Brings the index of unique values up to date now. */
  pollUniques(): Promise<number>;
  /** Members, unique values and edits by people: all read at the next opportunity. */
  pollSoon(): void;
  /** Looks now for what people changed in Twenty of what was written. */
  pollEdits(): Promise<WatchResult>;
  status(): WriterStatus;
}
