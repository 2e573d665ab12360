import type { Session } from '../repositories/session.ts';
import type { AppliedMigration, Migration } from '../schema/migrations.ts';
import type { Tables } from '../schema/tables.ts';

export type BackupTable = Exclude<keyof Tables, 'migrations'>;

/** Every table with its primary key, by which its rows are ordered; a table comes after those that its rows point at. */
export const PRIMARY_KEYS: Readonly<Record<BackupTable, readonly string[]>> = {
  settings: ['name'],
  leases: ['name'],
  positions: ['group_name', 'topic', 'partition_number'],
  checkpoints: ['source', 'object'],
  watermarks: ['source', 'object', 'epoch', 'sequence'],
  names: ['scope', 'name'],
  records: ['key'],
  ledger: ['source', 'object', 'class'],
  targets: ['target_key'],
  contributions: ['record_key', 'target_key'],
  intents: ['id'],
  journal: ['number'],
  dependencies: ['record_key', 'on_name'],
  lookups: ['record_key', 'index_name', 'value'],
  uniques: ['object', 'field', 'value'],
  owners: ['source', 'reference'],
  reviews: ['id'],
  mappings: ['number'],
  rejects: ['number'],
  losses: ['number'],
  outbox: ['number'],
  corrections: ['record_key'],
  breakers: ['source', 'object'],
  foreign_messages: ['topic', 'partition_number', 'log_offset'],
  audit: ['number'],
  edits: ['number'],
  files: ['file_key'],
  file_ledger: ['source', 'object', 'class'],
  apart: ['one_key', 'other_key'],
  lineage: ['target_key'],
  given_back: ['object', 'id'],
  given_back_records: ['record_key'],
  processes: ['holder'],
};

export const BACKUP_TABLES = Object.keys(PRIMARY_KEYS) as readonly BackupTable[];

/** Whether the database hands out the table's key by itself, never the same twice. */
export function isNumbered(table: BackupTable): boolean {
  return PRIMARY_KEYS[table][0] === 'number';
}

export type Cell = string | number | null;

/** The tables of a state as they are at one moment. */
export interface TableReader {
  readonly session: Session;
  applied(): Promise<readonly AppliedMigration[]>;
  /** Sorted by name; empty where there is no such table. */
  columns(table: BackupTable): Promise<readonly string[]>;
  /** All rows in the order of their keys, some at a time. */
  read(table: BackupTable, columns: readonly string[]): AsyncIterable<readonly (readonly Cell[])[]>;
  /** The last number that a numbered table has given out; 0 where it gave none. */
  lastNumber(table: BackupTable): Promise<number>;
}

/** The same within a transaction that may change all of it. */
export interface TableWriter extends TableReader {
  /** Removes every table with what it holds, and makes them anew, empty, as these migrations leave them. */
  recreate(migrations: readonly Migration[]): Promise<void>;
  migrate(migrations: readonly Migration[]): Promise<void>;
  setLastNumber(table: BackupTable, last: number): Promise<void>;
}
