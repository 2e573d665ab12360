import type { Intent, IntentRow, StateTransaction, TargetRow } from '../state/state.ts';
import type { TwentyFields, TwentyRecord } from '../twenty/model.ts';
import type { Lane } from '../twenty/twenty.ts';
import type { Fence } from './caller.ts';
import { finish } from './caller.ts';
import { type CommitContext, commitWritten, isDeletion, type Written } from './commit.ts';
import { UNCERTAIN } from './compare.ts';
import { type Desk, NOT_PLANNED, type Planned } from './desk.ts';
import { findEdits } from './edit-finding.ts';
import { isByPerson, isWatched, saidBy } from './edit-poll.ts';
import { storeFound } from './edit-store.ts';
import { isHollow } from './hollow.ts';
import { changedFields } from './image.ts';
import { noteSuspects } from './placeholders.ts';
import { endEdits, storeTargets } from './rest.ts';
import { normalOf } from './values.ts';
import type { Task } from './write.ts';

/** What a row turned out to be after a call whose answer never came. */
type ReadBack =
  /** As the intent says: the call did its work. */
  | 'done'
  /** A row that the call made, and in which a person has worked since: the call did its work, and what differs is theirs. */
  | 'edited'
  /** There, but not as the intent says: written whole next time. */
  | 'other'
  /** Not there. */
  | 'absent'
  /** A deletion that did not happen. */
  | 'still-there';

/**
 * After the deadline: reads the rows of an unanswered call back (200 a call), commits what it did, and lets the rest be
 * planned again. The next writer does the same for whoever died (SPEC.md §4, I11).
 */
export async function settleIntent(
  desk: Desk,
  fence: Fence,
  intent: Intent,
  tasks: readonly Task[],
  lane: Lane,
): Promise<Planned> {
  const { twenty, state, clock, run } = desk.deps;
  const rows = await readRows(desk, intent, lane);
  const workspace = twenty.workspace();
  const normal = normalOf(workspace, intent.object);
  const judge = (row: IntentRow): ReadBack => {
    const record = rows.get(row.target.id);
    const live = record !== undefined && (record.deletedAt === null || record.deletedAt === undefined);
    if (isDeletion(intent.operation)) return live ? 'still-there' : 'done';
    if (record === undefined || !live) return 'absent';
    const readable = Object.fromEntries(Object.entries(row.fields).filter(([name]) => name in record)) as TwentyFields;
    if (changedFields(readable, record, normal).length === 0) return 'done';
    // Its id is ours: nobody else made it. Of an upsert nobody knows what stood there when the person came.
    return intent.operation === 'create' && isByPerson(record) ? 'edited' : 'other';
  };
  const result = await state.transaction(async (tx) => {
    await fence.verify(tx);
    const verdicts = Map.groupBy(intent.rows, judge);
    const edited = verdicts.get('edited') ?? [];
    const done = [...(verdicts.get('done') ?? []), ...edited].map((row): Written => {
      const { id } = row.target;
      return { row, id, hollow: intent.operation === 'upsert' && isHollow(row, rows.get(id)) };
    });
    await noteSuspects(desk, tx, intent.rows);
    const context = { tx, workspace, now: clock.now(), run, mappings: desk.deps.mappings() };
    const released = new Set(await commitWritten(context, intent.operation, done));
    await noteEdits(context, edited, rows);
    await storeTargets(tx, workspace, await otherwise(tx, verdicts.get('other') ?? [], context.now), released);
    if (intent.operation === 'upsert') await markAbsent(tx, verdicts.get('absent') ?? [], rows, context.now);
    await tx.intents.settle([intent.id]);
    if (released.size > 0) await tx.dependencies.release([...released]);
    const keys = intent.rows.flatMap((row) => row.recordKeys);
    desk.unblock(intent.id);
    if (tasks.length === 0) {
      // Whoever wrote the intent is gone: its records are due in the state unless they came to rest since.
      if (keys.length > 0) await tx.records.touch(keys);
      return NOT_PLANNED;
    }
    return finish(desk, tx, tasks);
  });
  desk.deps.logger.info(
    { object: intent.object, operation: intent.operation, rows: intent.rows.length },
    'an unanswered write was read back',
  );
  return result;
}

async function readRows(desk: Desk, intent: Intent, lane: Lane): Promise<ReadonlyMap<string, TwentyRecord>> {
  const { twenty } = desk.deps;
  const described = twenty.workspace().objects.get(intent.object);
  // What was not sent says whether the row is the one that was there.
  const names = new Set(
    intent.rows.flatMap(({ fields, target }) => [...Object.keys(fields), ...Object.keys(target.image ?? {})]),
  );
  // A field that is gone by now cannot be asked for, and decides nothing.
  const fields = [...names].filter((name) => described?.fields.has(name) || name.endsWith('Id'));
  if (isWatched(twenty.workspace(), intent.object)) fields.push('updatedAt', 'updatedBy');
  const ids = intent.rows.map((row) => row.target.id);
  const found = new Map<string, TwentyRecord>();
  for (let at = 0; at < ids.length; at += 200) {
    const part = ids.slice(at, at + 200);
    const rows = await twenty.find({
      object: intent.object,
      by: { field: 'id', values: part },
      fields,
      deleted: true,
      lane,
    });
    for (const row of rows) found.set(row.id, row);
  }
  return found;
}

/** What people made of rows before we knew that they were there: a poll that came by meanwhile took them for nobody's. */
async function noteEdits(
  { tx, workspace, now }: CommitContext,
  edited: readonly IntentRow[],
  rows: ReadonlyMap<string, TwentyRecord>,
): Promise<void> {
  for (const { target } of edited) {
    const record = rows.get(target.id);
    if (record === undefined) continue;
    const found = findEdits({
      target: { ...target, status: 'written', writtenAt: now },
      record,
      open: [],
      columns: new Set(),
      described: workspace.objects.get(target.object),
      normal: normalOf(workspace, target.object),
      except: new Set(),
    });
    const finding = { ...saidBy(record), foundAt: now, foundBy: 'answer' as const };
    await storeFound(
      tx,
      found.map((one) => ({ ...one, target })),
      finding,
    );
  }
}

/** They are there, with contents that nobody knows. */
async function otherwise(tx: StateTransaction, rows: readonly IntentRow[], now: number): Promise<readonly TargetRow[]> {
  const known = await tx.targets.get(rows.map((row) => row.target.targetKey));
  return rows.map((row): TargetRow => {
    const before = known.get(row.target.targetKey);
    return {
      ...row.target,
      image: before?.image ?? null,
      imageHash: UNCERTAIN,
      checksum: null,
      status: 'written',
      writtenAt: before?.writtenAt ?? now,
    };
  });
}

/** An upsert of a row that is not there any more: it is made anew. */
async function markAbsent(
  tx: StateTransaction,
  rows: readonly IntentRow[],
  there: ReadonlyMap<string, TwentyRecord>,
  now: number,
): Promise<void> {
  const known = await tx.targets.get(rows.map((row) => row.target.targetKey));
  const lost = [...known.values()].filter((row) => row.status === 'written');
  if (lost.length === 0) return;
  // One that a person deleted still holds them.
  await endEdits(
    tx,
    lost.filter(({ id }) => !there.has(id)).map(({ targetKey }) => ({ targetKey, writtenAt: now })),
  );
  await tx.targets.put(
    lost.map((row) => ({
      ...row,
      status: 'deleted' as const,
      image: null,
      imageHash: null,
      checksum: null,
      contributors: [],
      writtenAt: now,
    })),
  );
}
