import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { DEPLOYMENT_SETTING } from '../deployment.ts';
import type { BackupSummary } from '../engine.ts';
import { settingsOf } from '../repositories/settings.ts';
import { writeFile } from './file.ts';
import { type Close, FORMAT, FORMAT_VERSION, type Head, lineOf } from './format.ts';
import { BACKUP_TABLES, type BackupTable, isNumbered, type TableReader } from './tables.ts';

/** Writes all tables as the reader sees them. @param now by the clock of this process, milliseconds */
export async function writeBackup(tables: TableReader, file: string, now: number): Promise<BackupSummary> {
  const deployment = await settingsOf(tables.session).get(DEPLOYMENT_SETTING);
  const head: Head = {
    format: FORMAT,
    version: FORMAT_VERSION,
    deployment: typeof deployment === 'string' ? deployment : null,
    at: now,
    migrations: (await tables.applied()).map(({ number, name }) => ({ number, name })),
  };
  let close: Close = { tables: 0, rows: 0, sha256: '' };
  await writeFile(
    file,
    piecesOf(tables, head, (counted) => {
      close = counted;
    }),
  );
  return { file: resolve(file), deployment: head.deployment, at: now, ...close };
}

async function* piecesOf(tables: TableReader, head: Head, counted: (close: Close) => void): AsyncGenerator<string> {
  const whole = createHash('sha256');
  const said = (text: string) => {
    whole.update(text);
    return text;
  };
  let count = 0;
  let rows = 0;
  yield said(lineOf(head));
  for (const table of BACKUP_TABLES) {
    const columns = await tables.columns(table);
    // A table that a later version brings.
    if (columns.length === 0) continue;
    const last = isNumbered(table) ? await tables.lastNumber(table) : null;
    yield said(lineOf({ table, columns, last }));
    const own = createHash('sha256');
    let ownRows = 0;
    for await (const piece of rowLines(tables, table, columns)) {
      own.update(piece.text);
      ownRows += piece.rows;
      yield said(piece.text);
    }
    yield said(lineOf({ end: table, rows: ownRows, sha256: own.digest('hex') }));
    count += 1;
    rows += ownRows;
  }
  const close: Close = { tables: count, rows, sha256: whole.digest('hex') };
  counted(close);
  yield lineOf(close);
}

/** The rows of a table as lines, in the order of their keys: the same text from every database. */
export async function* rowLines(
  tables: TableReader,
  table: BackupTable,
  columns: readonly string[],
): AsyncGenerator<{ readonly text: string; readonly rows: number }> {
  for await (const rows of tables.read(table, columns)) yield { text: rows.map(lineOf).join(''), rows: rows.length };
}
