/** A process of the deployment, as it tells of itself. Times are milliseconds by the reader's clock, whoever wrote them. */
export interface ProcessRow {
  /** As in leases: no two processes have the same. */
  readonly holder: string;
  readonly host: string;
  /** Of the operating system of its host. */
  readonly pid: number;
  /** What it does: `source`, `sink`, `control`. */
  readonly roles: readonly string[];
  /** Those that it reads, where it has that role. */
  readonly sources: readonly string[];
  readonly version: string;
  readonly startedAt: number;
  /** When it said last that it lives. */
  readonly seenAt: number;
}

/** Heartbeats: who works on this state, and since when. Nothing is decided by them; leases decide. */
export interface Processes {
  beat(process: Omit<ProcessRow, 'seenAt'>, now: number): Promise<void>;
  /** Also those that fell silent. */
  all(): Promise<readonly ProcessRow[]>;
  /** At an orderly end. */
  leave(holder: string): Promise<void>;
  /** Those that were last seen before that time. */
  forget(before: number): Promise<void>;
}
