import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import type { BackupSummary } from '../engine.ts';
import { readLines, writeFile } from './file.ts';
import type { NumberedLine } from './format.ts';
import { type Close, damaged, lineOf, parseBegin, parseClose, parseEnd, parseHead, parseRow } from './format.ts';
import { BACKUP_TABLES, type BackupTable, type Cell, PRIMARY_KEYS } from './tables.ts';

export type BackupRow = Readonly<Record<string, Cell>>;

/** What becomes of the rows of a table, which come in the order of its key. */
export interface TableTranslation {
  /** `one-by-one`: none changes its key. `all`: keys change, so that they have to be sorted anew; for tables that fit into memory. */
  readonly order: 'one-by-one' | 'all';
  row(row: BackupRow): Promise<readonly BackupRow[]>;
  /** Rows that come new. */
  readonly more?: readonly BackupRow[];
}

export type Translation = Partial<Readonly<Record<BackupTable, TableTranslation>>>;

/**
 * Writes a backup anew, with rows changed, as if the state had been so when it was made.
 * @throws STATE_BACKUP_UNREADABLE, STATE_BACKUP_DAMAGED, STATE_BACKUP_TARGET, STATE_DISK_FULL, STATE_IO
 */
export async function translateBackup(from: string, to: string, translation: Translation): Promise<BackupSummary> {
  const lines = readLines(from);
  try {
    const next = async (): Promise<NumberedLine> => {
      const line = await lines.next();
      if (line.done === true) throw damaged(from, 'ends too early');
      return line.value;
    };
    const head = parseHead(from, await next());
    let close: Close = { tables: 0, rows: 0, sha256: '' };
    const pieces = new Pieces(from, next, translation, (counted) => {
      close = counted;
    });
    await writeFile(to, pieces.all(lineOf(head)));
    return { file: resolve(to), deployment: head.deployment, at: head.at, ...close };
  } finally {
    await lines.return(undefined);
  }
}

class Pieces {
  readonly #file: string;
  readonly #next: () => Promise<NumberedLine>;
  readonly #translation: Translation;
  readonly #counted: (close: Close) => void;
  readonly #whole = createHash('sha256');
  #rows = 0;

  constructor(
    file: string,
    next: () => Promise<NumberedLine>,
    translation: Translation,
    counted: (close: Close) => void,
  ) {
    this.#file = file;
    this.#next = next;
    this.#translation = translation;
    this.#counted = counted;
  }

  async *all(head: string): AsyncGenerator<string> {
    yield this.#said(head);
    let tables = 0;
    let line = await this.#next();
    for (; !line.text.startsWith('{"tables":'); line = await this.#next()) {
      yield* this.#table(line);
      tables += 1;
    }
    parseClose(this.#file, line);
    const close: Close = { tables, rows: this.#rows, sha256: this.#whole.digest('hex') };
    this.#counted(close);
    yield lineOf(close);
  }

  async *#table(line: NumberedLine): AsyncGenerator<string> {
    const begin = parseBegin(this.#file, line);
    const table = BACKUP_TABLES.find((name) => name === begin.table);
    if (table === undefined) throw damaged(this.#file, `has a table ${begin.table} too many`);
    yield this.#said(lineOf(begin));
    const own = createHash('sha256');
    let rows = 0;
    for await (const row of this.#translated(table, begin.columns)) {
      const text = lineOf(begin.columns.map((column) => row[column] ?? null));
      own.update(text);
      rows += 1;
      yield this.#said(text);
    }
    this.#rows += rows;
    yield this.#said(lineOf({ end: table, rows, sha256: own.digest('hex') }));
  }

  async *#translated(table: BackupTable, columns: readonly string[]): AsyncGenerator<BackupRow> {
    const translation = this.#translation[table];
    const rows = this.#read(columns);
    if (translation === undefined) {
      yield* rows;
      return;
    }
    if (translation.order === 'one-by-one') {
      for await (const row of rows) yield* await translation.row(row);
      return;
    }
    const all: BackupRow[] = [];
    for await (const row of rows) all.push(...(await translation.row(row)));
    yield* [...all, ...(translation.more ?? [])].sort(byKey(PRIMARY_KEYS[table]));
  }

  /** The rows of a table; its last line is read too. */
  async *#read(columns: readonly string[]): AsyncGenerator<BackupRow> {
    let line = await this.#next();
    for (; line.text.startsWith('['); line = await this.#next()) {
      const cells = parseRow(this.#file, line);
      yield Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? null]));
    }
    parseEnd(this.#file, line);
  }

  #said(text: string): string {
    this.#whole.update(text);
    return text;
  }
}

/** As both databases order: numbers by size, text byte by byte. */
function byKey(key: readonly string[]): (a: BackupRow, b: BackupRow) => number {
  return (a, b) => {
    for (const column of key) {
      const order = compareCells(a[column] ?? null, b[column] ?? null);
      if (order !== 0) return order;
    }
    return 0;
  };
}

function compareCells(a: Cell, b: Cell): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
}
