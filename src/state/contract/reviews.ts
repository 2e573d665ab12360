export interface ReviewRow {
  readonly id: string;
  readonly queue: 'source' | 'record' | 'quality' | 'schema' | 'owner';
  readonly source: string;
  readonly object: string | null;
  readonly recordKey: string | null;
  readonly question: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly choices: readonly string[];
  readonly blocking: boolean;
  readonly status: 'open' | 'answered' | 'withdrawn';
  readonly answer: string | null;
  readonly answeredBy: string | null;
  readonly answeredAt: number | null;
  readonly createdAt: number;
}

export interface Reviews {
  /**
   * Adds those not known yet; an answered one stays answered, an open one takes the new words and choices, a withdrawn
   * one is open again. Returns the ids that are newly open.
   */
  ask(rows: readonly Omit<ReviewRow, 'status' | 'answer' | 'answeredBy' | 'answeredAt'>[]): Promise<readonly string[]>;
  /** Without choices any answer will do. Throws REVIEW_UNKNOWN (a withdrawn one too) or REVIEW_CHOICE_UNKNOWN. */
  answer(id: string, answer: string, by: string, now: number): Promise<ReviewRow>;
  withdraw(ids: readonly string[]): Promise<void>;
  get(ids: readonly string[]): Promise<ReadonlyMap<string, ReviewRow>>;
  list(filter: {
    readonly source?: string;
    readonly queue?: ReviewRow['queue'];
    readonly status?: ReviewRow['status'];
    readonly after?: string;
    readonly limit: number;
  }): Promise<readonly ReviewRow[]>;
  counts(): Promise<readonly { queue: ReviewRow['queue']; open: number }[]>;
}
