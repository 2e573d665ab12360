import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Row, writeCsv } from '../samples/smart-crm-online/dialect.ts';
import type { Collection, StoredRecord } from './store/model.ts';
import { present } from './store/present.ts';
import type { Workspace } from './store/workspace.ts';
import { DEFAULT_SWITCHES } from './switches.ts';

/**
 * The CSV export of an administrator, as connectors/kinabase/README.md assumes it: a file a collection, field keys for headers,
 * links by id, users by e-mail address, several values with a semicolon between them, and what stands beside the fields in
 * columns of its own.
 */
export function writeExport(workspace: Workspace, folder: string, skipped: ReadonlySet<string> = new Set()): void {
  mkdirSync(folder, { recursive: true });
  for (const collection of workspace.collections()) {
    if (skipped.has(collection.slug)) continue;
    const records = [...collection.records.values()];
    const keys = new Set(records.flatMap((record) => Object.keys(dataOf(collection, record))));
    const headers = ['Id', 'Numeric Id', ...keys, 'External', 'File Storage', 'Created At', 'Updated At'];
    const rows = records.map((record) => rowOf(collection, record));
    const bytes = writeCsv(headers, rows, { delimiter: ',', newline: '\r\n', encoding: 'utf-8-bom' });
    writeFileSync(join(folder, `${collection.name}.csv`), bytes);
  }
}

function dataOf(collection: Collection, record: StoredRecord): Readonly<Record<string, unknown>> {
  return present(collection, record, DEFAULT_SWITCHES, false).data as Readonly<Record<string, unknown>>;
}

function rowOf(collection: Collection, record: StoredRecord): Row {
  const { fileStorage } = present(collection, record, DEFAULT_SWITCHES, false);
  const cells = Object.entries(dataOf(collection, record)).map(([key, value]) => [key, cellOf(value)]);
  return {
    ...Object.fromEntries(cells),
    Id: record.id,
    'Numeric Id': String(record.numericId),
    External: record.external.map(({ key, id }) => `${key}:${id}`).join('; '),
    'File Storage': record.files.length === 0 ? '' : JSON.stringify(fileStorage),
    'Created At': new Date(record.createdAt).toISOString(),
    'Updated At': new Date(record.updatedAt).toISOString(),
  };
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(cellOf).join('; ');
  if (typeof value !== 'object') return String(value);
  const { email, name, id, workspace } = value as Readonly<Record<string, unknown>>;
  if (email !== undefined) return String(email ?? name);
  return workspace === undefined ? String(id) : `${String(workspace)}/${String(id)}`;
}
