import { parseRecordKey } from '../../core/identifiers.ts';
import type { DueQuery, RecordRow } from '../state.ts';
import { RECORD_COLUMNS, recordRow, type StoredRecord } from './record-rows.ts';
import { first, type Session } from './session.ts';

const SELECT = `SELECT ${RECORD_COLUMNS.join(', ')} FROM records`;

/** Those whose time has come go before those that never waited: backing off keeps them few, and a long first load would starve them. */
const RIPE = 'source = ? AND object = ? AND due = 1 AND due_at > 0 AND due_at <= ? ORDER BY due_at, epoch, sequence';
const AT_ONCE = 'source = ? AND object = ? AND due = 1 AND due_at = 0 ORDER BY epoch, sequence';

/**
 * What is due, without what the writer has in its hands already. The database gives the keys in the order of its index, as
 * many as can be wanted and left out together, and they are left out here: a statement that is told what to leave out
 * builds a table of thousands of keys for every object, whether or not anything of it is due.
 */
export async function due(session: Session, query: DueQuery): Promise<readonly RecordRow[]> {
  const { source, except, exceptAt } = query;
  const leftOut = exceptionsByObject(source, [...except, ...(exceptAt?.keys() ?? [])]);
  const found: StoredRecord[] = [];
  for (const object of query.objects) {
    const known = leftOut.get(object) ?? 0;
    for (const [condition, parameters] of [
      [RIPE, [source, object, query.now]],
      [AT_ONCE, [source, object]],
    ] as const) {
      const left = query.limit - found.length;
      if (left <= 0) return found.map(recordRow);
      if (known === 0) {
        found.push(...(await session.all<StoredRecord>(`${SELECT} WHERE ${condition} LIMIT ?`, ...parameters, left)));
        continue;
      }
      const keys = await session.all<Listed>(
        `SELECT key, epoch, sequence FROM records WHERE ${condition} LIMIT ?`,
        ...parameters,
        left + known,
      );
      const wanted = keys.flatMap((one) => (isLeftOut(query, one) ? [] : [one.key])).slice(0, left);
      found.push(...(await inOrder(session, wanted)));
    }
  }
  return found.map(recordRow);
}

type Listed = Pick<StoredRecord, 'key' | 'epoch' | 'sequence'>;

function isLeftOut({ except, exceptAt }: DueQuery, { key, epoch, sequence }: Listed): boolean {
  if (except.has(key)) return true;
  const order = exceptAt?.get(key)?.order;
  return order !== undefined && order.epoch === epoch && order.sequence === sequence;
}

/** How many of the keys belong to each object of the source; where one stands there twice, a few more than needed are listed. */
function exceptionsByObject(source: string, except: Iterable<string>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const key of except) {
    const parts = parseRecordKey(key);
    if (parts.source === source) counts.set(parts.object, (counts.get(parts.object) ?? 0) + 1);
  }
  return counts;
}

async function inOrder(session: Session, keys: readonly string[]): Promise<readonly StoredRecord[]> {
  if (keys.length === 0) return [];
  const rows = await session.all<StoredRecord>(`${SELECT} WHERE key IN :list`, keys);
  const byKey = new Map(rows.map((row) => [row.key, row]));
  return keys.flatMap((key) => byKey.get(key) ?? []);
}

/** The earliest time after `after` at which a parked record is due; null where there is none. */
export async function nextDueAt(session: Session, after: number): Promise<number | null> {
  const found = await first<{ at: number | null }>(
    session,
    // The index holds parked records only; the first condition names it, and is true of any time after it.
    'SELECT min(due_at) AS at FROM records WHERE due = 1 AND due_at > 0 AND due_at > ?',
    after,
  );
  return found?.at ?? null;
}
