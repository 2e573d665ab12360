import { describe, expect, it } from 'vitest';
import { isMangledId, judgeRow } from './judge.ts';

describe('rows are judged by their shape', () => {
  it.each([
    ['a record', ['1', 'a', 'b'], 'good'],
    ['an id that starts with letters', ['Total-17', 'a', 'b'], 'good'],
    ['only delimiters', ['', ' ', '\u00a0'], 'blank'],
    ['a lone space', [' '], 'blank'],
    ['too few cells', ['1', 'a'], 'ROW_RAGGED'],
    ['too many cells', ['1', 'a', 'b', 'c'], 'ROW_RAGGED'],
    ['no id', ['', 'a', 'b'], 'ROW_NO_ID'],
    ['an id of spaces', [' \u00a0', 'a', 'b'], 'ROW_NO_ID'],
    ['a totals line', ['Total', '', '17'], 'ROW_TOTALS'],
    ['a totals line in another column', ['', 'Grand total:', '17'], 'ROW_TOTALS'],
    ['a Turkish totals line', ['Genel Toplam', '17'], 'ROW_TOTALS'],
    ['a totals line of one cell', ['TOTAL (3 rows)'], 'ROW_TOTALS'],
    ['a page line', ['Page 1 of 3'], 'ROW_PAGE_LINE'],
    ['a Turkish page line', ['Sayfa 1 / 3', '', ''], 'ROW_PAGE_LINE'],
    ['a count of rows', ['(17 rows)'], 'ROW_PAGE_LINE'],
    ['a long cell', ['1', 'x'.repeat(101), ''], 'ROW_CELL_TOO_LARGE'],
  ])('%s', (_, cells, verdict) => {
    expect(judgeRow(cells, 3, 0, 100)).toBe(verdict);
  });

  it('knows ids that a spreadsheet turned into numbers', () => {
    expect(['1.23E+15', '1,23E+15', '9e+20'].every(isMangledId)).toBe(true);
    expect(['1E5', 'E+15', '12.3E+15', '1.23', 'C-1.2E+1'].some(isMangledId)).toBe(false);
  });
});
