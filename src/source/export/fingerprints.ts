import { closeSync, fsyncSync, openSync, readSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import Sqlite, { type Database } from 'better-sqlite3';
import { ERROR_CODES } from '../../core/error-codes.ts';
import { ChangeoverError } from '../../core/errors.ts';
import type { RejectedRow } from '../connector.ts';
import { asWorkError } from '../delimited/files.ts';
import type { RowFault } from '../delimited/judge.ts';
import { HARMLESS_FAULTS } from '../delimited/judge.ts';
import { lineOf, linesOf } from '../delimited/lines.ts';
import type { StagedFile } from '../delimited/stage.ts';
import { type IndexInput, indexRows } from './index-rows.ts';
import { PLAN_TABLES, type PlanFacts } from './plan.ts';

export interface BuildInput extends IndexInput {
  /** The plan's file; it appears only when it is whole. */
  readonly path: string;
  readonly exportId: string;
  readonly fileSignature: string;
  readonly set: string;
  readonly takenAt: number | null;
  /** The plan of the export read before, and whether its removals were never sent; null for a full read. */
  readonly base: { readonly path: string; readonly exportId: string; readonly removalsWithheld: boolean } | null;
  /** The export before ended with a line end, and no checksum vouches for this one. */
  readonly lineEndExpected: boolean;
  /** On a full read: the ids that are live downstream, where somebody knows them. */
  readonly knownIds: AsyncIterable<string> | null;
  /** Limits the plan's size, in pages of 4 KiB: for tests of a full disk. */
  readonly largestPages?: number;
}

/**
 * Compares an export with the one before it, and writes what is to be sent into a file of its own.
 *
 * Rows are appended in file order and sorted by id once, outside of memory; then the two sorted tables are joined.
 * Memory is bounded by SQLite's page cache, whatever the number of rows. The file is a cache that can be built again, so
 * there is no journal: it is written beside its place and renamed when it is whole.
 */
export async function buildPlan(input: BuildInput): Promise<PlanFacts> {
  const building = `${input.path}.building`;
  await rm(building, { force: true });
  let database: Database | null = null;
  try {
    database = openBuilding(building, input.largestPages);
    database.exec(PLAN_TABLES);
    const indexed = await indexRows(database, input);
    input.signal.throwIfAborted();
    if (input.lineEndExpected && !indexed.endsInLine) await refuseOpenEnd(database, input.staged);
    sortRows(database);
    input.steps.reached('diff');
    rejectDuplicates(database);
    await describeRejects(database, input.staged);
    refuseIfAllRagged(database, indexed.rows, input.staged.name);
    const harmless = countHarmless(database);
    checkManifest(input, indexed.rows - harmless);
    const live = await loadLive(database, input);
    compare(database, input);
    input.steps.reached('diff');
    const facts: PlanFacts = {
      exportId: input.exportId,
      base: input.base?.exportId ?? null,
      fileSignature: input.fileSignature,
      set: input.set,
      takenAt: input.takenAt,
      staged: input.staged,
      ...indexed,
      rejected: count(database, 'SELECT count(*) FROM reject'),
      harmless,
      kept: count(database, 'SELECT count(*) FROM kept'),
      upserts: count(database, 'SELECT count(*) FROM upsert'),
      removals: count(database, 'SELECT count(*) FROM removal'),
      live,
    };
    database.prepare('INSERT INTO facts VALUES (?)').run(JSON.stringify(facts));
    database.close();
    database = null;
    sync(building);
    await rename(building, input.path);
    return facts;
  } catch (thrown) {
    database?.close();
    await rm(building, { force: true });
    if (input.signal.aborted) throw thrown;
    throw asWorkError(thrown, building);
  }
}

function openBuilding(path: string, largestPages: number | undefined): Database {
  const database = new Sqlite(path);
  database.pragma('journal_mode = OFF');
  database.pragma('synchronous = OFF');
  database.pragma('locking_mode = EXCLUSIVE');
  database.pragma('temp_store = FILE');
  // 32 MiB: also what a sort may hold before it goes to disk.
  database.pragma('cache_size = -32768');
  if (largestPages !== undefined) database.pragma(`max_page_count = ${largestPages}`);
  return database;
}

function countHarmless(database: Database): number {
  const codes = [...HARMLESS_FAULTS].map((code) => `'${code}'`).join(', ');
  return count(database, `SELECT count(*) FROM reject WHERE code IN (${codes})`);
}

/** A cell that was cut off in its middle, the last of its row, cannot be told from a whole one in any other way. */
async function refuseOpenEnd(database: Database, staged: StagedFile): Promise<never> {
  const last = count(
    database,
    'SELECT max(start) FROM (SELECT max(start) AS start FROM row_seen UNION ALL SELECT max(start) FROM reject)',
  );
  const line = await lineOf(staged, last);
  throw new ChangeoverError(
    'EXPORT_CUT_OFF',
    `${staged.name} ends in line ${line} without a line end, which the export before had: its last row may be cut off`,
    {
      place: { file: staged.name, line },
      hint: 'Export it again. Where the last row is whole, put a line end behind it, or the checksum of the file into a manifest.json.',
    },
  );
}

function checkManifest({ expectedRows, staged, set }: BuildInput, rows: number): void {
  if (expectedRows === null || expectedRows === rows) return;
  const file = `${set}/${staged.name}`;
  throw new ChangeoverError('EXPORT_CUT_OFF', `${file} has ${rows} rows, its manifest says ${expectedRows}`, {
    place: { file },
  });
}

function sync(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function count(database: Database, query: string): number {
  return Number(database.prepare(query).pluck().get());
}

function sortRows(database: Database): void {
  database.exec('INSERT INTO next SELECT id, start, size, hash FROM row_seen ORDER BY id, start');
  database.exec('DROP TABLE row_seen');
}

/** Whichever row comes first: none of the rows of an id that stands twice is believed. */
function rejectDuplicates(database: Database): void {
  database.exec(`
    CREATE TEMP TABLE doubled AS SELECT id FROM next GROUP BY id HAVING count(*) > 1;
    INSERT INTO reject (start, size, code, id)
      SELECT n.start, n.size, 'ROW_DUPLICATE_ID', n.id FROM doubled d JOIN next n ON n.id = d.id;
    DELETE FROM next WHERE id IN (SELECT id FROM doubled);
  `);
}

const EXCERPT = 2_000;
const REJECTS_AT_ONCE = 20_000;

/** Adds lines, reasons and excerpts to the rejects. */
async function describeRejects(database: Database, staged: StagedFile): Promise<void> {
  const select = database.prepare('SELECT start, size, code FROM reject WHERE start > ? ORDER BY start LIMIT ?').raw();
  const update = database.prepare('UPDATE reject SET line = ?, excerpt = ?, reason = ? WHERE start = ?');
  const file = openSync(staged.path, 'r');
  try {
    let known = { offset: 0, line: 1 };
    for (let after = -1; ; ) {
      const rows = select.all(after, REJECTS_AT_ONCE) as [number, number, RowFault][];
      if (rows.length === 0) return;
      const pieces = rows.map(([start, size]) => excerpt(file, start, size));
      const offsets = rows.map(([start], i) => start + (pieces[i]?.blank ?? 0));
      const lines = await linesOf(staged, offsets, known);
      database.exec('BEGIN');
      for (const [i, [start, , code]] of rows.entries()) {
        update.run(lines[i], pieces[i]?.text ?? '', ERROR_CODES[code].meaning, start);
        after = start;
      }
      database.exec('COMMIT');
      known = { offset: offsets.at(-1) ?? 0, line: lines.at(-1) ?? 1 };
    }
  } finally {
    closeSync(file);
  }
}

/** Fewer rows than this may all be ragged without the whole file being doubted. */
const ENOUGH_ROWS = 20;

function refuseIfAllRagged(database: Database, rows: number, file: string): void {
  if (rows < ENOUGH_ROWS || count(database, "SELECT count(*) FROM reject WHERE code = 'ROW_RAGGED'") < rows) return;
  throw new ChangeoverError(
    'FILE_ALL_ROWS_REJECTED',
    `none of the ${rows} rows of ${file} has as many cells as its header`,
    { place: { file } },
  );
}

/** The start of a row's text, and the number of bytes of line ends before it. */
function excerpt(file: number, start: number, size: number): { readonly text: string; readonly blank: number } {
  const bytes = Buffer.alloc(Math.min(size, EXCERPT * 4));
  const got = readSync(file, bytes, 0, bytes.length, start);
  let blank = 0;
  while (blank < got && (bytes[blank] === 10 || bytes[blank] === 13)) blank += 1;
  const text = bytes
    .subarray(blank, got)
    .toString('utf8')
    .replace(/[\r\n]+$/, '');
  return { text: text.slice(0, EXCERPT), blank };
}

/** Opens what was live before: the base's accepted rows as `base.next`, all else as `extra`. Gives their number. */
async function loadLive(database: Database, input: BuildInput): Promise<number> {
  database.exec('CREATE TEMP TABLE extra (id TEXT PRIMARY KEY, hash TEXT) WITHOUT ROWID');
  if (input.base !== null) {
    database.prepare('ATTACH DATABASE ? AS base').run(input.base.path);
    database.exec('INSERT INTO extra SELECT id, hash FROM base.kept');
    if (input.base.removalsWithheld) database.exec('INSERT OR IGNORE INTO extra SELECT id, hash FROM base.removal');
    return count(database, 'SELECT (SELECT count(*) FROM base.next) + (SELECT count(*) FROM extra)');
  }
  if (input.knownIds !== null) {
    const insert = database.prepare('INSERT OR IGNORE INTO extra VALUES (?, NULL)');
    database.exec('BEGIN');
    for await (const id of input.knownIds) insert.run(id);
    database.exec('COMMIT');
  }
  return count(database, 'SELECT count(*) FROM extra');
}

function compare(database: Database, input: BuildInput): void {
  database.exec('CREATE TEMP TABLE refused (id TEXT PRIMARY KEY) WITHOUT ROWID');
  database.exec('INSERT OR IGNORE INTO refused SELECT id FROM reject WHERE id IS NOT NULL');
  const before =
    input.base === null
      ? 'SELECT id, hash FROM extra'
      : 'SELECT id, hash FROM base.next UNION ALL SELECT id, hash FROM extra';
  const known =
    input.base === null
      ? { join: 'LEFT JOIN extra e ON e.id = n.id', hash: 'e.hash' }
      : {
          join: 'LEFT JOIN base.next b ON b.id = n.id LEFT JOIN extra e ON e.id = n.id',
          hash: 'coalesce(b.hash, e.hash)',
        };
  database.exec(`
    INSERT INTO upsert SELECT n.start, n.size FROM next n ${known.join} WHERE ${known.hash} IS NULL OR ${known.hash} <> n.hash ORDER BY n.start;
    CREATE TEMP TABLE gone AS SELECT l.id AS id, l.hash AS hash FROM (${before}) l WHERE NOT EXISTS (SELECT 1 FROM next n WHERE n.id = l.id);
    INSERT OR IGNORE INTO kept SELECT id, hash FROM gone WHERE id IN (SELECT id FROM refused);
    INSERT OR IGNORE INTO removal SELECT id, hash FROM gone WHERE id NOT IN (SELECT id FROM refused);
  `);
  if (input.base !== null) database.exec('DETACH DATABASE base');
}

/** A finished plan, open for reading. */
export class Plan {
  readonly facts: PlanFacts;
  readonly #database: Database;

  constructor(path: string) {
    this.#database = new Sqlite(path, { readonly: true, fileMustExist: true });
    const json = this.#database.prepare('SELECT json FROM facts').pluck().get();
    this.facts = JSON.parse(String(json)) as PlanFacts;
  }

  /** Changed rows after a position, in file order, so that reading many of them is reading in sequence. */
  upserts(after: number, limit: number): { start: number; end: number }[] {
    const rows = this.#database
      .prepare('SELECT start, size FROM upsert WHERE start > ? ORDER BY start LIMIT ?')
      .raw()
      .all(after, limit) as [number, number][];
    return rows.map(([start, size]) => ({ start, end: start + size }));
  }

  upsertsAfter(position: number): number {
    return Number(this.#database.prepare('SELECT count(*) FROM upsert WHERE start > ?').pluck().get(position));
  }

  removals(after: string, limit: number): string[] {
    return this.#database
      .prepare('SELECT id FROM removal WHERE id > ? ORDER BY id LIMIT ?')
      .pluck()
      .all(after, limit) as string[];
  }

  rejects(after: number, limit: number): { readonly start: number; readonly row: RejectedRow }[] {
    const rows = this.#database
      .prepare('SELECT start, line, code, reason, excerpt, id FROM reject WHERE start > ? ORDER BY start LIMIT ?')
      .raw()
      .all(after, limit) as [number, number, string, string, string, string | null][];
    return rows.map(([start, line, code, reason, text, id]) => ({
      start,
      row: { file: this.facts.staged.name, line, code, reason, excerpt: text, id },
    }));
  }

  close(): void {
    this.#database.close();
  }
}
