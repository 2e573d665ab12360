import { TextDecoder } from 'node:util';
import { parse } from 'csv-parse/sync';
import { ChangeoverError } from '../../core/errors.ts';
import type { DeclaredDialect, Delimiter, Encoding, LineEnd } from './dialect.ts';

/** The mark at the start of a file that names its encoding; `bytes` is its length. */
export interface ByteOrderMark {
  readonly encoding: Encoding;
  readonly bytes: number;
}

export function byteOrderMark(head: Uint8Array): ByteOrderMark | null {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { encoding: 'utf-8', bytes: 3 };
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', bytes: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', bytes: 2 };
  return null;
}

const HTML = /^\s*<(?:!doctype\s+html|html|head|body|table|meta|script|\?xml[^>]*>\s*<(?:!doctype\s+html|html))/i;
const XML_WORKBOOK = /^\s*<\?xml[^>]*>\s*(?:<\?mso-application|<Workbook)/i;

/** Refuses what is not delimited text at all, by its first bytes: the name of a file proves nothing. */
export function refuseContainers(head: Buffer, file: string): void {
  const place = { file };
  const zip = head[0] === 0x50 && head[1] === 0x4b && (head[2] ?? 9) <= 8;
  const compound = head.length >= 4 && head.readUInt32BE(0) === 0xd0cf11e0;
  if (zip || compound) {
    const kind = zip ? 'an .xlsx workbook or a zip' : 'an .xls workbook';
    throw new ChangeoverError('FILE_IS_WORKBOOK', `${file} is ${kind}, not delimited text`, { place });
  }
  const mark = byteOrderMark(head);
  const start = head.subarray(mark?.bytes ?? 0, 2048);
  const text = new TextDecoder(mark?.encoding ?? 'latin1').decode(start);
  if (XML_WORKBOOK.test(text)) {
    throw new ChangeoverError('FILE_IS_WORKBOOK', `${file} is an XML workbook, not delimited text`, { place });
  }
  if (HTML.test(text))
    throw new ChangeoverError('FILE_IS_HTML', `${file} is a web page, not delimited text`, { place });
  if (mark === null || mark.encoding === 'utf-8') refuseNul(head, file);
}

/** NUL bytes: UTF-16 text of mostly Latin letters has one in every second place; other text has none at all. */
export function refuseNul(bytes: Buffer, file: string): void {
  const first = bytes.indexOf(0);
  if (first < 0) return;
  const sample = bytes.subarray(0, Math.min(bytes.length, 4096));
  let even = 0;
  let odd = 0;
  for (let i = 0; i < sample.length; i += 1) {
    if (sample[i] !== 0) continue;
    if (i % 2 === 0) even += 1;
    else odd += 1;
  }
  const half = sample.length / 2;
  if (Math.max(even, odd) > half * 0.6 && Math.min(even, odd) < half * 0.1) {
    throw new ChangeoverError('FILE_UTF16_UNMARKED', `${file} is UTF-16 without a byte order mark`, {
      place: { file },
    });
  }
  throw new ChangeoverError('FILE_NUL', `${file} holds a NUL byte`, { place: { file } });
}

export interface Layout {
  readonly delimiter: Delimiter;
  readonly quote: '"' | "'";
  readonly lineEnd: LineEnd;
  /** Characters before the header: the `sep=` line, or 0. All are ASCII, so bytes and characters agree. */
  readonly bodyStart: number;
}

const DELIMITERS: readonly Delimiter[] = [',', ';', '\t', '|'];
const SEPARATOR_LINE = /^"?sep=([,;|\t])"?(?:\r\n|\n|\r)/i;

/**
 * Finds how a file is laid out from the text at its start; `whole` says that the sample is the whole file.
 * The delimiter is decided before parsing, as csv-parse given several splits on all of them (sources.md §D).
 */
