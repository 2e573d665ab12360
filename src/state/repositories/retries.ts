import { type Kysely, sql } from 'kysely';
import type { RecordKey } from '../../core/identifiers.ts';
import type { Tables } from '../schema/tables.ts';
import type { Retries } from '../state.ts';
import type { Session } from './session.ts';

export function retriesOf(session: Session): Retries {
  const { builder } = session;
  return {
    counts: async (source) => {
      const columns = ['source', 'object', 'attempt'] as const;
      let query = parked(builder)
        .select(columns)
        .select(({ fn }) => fn.countAll<number>().as('records'))
        .groupBy(columns)
        .orderBy('source')
        .orderBy('object')
        .orderBy('attempt');
      if (source !== null) query = query.where('source', '=', source);
      return session.rows(query);
    },
    keys: async (source, object, limit) => {
      let query = parked(builder)
        .select('key')
        .where('source', '=', source)
        .orderBy('due_at')
        .orderBy('key')
        .limit(limit);
      if (object !== null) query = query.where('object', '=', object);
      return (await session.rows(query)).map((row) => row.key as RecordKey);
    },
  };
}

/** As the index `records_parked` says it: literals, because SQLite uses a partial index only for its own words. */
function parked(builder: Kysely<Tables>) {
  return builder
    .selectFrom('records')
    .where(sql.ref('due'), '=', sql.lit(1))
    .where(sql.ref('due_at'), '>', sql.lit(0))
    .where('attempt', '>', 0);
}
