import type { StateStore } from './state.ts';

/** What a backup holds, or what was restored. */
export interface BackupSummary {
  readonly file: string;
  readonly deployment: string | null;
  /** When the state was as the backup has it, milliseconds by the clock of the process that made it. */
  readonly at: number;
  readonly tables: number;
  readonly rows: number;
  /** Of everything in the backup before its last line. */
  readonly sha256: string;
}

export interface RestoreRequest {
  /** Also where the state knows something already. */
  readonly replace: boolean;
  /** Settings that the state gets in the same transaction, beside those of the backup. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** A state in a database of its own, which can be carried from one database to another. */
export interface StateEngine extends StateStore {
  /** What it knows already, as `table rows`; settings alone are no knowledge. Empty: nothing was ever kept in it. */
  contents(): Promise<readonly string[]>;
  /**
   * Writes the state as it is at this moment into a new file, while work goes on. The file is the same whichever database
   * it comes from, and appears whole or not at all.
   * @throws STATE_BACKUP_TARGET, STATE_DISK_FULL, STATE_IO
   */
  backup(file: string): Promise<BackupSummary>;
  /**
   * Makes this state what the backup says, all or nothing, and compares what is stored afterwards with it. All leases are
   * free afterwards, with greater epochs than before. Nobody else may be at work on the state.
   * @throws STATE_NOT_EMPTY, STATE_BACKUP_UNREADABLE, STATE_BACKUP_DAMAGED, STATE_TOO_NEW, STATE_OTHER_DEPLOYMENT, STATE_BUSY
   */
  restore(file: string, request: RestoreRequest): Promise<BackupSummary>;
}