export function findLayout(sample: string, whole: boolean, declared: DeclaredDialect, file: string): Layout {
  const line = SEPARATOR_LINE.exec(sample);
  const bodyStart = line?.[0].length ?? 0;
  const body = sample.slice(bodyStart);
  if (whole && body.trim() === '') throw new ChangeoverError('FILE_EMPTY', `${file} has no rows`, { place: { file } });
  const lineEnd = findLineEnd(body);
  const fromLine = DELIMITERS.find((delimiter) => delimiter === line?.[1]);
  const known = declared.delimiter ?? fromLine;
  const quotes = declared.quote === undefined ? (['"', "'"] as const) : ([declared.quote] as const);
  const candidates = quotes.flatMap((quote) =>
    (known === undefined ? DELIMITERS : [known]).map((delimiter) => trial(body, whole, delimiter, quote, lineEnd)),
  );
  const best = candidates
    .filter((one) => one.quote === chooseQuote(candidates))
    .sort((a, b) => b.score - a.score || b.columns - a.columns);
  const [first, second] = best;
  if (first === undefined) throw new ChangeoverError('FILE_EMPTY', `${file} has no rows`, { place: { file } });
  if (second !== undefined && first.columns > 1 && first.score === second.score && first.columns === second.columns) {
    const names = `${JSON.stringify(first.delimiter)} and ${JSON.stringify(second.delimiter)}`;
    throw new ChangeoverError('FILE_DELIMITER_UNKNOWN', `both ${names} fit ${file}`, { place: { file } });
  }
  return { delimiter: first.delimiter, quote: first.quote, lineEnd, bodyStart };
}

function findLineEnd(text: string): LineEnd {
  if (text.includes('\n')) return text.includes('\r\n') ? '\r\n' : '\n';
  return text.includes('\r') ? '\r' : '\n';
}

/** What csv-parse splits rows on: both usual ends, as files joined by hand mix them; a lone CR only in files without LF. */
export function recordDelimiters(lineEnd: LineEnd): string[] {
  return lineEnd === '\r' ? ['\r'] : ['\r\n', '\n'];
}

interface Trial {
  readonly delimiter: Delimiter;
  readonly quote: '"' | "'";
  readonly columns: number;
  /** Rows as wide as the header, as a share of all; 0 where there is but one column. */
  readonly score: number;
  readonly quotedCells: number;
}

const SAMPLE_ROWS = 500;

function trial(text: string, whole: boolean, delimiter: Delimiter, quote: '"' | "'", lineEnd: LineEnd): Trial {
  const rows: string[][] = parse(text, {
    delimiter,
    quote,
    escape: quote,
    record_delimiter: recordDelimiters(lineEnd),
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    to: SAMPLE_ROWS,
  });
  if (!whole && rows.length > 1 && rows.length < SAMPLE_ROWS) rows.pop();
  const columns = rows[0]?.length ?? 0;
  const fitting = rows.filter((row) => row.length === columns).length;
  return {
    delimiter,
    quote,
    columns,
    score: columns > 1 ? fitting / rows.length : 0,
    quotedCells: quotedCells(text, delimiter, quote),
  };
}

/** Cells that open with the quote right after a delimiter or line start, and close before one. */
function quotedCells(text: string, delimiter: Delimiter, quote: '"' | "'"): number {
  const escaped = delimiter === '|' ? '\\|' : delimiter;
  const cell = new RegExp(`(?:^|[\\r\\n${escaped}])${quote}[^${quote}\\r\\n]*${quote}(?=[\\r\\n${escaped}]|$)`, 'g');
  return text.slice(0, 65_536).match(cell)?.length ?? 0;
}

/** The double quote, unless single quotes clearly enclose cells and double ones never do: apostrophes are common in text. */
function chooseQuote(trials: readonly Trial[]): '"' | "'" {
  const most = (quote: '"' | "'"): number =>
    Math.max(0, ...trials.filter((one) => one.quote === quote).map((one) => one.quotedCells));
  const hasDouble = trials.some((one) => one.quote === '"');
  return hasDouble && (most('"') > 0 || most("'") < 2) ? '"' : "'";
}
