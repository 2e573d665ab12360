import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { TwentySandbox } from '../../sandbox/twenty/index.ts';
import { contentOf, type StoredRow } from './content.ts';

/** Says of every row that is stored whether it changed anything. */
export class WriteWatch {
  #written = 0;
  readonly #equal: string[] = [];

  constructor(sandbox: TwentySandbox) {
    const { store } = sandbox.engine;
    const put = store.put.bind(store);
    store.put = (object: string, row: StoredRow): void => {
      const before = store.table(object).get(row.id);
      this.#written += 1;
      if (before !== undefined && saysTheSame(before, row)) this.#equal.push(`${object} ${row.id}`);
      put(object, row);
    };
  }

  /** Rows stored, whatever was in them. */
  get written(): number {
    return this.#written;
  }

  /** Rows that were stored again as they were: `<object> <id>`, once per time. */
  get equal(): readonly string[] {
    return this.#equal;
  }
}

function saysTheSame(before: StoredRow, after: StoredRow): boolean {
  // A row deleted again gets another time, and is as deleted as before.
  const told = (row: StoredRow) => contentOf({ ...row, deletedAt: row.deletedAt === null ? null : 'deleted' });
  return isDeepStrictEqual(told(before), told(after));
}

/** In so many turns of the event loop everything is read that the system has received for this process, by way of a proxy too. */
const TURNS = 20;

/**
 * Waits until the workspace, which works in this process, has done what dead processes asked for: for so long, and in some
 * turns of the event loop after it, nothing was answered. The time alone may pass while this process stands still.
 */
export async function untilQuiet(sandbox: TwentySandbox, quietMs: number): Promise<void> {
  for (let before = -1, now = answered(sandbox); before !== now; now = answered(sandbox)) {
    before = now;
    await sleep(quietMs);
    for (let turn = 0; turn < TURNS; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

/** Calls answered so far: while it grows, something is still under way. */
function answered(sandbox: TwentySandbox): number {
  return sandbox.counters().reduce((sum, { calls }) => sum + calls, 0);
}

export interface CallTotals {
  readonly writes: number;
  readonly reads: number;
  /** Calls that were answered with an error. */
  readonly refused: number;
  /** Rows that the bodies of creates and upserts held. */
  readonly rows: number;
}

export function callTotals(sandbox: TwentySandbox): CallTotals {
  const total = { writes: 0, reads: 0, refused: 0, rows: 0 };
  for (const { operation, calls, records, failed } of sandbox.counters()) {
    if (/^(create|update|delete|destroy|restore)/.test(operation)) total.writes += calls;
    else total.reads += calls;
    total.refused += failed;
    total.rows += records;
  }
  return total;
}
