import type { Compilable } from 'kysely';
import type { Builder } from '../schema/dialects.ts';

/** What a repository may do to its database: one transaction, or one read. Ends with it. */
export interface Session {
  readonly builder: Builder;
  rows<Row>(query: Compilable<Row>): Promise<readonly Row[]>;
  /** Returns how many rows changed. */
  change(query: Compilable): Promise<number>;
}

/** Parts of at most `size`: a statement has a limited number of parameters (32,766 in SQLite, 65,535 in PostgreSQL). */
export function* parts<Item>(items: readonly Item[], size = 500): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
