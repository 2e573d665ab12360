import { ChangeoverError } from '../core/errors.ts';
import { parseRecordKey, type RecordKey } from '../core/identifiers.ts';
import type { ControlNotice } from '../events/notices.ts';
import type { GivenBackRow, StateTransaction, TargetRow } from '../state/state.ts';
import { isBeforeKnown } from './adopted.ts';
import { controlNotice, type Said } from './decisions.ts';
import { recordOfTarget } from './names.ts';

/** As the audit and the topic of control name these decisions. */
const GIVEN_BACK = 'adopted-give-back';
const TAKEN_BACK = 'adopted-reopen';

/**
 * The row that was there before us in which a record stands, or stood when it was let go of.
 * @throws ADOPTED_UNKNOWN where there is none.
 */
export async function adoptedTarget(tx: StateTransaction, key: string): Promise<TargetRow> {
  const found = [(await tx.targets.ofRecords([key])).get(key), (await tx.targets.get([key])).get(key)];
  const target = found.find((one) => one !== undefined && one.kind === 'record' && !one.createdByUs);
  if (target === undefined || target.status === 'deleted')
    throw new ChangeoverError('ADOPTED_UNKNOWN', `${key} stands in no row in Twenty that was there before`);
  return target;
}

/**
 * Gives a row that was there before us its earlier values back (SPEC.md §17): the writer does it, and the records in it are
 * left out from now on. No record gets this row again until somebody takes that back.
 * @throws ADOPTED_UNKNOWN, ADOPTED_BEFORE_UNKNOWN
 */
export async function giveBack(tx: StateTransaction, key: string, said: Said): Promise<GivenBackRow> {
  const target = await adoptedTarget(tx, key);
  if (!isBeforeKnown(target))
    throw new ChangeoverError(
      'ADOPTED_BEFORE_UNKNOWN',
      `what ${target.object} ${target.id} held before ${key} came is not known`,
    );
  const letGo = target.contributors.length === 0;
  const records = (letGo ? [recordOfTarget(target.targetKey)] : target.contributors) as readonly RecordKey[];
  const { by, reason, now } = said;
  const { object, id, targetKey } = target;
  const row: GivenBackRow = { object, id, targetKey, records, by, reason, at: now, doneAt: null, kept: {} };
  await tx.givenBack.put([row]);
  // A row that was let go of is taken in hand once more, by whoever stood in it.
  if (letGo) await tx.targets.put([{ ...target, contributors: records, status: 'written' }]);
  await tell(tx, GIVEN_BACK, row, said);
  await tx.records.touch(records);
  return row;
}

/**
 * Takes that back: the records are planned again, and may have the row again if the mapping says so.
 * @throws ADOPTED_UNKNOWN where nobody gave a row of this record back.
 */
export async function takeAgain(tx: StateTransaction, key: string, said: Said): Promise<GivenBackRow> {
  const row = (await tx.givenBack.ofRecords([key])).get(key);
  if (row === undefined) throw new ChangeoverError('ADOPTED_UNKNOWN', `nobody gave a row of ${key} back`);
  await tx.givenBack.remove(row.object, row.id);
  await tell(tx, TAKEN_BACK, row, said);
  await tx.records.touch(row.records);
  return row;
}

/** The row has its values again: nobody answers for it any more. */
export async function letGoOf(
  tx: StateTransaction,
  target: Pick<TargetRow, 'object' | 'id' | 'targetKey'>,
  kept: Readonly<Record<string, unknown>>,
  now: number,
): Promise<void> {
  const { object, id, targetKey } = target;
  const decided = (await tx.givenBack.ofRows(object, [id])).get(id);
  if (decided !== undefined) await tx.givenBack.put([{ ...decided, doneAt: now, kept }]);
  const edits = (await tx.edits.open([targetKey])).get(targetKey) ?? [];
  await tx.reviews.withdraw(edits.flatMap(({ question }) => question ?? []));
  // What people wrote stands, and nobody wants anything else there.
  await tx.edits.close(
    edits.map(({ number, value }) => ({ number, status: 'agreed', replacement: value, because: null, at: now })),
  );
  await tx.lineage.remove([targetKey]);
  await tx.targets.remove([targetKey]);
}

/** What a lost state learns from the topic of control, read in its order: which rows nobody is to have. */
export async function learnGivenBack(tx: StateTransaction, notice: ControlNotice): Promise<void> {
  const { object, id, row: targetKey, keys } = notice.detail;
  if (typeof object !== 'string' || typeof id !== 'string' || typeof targetKey !== 'string' || !Array.isArray(keys))
    return;
  const { by, reason, at } = notice;
  if (notice.action === TAKEN_BACK) await tx.givenBack.remove(object, id);
  if (notice.action !== GIVEN_BACK) return;
  const records = keys.filter((key): key is RecordKey => typeof key === 'string');
  const known = (await tx.givenBack.ofRows(object, [id])).get(id);
  if (known !== undefined && known.at >= at) return;
  await tx.givenBack.put([{ object, id, targetKey, records, by, reason, at, doneAt: at, kept: {} }]);
}

async function tell(
  tx: StateTransaction,
  action: string,
  { object: target, id, targetKey, records }: GivenBackRow,
  { by, reason, now, run }: Said,
): Promise<void> {
  const detail = { object: target, id, row: targetKey, keys: records };
  await tx.audit.append(
    records.map((key) => {
      const { source, object } = parseRecordKey(key);
      return { at: now, by, action, source, object, key, reason, detail: { object: target, id, row: targetKey } };
    }),
  );
  const { source, object } = parseRecordKey(targetKey);
  await tx.outbox.add([controlNotice({ source, object, action, by, reason, detail, at: now, run })]);
}
