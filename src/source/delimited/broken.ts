import type { Options } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import type { LineEnd } from './dialect.ts';
import type { RowBatch } from './row-batch.ts';

/** What became of a stretch in which csv-parse met a wrong quote. */
export interface ResolvedStretch {
  readonly rows: RowBatch;
  /** Offset of the row whose quote swallows others, so that nothing after it can be trusted; null where all rows are told apart. */
  readonly unclosedAt: number | null;
  /** That quote is not closed by anything up to the end. */
  readonly neverClosed: boolean;
}

/** Lines tried together before giving up: a cell with more lines than this and a wrong quote is not believed. */
const MOST_LINES = 1_000;

/**
 * Tells good rows from broken ones, line by line: a line whose quotes are closed stands for itself, an open one takes
 * the next line in. A wrong quote inside one line breaks that row alone; one that reaches over a line end breaks the file.
 */
export function resolveBroken(bytes: Buffer, offset: number, options: Options, lineEnd: LineEnd): ResolvedStretch {
  const cells: string[][] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  const broken: { start: number; end: number }[] = [];
  const rows = { cells, starts, ends, broken };
  const terminator = lineEnd === '\r' ? 13 : 10;
  let start = 0;
  let end = 0;
  let lines = 0;
  while (end < bytes.length) {
    const next = bytes.indexOf(terminator, end);
    end = next < 0 ? bytes.length : next + 1;
    lines += 1;
    const trial = parseAlone(bytes.subarray(start, end), options);
    if (trial.open) {
      if (lines >= MOST_LINES) return { rows, unclosedAt: offset + start, neverClosed: false };
      continue;
    }
    if (trial.wrong && trial.closing && lines > 1) return { rows, unclosedAt: offset + start, neverClosed: false };
    if (trial.wrong) broken.push({ start: offset + start, end: offset + end });
    for (const row of trial.wrong ? [] : trial.rows) {
      cells.push(row);
      starts.push(offset + start);
      ends.push(offset + end);
    }
    start = end;
    lines = 0;
  }
  return { rows, unclosedAt: start < end ? offset + start : null, neverClosed: true };
}

interface Trial {
  readonly rows: string[][];
  readonly wrong: boolean;
  /** A closing quote was followed by something else than a delimiter. */
  readonly closing: boolean;
  readonly open: boolean;
}

function parseAlone(bytes: Buffer, options: Options): Trial {
  const codes = new Set<string>();
  const rows: string[][] = parse(bytes, {
    ...options,
    on_skip: (error) => {
      codes.add(error?.code ?? 'UNKNOWN');
      return undefined;
    },
  });
  return {
    rows,
    wrong: codes.size > 0,
    closing: codes.has('CSV_INVALID_CLOSING_QUOTE'),
    open: codes.has('CSV_QUOTE_NOT_CLOSED'),
  };
}
