import type { EditRow, StateTransaction, TargetRow } from '../state/state.ts';
import { FLAGGED, PUT_BACK, UNCERTAIN } from './compare.ts';
import type { Found } from './edit-finding.ts';

/** Where and by whom edits were found. */
export type Finding = Pick<EditRow, 'by' | 'at' | 'foundAt' | 'foundBy'>;

export type FoundIn = Found & {
  readonly target: Pick<TargetRow, 'targetKey' | 'object' | 'id' | 'contributors' | 'parentKey'>;
};

/** Keeps what was found, and makes due whoever it concerns: the next plan says what comes of it. */
export async function storeFound(tx: StateTransaction, found: readonly FoundIn[], finding: Finding): Promise<void> {
  if (found.length === 0) return;
  await tx.edits.note(
    found
      .filter(({ undone }) => undone === null)
      .map(({ target, field, base, value }) => ({
        targetKey: target.targetKey,
        object: target.object,
        id: target.id,
        field,
        base,
        value,
        ...finding,
        status: 'open',
        replacement: null,
        because: null,
        closedAt: null,
      })),
  );
  await undo(tx, found, finding);
  await tx.records.touch([...new Set(found.flatMap(({ target }) => recordsOf(target)))]);
}

/** A person put back what we had written: there is no edit any more, and the row holds that again. */
async function undo(tx: StateTransaction, found: readonly FoundIn[], { by, foundAt }: Finding): Promise<void> {
  const undone = found.flatMap(({ undone, ...one }) => (undone === null ? [] : [{ ...one, edit: undone }]));
  if (undone.length === 0) return;
  await tx.reviews.withdraw(undone.flatMap(({ edit }) => edit.question ?? []));
  await tx.edits.close(
    undone.map(({ edit, value }) => ({
      number: edit.number,
      status: 'undone',
      replacement: value,
      because: by,
      at: foundAt,
    })),
  );
  const rows = await tx.targets.get([...new Set(undone.map(({ target }) => target.targetKey))]);
  await tx.targets.put(
    [...rows.values()].flatMap((row) => {
      const back = undone.filter(
        ({ target, field }) => target.targetKey === row.targetKey && field in (row.image ?? {}),
      );
      if (row.image === null || back.length === 0) return [];
      const image = { ...row.image, ...Object.fromEntries(back.map(({ field, value }) => [field, value])) };
      // What the source says now may be something else: its image was settled with the edit in it.
      const known = row.imageHash !== null && row.imageHash !== UNCERTAIN && row.imageHash !== FLAGGED;
      return [{ ...row, image, ...(known ? { imageHash: PUT_BACK } : {}) }];
    }),
  );
}

/** Whose plan decides about a row. */
export function recordsOf(target: Pick<TargetRow, 'contributors' | 'parentKey'>): readonly string[] {
  return target.parentKey === null ? target.contributors : [target.parentKey];
}
