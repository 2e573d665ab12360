import { parseRecordKey } from '../core/identifiers.ts';
import type { RecordRow, StateStore } from '../state/state.ts';

const PAGE = 1000;

/** The ids of an object's live records, in key order, read page by page. */
export async function* liveIds(state: StateStore, source: string, object: string): AsyncIterable<string> {
  let after: string | null = null;
  for (;;) {
    const from: string | null = after;
    const rows: readonly RecordRow[] = await state.read((tx) => tx.records.page(source, object, from, PAGE));
    for (const row of rows) if (row.event.op === 'UPSERT') yield parseRecordKey(row.key).id;
    if (rows.length < PAGE) return;
    after = rows.at(-1)?.key ?? null;
  }
}
