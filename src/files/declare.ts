import type { FileRow, Reason, StateTransaction } from '../state/state.ts';
import { advance, born, type FileEvent, type FileWish } from './life.ts';

/** What planning a record says of its files. */
export type RecordStanding =
  /** On the way. */
  | { readonly kind: 'pending' }
  /** In Twenty. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'blocked'; readonly reason: Reason }
  | { readonly kind: 'left-out'; readonly reason: Reason }
  /** Left out by a person who wants what stands in Twenty to stay. */
  | { readonly kind: 'kept'; readonly reason: Reason }
  /** The source deleted it, and what stands in Twenty stays: nobody answers for its files any more. */
  | { readonly kind: 'released' }
  | { readonly kind: 'gone' };

export interface DeclaredFile {
  readonly wish: FileWish;
  /** Why this one goes another way than its record; null where it does not. */
  readonly apart: Extract<RecordStanding, { kind: 'blocked' | 'left-out' | 'pending' }> | null;
}

export interface Declaration {
  readonly recordKey: string;
  readonly standing: RecordStanding;
  /** Every file that the record brings along now; none for one that is gone. */
  readonly files: readonly DeclaredFile[];
}

/**
 * Takes in what records say of their files, in the transaction that decided about the records (SPEC.md F1): what is new, what
 * changed, and what they bring along no more. Returns how many files have something to do now.
 */
export async function declareFiles(
  tx: StateTransaction,
  declarations: readonly Declaration[],
  now: number,
): Promise<number> {
  if (declarations.length === 0) return 0;
  const known = await tx.files.ofRecords(declarations.map(({ recordKey }) => recordKey));
  const put: FileRow[] = [];
  const removed: string[] = [];
  for (const { recordKey, standing, files } of declarations) {
    if (standing.kind === 'released') {
      removed.push(...(known.get(recordKey) ?? []).map(({ key }) => key));
      continue;
    }
    const before = new Map((known.get(recordKey) ?? []).map((row) => [row.key, row]));
    for (const { wish, apart } of files) {
      const row = before.get(wish.key);
      before.delete(wish.key);
      const after = declared(row ?? null, wish, apart ?? standing, now);
      if (after === 'forgotten') removed.push(wish.key);
      else if (after !== null && after !== row) put.push(after);
    }
    for (const row of before.values()) {
      const after = advance(row, { kind: 'gone' }, now);
      if (after === 'forgotten') removed.push(row.key);
      else if (after !== row) put.push(after);
    }
  }
  await tx.files.put(put);
  if (removed.length > 0) await tx.files.remove(removed);
  return put.filter(({ state }) => state === 'wanted' || state === 'uploaded' || state === 'withdrawing').length;
}

function declared(
  row: FileRow | null,
  wish: FileWish,
  standing: Exclude<RecordStanding, { kind: 'released' }>,
  now: number,
): FileRow | 'forgotten' | null {
  if (row === null) {
    const event: FileEvent = standing.kind === 'kept' ? { kind: 'left-out', reason: standing.reason } : standing;
    return born(wish, event, now);
  }
  const event = eventOf(row, wish, standing);
  if (event === null) return row;
  // What is wanted is remembered as soon as it can be: a record that waits may want something else by the time it is there.
  const wanted = event.kind === 'pending' || event.kind === 'blocked' ? waitingWish(row, wish) : withWish(row, wish);
  return advance(wanted, event, now);
}

function eventOf(
  row: FileRow,
  wish: FileWish,
  standing: Exclude<RecordStanding, { kind: 'released' }>,
): FileEvent | null {
  switch (standing.kind) {
    case 'kept':
      return row.attached === null ? { kind: 'left-out', reason: standing.reason } : null;
    case 'ready':
      if (row.fingerprint !== wish.fingerprint || row.reference !== wish.reference) return { kind: 'changed' };
      return hasMoved(row, wish) ? { kind: 'moved' } : { kind: 'ready' };
    default:
      return standing;
  }
}

function hasMoved(row: FileRow, wish: FileWish): boolean {
  return row.name !== wish.name || row.target?.column !== wish.target?.column || row.target?.id !== wish.target?.id;
}

/** The same object where nothing of the wish is new. */
function withWish(row: FileRow, wish: FileWish): FileRow {
  const same =
    !hasMoved(row, wish) &&
    row.reference === wish.reference &&
    row.fingerprint === wish.fingerprint &&
    row.sourceName === wish.sourceName &&
    row.declaredSize === wish.declaredSize &&
    row.declaredType === wish.declaredType;
  return same ? row : { ...row, ...wish };
}

/** Only of a file that is not under way: one that is goes on as it was, until its record is in Twenty again. */
function waitingWish(row: FileRow, wish: FileWish): FileRow {
  const asleep = row.state === 'waiting' || row.state === 'blocked' || row.state === 'excluded';
  return asleep ? withWish(row, { ...wish, target: wish.target ?? row.target }) : row;
}
