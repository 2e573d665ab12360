/** What the reader of a collection was told since the last time. */
export interface Told {
  /** Records that changed or went. */
  readonly ids: readonly string[];
  /**
   * All that changed before is among them, by the service's clock; null where the reader did not read to the present since
   * the last time: then there may be more, and whoever needs to know must ask.
   */
  readonly until: number | null;
}

/** What the readers of collections were told, for the reader of activities: so that it need not ask again. */
export class News {
  readonly #changed = new Map<string, Set<string>>();
  readonly #until = new Map<string, number>();

  told(object: string, ids: readonly string[]): void {
    const known = this.#changed.get(object) ?? new Set<string>();
    for (const id of ids) known.add(id);
    this.#changed.set(object, known);
  }

  /** A reader came to the present: it was told all that changed before this time by the service's clock. */
  readUntil(object: string, time: number): void {
    this.#until.set(object, time);
  }

  /** What came since the last call; forgotten by it. */
  take(object: string): Told {
    const ids = [...(this.#changed.get(object) ?? [])];
    const until = this.#until.get(object) ?? null;
    this.#changed.delete(object);
    this.#until.delete(object);
    return { ids, until };
  }
}
