import type { StagedFile } from '../delimited/stage.ts';
import type { TableLayout } from './table.ts';

/** What is known of one object's file in one export, once it is read. Stands in the plan file as JSON. */
export interface PlanFacts {
  /** Identity of the content: the same bytes read the same way are the same export. */
  readonly exportId: string;
  /** The export that this one is compared with; null for a full read. */
  readonly base: string | null;
  /** Name, size and time of the file: as long as they stay, it need not be read again. */
  readonly fileSignature: string;
  readonly set: string;
  readonly takenAt: number | null;
  readonly staged: StagedFile;
  readonly layout: TableLayout;
  /** Date patterns found for the profile's `created` and `modified` columns; null while undecided. */
  readonly createdPattern: string | null;
  readonly modifiedPattern: string | null;
  /** Rows of the file, blank lines left out. */
  readonly rows: number;
  readonly blank: number;
  /** Whether the last row has a line end; undefined in a plan of an older version. */
  readonly endsInLine: boolean | undefined;
  readonly rejected: number;
  /** Rejected rows that never were records: totals and page lines. */
  readonly harmless: number;
  /** Rejected ids that are live downstream and stay. */
  readonly kept: number;
  readonly upserts: number;
  /** Live ids that left the export. */
  readonly removals: number;
  /** Live ids before this export. */
  readonly live: number;
}

/** A plan is a SQLite file, built once and then only read: what to send for one export, and what is live after it. */
export const PLAN_TABLES = `
  CREATE TABLE row_seen (start INTEGER PRIMARY KEY, size INTEGER NOT NULL, id TEXT NOT NULL, hash TEXT NOT NULL);
  CREATE TABLE next (id TEXT NOT NULL, start INTEGER NOT NULL, size INTEGER NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (id, start)) WITHOUT ROWID;
  CREATE TABLE reject (start INTEGER PRIMARY KEY, size INTEGER NOT NULL, code TEXT NOT NULL, id TEXT, line INTEGER, excerpt TEXT, reason TEXT);
  CREATE TABLE upsert (start INTEGER PRIMARY KEY, size INTEGER NOT NULL);
  CREATE TABLE removal (id TEXT PRIMARY KEY, hash TEXT) WITHOUT ROWID;
  CREATE TABLE kept (id TEXT PRIMARY KEY, hash TEXT) WITHOUT ROWID;
  CREATE TABLE facts (json TEXT NOT NULL);
`;
