import { type EditClosing, type EditRow, type Operation, ROW_FIELD, type TargetRow } from '../state/state.ts';
import type { CommitContext, Written } from './commit.ts';
import { UNCERTAIN } from './compare.ts';
import { columnsOf, findEdits } from './edit-finding.ts';
import { storeFound } from './edit-store.ts';
import { sameValue } from './image.ts';
import { normalOf } from './values.ts';

type OpenEdits = ReadonlyMap<string, readonly EditRow[]>;

/** What stood in a row before a write: what we wrote last, with what people made of it since. Null: not known. */
export function standingImage(
  target: TargetRow | undefined,
  edits: readonly EditRow[],
): Readonly<Record<string, unknown>> | null {
  if (target === undefined || target.image === null) return null;
  const fields = edits.filter(({ field }) => field !== ROW_FIELD);
  if (fields.length === 0) return target.image;
  return { ...target.image, ...Object.fromEntries(fields.map(({ field, value }) => [field, value])) };
}

/** Edits that a write has gone over, in the transaction of its outcome: closed, and listed from then on (SPEC.md I20). */
export async function closeWritten(
  { tx, workspace, now }: CommitContext,
  written: readonly Written[],
  edits: OpenEdits,
): Promise<void> {
  const closings: EditClosing[] = [];
  const questions = [...edits.values()].flat().flatMap(({ question }) => question ?? []);
  const reviews = questions.length === 0 ? new Map() : await tx.reviews.get(questions);
  for (const { row } of written) {
    const normal = normalOf(workspace, row.target.object);
    for (const edit of edits.get(row.target.targetKey) ?? []) {
      const isRow = edit.field === ROW_FIELD;
      if (!isRow && !(edit.field in row.fields)) continue;
      const replacement = isRow ? null : (row.fields[edit.field] ?? null);
      const same = sameValue(edit.field, replacement, edit.value, normal);
      const review = edit.question === null ? undefined : reviews.get(edit.question);
      const because = review?.status === 'answered' ? review.answeredBy : 'mapping';
      closings.push({ number: edit.number, status: same ? 'agreed' : 'overwritten', replacement, because, at: now });
    }
  }
  if (closings.length > 0) await tx.edits.close(closings);
}

/**
 * The answer to an upsert shows the fields that were not sent, too: what people changed there since the last poll, which
 * that poll's successor could not see any more, since the row's last change is ours now.
 */
export async function foundInAnswer(
  context: CommitContext,
  operation: Operation,
  written: readonly Written[],
  before: ReadonlyMap<string, TargetRow>,
  edits: OpenEdits,
): Promise<void> {
  if (operation !== 'upsert') return;
  const { tx, workspace, now, mappings } = context;
  const found = written.flatMap(({ row, record, hollow, id }) => {
    const known = before.get(row.target.targetKey);
    if (record === undefined || hollow === true || known?.status !== 'written' || known.id !== id) return [];
    if (known.imageHash === null || known.imageHash === UNCERTAIN) return [];
    const { object } = row.target;
    return findEdits({
      target: { ...known, ...row.target },
      record,
      open: edits.get(row.target.targetKey) ?? [],
      columns: columnsOf(mappings, object),
      described: workspace.objects.get(object),
      normal: normalOf(workspace, object),
      except: new Set(Object.keys(row.fields)),
    }).map((one) => ({ ...one, target: row.target }));
  });
  await storeFound(tx, found, { by: null, at: null, foundAt: now, foundBy: 'answer' });
}

/** An image as Twenty keeps it: where it keeps a value unlike it was sent, that is what later edits are measured by. */
export function imageAsStored(
  context: Pick<CommitContext, 'workspace'>,
  { row, record }: Written,
): Readonly<Record<string, unknown>> | null {
  const { image, object } = row.target;
  if (image === null || record === undefined) return image;
  const normal = normalOf(context.workspace, object);
  const altered = Object.keys(row.fields).filter(
    (name) => name in record && name in image && !sameValue(name, image[name], record[name], normal),
  );
  if (altered.length === 0) return image;
  return { ...image, ...Object.fromEntries(altered.map((name) => [name, record[name] ?? null])) };
}
