import { ChangeoverError } from '../core/errors.ts';
import { parseRecordKey, type RecordKey } from '../core/identifiers.ts';
import type { ControlNotice } from '../events/notices.ts';
import type { ApartRow, StateTransaction, TargetRow } from '../state/state.ts';
import { controlNotice, type Said } from './decisions.ts';

/** As the audit and the topic of control name these decisions. */
const TAKEN_OUT = 'merges-unmerge';
export const TAKEN_BACK = 'merges-reopen';

/** A record that was taken out of its row, and whom it shared that with. */
export interface TakenOut {
  readonly record: RecordKey;
  readonly from: readonly RecordKey[];
  readonly target: TargetRow;
}

/**
 * Takes a record out of the row that it shares with others: from now on, until somebody takes it back, it shares none with
 * any of them (SPEC.md §14). The writer does the rest: all of them are due.
 * @throws MERGE_UNKNOWN where the record shares no row.
 */
export async function takeOut(tx: StateTransaction, key: string, said: Said): Promise<TakenOut> {
  const target = (await tx.targets.ofRecords([key])).get(key);
  if (target === undefined || target.status !== 'written' || target.contributors.length < 2)
    throw new ChangeoverError('MERGE_UNKNOWN', `${key} shares no row in Twenty with another record`);
  const record = key as RecordKey;
  const from = target.contributors.filter((one) => one !== key) as RecordKey[];
  await keepApart(tx, record, from, said);
  await tx.records.touch(target.contributors);
  return { record, from, target };
}

/** From now on the record shares no row with these. Audited, and told; nobody is due by it. */
export async function keepApart(
  tx: StateTransaction,
  record: RecordKey,
  from: readonly RecordKey[],
  said: Said,
): Promise<void> {
  const { by, reason, now } = said;
  await tx.apart.put(from.map((other): ApartRow => ({ takenOut: record, from: other, by, reason, at: now })));
  await tell(tx, TAKEN_OUT, record, from, said);
}

/**
 * Takes such decisions back: the records may share a row again, if what they have says so. Those of one record, or of these two.
 * @throws MERGE_UNKNOWN where there is none.
 */
export async function takeBack(
  tx: StateTransaction,
  key: string,
  other: string | null,
  said: Said,
): Promise<readonly ApartRow[]> {
  const known = (await tx.apart.of([key])).filter(
    ({ takenOut, from }) => other === null || takenOut === other || from === other,
  );
  if (known.length === 0) {
    const whom = other === null ? 'another record' : other;
    throw new ChangeoverError('MERGE_UNKNOWN', `nobody decided that ${key} is to be kept apart from ${whom}`);
  }
  await tx.apart.remove(known.map(({ takenOut, from }) => [takenOut, from]));
  await tx.records.touch([...new Set(known.flatMap(({ takenOut, from }) => [takenOut, from]))]);
  for (const [takenOut, rows] of Map.groupBy(known, (row) => row.takenOut)) {
    await tell(
      tx,
      TAKEN_BACK,
      takenOut,
      rows.map(({ from }) => from),
      said,
    );
  }
  return known;
}

/** What a lost state learns from the topic of control, read in its order: who is kept apart still. */
export async function learnApart(tx: StateTransaction, notice: ControlNotice): Promise<void> {
  const { takenOut, from } = notice.detail;
  if (typeof takenOut !== 'string' || !Array.isArray(from)) return;
  const others = from.filter((one): one is RecordKey => typeof one === 'string');
  const { by, reason, at } = notice;
  if (notice.action === TAKEN_OUT)
    await tx.apart.put(others.map((other) => ({ takenOut: takenOut as RecordKey, from: other, by, reason, at })));
  if (notice.action === TAKEN_BACK) await tx.apart.remove(others.map((other) => [takenOut, other]));
}

async function tell(
  tx: StateTransaction,
  action: string,
  takenOut: RecordKey,
  from: readonly RecordKey[],
  { by, reason, now, run }: Said,
): Promise<void> {
  const keys = [takenOut, ...from];
  await tx.audit.append(
    keys.map((key) => {
      const { source, object } = parseRecordKey(key);
      return { at: now, by, action, source, object, key, reason, detail: { takenOut, from } };
    }),
  );
  const { source, object } = parseRecordKey(takenOut);
  const detail = { takenOut, from, keys };
  await tx.outbox.add([controlNotice({ source, object, action, by, reason, detail, at: now, run })]);
}
