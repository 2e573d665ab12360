/** One answered (or cut) call, as `GET /sandbox/calls` shows it. */
export interface CallEntry {
  /** ISO time at which the call arrived. */
  readonly at: string;
  readonly method: string;
  readonly path: string;
  /** `rest`, `graphql`, `metadata` or `file`. */
  readonly api: string;
  /** `createMany people`, or several joined by commas. */
  readonly operation: string;
  /** Records in the body of a write, else 0. */
  readonly records: number;
  /** HTTP status, or 0 where the connection was cut. */
  readonly status: number;
  readonly durationMs: number;
}

export interface CallCounter {
  readonly operation: string;
  readonly api: string;
  readonly calls: number;
  readonly records: number;
  readonly failed: number;
}

/** Counts every call and remembers the latest ones. */
export class CallLog {
  readonly #latest: CallEntry[] = [];
  readonly #counters = new Map<string, CallCounter>();
  readonly #keep: number;

  constructor(keep = 1_000) {
    this.#keep = keep;
  }

  add(entry: CallEntry): void {
    this.#latest.push(entry);
    if (this.#latest.length > this.#keep) this.#latest.shift();
    const key = `${entry.api} ${entry.operation}`;
    const before = this.#counters.get(key);
    this.#counters.set(key, {
      operation: entry.operation,
      api: entry.api,
      calls: (before?.calls ?? 0) + 1,
      records: (before?.records ?? 0) + entry.records,
      failed: (before?.failed ?? 0) + (entry.status === 0 || entry.status >= 400 ? 1 : 0),
    });
  }

  latest(): readonly CallEntry[] {
    return this.#latest;
  }

  counters(): readonly CallCounter[] {
    return [...this.#counters.values()];
  }

  clear(): void {
    this.#latest.length = 0;
    this.#counters.clear();
  }
}
