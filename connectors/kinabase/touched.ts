import type { RawRecord } from './raw.ts';

/**
 * Records that count as changed though all their data may be as before: an activity on a record moves its time of change and
 * nothing else (KIN-7). Reads overlap, so each time of change is told once.
 */
export class Touched {
  readonly #told = new Map<string, number>();

  /**
   * Ids of those that changed at or after a time, milliseconds by the service's clock, and were not told for that change.
   * Where the service gives no times nothing tells one change from the next: such records are told whenever they come.
   */
  take(records: readonly RawRecord[], since: number): readonly string[] {
    // What lies before it does not come again.
    for (const [id, at] of this.#told) if (at < since) this.#told.delete(id);
    return records.flatMap(({ id, updated }) => {
      if (updated === null) return [id];
      if (updated < since || this.#told.get(id) === updated) return [];
      this.#told.set(id, updated);
      return [id];
    });
  }
}
