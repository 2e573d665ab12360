// What came to stand in the fields of rows in Twenty, and by whom: told by the workspace itself, not by what the writer believes.

/** A value of a field of a row. */
export interface Stood {
  readonly by: 'us' | 'person';
  readonly value: string;
  /** By a person: whether it was found before anything else happened to the field. */
  readonly found: boolean;
}

/** What a person wrote, and we wrote over. */
export interface Overwritten {
  readonly row: string;
  readonly field: string;
  readonly value: string;
  readonly with: string;
  /** It was known by then; else it fell into the window (docs/guide/edits.md). */
  readonly found: boolean;
}

/** The values of every field that people and the mapping write, since the row was made or last deleted by us. */
export class Trace {
  readonly #fields = new Map<string, readonly Stood[]>();
  readonly #overwritten: Overwritten[] = [];
  /** Every value that ever stood in a field, whatever became of the row. */
  readonly #ever = new Map<string, readonly string[]>();

  readonly #gone = new Set<string>();

  get overwritten(): readonly Overwritten[] {
    return this.#overwritten;
  }

  clear(): void {
    this.#fields.clear();
    this.#ever.clear();
    this.#gone.clear();
    this.#overwritten.length = 0;
  }

  of(row: string, field: string): readonly Stood[] {
    return this.#fields.get(nameOf(row, field)) ?? [];
  }

  /** `stood` is what was there before; null: there was no such row. */
  wrote(row: string, field: string, by: Stood['by'], value: string, stood: string | null): void {
    const name = nameOf(row, field);
    const before = this.#fields.get(name) ?? [];
    const last = before.at(-1);
    if (last?.value === value) return;
    if (by === 'us' && last?.by === 'person')
      this.#overwritten.push({ row, field, value: last.value, with: value, found: last.found });
    this.#fields.set(name, [...before, { by, value, found: false }]);
    // Of a row that we deleted nothing is known here, but what a person wrote into it is not ours for that.
    if (stood === value) return;
    const ever = this.#ever.get(name) ?? [];
    this.#ever.set(name, [...ever.filter((one) => one !== `person ${value}`), `${by} ${value}`]);
  }

  /**
   * Whether Twenty's timeline shows that a person wrote this: it puts what somebody changed within ten minutes into one, from the
   * first value to the last.
   */
  isInTimeline(row: string, field: string, value: string): boolean {
    const ever = this.#ever.get(nameOf(row, field)) ?? [];
    const last = ever.findLast((one) => one.startsWith('person '));
    return last === `person ${value}` && !ever.includes(`us ${value}`);
  }

  /** The sink says that it knows of what a person wrote. */
  found(row: string, field: string, value: string): void {
    const name = nameOf(row, field);
    const stood = this.#fields.get(name) ?? [];
    const last = stood.at(-1);
    if (last?.by === 'person' && last.value === value)
      this.#fields.set(name, [...stood.slice(0, -1), { ...last, found: true }]);
  }

  /** Whether the row was ever destroyed for good, whether or not one of its name stands there by now. */
  wasDestroyed(row: string): boolean {
    return this.#gone.has(row);
  }

  destroyed(row: string): void {
    this.#gone.add(row);
    this.forget(row);
  }

  /** The row is gone, and with it what people wrote there. */
  forget(row: string): void {
    for (const name of this.#fields.keys()) if (name.startsWith(`${row} `)) this.#fields.delete(name);
  }
}

function nameOf(row: string, field: string): string {
  return `${row} ${field}`;
}
