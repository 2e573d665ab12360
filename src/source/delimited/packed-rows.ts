import type { ByteRange, RowBatch } from './row-batch.ts';

/** A batch in a form that passes between threads at the price of copying its text once. */
export interface PackedRows {
  /** All cells of all rows, one after the other, separated by NUL, which no cell of a staged file holds. */
  readonly text: string;
  /** Cells of each row. */
  readonly widths: Uint32Array<ArrayBuffer>;
  readonly starts: Float64Array<ArrayBuffer>;
  readonly ends: Float64Array<ArrayBuffer>;
  readonly broken: readonly ByteRange[];
}

export function packRows({ cells, starts, ends, broken }: RowBatch): PackedRows {
  const texts = new Array<string>(cells.length);
  const widths = new Uint32Array(cells.length);
  for (const [i, row] of cells.entries()) {
    texts[i] = row.join('\0');
    widths[i] = row.length;
  }
  return { text: texts.join('\0'), widths, starts: Float64Array.from(starts), ends: Float64Array.from(ends), broken };
}

export function unpackRows({ text, widths, starts, ends, broken }: PackedRows): RowBatch {
  const all = widths.length === 0 ? [] : text.split('\0');
  const cells = new Array<string[]>(widths.length);
  let from = 0;
  for (let i = 0; i < widths.length; i += 1) {
    const to = from + (widths[i] ?? 0);
    cells[i] = all.slice(from, to);
    from = to;
  }
  return { cells, starts: [...starts], ends: [...ends], broken };
}
