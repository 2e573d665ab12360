import type { Tables } from '../schema/tables.ts';

/**
 * The same change for many rows, told so that each database does it in its own fastest way: SQLite with one prepared
 * statement run for each row, PostgreSQL with one statement for all of them. Each row gives the values of
 * `bulkColumns`, in that order.
 */
export type BulkWrite = Insert | Update | Delete;

interface Insert {
  readonly kind: 'insert';
  readonly table: keyof Tables;
  readonly columns: readonly string[];
  /** Whose row is there already. */
  readonly key: readonly string[];
  /** What happens to a row that is there already: nothing, or these assignments (`excluded` is the new row). */
  readonly known: 'stays' | readonly string[];
}

interface Update {
  readonly kind: 'update';
  readonly table: keyof Tables;
  readonly columns: readonly string[];
  readonly key: readonly string[];
}

interface Delete {
  readonly kind: 'delete';
  readonly table: keyof Tables;
  readonly key: readonly string[];
}

/** Which values a row gives, in order: of an update the key comes last. */
export function bulkColumns(bulk: BulkWrite): readonly string[] {
  switch (bulk.kind) {
    case 'insert':
      return bulk.columns;
    case 'update':
      return [...bulk.columns, ...bulk.key];
    case 'delete':
      return bulk.key;
  }
}

/** The assignments that make the stored row the new one. */
export function replacing(columns: readonly string[]): readonly string[] {
  return columns.map((column) => `${quoted(column)} = excluded.${quoted(column)}`);
}

export function conflictClause(insert: Extract<BulkWrite, { kind: 'insert' }>): string {
  const action = insert.known === 'stays' ? 'NOTHING' : `UPDATE SET ${insert.known.join(', ')}`;
  return `ON CONFLICT (${quotedList(insert.key)}) DO ${action}`;
}

export function quoted(name: string): string {
  return `"${name}"`;
}

export function quotedList(names: readonly string[]): string {
  return names.map(quoted).join(', ');
}
