import { type FileHandle, open } from 'node:fs/promises';
import { type Options, Parser } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import { ChangeoverError } from '../../core/errors.ts';
import { resolveBroken } from './broken.ts';
import type { Dialect } from './dialect.ts';
import { asWorkError } from './files.ts';
import { lineOf } from './lines.ts';
import type { ByteRange, RowBatch } from './row-batch.ts';
import { recordDelimiters } from './sniff.ts';
import type { StagedFile } from './stage.ts';

/** Bytes read at a time. */
const CHUNK = 1 << 19;
/** A row may not be larger: beyond it is a quote that was never closed. */
const LARGEST_ROW = 24 << 20;

export function parserOptions(dialect: Dialect): Options {
  return {
    delimiter: dialect.delimiter,
    quote: dialect.quote,
    escape: dialect.quote,
    record_delimiter: recordDelimiters(dialect.lineEnd),
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
  };
}

/**
 * csv-parse with its rows caught where they are made: that is the one moment at which the end of the row in the file is
 * known without asking csv-parse for an info object per row, which costs a third of its speed.
 */
class CatchingParser extends Parser {
  cells: string[][] = [];
  ends: number[] = [];
  /** Indexes of rows before which csv-parse skipped something. */
  afterSkip: number[] = [];
  skipped = false;

  constructor(dialect: Dialect) {
    super(parserOptions(dialect));
    this.on('skip', () => {
      this.skipped = true;
    });
    this.resume();
  }

  override push(row: unknown): boolean {
    if (row === null) return super.push(null);
    if (this.skipped) {
      this.afterSkip.push(this.cells.length);
      this.skipped = false;
    }
    this.cells.push(row as string[]);
    this.ends.push(this.info.bytes);
    return true;
  }

  feed(chunk: Buffer): Promise<void> {
    return new Promise((resolve, reject) => this.write(chunk, (error) => (error ? reject(error) : resolve())));
  }

  finish(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.once('error', reject);
      this.end(resolve);
    });
  }
}

/** All rows of a staged file, the header first, in file order. Throws the FILE_… code where the rest cannot be trusted. */
export async function* readRows(file: StagedFile, signal?: AbortSignal): AsyncGenerator<RowBatch> {
  const handle = await open(file.path, 'r').catch((thrown: unknown) => {
    throw asWorkError(thrown, file.path);
  });
  try {
    const parser = new CatchingParser(file.dialect);
    let lastEnd = file.bodyStart;
    for (let position = file.bodyStart; position < file.size; ) {
      signal?.throwIfAborted();
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK, file.size - position));
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, position);
      if (bytesRead === 0) throw new ChangeoverError('INTERNAL', `the staged copy ${file.path} is shorter than it was`);
      position += bytesRead;
      await parser.feed(chunk.subarray(0, bytesRead));
      const batch = await takeBatch(parser, handle, file, lastEnd);
      lastEnd = batch.ends.at(-1) ?? lastEnd;
      if (position - lastEnd > LARGEST_ROW) {
        const line = await lineOf(file, lastEnd);
        throw new ChangeoverError(
          'FILE_ROW_TOO_LARGE',
          `${file.name}: the row that starts on line ${line} does not end`,
          {
            place: { file: file.name, line },
          },
        );
      }
      if (batch.cells.length > 0 || batch.broken.length > 0) yield batch;
    }
    await parser.finish();
    const batch = await takeBatch(parser, handle, file, lastEnd);
    const rest = parser.skipped
      ? await resolveRange(handle, file, batch.ends.at(-1) ?? lastEnd, file.size, true)
      : null;
    if (rest !== null) yield join(batch, rest);
    else if (batch.cells.length > 0) yield batch;
  } finally {
    await handle.close();
  }
}

function join(one: RowBatch, two: RowBatch): RowBatch {
  return {
    cells: [...one.cells, ...two.cells],
    starts: [...one.starts, ...two.starts],
    ends: [...one.ends, ...two.ends],
    broken: [...one.broken, ...two.broken],
  };
}

