import { hash } from 'node:crypto';
import type { Database, Statement } from 'better-sqlite3';
import { ChangeoverError } from '../../core/errors.ts';
import type { Steps } from '../../core/ports.ts';
import { ColumnScan } from '../delimited/infer.ts';
import { isMangledId, judgeRow, type RowFault } from '../delimited/judge.ts';
import { endsWithLineEnd, lineOf } from '../delimited/lines.ts';
import { readRowsApart } from '../delimited/read-apart.ts';
import type { RowBatch } from '../delimited/row-batch.ts';
import type { StagedFile } from '../delimited/stage.ts';
import type { ExportObjectProfile, ExportProfile } from './profile.ts';
import { canonicalOrder, cleanId, layoutOf, type TableLayout } from './table.ts';

export interface IndexInput {
  readonly staged: StagedFile;
  readonly profile: ExportProfile;
  readonly object: ExportObjectProfile;
  readonly waived: ReadonlySet<string>;
  /** Columns that the export before had. */
  readonly expectedColumns: ReadonlySet<string>;
  /** Records that the manifest promises; null where it says nothing. */
  readonly expectedRows: number | null;
  readonly longestCell: number;
  readonly steps: Steps;
  readonly signal: AbortSignal;
}

export interface Indexed {
  readonly layout: TableLayout;
  readonly rows: number;
  readonly blank: number;
  /** Whether the last row has a line end. */
  readonly endsInLine: boolean;
  readonly createdPattern: string | null;
  readonly modifiedPattern: string | null;
}

/** Rows put into one INSERT: better-sqlite3 takes twice as long for one row each. */
const ROWS_PER_INSERT = 20;
/** From here on characters may have more than one form; below it none has (Unicode: no combining mark before U+0300). */
const COMPOSABLE = /[\u0300-\uffff]/;

/** Reads a file once and writes where each row lies and what it holds, as a hash, into `row_seen`; what is no record into `reject`. */
export async function indexRows(database: Database, input: IndexInput): Promise<Indexed> {
  const writer = new RowWriter(database);
  let indexer: Indexer | null = null;
  database.exec('BEGIN');
  for await (const batch of readRowsApart(input.staged, input.signal)) {
    let from = 0;
    if (indexer === null) {
      const header = batch.cells[0];
      if (header === undefined)
        throw new ChangeoverError('FILE_NO_HEADER', `the first line of ${input.staged.name} cannot be read`, {
          place: { file: input.staged.name, line: 1 },
        });
      indexer = new Indexer(
        input,
        layoutOf(header, input.object, input.staged.name, input.waived, input.expectedColumns),
        writer,
      );
      from = 1;
    }
    input.steps.reached('diff');
    await indexer.add(batch, from);
  }
  if (indexer === null)
    throw new ChangeoverError('FILE_EMPTY', `${input.staged.name} has no rows`, { place: { file: input.staged.name } });
  writer.flush();
  database.exec('COMMIT');
  return indexer.finish();
}

class RowWriter {
  readonly #many: Statement;
  readonly #one: Statement;
  readonly #reject: Statement;
  #pending: (string | number)[] = [];

