import { sql } from 'kysely';
import type { Dialect, Statement } from './columns.ts';

/** Questions of connectors stand under their source: two sources may name theirs alike. */
export function questionIds(dialect: Dialect): readonly Statement[] {
  return [
    dialect.builder
      .updateTable('reviews')
      .set({ id: sql<string>`${sql.ref('source')} || '/' || ${sql.ref('id')}` })
      .where('queue', '=', sql.lit('source'))
      .compile(),
  ];
}
