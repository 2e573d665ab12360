import { RECORD_CLASSES } from '../record-classes.ts';
import type { HeldCount, Ledger, LedgerRow, RecordClass } from '../state.ts';
import type { BulkWrite } from './bulk.ts';
import { EXCEPTIONS } from './record-rows.ts';
import type { Session } from './session.ts';

/** The class under which the ledger counts live keys, by their events and not by their classes. */
const LIVE = 'live';

const COUNT: BulkWrite = {
  kind: 'insert',
  table: 'ledger',
  columns: ['source', 'object', 'class', 'records'],
  key: ['source', 'object', 'class'],
  known: ['records = ledger.records + excluded.records'],
};

/** What one call changes in the running totals; written once, at its end. */
export class LedgerChanges {
  readonly #changes = new Map<string, { source: string; object: string; class: string; records: number }>();

  add(source: string, object: string, recordClass: RecordClass, records: number): void {
    this.#add(source, object, recordClass, records);
  }

  addLive(source: string, object: string, records: number): void {
    this.#add(source, object, LIVE, records);
  }

  async write(session: Session): Promise<void> {
    const changes = [...this.#changes.values()].filter(({ records }) => records !== 0);
    await session.write(
      COUNT,
      changes.map((change) => [change.source, change.object, change.class, change.records]),
    );
  }

  #add(source: string, object: string, recordClass: string, records: number): void {
    const name = `${source}/${object}/${recordClass}`;
    const change = this.#changes.get(name);
    if (change === undefined) this.#changes.set(name, { source, object, class: recordClass, records });
    else change.records += records;
  }
}

interface Count {
  readonly source: string;
  readonly object: string;
  readonly class: string;
  readonly records: number;
}

export function ledgerOf(session: Session): Ledger {
  return {
    rows: async (source) =>
      ledgerRows(
        await session.all<Count>(
          `SELECT source, object, class, records FROM ledger ${where(source)} ORDER BY source, object`,
          ...given(source),
        ),
      ),
    recount: async (source) =>
      ledgerRows(
        (
          await session.all<Count & { op: string }>(
            `SELECT source, object, class, op, count(*) AS records FROM records ${where(source)}
             GROUP BY source, object, class, op ORDER BY source, object`,
            ...given(source),
          )
        ).flatMap((count) => (count.op === 'UPSERT' ? [count, { ...count, class: LIVE }] : [count])),
      ),
    heldByReason: async (source) => byReason(session, source, "class IN ('held', 'delete-held')"),
    deadByReason: async (source) => byReason(session, source, "class = 'dead-lettered'"),
  };
}

function byReason(session: Session, source: string | null, classes: string): Promise<readonly HeldCount[]> {
  return session.all(
    `SELECT source, object, class, reason_code AS code, count(*) AS records FROM records
     ${where(source, classes, 'reason_code IS NOT NULL', EXCEPTIONS)}
     GROUP BY source, object, class, reason_code ORDER BY source, object, class, reason_code`,
    ...given(source),
  );
}

function where(source: string | null, ...conditions: readonly string[]): string {
  const all = source === null ? conditions : ['source = ?', ...conditions];
  return all.length === 0 ? '' : `WHERE ${all.join(' AND ')}`;
}

function given(source: string | null): readonly string[] {
  return source === null ? [] : [source];
}

function ledgerRows(counts: readonly Count[]): readonly LedgerRow[] {
  const rows = new Map<string, { source: string; object: string; counts: Map<string, number> }>();
  for (const count of counts) {
    const name = `${count.source}/${count.object}`;
    const row = rows.get(name) ?? { source: count.source, object: count.object, counts: new Map<string, number>() };
    rows.set(name, row);
    row.counts.set(count.class, (row.counts.get(count.class) ?? 0) + count.records);
  }
  return [...rows.values()].map((row) => ({
    source: row.source,
    object: row.object,
    live: row.counts.get(LIVE) ?? 0,
    classes: Object.fromEntries(
      RECORD_CLASSES.map((recordClass) => [recordClass, row.counts.get(recordClass) ?? 0]),
    ) as Record<RecordClass, number>,
  }));
}
