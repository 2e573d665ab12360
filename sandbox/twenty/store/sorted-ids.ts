/** Ids kept in order. Additions wait until somebody reads, then all of them are merged in at once. */
export class SortedIds {
  #sorted: string[] = [];
  readonly #added = new Set<string>();
  readonly #removed = new Set<string>();

  add(id: string): void {
    if (!this.#removed.delete(id)) this.#added.add(id);
  }

  remove(id: string): void {
    if (!this.#added.delete(id)) this.#removed.add(id);
  }

  list(): readonly string[] {
    if (this.#removed.size > 0) {
      this.#sorted = this.#sorted.filter((id) => !this.#removed.has(id));
      this.#removed.clear();
    }
    if (this.#added.size > 0) {
      this.#sorted = merge(this.#sorted, [...this.#added].sort());
      this.#added.clear();
    }
    return this.#sorted;
  }
}

function merge(left: readonly string[], right: readonly string[]): string[] {
  const merged: string[] = [];
  let position = 0;
  for (const id of right) {
    for (let next = left[position]; next !== undefined && next < id; next = left[position]) {
      merged.push(next);
      position += 1;
    }
    merged.push(id);
  }
  for (let next = left[position]; next !== undefined; next = left[position]) {
    merged.push(next);
    position += 1;
  }
  return merged;
}
