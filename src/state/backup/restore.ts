import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { ChangeoverError } from '../../core/errors.ts';
import { DEPLOYMENT_SETTING, refuseOtherDeployment } from '../deployment.ts';
import type { BackupSummary, RestoreRequest } from '../engine.ts';
import { firstEpoch } from '../repositories/leases.ts';
import { first, parts } from '../repositories/session.ts';
import { settingsOf } from '../repositories/settings.ts';
import { MIGRATIONS, type Migration, pendingMigrations } from '../schema/migrations.ts';
import { readLines } from './file.ts';
import {
  type Begin,
  damaged,
  type NumberedLine,
  parseBegin,
  parseClose,
  parseEnd,
  parseHead,
  parseRow,
} from './format.ts';
import {
  BACKUP_TABLES,
  type BackupTable,
  type Cell,
  isNumbered,
  PRIMARY_KEYS,
  type TableReader,
  type TableWriter,
} from './tables.ts';
import { rowLines } from './write.ts';

export interface RestoreOptions extends RestoreRequest {
  readonly deployment: string | undefined;
  /** How messages call the state. */
  readonly place: string;
  /** By the clock of this process, milliseconds. */
  readonly now: number;
  readonly migrations: readonly Migration[] | undefined;
}

const ROWS_AT_ONCE = 500;

/** Makes the tables what the file says. Whoever calls keeps all of it or, where this throws, nothing. */
export async function restoreBackup(
  tables: TableWriter,
  file: string,
  options: RestoreOptions,
): Promise<BackupSummary> {
  const { deployment, place, migrations: known = MIGRATIONS } = options;
  if (!options.replace) await refuseWhatIsThere(tables, place);
  const epochs = await epochsOf(tables);
  const lines = new Lines(file);
  try {
    const head = parseHead(file, await lines.next());
    const pending = pendingMigrations(head.migrations, file, known);
    if (deployment !== undefined) refuseOtherDeployment(file, head.deployment ?? undefined, deployment);
    await tables.recreate(known.slice(0, known.length - pending.length));
    let rows = 0;
    const restored = new Set<BackupTable>();
    let sum = lines.sha256();
    for (let line = await lines.next(); !line.text.startsWith('{"tables":'); line = await lines.next()) {
      const table = await restoreTable(tables, file, lines, line, restored);
      rows += table.rows;
      sum = lines.sha256();
    }
    const close = parseClose(file, lines.last);
    const missing = await missingTable(tables, restored);
    if (missing !== null) throw damaged(file, `lacks the table ${missing}`);
    if (close.rows !== rows || close.tables !== restored.size || close.sha256 !== sum)
      throw damaged(file, `does not hold what its last line counts`);
    await lines.end();
    await tables.migrate(pending);
    await freeLeases(tables, epochs, options.now);
    // Of those that were at work when the backup was made nobody may be left.
    await tables.session.execute('DELETE FROM processes');
    const settings = settingsOf(tables.session);
    if (deployment !== undefined) await settings.set(DEPLOYMENT_SETTING, deployment);
    for (const [name, value] of Object.entries(options.settings ?? {})) await settings.set(name, value);
    return { file: resolve(file), deployment: head.deployment, at: head.at, ...close };
  } finally {
    await lines.close();
  }
}

async function restoreTable(
  tables: TableWriter,
  file: string,
  lines: Lines,
  line: NumberedLine,
  restored: Set<BackupTable>,
): Promise<{ readonly rows: number }> {
  const begin = parseBegin(file, line);
  const table = await tableOf(tables, file, begin, restored);
  restored.add(table);
  let rows: (readonly Cell[])[] = [];
  const store = async () => {
    const given = rows;
    rows = [];
    const { columns } = begin;
    await tables.session.write({ kind: 'insert', table, columns, key: PRIMARY_KEYS[table], known: 'stays' }, given);
  };
  let next = await lines.next();
  for (; next.text.startsWith('['); next = await lines.next()) {
    const row = parseRow(file, next);
    if (row.length !== begin.columns.length) throw damaged(file, `has a row of another length in line ${next.number}`);
    rows.push(row);
    if (rows.length >= ROWS_AT_ONCE) await store();
  }
  await store();
  const end = parseEnd(file, next);
  const stored = await storedAs(tables, table, begin.columns);
  if (end.end !== table || end.rows !== stored.rows || end.sha256 !== stored.sha256) {
    throw damaged(
      file,
      `says that ${table} has ${end.rows} rows of one content, and stored are ${stored.rows} of another`,
    );
  }
  if (isNumbered(table) && begin.last !== null) await tables.setLastNumber(table, begin.last);
  return { rows: stored.rows };
}

