import { type ReadBackDeps, type ReadRow, readBack, rowsToRead, type ToldRow, tellReadBack } from '../../sink/index.ts';
import type { PreviewDeps } from '../../sink/preview.ts';
import type { RecordRow, StateTransaction } from '../../state/state.ts';

const PART = 200;

/** What a replay reads of Twenty, page by page, and what of it is not as we wrote it: kept in the state only once it is applied. */
export class ReplayReading {
  readonly #deps: PreviewDeps & ReadBackDeps;
  readonly #unread: boolean;
  readonly #told: ToldRow[] = [];
  #rows = 0;
  #calls = 0;

  /** `unread`: only counts what it would read. */
  constructor(deps: PreviewDeps, unread: boolean) {
    this.#deps = { ...deps, lane: 'operator' };
    this.#unread = unread;
  }

  async look(records: readonly RecordRow[]): Promise<(tx: StateTransaction) => Promise<void>> {
    const parts = await rowsToRead(this.#deps.state, records);
    this.#calls += parts.length;
    this.#rows += parts.reduce((sum, part) => sum + part.length, 0);
    if (this.#unread) return async () => undefined;
    const reads: ReadRow[] = [];
    for (const part of parts) reads.push(...(await readBack(this.#deps, part)));
    return async (tx) => {
      this.#told.push(...(await tellReadBack(tx, this.#deps, reads)));
    };
  }

  /** Tells the state. */
  async keep(): Promise<void> {
    for (let at = 0; at < this.#told.length; at += PART) {
      const part = this.#told.slice(at, at + PART);
      await this.#deps.state.transaction((tx) => tellReadBack(tx, this.#deps, part));
    }
  }

  /** What was read, or would have been, and what it cost, in API minutes; and how many rows were not as we wrote them. */
  account() {
    const counted = (kind: ToldRow['kind']) => this.#told.filter((one) => one.kind === kind).length;
    return {
      done: !this.#unread,
      rows: this.#rows,
      calls: this.#calls,
      minutes: this.#calls / Math.max(1, this.#deps.callsPerMinute),
      gone: counted('gone'),
      changed: counted('changed'),
      edited: counted('edited'),
    };
  }
}
