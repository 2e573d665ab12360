import { FILE_CLASSES } from '../state/file-states.ts';
import type { FileLedgerRow } from '../state/state.ts';
import type { Application } from './application.ts';

/** Where files stand. */
export async function countFiles({ metrics, state }: Application): Promise<void> {
  const rows = await state.read((tx) => tx.files.ledger(null));
  metrics.clear('changeover_files');
  metrics.clear('changeover_files_residue');
  for (const row of rows) {
    const { source, object } = row;
    for (const one of FILE_CLASSES) metrics.set('changeover_files', { source, object, class: one }, row.classes[one]);
    metrics.set('changeover_files_residue', { source, object }, filesResidue(row));
  }
}

/** Files that the source has, less those that stand somewhere: 0, or something is wrong. */
export function filesResidue({ known, classes }: FileLedgerRow): number {
  return known - FILE_CLASSES.reduce((sum, one) => sum + classes[one], 0);
}
