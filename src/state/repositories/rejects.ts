import type { Losses, RejectRow, Rejects } from '../state.ts';
import { parts, type Session } from './session.ts';

export function rejectsOf(session: Session): Rejects {
  const { builder } = session;

  const add = async (rows: readonly RejectRow[]) => {
    for (const some of parts(rows)) {
      await session.change(
        builder.insertInto('rejects').values(
          some.map((row) => ({
            source: row.source,
            object: row.object,
            snapshot: row.snapshot,
            file: row.file,
            line: row.line,
            code: row.code,
            reason: row.reason,
            excerpt: row.excerpt,
            id: row.id,
          })),
        ),
      );
    }
  };

  return {
    replace: async (source, object, snapshot, rows) => {
      await session.change(builder.deleteFrom('rejects').where('source', '=', source).where('object', '=', object));
      await add(rows.map((row) => ({ ...row, source, object, snapshot })));
    },
    add,
    list: async (source, object, limit) => {
      let query = builder
        .selectFrom('rejects')
        .select(['source', 'object', 'snapshot', 'file', 'line', 'code', 'reason', 'excerpt', 'id'])
        .where('source', '=', source)
        .orderBy('object')
        .orderBy('number')
        .limit(limit);
      if (object !== null) query = query.where('object', '=', object);
      return session.rows(query);
    },
    counts: async (source) => {
      const columns = ['source', 'object', 'snapshot', 'code'] as const;
      let query = builder
        .selectFrom('rejects')
        .select(columns)
        .select(({ fn }) => fn.countAll<number>().as('rows'))
        .groupBy(columns)
        .orderBy('source')
        .orderBy('object')
        .orderBy('snapshot')
        .orderBy('code');
      if (source !== null) query = query.where('source', '=', source);
      return session.rows(query);
    },
  };
}

export function lossesOf(session: Session): Losses {
  const { builder } = session;
  return {
    set: async (keys, rows) => {
      for (const some of parts(keys)) {
        await session.change(builder.deleteFrom('losses').where('record_key', 'in', some));
      }
      for (const some of parts(rows)) {
        await session.change(
          builder.insertInto('losses').values(
            some.map((row) => ({
              record_key: row.key,
              source: row.source,
              object: row.object,
              field: row.field,
              kind: row.kind,
              before_value: row.before,
              after_value: row.after,
            })),
          ),
        );
      }
    },
    list: async ({ kind, source, object, after, limit }) => {
      let query = builder
        .selectFrom('losses')
        .select(['record_key', 'source', 'object', 'field', 'kind', 'before_value', 'after_value'])
        .where('kind', '=', kind)
        .orderBy('record_key')
        .orderBy('number')
        .limit(limit);
      if (source !== undefined) query = query.where('source', '=', source);
      if (object !== undefined) query = query.where('object', '=', object);
      if (after !== undefined) query = query.where('record_key', '>', after);
      return (await session.rows(query)).map(({ record_key: key, before_value: before, after_value, ...row }) => ({
        ...row,
        key,
        before,
        after: after_value,
      }));
    },
    counts: async (kind) =>
      session.all<{ source: string; object: string; losses: number }>(
        'SELECT source, object, count(*) AS losses FROM losses WHERE kind = ? GROUP BY source, object ORDER BY source, object',
        kind,
      ),
    summary: async (source) => {
      const columns = ['source', 'object', 'field', 'kind'] as const;
      let totals = builder
        .selectFrom('losses')
        .select(columns)
        .select(({ fn }) => [
          fn.count<number>('record_key').distinct().as('records'),
          fn.min<number>('number').as('example'),
        ])
        .groupBy(columns);
      if (source !== null) totals = totals.where('source', '=', source);
      return session.rows(
        builder
          .selectFrom(totals.as('total'))
          .innerJoin('losses as one', 'one.number', 'total.example')
          .select([
            'total.source',
            'total.object',
            'total.field',
            'total.kind',
            'total.records',
            'one.before_value as before',
            'one.after_value as after',
          ])
          .orderBy('total.source')
          .orderBy('total.object')
          .orderBy('total.field')
          .orderBy('total.kind'),
      );
    },
  };
}
