import type { Intent, IntentRow, StateTransaction, TargetRow } from '../state/state.ts';
import type { TwentyFields, TwentyRecord } from '../twenty/model.ts';
import type { Lane } from '../twenty/twenty.ts';
import type { Fence } from './caller.ts';
import { finish } from './caller.ts';
import { commitWritten, isDeletion, type Written } from './commit.ts';
import { UNCERTAIN } from './compare.ts';
import { type Desk, NOT_PLANNED, type Planned } from './desk.ts';
import { changedFields } from './image.ts';
import { noteSuspects } from './placeholders.ts';
import { normalOf } from './values.ts';
import type { Task } from './write.ts';

/** What a row turned out to be after a call whose answer never came. */
type ReadBack =
  /** As the intent says: the call did its work. */
  | 'done'
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
    return changedFields(readable, record, normal).length === 0 ? 'done' : 'other';
  };
  const result = await state.transaction(async (tx) => {
    await fence.verify(tx);
    const verdicts = Map.groupBy(intent.rows, judge);
    const done: Written[] = (verdicts.get('done') ?? []).map((row) => ({ row, id: row.target.id }));
    await noteSuspects(desk, tx, intent.rows);
    const released = await commitWritten(
      { tx, workspace, now: clock.now(), run, mappings: desk.deps.mappings() },
      intent.operation,
      done,
    );
    await markOther(tx, verdicts.get('other') ?? [], clock.now());
    if (intent.operation === 'upsert') await markAbsent(tx, verdicts.get('absent') ?? [], clock.now());
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
  const names = new Set(intent.rows.flatMap((row) => Object.keys(row.fields)));
  // A field that is gone by now cannot be asked for, and decides nothing.
  const fields = [...names].filter((name) => described?.fields.has(name) || name.endsWith('Id'));
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

async function markOther(tx: StateTransaction, rows: readonly IntentRow[], now: number): Promise<void> {
  if (rows.length === 0) return;
  const known = await tx.targets.get(rows.map((row) => row.target.targetKey));
  await tx.targets.put(
    rows.map((row): TargetRow => {
      const before = known.get(row.target.targetKey);
      return {
        ...row.target,
        image: before?.image ?? null,
        imageHash: UNCERTAIN,
        checksum: null,
        status: 'written',
        writtenAt: before?.writtenAt ?? now,
      };
    }),
  );
}

/** An upsert of a row that is not there any more: it is made anew. */
async function markAbsent(tx: StateTransaction, rows: readonly IntentRow[], now: number): Promise<void> {
  const known = await tx.targets.get(rows.map((row) => row.target.targetKey));
  const lost = [...known.values()].filter((row) => row.status === 'written');
  if (lost.length === 0) return;
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