/** Only names that the database itself has go into statements. */
async function tableOf(
  tables: TableWriter,
  file: string,
  begin: Begin,
  restored: ReadonlySet<BackupTable>,
): Promise<BackupTable> {
  const table = BACKUP_TABLES.find((name) => name === begin.table);
  if (table === undefined || restored.has(table)) throw damaged(file, `has a table ${begin.table} too many`);
  const columns = await tables.columns(table);
  if (columns.join() !== begin.columns.join())
    throw damaged(file, `has other columns of ${table} than its version has`);
  return table;
}

async function missingTable(tables: TableWriter, restored: ReadonlySet<BackupTable>): Promise<BackupTable | null> {
  for (const table of BACKUP_TABLES) if (!restored.has(table) && (await tables.columns(table)).length > 0) return table;
  return null;
}

/** Read back from the database: what counts is what is stored. */
async function storedAs(
  tables: TableWriter,
  table: BackupTable,
  columns: readonly string[],
): Promise<{ readonly rows: number; readonly sha256: string }> {
  const hash = createHash('sha256');
  let rows = 0;
  for await (const piece of rowLines(tables, table, columns)) {
    hash.update(piece.text);
    rows += piece.rows;
  }
  return { rows, sha256: hash.digest('hex') };
}

/** Settings and processes alone are no knowledge: a state that was only opened has some. */
export async function whatIsThere(tables: TableReader): Promise<readonly string[]> {
  const found: string[] = [];
  for (const table of BACKUP_TABLES) {
    if (table === 'settings' || table === 'processes') continue;
    const row = await first<{ rows: number }>(tables.session, `SELECT count(*) AS rows FROM ${table}`);
    if (row !== undefined && row.rows > 0) found.push(`${table} ${row.rows}`);
  }
  return found;
}

async function refuseWhatIsThere(tables: TableReader, place: string): Promise<void> {
  const found = await whatIsThere(tables);
  if (found.length > 0) throw new ChangeoverError('STATE_NOT_EMPTY', `${place} is not empty: ${found.join(', ')}`);
}

async function epochsOf(tables: TableWriter): Promise<ReadonlyMap<string, number>> {
  const rows = await tables.session.all<{ name: string; epoch: number }>('SELECT name, epoch FROM leases');
  return new Map(rows.map((row) => [row.name, row.epoch]));
}

/**
 * After the backup was made, its leases may have been taken many times, and events carry those epochs. New ones must be
 * greater, or what is read from now on would count as older than what the log has; and nobody can be asked how far they
 * went: `firstEpoch`.
 */
async function freeLeases(tables: TableWriter, before: ReadonlyMap<string, number>, now: number): Promise<void> {
  const restored = await tables.session.all<{ name: string; epoch: number; next_sequence: number }>(
    'SELECT name, epoch, next_sequence FROM leases',
  );
  const rows = restored.map(({ name, epoch, next_sequence }): readonly Cell[] => [
    name,
    '',
    Math.max(epoch, before.get(name) ?? 0, firstEpoch(now)) + 1,
    0,
    next_sequence,
  ]);
  await tables.session.execute('DELETE FROM leases');
  const columns = ['name', 'holder', 'epoch', 'expires_at', 'next_sequence'];
  for (const some of parts(rows))
    await tables.session.write({ kind: 'insert', table: 'leases', columns, key: ['name'], known: 'stays' }, some);
}

/** The lines of the file one after the other, with a checksum of all that came before the last. */
class Lines {
  readonly #file: string;
  readonly #lines: AsyncGenerator<NumberedLine>;
  readonly #hash = createHash('sha256');
  last: NumberedLine = { text: '', number: 0 };

  constructor(file: string) {
    this.#file = file;
    this.#lines = readLines(file);
  }

  async next(): Promise<NumberedLine> {
    const next = await this.#lines.next();
    if (next.done === true) throw damaged(this.#file, `ends too early, after line ${this.last.number}`);
    if (this.last.number > 0) this.#hash.update(`${this.last.text}\n`);
    this.last = next.value;
    return next.value;
  }

  /** Of all lines up to the one that was read last. */
  sha256(): string {
    return this.#hash.copy().update(`${this.last.text}\n`).digest('hex');
  }

  /** @throws STATE_BACKUP_DAMAGED where more follows */
  async end(): Promise<void> {
    const next = await this.#lines.next();
    if (next.done !== true) throw damaged(this.#file, `goes on after its end, in line ${next.value.number}`);
  }

  async close(): Promise<void> {
    await this.#lines.return(undefined);
  }
}
