import { parseRecordKey, type RecordKey } from '../../core/identifiers.ts';
import { judge, type KnownRecord } from '../intake.ts';
import { toJsonOrNull } from '../json.ts';
import { checkMove } from '../record-classes.ts';
import type { Intake, RecordClass, RecordMove, Records, TakenEvent } from '../state.ts';
import { type BulkWrite, replacing } from './bulk.ts';
import { due, nextDueAt } from './due-records.ts';
import { LedgerChanges } from './ledger.ts';
import { EXCEPTIONS, isException, RECORD_COLUMNS, recordRow, type StoredRecord, storedKnown } from './record-rows.ts';
import { first, type Session } from './session.ts';

const KNOWN = `
  SELECT key, class, op, content_hash, seen_epoch, seen_sequence, incarnation, incarnation_created, since, epoch, sequence, touches
  FROM records WHERE key IN :list`;

const STORE: BulkWrite = {
  kind: 'insert',
  table: 'records',
  columns: RECORD_COLUMNS,
  key: ['key'],
  known: [
    ...replacing(RECORD_COLUMNS.filter((column) => !['key', 'source', 'object', 'id', 'touches'].includes(column))),
    'touches = records.touches + 1',
  ],
};

const SEEN: BulkWrite = { kind: 'update', table: 'records', columns: ['seen_epoch', 'seen_sequence'], key: ['key'] };

const MOVE: BulkWrite = {
  kind: 'update',
  table: 'records',
  columns: ['class', 'reason_code', 'reason', 'due', 'due_at', 'attempt', 'since'],
  key: ['key'],
};

const SELECT = `SELECT ${RECORD_COLUMNS.join(', ')} FROM records`;

/** Rows that one statement touches; SQLite blocks the process meanwhile, PostgreSQL must answer in time. */
const TOUCHED_AT_ONCE = 10_000;

const TOUCH = 'UPDATE records SET due = 1, due_at = 0, touches = touches + 1';

/**
 * Every key of an object lies between `source/object/` and `source/object0`, since 0 is the character after the slash;
 * and likewise those of a source.
 */
export function recordsOf(session: Session): Records {
  const known = async (keys: Iterable<string>) =>
    new Map((await session.all<StoredRecord>(KNOWN, [...keys])).map((row) => [row.key, row]));

  return {
    take: async (events, now) => take(session, known, events, now),
    get: async (keys) => {
      const rows = await session.all<StoredRecord>(`${SELECT} WHERE key IN :list`, keys);
      return new Map(rows.map((row) => [row.key, recordRow(row)]));
    },
    due: (query) => due(session, query),
    dueCount: async (source, objects, now) =>
      (
        await first<{ records: number }>(
          session,
          'SELECT count(*) AS records FROM records WHERE source = ? AND object IN :list AND due = 1 AND due_at <= ?',
          source,
          objects,
          now,
        )
      )?.records ?? 0,
    nextDueAt: (after) => nextDueAt(session, after),
    move: async (moves, now) => move(session, known, moves, now),
    touch: async (keys) => {
      await session.execute(`${TOUCH} WHERE key IN :list`, keys);
    },
    touchAll: async (source, objects) => {
      if (objects === null) return touchRange(session, `${source}/`, `${source}0`);
      let touched = 0;
      for (const object of new Set(objects)) {
        touched += await touchRange(session, `${source}/${object}/`, `${source}/${object}0`);
      }
      return touched;
    },
    page: async (source, object, after, limit) =>
      (
        await session.all<StoredRecord>(
          `${SELECT} WHERE key > ? AND key < ? ORDER BY key LIMIT ?`,
          after ?? `${source}/${object}/`,
          `${source}/${object}0`,
          limit,
        )
      ).map(recordRow),
    byClass: async (source, object, recordClass, after, limit) =>
      (
        await session.all<StoredRecord>(
          isException(recordClass)
            ? `${SELECT} WHERE source = ? AND object = ? AND class = ? AND ${EXCEPTIONS} AND key > ? ORDER BY key LIMIT ?`
            : `${SELECT} WHERE source = ? AND object = ? AND class = ? AND key > ? AND key < ? ORDER BY key LIMIT ?`,
          source,
          object,
          recordClass,
          ...(isException(recordClass)
            ? [after ?? '', limit]
            : [after ?? `${source}/${object}/`, `${source}/${object}0`, limit]),
        )
      ).map(recordRow),
    objects: async (source) =>
      (
        await session.all<{ object: string }>(
          'SELECT DISTINCT object FROM ledger WHERE source = ? ORDER BY object',
          source,
        )
      ).map((row) => row.object),
  };
}

type Known = (keys: Iterable<string>) => Promise<Map<string, StoredRecord>>;

interface Draft {
  readonly before: StoredRecord | undefined;
  record: KnownRecord | undefined;
  event: TakenEvent | undefined;
  seen: boolean;
}

