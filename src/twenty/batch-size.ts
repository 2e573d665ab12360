import { refusedHere } from './client-parts.ts';
import type { WriteOutcome } from './twenty.ts';

/** QUERY_MAX_RECORDS of the server (twenty.md O1). */
export const MOST_ROWS = 200;
/** What the documentation names, and what every version takes. */
const DOCUMENTED_ROWS = 60;

/**
 * Rows per write call that the workspace accepts. It can't be asked, so the first batch above what every version takes
 * finds it out, and others that are as large wait for its answer: a wrong guess costs one call, however many are made at
 * once.
 */
export class BatchSize {
  readonly #learned: (rows: number) => void;
  #rows: number;
  /** The largest batch that was surely taken. */
  #proven: number;
  #trial: Promise<unknown> | undefined;

  /** `known`: learned earlier, and then certain. */
  constructor(known: number | undefined, learned: (rows: number) => void) {
    this.#rows = Math.max(1, Math.min(MOST_ROWS, known ?? MOST_ROWS));
    this.#proven = known === undefined ? DOCUMENTED_ROWS : this.#rows;
    this.#learned = learned;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Makes the call as soon as its size is not in doubt, or as the one that ends the doubt. */
  async whenAllowed(rows: number, call: () => Promise<WriteOutcome>): Promise<WriteOutcome> {
    while (rows > this.#proven && this.#trial !== undefined) await this.#trial;
    if (rows > this.#rows) {
      return refusedHere('too-many', `the workspace takes ${this.#rows} rows a call, not ${rows}`);
    }
    if (rows <= this.#proven) return call();
    const trial = call();
    this.#trial = trial.catch(() => undefined);
    try {
      const outcome = await trial;
      if (outcome.kind === 'written') this.#proven = Math.max(this.#proven, rows);
      return outcome;
    } finally {
      this.#trial = undefined;
    }
  }

  /** The server refused a batch for its size, and may have said which one it takes. */
  refused(said: number | undefined): void {
    const smaller = this.#rows > DOCUMENTED_ROWS ? DOCUMENTED_ROWS : Math.ceil(this.#rows / 2);
    const next = said !== undefined && said >= 1 && said < this.#rows ? said : smaller;
    if (next >= this.#rows) return;
    this.#rows = next;
    this.#proven = Math.min(this.#proven, next);
    this.#learned(next);
  }
}
