/** Who must be looked at again when something changes: one table for holds and for links already written. */
export interface Dependencies {
  /** Replaces what each record depends on. */
  set(entries: readonly { readonly key: string; readonly on: readonly string[] }[]): Promise<void>;
  /** Makes every dependant of these due at once, those already due too (their `touches` grows); returns how many. */
  release(on: readonly string[]): Promise<number>;
  /** What each of these records depends on; those that depend on nothing are left out. */
  named(keys: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  of(on: string, limit: number): Promise<readonly string[]>;
  count(on: string): Promise<number>;
  /**
   * How many live records wait: those held or on the way that depend on it, and those held or on the way behind them.
   * A record that was settled keeps what it depends on, so that it is looked at again, and waits for nobody.
   */
  waiting(on: string): Promise<number>;
}
