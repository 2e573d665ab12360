import type { Column } from './column.ts';
import { type Counts, findingsOf } from './findings.ts';
import { type Aftermath, STRIKES } from './strikes.ts';
import type { Cell, Fault, Place } from './table.ts';

/** What became of a cell. */
export type Outcome =
  | { readonly kind: 'holds'; readonly counts: Counts; readonly rows: number; readonly refused: string | null }
  /** It stopped with the code that the table says, without damage, and holds since a person did what the hint says. */
  | { readonly kind: 'stops'; readonly code: string; readonly counts: Counts; readonly rows: number }
  | { readonly kind: 'cannot-happen'; readonly because: string }
  /** It is not as the table says. `counts`: null where it never came to rest. */
  | { readonly kind: 'broken'; readonly why: readonly string[]; readonly counts: Counts | null };

/** Lets the fault happen at the place and says what became of it. After `broken` the column is of no use any more. */
export async function tryCell(column: Column, place: Place, fault: Fault, cell: Cell): Promise<Outcome> {
  if (cell.kind === 'cannot-happen') return { kind: 'cannot-happen', because: cell.because };
  try {
    if (fault === 'state-restored') await column.backup();
    column.next();
    await column.reach(place);
    const aftermath = await STRIKES[fault](column, place);
    const found = { contents: column.contents(), rest: aftermath.rest };
    const { counts, differing, rows } = findingsOf(await column.undisturbed(), found, column.orphans.take());
    const why = [...otherThan(cell, aftermath), ...aftermath.damage, ...differing];
    if (why.length > 0) return { kind: 'broken', why, counts };
    if (cell.kind === 'stops') return { kind: 'stops', code: cell.code, counts, rows };
    return { kind: 'holds', counts, rows, refused: aftermath.refused };
  } catch (thrown) {
    return {
      kind: 'broken',
      why: [thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)],
      counts: null,
    };
  }
}

function otherThan(cell: Exclude<Cell, { kind: 'cannot-happen' }>, { stopped, refused }: Aftermath): readonly string[] {
  const wanted = cell.kind === 'stops' ? cell.code : null;
  const other = cell.kind === 'holds' ? (cell.refused ?? null) : null;
  return [
    ...(stopped === wanted ? [] : [`it stopped with ${stopped ?? 'no error'}, not with ${wanted ?? 'none'}`]),
    ...(refused === other ? [] : [`another process met ${refused ?? 'no error'}, not ${other ?? 'none'}`]),
  ];
}
