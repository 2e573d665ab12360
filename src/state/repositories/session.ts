import type { Compilable } from 'kysely';
import type { Builder } from '../schema/dialects.ts';
import type { BulkWrite } from './bulk.ts';

/** What a statement may be given. A list stands where the text says `IN :list` or `NOT IN :list`. */
export type Parameter = string | number | null | readonly string[];

/** What a repository may do to its database: one transaction, or one read. Ends with it. */
export interface Session {
  readonly builder: Builder;
  rows<Row>(query: Compilable<Row>): Promise<readonly Row[]>;
  /** Returns how many rows changed. */
  change(query: Compilable): Promise<number>;
  /** For hot paths: a text that is always the same, so that the database need not plan it again. `?` for each parameter. */
  all<Row>(text: string, ...parameters: readonly Parameter[]): Promise<Row[]>;
  /** As `all`; returns how many rows changed. */
  execute(text: string, ...parameters: readonly Parameter[]): Promise<number>;
  /** Writes many rows; of several with one key the last counts. */
  write(bulk: BulkWrite, rows: Iterable<readonly (string | number | null)[]>): Promise<void>;
}

/** The one row, or the first. */
export async function first<Row>(
  session: Session,
  text: string,
  ...parameters: readonly Parameter[]
): Promise<Row | undefined> {
  return (await session.all<Row>(text, ...parameters))[0];
}

/** Parts of at most `size`: a statement has a limited number of parameters (32,766 in SQLite, 65,535 in PostgreSQL). */
export function* parts<Item>(items: readonly Item[], size = 500): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
