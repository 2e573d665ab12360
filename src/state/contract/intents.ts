import type { TargetRow } from './targets.ts';

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
  /** By the reader's clock, whoever wrote it and however wrong that one's clock was; so is the deadline. */
  readonly createdAt: number;
  /** Until then the server may still be working on it. */
  readonly deadline: number;
}

export interface Intents {
  open(intent: Intent): Promise<void>;
  all(): Promise<readonly Intent[]>;
  settle(ids: readonly string[]): Promise<void>;
}
