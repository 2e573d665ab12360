export interface LossRow {
  readonly key: string;
  readonly source: string;
  readonly object: string;
  readonly field: string;
  readonly kind: string;
  readonly before: string;
  readonly after: string;
}

export interface Losses {
  /** Replaces the losses of these records. */
  set(keys: readonly string[], rows: readonly LossRow[]): Promise<void>;
  /** Of one kind, in the order of their records' keys, `after` exclusive. */
  list(filter: {
    readonly kind: string;
    readonly source?: string;
    readonly object?: string;
    readonly after?: string;
    readonly limit: number;
  }): Promise<readonly LossRow[]>;
  /** Of one kind, by source object. */
  counts(kind: string): Promise<readonly { source: string; object: string; losses: number }[]>;
  /** Per field: how many records, one example. */
  summary(source: string | null): Promise<
    readonly {
      source: string;
      object: string;
      field: string;
      kind: string;
      records: number;
      before: string;
      after: string;
    }[]
  >;
}
