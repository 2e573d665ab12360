import type { ErrorCode } from '../../core/error-codes.ts';

/** Why a row is no record; `blank` rows are counted and ignored. */
export type RowVerdict = 'good' | 'blank' | RowFault;

export type RowFault = Extract<ErrorCode, `ROW_${string}`>;

/** Faults that cast no doubt on the rows around them: such a line never was a record. */
export const HARMLESS_FAULTS: ReadonlySet<string> = new Set<RowFault>(['ROW_TOTALS', 'ROW_PAGE_LINE']);

const TOTALS = /^(?:grand |sub)?(?:totals?|sum|toplam|genel toplam|ara toplam|summe)\s*(?:[:=(].*)?$/i;
const PAGE_LINE =
  /^(?:page|sayfa|seite)\s+\d+(?:\s*(?:of|\/|von)\s*\d+)?$|^\(?\d+\s+(?:rows?|records?|kayıt|satır)(?:\s+(?:affected|exported|selected))?\)?\.?$|^(?:end of (?:report|file|export)|rapor sonu)\.?$/i;
const SPACE = /^[\s\u00a0]*$/;

/** What a row is, by its shape alone. `id` is the place of the id column. */
export function judgeRow(cells: readonly string[], width: number, id: number, longestCell: number): RowVerdict {
  const idCell = cells[id];
  if (cells.length === width && idCell !== undefined && idCell !== '') {
    for (const cell of cells) if (cell.length > longestCell) return 'ROW_CELL_TOO_LARGE';
    const first = idCell.charCodeAt(0);
    // Digits cannot start a totals line; nearly all ids end here.
    if (first > 48 && first <= 57) return 'good';
    return footLine(idCell) ?? (SPACE.test(idCell) ? withoutId(cells) : 'good');
  }
  if (cells.every((cell) => SPACE.test(cell))) return 'blank';
  const filled = cells.find((cell) => !SPACE.test(cell)) ?? '';
  const foot = footLine(filled);
  if (foot !== null) return foot;
  return cells.length === width ? 'ROW_NO_ID' : 'ROW_RAGGED';
}

function withoutId(cells: readonly string[]): RowVerdict {
  return cells.every((cell) => SPACE.test(cell)) ? 'blank' : 'ROW_NO_ID';
}

function footLine(cell: string): RowFault | null {
  const text = cell.trim();
  if (TOTALS.test(text)) return 'ROW_TOTALS';
  return PAGE_LINE.test(text) ? 'ROW_PAGE_LINE' : null;
}

/** An id that a spreadsheet took for a number: `1.23E+15`, `1,23E+15`. */
export function isMangledId(id: string): boolean {
  return MANGLED.test(id);
}

const MANGLED = /^\d(?:[.,]\d+)?E\+\d{1,3}$/i;
