import type { ColumnFormat, ColumnProposal, FieldProfile, ValueCount } from '../connector.ts';
import { DateScan } from './infer-dates.ts';
import { cellParser, currencyOf, foldWord, trimCell } from './parse.ts';

/** Pairs of words for yes and no. Both spellings of a pair must not be mixed with another pair's. */
const WORDS: readonly (readonly [string, string])[] = [
  ['yes', 'no'],
  ['y', 'n'],
  ['true', 'false'],
  ['t', 'f'],
  ['evet', 'hayır'],
  ['e', 'h'],
  ['var', 'yok'],
  ['doğru', 'yanlış'],
  ['on', 'off'],
  ['1', '0'],
];

const DISTINCT_VALUES = 100;
const MANGLED_NUMBER = /^[+-]?\d(?:[.,]\d+)?E\+\d{1,3}$/i;

/**
 * Looks at every cell of one column and proposes its format. A format stands only if every filled cell has it; where two
 * formats stand that would read some cell differently, no format is decided: nothing is ever guessed from part of a column.
 */
export class ColumnScan {
  readonly #header: string;
  readonly #dates = new DateScan();
  readonly #decimals = {
    '.': cellParser({ type: 'decimal', decimalMark: '.' }),
    ',': cellParser({ type: 'decimal', decimalMark: ',' }),
  };
  readonly #words = new Set(WORDS.map((_, index) => index));
  readonly #currencies = new Set<string | null>();
  #values: Map<string, number> | null = new Map();
  #rows = 0;
  #filled = 0;
  #longest = 0;
  #mangled = 0;
  #guarded = 0;
  #integer = true;
  #serial = true;
  #point = true;
  #comma = true;
  #marksDiffer = false;
  #word: string | null = null;
  #oneWord = true;

  constructor(header: string) {
    this.#header = header;
  }

  add(cell: string): void {
    this.#rows += 1;
    const text = trimCell(cell);
    if (text === '') return;
    this.#filled += 1;
    if (cell.length > this.#longest) this.#longest = cell.length;
    this.#count(cell);
    if (MANGLED_NUMBER.test(text)) this.#mangled += 1;
    if (/^'[=+\-@]/.test(text)) this.#guarded += 1;
    if (this.#integer && !/^[+-]?(?:0|[1-9]\d*)$/.test(text)) this.#integer = false;
    if (this.#point || this.#comma) this.#addDecimal(text);
    if (this.#words.size > 0) this.#addWord(text);
    if (this.#serial && !isSerial(text)) this.#serial = false;
    this.#dates.add(text);
  }

  #count(cell: string): void {
    if (this.#values === null) return;
    this.#values.set(cell, (this.#values.get(cell) ?? 0) + 1);
    if (this.#values.size > DISTINCT_VALUES) this.#values = null;
  }

  #addDecimal(text: string): void {
    const point = this.#decimals['.'](text);
    const comma = this.#decimals[','](text);
    // A leading zero is part of a code, not of a number.
    const code = /^[+-]?0\d/.test(text);
    if (!point.ok || code) this.#point = false;
    if (!comma.ok || code) this.#comma = false;
    if (point.ok && comma.ok && point.value !== comma.value) this.#marksDiffer = true;
    if (this.#currencies.size < 3) this.#currencies.add(currencyOf(text));
  }

  #addWord(text: string): void {
    const folded = foldWord(text);
    if (this.#word === null) this.#word = folded;
    else if (this.#word !== folded) this.#oneWord = false;
    for (const index of this.#words) {
      const pair = WORDS[index];
      if (pair === undefined || !pair.some((word) => foldWord(word) === folded)) this.#words.delete(index);
    }
  }

  profile(): FieldProfile {
    return { rows: this.#rows, filled: this.#filled, longest: this.#longest };
  }

  /** The distinct values, most frequent first, where there are at most 100. */
  values(): readonly ValueCount[] | null {
    if (this.#values === null || this.#filled === 0) return null;
    const counted = [...this.#values].map(([value, count]) => ({ value, count }));
    return counted.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
  }

  /** Cells that a spreadsheet turned into 1.23E+15: their real value is lost. */
  get mangled(): number {
    return this.#mangled;
  }

  /** Cells with an apostrophe before = + - or @, put there by the exporting program against formulas. */
  get guarded(): number {
    return this.#guarded;
  }

  propose(): ColumnProposal {
    const text: ColumnFormat = { type: 'text' };
    if (this.#filled === 0) return { decided: true, format: text, reason: 'the column is empty' };
    if (this.#mangled > 0) {
      return {
        decided: true,
        format: text,
        reason: `${this.#mangled} values were turned into numbers such as 1.23E+15 by a spreadsheet`,
      };
    }
    return (
      this.#booleans() ??
      this.#dates.propose(this.#filled) ??
      this.#numbers() ?? { decided: true, format: text, reason: 'no other format fits every value' }
    );
  }

  #booleans(): ColumnProposal | null {
    const [index] = this.#words;
    const pair = index === undefined ? undefined : WORDS[index];
    if (pair === undefined) return null;
    const format: ColumnFormat = { type: 'boolean', yes: [pair[0]], no: [pair[1]] };
    if (pair[0] === '1') {
      return {
        decided: false,
        candidates: [format, { type: 'integer' }],
        reason: 'only 0 and 1: a number or yes and no',
      };
    }
    if (this.#oneWord && pair[0].length === 1) return null;
    return { decided: true, format, reason: `every value is ${pair[0]} or ${pair[1]}` };
  }

  #numbers(): ColumnProposal | null {
    if (this.#integer) return this.#integers();
    if (!this.#point && !this.#comma) return null;
    if (this.#currencies.size > 1) {
      return {
        decided: true,
        format: { type: 'text' },
        reason: 'amounts with different currencies, or some without one',
      };
    }
    const point: ColumnFormat = { type: 'decimal', decimalMark: '.' };
    const comma: ColumnFormat = { type: 'decimal', decimalMark: ',' };
    if (this.#point && this.#comma && this.#marksDiffer) {
      return {
        decided: false,
        candidates: [point, comma],
        reason: 'no value decides whether 1.234 is a thousand or a fraction',
      };
    }
    return {
      decided: true,
      format: this.#point ? point : comma,
      reason: 'every value is a number with this decimal mark',
    };
  }

  #integers(): ColumnProposal {
    const format: ColumnFormat = { type: 'integer' };
    if (this.#serial && /date|time|tarih|zaman|created|modified|updated|closed|due|birth|doğum/i.test(this.#header)) {
      const serial: ColumnFormat = { type: 'date', pattern: 'excel' };
      return {
        decided: false,
        candidates: [serial, format],
        reason: 'whole numbers in a column named like a date: perhaps a spreadsheet’s serial dates',
      };
    }
    return { decided: true, format, reason: 'every value is a whole number' };
  }
}

/** A serial date between 1954 and 2119. */
function isSerial(text: string): boolean {
  return /^\d{5}$/.test(text) && text >= '20000' && text <= '80000';
}
