import type { Operation } from '../state/state.ts';

/** What can share a call. */
export interface Sort {
  readonly operation: Operation;
  readonly object: string;
}

/** So many guilty rows say how close together they stand. */
const FINDS = 3;
/** By so much a portion grows with every one that is written. */
const GROWTH = 4;

interface Found {
  /** Rows written since the last guilty row was found. */
  written: number;
  /** The same before each of the last ones. */
  readonly before: number[];
  /** Null: full batches. */
  most: number | null;
}

/**
 * How many rows go in one call while Twenty refuses rows that it does not name. Where guilty rows stand close together, a
 * full batch is refused in any case and says nothing: a call says most where it may as well be written (SPEC.md §5).
 */
export class Portions {
  readonly #found = new Map<string, Found>();

  /** At most as many as a full batch. */
  of(sort: Sort, full: number): number {
    return Math.min(full, this.#found.get(nameOf(sort))?.most ?? full);
  }

  /** Rows were written in one call. */
  written(sort: Sort, rows: number, full: number): void {
    const found = this.#found.get(nameOf(sort));
    if (found === undefined) return;
    found.written += rows;
    if (found.most !== null) found.most = found.most * GROWTH < full ? found.most * GROWTH : null;
    if (found.most === null && found.written >= FINDS * full) this.#found.delete(nameOf(sort));
  }

  /** A row was refused alone. */
  guilty(sort: Sort): void {
    const found = this.#found.get(nameOf(sort)) ?? { written: Number.POSITIVE_INFINITY, before: [], most: null };
    this.#found.set(nameOf(sort), found);
    found.before.unshift(found.written);
    found.before.length = Math.min(found.before.length, FINDS);
    found.written = 0;
    if (found.before.length < FINDS) return;
    found.most = found.before.reduce((sum, rows) => sum + rows, 1);
  }
}

function nameOf({ operation, object }: Sort): string {
  return JSON.stringify([operation, object]);
}
