import { ChangeoverError } from '../core/errors.ts';
import type { Clock, Logger, Steps } from '../core/ports.ts';
import type { FileRow, StateStore, StateTransaction } from '../state/state.ts';
import type { Lane, Twenty } from '../twenty/twenty.ts';
import type { Uploads } from '../twenty/uploads.ts';
import { advance, type FileEvent } from './life.ts';
import type { Staging } from './staging.ts';

/** Makes every commit fail once another process is the writer (src/sink/SPEC.md I10). */
export interface FileFence {
  verify(tx: StateTransaction): Promise<void>;
  /** Aborted when the lease was lost: no call starts after that. */
  readonly lost: AbortSignal;
}

/** What the writer of files tells whoever counts. Must not throw. */
export interface FileObserver {
  /** Bytes came from the source, or went to Twenty. */
  moved(step: 'staged' | 'uploaded', bytes: number): void;
  /** Files that came to be linked, held, refused … */
  settled(source: string, object: string, state: FileRow['state'], files: number): void;
}

export interface FileOptions {
  /** Files read and uploaded at once. */
  readonly parallel: number;
  /** From the beginning of an attachment's write to the moment when the server can no longer be working on it, milliseconds. */
  readonly deadlineMs: number;
  /** How often a file is read or sent that fails for a passing reason of its own. */
  readonly attempts: number;
  /** How long it waits after the first failure, milliseconds; doubled each time. */
  readonly firstRetryMs: number;
  /** How long an uploaded file waits for others to be attached in the same call, milliseconds, while more are under way. */
  readonly linkWaitMs: number;
}

export const FILE_DEFAULTS: FileOptions = {
  parallel: 4,
  deadlineMs: 90_000,
  attempts: 5,
  firstRetryMs: 5000,
  linkWaitMs: 10_000,
};

export interface FileDeps {
  readonly state: StateStore;
  readonly twenty: Twenty;
  readonly uploads: Uploads;
  /** Opens the staging folder: once, when this process became the writer. */
  staging(): Promise<Staging>;
  /** The bytes of a file of a source, as its connector gives them. `size`: as the record tells it. */
  open(source: string, reference: string, signal: AbortSignal, size: number | null): Promise<AsyncIterable<Uint8Array>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly steps: Steps;
  /** Stands in the journal. */
  readonly run: string;
  readonly observe?: FileObserver;
  readonly options?: Partial<FileOptions>;
}

/** One life of the writer of files, under one lease. */
export interface FileLife {
  readonly deps: FileDeps;
  readonly options: FileOptions;
  readonly staging: Staging;
  readonly fence: FileFence;
  /** Aborted at a stop and when the lease is lost. */
  readonly signal: AbortSignal;
  /** No call to Twenty before `forMs` are over. */
  pause(forMs: number, why: string): void;
}

export const FILE_LANE: Lane = 'load';

/**
 * Commits what happened to a file: the row afterwards, or null where it went another way since (its record wants something
 * else now, or it is gone). `more` runs in the same transaction, if anything was stored.
 */
export async function commit(
  life: FileLife,
  read: FileRow,
  events: readonly FileEvent[],
  more: (tx: StateTransaction, row: FileRow | null) => Promise<void> = async () => undefined,
): Promise<FileRow | null> {
  const { deps } = life;
  const result = await deps.state.transaction(async (tx) => {
    await life.fence.verify(tx);
    return store(tx, read, events, deps.clock.now(), more);
  });
  settledFrom(life, read, result.row);
  return result.current ? result.row : null;
}

/** As `commit`, inside a transaction that is there already. */
export async function store(
  tx: StateTransaction,
  read: FileRow,
  events: readonly FileEvent[],
  now: number,
  more: (tx: StateTransaction, row: FileRow | null) => Promise<void> = async () => undefined,
): Promise<{ readonly row: FileRow | null; readonly current: boolean }> {
  const before = (await tx.files.get([read.key])).get(read.key);
  if (before === undefined) return { row: null, current: false };
  const current = before.touches === read.touches;
  let row: FileRow = before;
  for (const event of events) {
    const after = advance(row, event, now, read.touches);
    if (after === 'forgotten') {
      await tx.files.remove([row.key]);
      await more(tx, null);
      return { row: null, current: false };
    }
    row = after;
  }
  if (row !== before) {
    await tx.files.put([row]);
    await more(tx, row);
  }
  return { row, current };
}

export function settledFrom({ deps }: FileLife, before: FileRow, after: FileRow | null): void {
  if (after === null || after.state === before.state) return;
  deps.observe?.settled(after.source, after.object, after.state, 1);
}

/** Whether the work ended because it was told to. */
export function isCancelled(life: FileLife, thrown: unknown): boolean {
  return life.signal.aborted || (thrown instanceof ChangeoverError && thrown.code === 'CANCELLED');
}
