/** Where one field of a merged row comes from. */
export interface FieldOrigin {
  /** The records whose value it is: one, or those whose values are kept side by side, the first of them first. */
  readonly from: readonly string[];
  /** Since when this value stands there from them, milliseconds. */
  readonly since: number;
  /** Tells one value from another. */
  readonly value: string;
}

/** What a row of several records is made of; who they are says its target. */
export interface LineageRow {
  readonly targetKey: string;
  readonly object: string;
  readonly id: string;
  readonly fields: Readonly<Record<string, FieldOrigin>>;
  /** Since when it is made so, milliseconds. */
  readonly at: number;
}

export interface Lineages {
  get(targetKeys: readonly string[]): Promise<ReadonlyMap<string, LineageRow>>;
  put(rows: readonly LineageRow[]): Promise<void>;
  remove(targetKeys: readonly string[]): Promise<void>;
  /** In key order, `after` exclusive. */
  page(object: string | null, after: string | null, limit: number): Promise<readonly LineageRow[]>;
  /** By Twenty object. */
  counts(): Promise<readonly { readonly object: string; readonly rows: number }[]>;
}
