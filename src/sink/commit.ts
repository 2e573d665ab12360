import type { CompiledMapping } from '../mapping/model.ts';
import type { IntentRow, JournalEntry, Operation, StateTransaction, TargetRow, UniqueRow } from '../state/state.ts';
import type { TwentyRecord, Workspace } from '../twenty/model.ts';
import { UNCERTAIN } from './compare.ts';
import { closeWritten, foundInAnswer, imageAsStored, standingImage } from './edit-commit.ts';
import { recordReviewId } from './names.ts';
import { endEdits, storeTargets } from './rest.ts';
import { uniquesOf } from './unique-index.ts';

export interface CommitContext {
  readonly tx: StateTransaction;
  readonly workspace: Workspace;
  readonly now: number;
  readonly run: string;
  /** As loaded: they say which fields of an object are watched. */
  readonly mappings: readonly CompiledMapping[];
}

/** A row that Twenty took, and under which id. */
export interface Written {
  readonly row: IntentRow;
  /** The id that came back; another one than was sent is a stranger's row (SPEC.md I12). */
  readonly id: string;
  /** The row had gone, and the upsert made a new one of the few fields it carried: it is written whole next. */
  readonly hollow?: boolean;
  /** The row as the answer shows it; undefined where no answer came, or it says nothing. */
  readonly record?: TwentyRecord;
}

const DELETIONS: ReadonlySet<Operation> = new Set(['soft-delete', 'destroy']);

export function isDeletion(operation: Operation): boolean {
  return DELETIONS.has(operation);
}

/** Stores what a call did: targets, journal, unique values, and whom it concerns. */
export async function commitWritten(
  context: CommitContext,
  operation: Operation,
  written: readonly Written[],
): Promise<ReadonlySet<string>> {
  const { tx, now, run, workspace } = context;
  const released = new Set<string>();
  if (written.length === 0) return released;
  const targetKeys = written.map(({ row }) => row.target.targetKey);
  const before = await tx.targets.get(targetKeys);
  const edits = await tx.edits.open(targetKeys);
  const rows: TargetRow[] = [];
  const journal: JournalEntry[] = [];
  for (const one of written) {
    const { row, id, hollow } = one;
    const { target } = row;
    const strange = id !== target.id;
    rows.push({
      ...target,
      image: hollow === true || isDeletion(operation) ? target.image : imageAsStored(context, one),
      id,
      status: isDeletion(operation) ? 'deleted' : 'written',
      // What a stranger's row held is not known: nothing of it may be taken for ours.
      ...(strange ? { createdByUs: false, before: null, imageHash: UNCERTAIN, checksum: null } : {}),
      ...(hollow === true ? { imageHash: UNCERTAIN, checksum: null } : {}),
      writtenAt: now,
    });
    journal.push({
      at: now,
      run,
      targetKey: target.targetKey,
      object: target.object,
      id,
      operation,
      // What stood there, edits by people included: an undo gives them back.
      before: standingImage(before.get(target.targetKey), edits.get(target.targetKey) ?? []) ?? target.before,
      after: target.image,
      order: target.order,
    });
    if (strange) await askWhetherSame(context, row, id);
  }
  await storeTargets(tx, workspace, rows, released);
  await tx.journal.append(journal);
  if (!isDeletion(operation)) {
    await closeWritten(context, written, edits);
    const hollow = written.filter((one) => one.hollow === true);
    await endEdits(
      tx,
      hollow.map(({ row }) => ({ targetKey: row.target.targetKey, writtenAt: now })),
    );
    await foundInAnswer(context, operation, written, before, edits);
  }
  await storeUniques(context, operation, rows, before);
  return released;
}

async function storeUniques(
  context: CommitContext,
  operation: Operation,
  rows: readonly TargetRow[],
  before: ReadonlyMap<string, TargetRow>,
): Promise<void> {
  for (const [object, group] of Map.groupBy(rows, (row) => row.object)) {
    const values: UniqueRow[] = group.flatMap((row) => {
      if (operation === 'destroy') return [];
      const image = row.image ?? before.get(row.targetKey)?.image ?? {};
      const deletedAt = operation === 'soft-delete' ? new Date(row.writtenAt).toISOString() : null;
      return uniquesOf(context.workspace, object, { ...image, id: row.id, deletedAt });
    });
    await context.tx.uniques.put(
      object,
      group.map((row) => row.id),
      values,
    );
  }
}

async function askWhetherSame(context: CommitContext, row: IntentRow, id: string): Promise<void> {
  const { target } = row;
  const [record] = row.recordKeys;
  await context.tx.reviews.ask([
    {
      id: recordReviewId(target.targetKey, 'id-mismatch'),
      queue: 'record',
      source: target.targetKey.split('/')[0] ?? '',
      object: target.targetKey.split('/')[1] ?? null,
      recordKey: record ?? null,
      question: `Twenty wrote ${target.targetKey} into a row that was there before (${target.object} ${id}). Is it the same?`,
      detail: { object: target.object, sent: target.id, returned: id },
      choices: ['same'],
      blocking: true,
      createdAt: context.now,
    },
  ]);
}

/** What Twenty has of these rows is not known any more: the next image is written whole. */
export async function markUncertain(tx: StateTransaction, rows: readonly IntentRow[]): Promise<void> {
  const known = await tx.targets.get(rows.map((row) => row.target.targetKey));
  const uncertain = [...known.values()].filter((row) => row.status === 'written');
  if (uncertain.length > 0)
    await tx.targets.put(uncertain.map((row) => ({ ...row, imageHash: UNCERTAIN, checksum: null })));
}

/**
 * Which row of the answer belongs to which row sent. The answer's order says nothing (twenty.md O2), so ids decide;
 * of those that came back unasked, the source key. Undefined: the answer does not say.
 */
export function pair(
  rows: readonly IntentRow[],
  answer: readonly TwentyRecord[],
): ReadonlyMap<IntentRow, string | undefined> {
  const ids = new Set(answer.map((record) => record.id));
  const sent = new Set(rows.map((row) => row.target.id));
  const strangers = answer.filter((record) => !sent.has(record.id));
  const missing = rows.filter((row) => !ids.has(row.target.id));
  const result = new Map<IntentRow, string | undefined>();
  for (const row of rows) {
    if (ids.has(row.target.id)) {
      result.set(row, row.target.id);
      continue;
    }
    const wanted = row.target.image?.sourceKey;
    const byKey = strangers.filter((record) => wanted !== undefined && record.sourceKey === wanted);
    const found =
      byKey.length === 1 ? byKey[0] : missing.length === 1 && strangers.length === 1 ? strangers[0] : undefined;
    result.set(row, found?.id);
  }
  return result;
}
