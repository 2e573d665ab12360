import { type FileHandle, open, rename } from 'node:fs/promises';
import type { RejectedRow } from '../connector.ts';
import { asWorkError } from './files.ts';

const HEADER = 'file,line,code,reason,id,excerpt\r\n';

/** Makes a text safe to open in a spreadsheet: what starts like a formula gets an apostrophe in front. */
export function neutraliseFormula(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

function cell(value: string | number | null): string {
  const text = neutraliseFormula(String(value ?? ''));
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function rejectLine(row: RejectedRow): string {
  return `${[row.file, row.line, row.code, row.reason, row.id, row.excerpt].map(cell).join(',')}\r\n`;
}

/** Writes the list of rows that were no records, for whoever corrects them. The old list stays until the new one is whole. */
export async function writeRejects(path: string, rows: Iterable<RejectedRow>): Promise<number> {
  let handle: FileHandle | null = null;
  let written = 0;
  try {
    handle = await open(`${path}.partial`, 'w');
    let buffer = `\ufeff${HEADER}`;
    for (const row of rows) {
      buffer += rejectLine(row);
      written += 1;
      if (buffer.length < 65_536) continue;
      await handle.appendFile(buffer);
      buffer = '';
    }
    await handle.appendFile(buffer);
    await handle.close();
    handle = null;
    await rename(`${path}.partial`, path);
    return written;
  } catch (thrown) {
    throw asWorkError(thrown, path);
  } finally {
    await handle?.close();
  }
}