  constructor(database: Database) {
    this.#many = database.prepare(
      `INSERT INTO row_seen VALUES ${Array(ROWS_PER_INSERT).fill('(?, ?, ?, ?)').join(', ')}`,
    );
    this.#one = database.prepare('INSERT INTO row_seen VALUES (?, ?, ?, ?)');
    this.#reject = database.prepare('INSERT INTO reject (start, size, code, id) VALUES (?, ?, ?, ?)');
  }

  row(start: number, size: number, id: string, rowHash: string): void {
    this.#pending.push(start, size, id, rowHash);
    if (this.#pending.length < ROWS_PER_INSERT * 4) return;
    this.#many.run(this.#pending);
    this.#pending = [];
  }

  reject(start: number, size: number, code: RowFault, id: string | null): void {
    this.#reject.run(start, size, code, id);
  }

  flush(): void {
    for (let i = 0; i < this.#pending.length; i += 4) this.#one.run(this.#pending.slice(i, i + 4));
    this.#pending = [];
  }
}

class Indexer {
  readonly #input: IndexInput;
  readonly #layout: TableLayout;
  readonly #writer: RowWriter;
  readonly #order: readonly number[];
  readonly #names: string;
  readonly #created: TimeScan;
  readonly #modified: TimeScan;
  #rows = 0;
  #blank = 0;
  /** The last row, where it was too short and not a foot line: the file may end in the middle of it. */
  #shortAt: number | null = null;

  constructor(input: IndexInput, layout: TableLayout, writer: RowWriter) {
    this.#input = input;
    this.#layout = layout;
    this.#writer = writer;
    const { order, names } = canonicalOrder(layout, input.profile);
    this.#order = order;
    this.#names = hash('sha256', names, 'base64').slice(0, 22);
    this.#created = new TimeScan(layout, input.object.created);
    this.#modified = new TimeScan(layout, input.object.modified);
  }

  async add(batch: RowBatch, from: number): Promise<void> {
    const { cells, starts, ends, broken } = batch;
    const width = this.#layout.columns.length;
    const { idIndex } = this.#layout;
    for (const range of broken) {
      this.#rows += 1;
      this.#writer.reject(range.start, range.end - range.start, 'ROW_QUOTES', null);
    }
    for (let i = from; i < cells.length; i += 1) {
      const row = cells[i] ?? [];
      const start = starts[i] ?? 0;
      const size = (ends[i] ?? 0) - start;
      const verdict = judgeRow(row, width, idIndex, this.#input.longestCell);
      if (verdict === 'good') {
        this.#rows += 1;
        const mangled = this.#mangledCell(row);
        if (mangled !== null) await this.#refuseMangled(mangled, start);
        this.#writer.row(start, size, cleanId(row[idIndex] ?? ''), this.#hash(row));
        this.#created.add(row);
        this.#modified.add(row);
        this.#shortAt = null;
      } else if (verdict === 'blank') this.#blank += 1;
      else {
        this.#rows += 1;
        const id =
          verdict === 'ROW_CELL_TOO_LARGE' || (verdict === 'ROW_RAGGED' && row.length > idIndex)
            ? cleanId(row[idIndex] ?? '')
            : '';
        this.#writer.reject(start, size, verdict, id === '' || id.length > 512 ? null : id);
        this.#shortAt = verdict === 'ROW_RAGGED' && row.length < width ? start : null;
      }
    }
  }

  /** 128 bits of SHA-256 over the names and cells in the order of the names. No cell holds a NUL, so it separates them safely. */
  #hash(row: readonly string[]): string {
    const sorted = new Array<string>(row.length);
    for (let i = 0; i < sorted.length; i += 1) sorted[i] = row[this.#order[i] ?? 0] ?? '';
    let text = sorted.join('\0');
    if (COMPOSABLE.test(text)) text = text.normalize('NFC');
    return hash('sha256', this.#names + text, 'base64').slice(0, 22);
  }

  #mangledCell(row: readonly string[]): number | null {
    for (const index of this.#layout.idLike) {
      const cell = row[index] ?? '';
      // Only a cell that starts with a digit can be; nearly all others leave here.
      if (cell.includes('+') && isMangledId(cleanId(cell))) return index;
    }
    return null;
  }

  async #refuseMangled(index: number, start: number): Promise<never> {
    const { staged } = this.#input;
    const line = await lineOf(staged, start);
    const field = this.#layout.columns[index]?.name ?? '';
    throw new ChangeoverError(
      'FILE_IDS_MANGLED',
      `${staged.name}: line ${line} has an id like 1.23E+15 in ${JSON.stringify(field)}`,
      {
        place: { file: staged.name, line, field },
      },
    );
  }

  async finish(): Promise<Indexed> {
    const { staged, object } = this.#input;
    if (this.#rows === 0 && object.mayBeEmpty !== true) {
      throw new ChangeoverError('FILE_HEADER_ONLY', `${staged.name} has a header and no rows`, {
        place: { file: staged.name, object: object.name },
      });
    }
    const endsInLine = await endsWithLineEnd(staged);
    if (this.#shortAt !== null && !endsInLine) {
      const line = await lineOf(staged, this.#shortAt);
      throw new ChangeoverError('EXPORT_CUT_OFF', `${staged.name} ends in the middle of line ${line}`, {
        place: { file: staged.name, line },
      });
    }
    return {
      layout: this.#layout,
      rows: this.#rows,
      blank: this.#blank,
      endsInLine,
      createdPattern: this.#created.pattern(),
      modifiedPattern: this.#modified.pattern(),
    };
  }
}

/** The date pattern of one column: as the profile says, or as all its values say. */
class TimeScan {
  readonly #index: number;
  readonly #declared: string | null;
  readonly #scan: ColumnScan | null;

  constructor(layout: TableLayout, column: ExportObjectProfile['created']) {
    this.#index = layout.columns.find((one) => one.name === column?.column)?.index ?? -1;
    this.#declared = this.#index < 0 ? null : (column?.pattern ?? null);
    this.#scan = this.#index >= 0 && this.#declared === null ? new ColumnScan('') : null;
  }

  add(row: readonly string[]): void {
    this.#scan?.add(row[this.#index] ?? '');
  }

  pattern(): string | null {
    if (this.#scan === null) return this.#declared;
    const proposal = this.#scan.propose();
    if (!proposal.decided) return null;
    return proposal.format.type === 'date' || proposal.format.type === 'timestamp' ? proposal.format.pattern : null;
  }
}
