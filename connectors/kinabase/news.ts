/** What the readers of collections were told, for the reader of activities: so that it need not ask again. */
export class News {
  readonly #changed = new Map<string, Set<string>>();

  told(object: string, ids: readonly string[]): void {
    const known = this.#changed.get(object) ?? new Set<string>();
    for (const id of ids) known.add(id);
    this.#changed.set(object, known);
  }

  /** Records that changed or went since the last call; forgotten by it. */
  take(object: string): readonly string[] {
    const ids = [...(this.#changed.get(object) ?? [])];
    this.#changed.delete(object);
    return ids;
  }
}
