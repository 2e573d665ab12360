import type { FileRow, StateTransaction } from '../state/state.ts';
import type { Declaration } from './declare.ts';
import type { FileWish } from './life.ts';

/** What files would have to be done, and what that costs of the API. */
export interface FilePrice {
  /** Files to be read and uploaded. */
  readonly uploads: number;
  /** Attachments to be written, new ones and known ones. */
  readonly attachments: number;
  /** Attachments to be taken away. */
  readonly removals: number;
}

export const NO_FILES: FilePrice = { uploads: 0, attachments: 0, removals: 0 };
/** Calls for one upload in the newest versions: more than in any other (src/twenty/uploads.ts). */
const CALLS_AN_UPLOAD = 2;

/** What these declarations would set going that is not under way already (`declareFiles` would take them in). */
export async function filesToMove(tx: StateTransaction, declarations: readonly Declaration[]): Promise<FilePrice> {
  const known = await tx.files.ofRecords(declarations.map(({ recordKey }) => recordKey));
  const price = { uploads: 0, attachments: 0, removals: 0 };
  for (const { recordKey, standing, files } of declarations) {
    if (standing.kind === 'released') continue;
    const rows = new Map((known.get(recordKey) ?? []).map((row) => [row.key, row]));
    for (const { wish, apart } of files) {
      const row = rows.get(wish.key);
      rows.delete(wish.key);
      const kind = (apart ?? standing).kind;
      if (kind === 'left-out' && row?.attached !== null && row !== undefined) price.removals += 1;
      if (kind !== 'ready' && kind !== 'pending') continue;
      const work = workOf(row, wish, kind);
      if (work === 'upload') price.uploads += 1;
      if (work !== 'none') price.attachments += 1;
    }
    for (const row of rows.values()) if (row.attached !== null) price.removals += 1;
  }
  return price;
}

function workOf(row: FileRow | undefined, wish: FileWish, kind: 'ready' | 'pending'): 'upload' | 'attach' | 'none' {
  if (row === undefined) return 'upload';
  if (row.reference !== wish.reference || row.fingerprint !== wish.fingerprint) return 'upload';
  const asleep = row.state === 'blocked' || row.state === 'excluded' || (row.state === 'waiting' && kind === 'ready');
  if (asleep) return 'upload';
  const moved =
    row.state === 'linked' && (row.name !== wish.name || (wish.target !== null && row.target?.id !== wish.target.id));
  return moved ? 'attach' : 'none';
}

/** Calls that count against the limit, and those for the uploads themselves, which do not unless the workspace throttles them. */
export function fileCalls(
  { uploads, attachments, removals }: FilePrice,
  batchSize: number,
): { readonly calls: number; readonly uploadCalls: number } {
  const batch = Math.max(1, batchSize);
  return {
    calls: Math.ceil(attachments / batch) + Math.ceil(removals / batch),
    uploadCalls: uploads * CALLS_AN_UPLOAD,
  };
}

export function sumOf(one: FilePrice, other: FilePrice): FilePrice {
  return {
    uploads: one.uploads + other.uploads,
    attachments: one.attachments + other.attachments,
    removals: one.removals + other.removals,
  };
}
