/** What a person did, to whom it may matter later. */
export interface AuditEntry {
  readonly at: number;
  readonly by: string;
  readonly action: string;
  readonly source: string;
  readonly object: string | null;
  readonly key: string | null;
  readonly reason: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface Audit {
  append(entries: readonly AuditEntry[]): Promise<void>;
  /** Oldest first. */
  of(key: string): Promise<readonly AuditEntry[]>;
  /** Newest first. */
  newest(limit: number): Promise<readonly AuditEntry[]>;
}
