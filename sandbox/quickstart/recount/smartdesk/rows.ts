import { readFileSync } from 'node:fs';

/** A row as the sample wrote it: no reader of Changeover's has touched it. */
export type Raw = Readonly<Record<string, string>>;
/** Rows by table and id. */
export type RawTables = ReadonlyMap<string, ReadonlyMap<string, Raw>>;

/** Reads the rows that the sample kept, one JSON line each. */
export function readRows(file: string): RawTables {
  const tables = new Map<string, Map<string, Raw>>();
  for (const line of readFileSync(file, 'utf8').trimEnd().split('\n')) {
    const { table, id, row } = JSON.parse(line) as { table: string; id: string; row: Raw };
    const rows = tables.get(table) ?? new Map<string, Raw>();
    tables.set(table, rows.set(id, row));
  }
  return tables;
}

export function rowOf(tables: RawTables, table: string, id: string): Raw | undefined {
  return tables.get(table)?.get(id);
}
