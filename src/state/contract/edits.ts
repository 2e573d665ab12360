/** The field under which a row that a person deleted, or brought back, stands among edits. */
export const ROW_FIELD = 'deletedAt';

/** Something that a person made of a value we wrote (src/sink/SPEC.md §12). At most one is open for each field of a row. */
export interface EditRow {
  /** From 1; grows. */
  readonly number: number;
  readonly targetKey: string;
  /** The Twenty object, and the id in it. */
  readonly object: string;
  readonly id: string;
  /** As images name it; ROW_FIELD where the row itself was deleted or brought back. */
  readonly field: string;
  /** What we had written. */
  readonly base: unknown;
  /** What the person made of it. */
  readonly value: unknown;
  /** As Twenty names them; null where it does not say. */
  readonly by: string | null;
  /** Milliseconds, by Twenty's clock; null where it does not say. */
  readonly at: number | null;
  readonly foundAt: number;
  /** By a poll, in the answer to a write of other fields, or in the timeline after it was written over. */
  readonly foundBy: 'poll' | 'answer' | 'timeline';
  /**
   * `open`: it stands in Twenty. `overwritten`: by rule or answer. `agreed`: the source came to the same value. `undone`: by
   * people. `gone`: with its row. `lost`: it was written over before it was seen.
   */
  readonly status: 'open' | 'overwritten' | 'agreed' | 'undone' | 'gone' | 'lost';
  /** What stands in its place once it is closed. */
  readonly replacement: unknown;
  /** Why it was closed so: a person's name, or `mapping`. */
  readonly because: string | null;
  readonly closedAt: number | null;
  /** The question that asks which value is to stand. */
  readonly question: string | null;
}

export interface EditClosing {
  readonly number: number;
  readonly status: Exclude<EditRow['status'], 'open'>;
  readonly replacement: unknown;
  readonly because: string | null;
  readonly at: number;
}

export interface Edits {
  /** Open ones, by target key. */
  open(targetKeys: readonly string[]): Promise<ReadonlyMap<string, readonly EditRow[]>>;
  /** Closed ones too. */
  of(targetKeys: readonly string[]): Promise<ReadonlyMap<string, readonly EditRow[]>>;
  /** Adds them; an open one of a field that has an open one already takes its place, but for what we had written. */
  note(edits: readonly Omit<EditRow, 'number' | 'question'>[]): Promise<void>;
  close(closings: readonly EditClosing[]): Promise<void>;
  ask(asked: readonly { readonly number: number; readonly question: string | null }[]): Promise<void>;
  counts(): Promise<
    readonly {
      readonly object: string;
      readonly status: EditRow['status'];
      readonly edits: number;
      readonly records: number;
    }[]
  >;
  /** In the order in which they were found, `after` exclusive. */
  list(filter: {
    readonly status?: EditRow['status'];
    readonly object?: string;
    readonly after?: number;
    readonly limit: number;
  }): Promise<readonly EditRow[]>;
}