/** Only the last of several events of a key is written: nobody can have seen those before it. */
async function take(
  session: Session,
  known: Known,
  events: readonly TakenEvent[],
  now: number,
): Promise<readonly Intake[]> {
  const stored = await known(new Set(events.map((event) => event.key)));
  const drafts = new Map<RecordKey, Draft>();
  const intakes = events.map((event) => {
    let draft = drafts.get(event.key);
    if (draft === undefined) {
      const before = stored.get(event.key);
      draft = { before, record: before === undefined ? undefined : storedKnown(before), event: undefined, seen: false };
      drafts.set(event.key, draft);
    }
    const judgement = judge(draft.record, event);
    draft.record = judgement.record;
    if (judgement.keep === 'event') draft.event = event;
    if (judgement.keep === 'seen') draft.seen = true;
    return judgement.intake;
  });

  const ledger = new LedgerChanges();
  await session.write(STORE, storing(drafts.values(), ledger, now));
  await session.write(SEEN, seeing(drafts));
  await ledger.write(session);
  return intakes;
}

function* storing(
  drafts: Iterable<Draft>,
  ledger: LedgerChanges,
  now: number,
): Generator<readonly (string | number | null)[]> {
  for (const { before, record, event } of drafts) {
    if (event === undefined || record === undefined) continue;
    ledger.add(event.source, event.object, record.class, 1);
    ledger.addLive(event.source, event.object, record.op === 'UPSERT' ? 1 : 0);
    if (before !== undefined) {
      ledger.add(event.source, event.object, before.class as RecordClass, -1);
      ledger.addLive(event.source, event.object, before.op === 'UPSERT' ? -1 : 0);
    }
    yield [
      event.key,
      event.source,
      event.object,
      event.id,
      record.incarnation,
      record.created,
      event.op,
      event.order.epoch,
      event.order.sequence,
      record.seen.epoch,
      record.seen.sequence,
      event.sourceVersion,
      event.sourceTime,
      event.sourceCreated,
      event.observedAt,
      event.run,
      event.contentHash,
      toJsonOrNull(event.after),
      record.class,
      null,
      null,
      1,
      0,
      0,
      1,
      before !== undefined && before.class === record.class ? before.since : now,
      event.place?.partition ?? null,
      event.place?.offset ?? null,
    ];
  }
}

function* seeing(drafts: ReadonlyMap<RecordKey, Draft>): Generator<readonly (string | number | null)[]> {
  for (const [key, { record, event, seen }] of drafts) {
    if (seen && event === undefined && record !== undefined) yield [record.seen.epoch, record.seen.sequence, key];
  }
}

async function move(
  session: Session,
  known: Known,
  moves: readonly RecordMove[],
  now: number,
): Promise<readonly RecordKey[]> {
  const stored = await known(moves.map((wanted) => wanted.key));
  const ledger = new LedgerChanges();
  const moved: RecordKey[] = [];
  const changes: (readonly (string | number | null)[])[] = [];
  for (const wanted of moves) {
    const before = stored.get(wanted.key);
    if (before === undefined || before.epoch !== wanted.order.epoch || before.sequence !== wanted.order.sequence)
      continue;
    const from = before.class as RecordClass;
    checkMove(wanted.key, from, wanted.to);
    const { source, object } = parseRecordKey(wanted.key);
    ledger.add(source, object, from, -1);
    ledger.add(source, object, wanted.to, 1);
    // Touched since the writer read it: what it decided may rest on what has changed meanwhile.
    const touched = wanted.touches !== undefined && wanted.touches !== before.touches;
    const since = from === wanted.to ? before.since : now;
    changes.push([
      wanted.to,
      wanted.reason?.code ?? null,
      toJsonOrNull(wanted.reason),
      wanted.due || touched ? 1 : 0,
      touched ? 0 : (wanted.dueAt ?? 0),
      wanted.attempt ?? 0,
      since,
      wanted.key,
    ]);
    stored.set(wanted.key, { ...before, class: wanted.to, since });
    moved.push(wanted.key);
  }
  await session.write(MOVE, changes);
  await ledger.write(session);
  return moved;
}

/** Lets the rest of the process live between its parts: millions of records take half a minute. */
async function touchRange(session: Session, from: string, to: string): Promise<number> {
  let touched = 0;
  let after = from;
  for (;;) {
    const next = await first<{ key: string }>(
      session,
      'SELECT key FROM records WHERE key > ? AND key < ? ORDER BY key LIMIT 1 OFFSET ?',
      after,
      to,
      TOUCHED_AT_ONCE,
    );
    if (next === undefined) return touched + (await session.execute(`${TOUCH} WHERE key > ? AND key < ?`, after, to));
    touched += await session.execute(`${TOUCH} WHERE key > ? AND key <= ?`, after, next.key);
    after = next.key;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
