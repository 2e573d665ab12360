import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TableName, Tables } from './tables.ts';

/** Tables whose rows may bring files along (SMD-11); every tenth row does. */
export const WITH_FILES = ['contacts', 'deals', 'tasks', 'tickets'] as const satisfies readonly TableName[];
const EVERY = 10;

/** The cell of a row: one file, or none. */
export function attachmentsOf(table: (typeof WITH_FILES)[number], id: string, index: number): string {
  return index % EVERY === 0 ? `attachments/${table}/${id} şartlar.pdf` : '';
}

/** Puts every file that rows name beside them: a PDF that says its own name. */
export function writeAttachments(folder: string, tables: Tables): void {
  for (const table of WITH_FILES) {
    for (const row of tables[table].values()) {
      const path = row.Attachments ?? '';
      if (path === '') continue;
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), `%PDF-1.7\n% ${path}\n`);
    }
  }
}