async function takeBatch(
  parser: CatchingParser,
  handle: FileHandle,
  file: StagedFile,
  lastEnd: number,
): Promise<RowBatch> {
  const { cells, ends, afterSkip } = parser;
  parser.cells = [];
  parser.ends = [];
  parser.afterSkip = [];
  const starts = new Array<number>(ends.length);
  let start = lastEnd;
  for (let i = 0; i < ends.length; i += 1) {
    const end = (ends[i] ?? 0) + file.bodyStart;
    starts[i] = start;
    ends[i] = end;
    start = end;
  }
  if (afterSkip.length === 0) return { cells, starts, ends, broken: [] };
  return spliceBroken({ cells, starts, ends, broken: [] }, afterSkip, handle, file);
}

/** Looks again at the stretches that csv-parse skipped something in: they hold the broken rows and the good one after them. */
async function spliceBroken(
  batch: RowBatch,
  afterSkip: readonly number[],
  handle: FileHandle,
  file: StagedFile,
): Promise<RowBatch> {
  const cells: string[][] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  const broken: ByteRange[] = [];
  const skips = new Set(afterSkip);
  for (const [i, row] of batch.cells.entries()) {
    const start = batch.starts[i] ?? 0;
    const end = batch.ends[i] ?? 0;
    if (!skips.has(i)) {
      cells.push(row);
      starts.push(start);
      ends.push(end);
      continue;
    }
    const stretch = await resolveRange(handle, file, start, end, false);
    cells.push(...stretch.cells);
    starts.push(...stretch.starts);
    ends.push(...stretch.ends);
    broken.push(...stretch.broken);
  }
  return { cells, starts, ends, broken };
}

async function resolveRange(
  handle: FileHandle,
  file: StagedFile,
  start: number,
  end: number,
  atEnd: boolean,
): Promise<RowBatch> {
  const bytes = await readRange(handle, start, end);
  const resolved = resolveBroken(bytes, start, parserOptions(file.dialect), file.dialect.lineEnd);
  if (resolved.unclosedAt !== null) {
    const line = await lineOf(file, resolved.unclosedAt);
    const code = atEnd && resolved.neverClosed ? 'FILE_UNTERMINATED_QUOTE' : 'FILE_QUOTES_BROKEN';
    throw new ChangeoverError(code, `${file.name}: a quote on line ${line} is not closed where its cell ends`, {
      place: { file: file.name, line },
    });
  }
  return resolved.rows;
}

async function readRange(handle: FileHandle, start: number, end: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(end - start);
  let got = 0;
  while (got < bytes.length) {
    const { bytesRead } = await handle.read(bytes, got, bytes.length - got, start + got);
    if (bytesRead === 0) throw new ChangeoverError('INTERNAL', 'a staged copy is shorter than it was');
    got += bytesRead;
  }
  return bytes;
}

/**
 * Reads single rows of a staged file again, by the ranges that `readRows` gave, in ascending order.
 * Ranges that touch are read in one go, so reading most of a file is reading it in sequence.
 */
export async function readRowsAt(
  handle: FileHandle,
  file: StagedFile,
  ranges: readonly ByteRange[],
): Promise<string[][]> {
  const pieces: Buffer[] = [];
  const lineEnd = Buffer.from(file.dialect.lineEnd);
  for (let i = 0; i < ranges.length; ) {
    const first = ranges[i];
    if (first === undefined) break;
    let end = first.end;
    i += 1;
    for (let next = ranges[i]; next !== undefined && next.start === end; next = ranges[i]) {
      end = next.end;
      i += 1;
    }
    pieces.push(await readRange(handle, first.start, end));
    if (end === file.size) pieces.push(lineEnd);
  }
  const rows: string[][] = parse(Buffer.concat(pieces), parserOptions(file.dialect));
  if (rows.length !== ranges.length) {
    throw new ChangeoverError('INTERNAL', `read ${rows.length} rows again where ${ranges.length} were: ${file.name}`);
  }
  return rows;
}
