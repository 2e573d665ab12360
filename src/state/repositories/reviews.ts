import type { Selectable } from 'kysely';
import { ChangeoverError } from '../../core/errors.ts';
import { fromJson, toJson } from '../json.ts';
import type { ReviewTable } from '../schema/tables.ts';
import type { ReviewRow, Reviews } from '../state.ts';
import { parts, type Session } from './session.ts';

const QUEUES: readonly ReviewRow['queue'][] = ['source', 'record', 'quality', 'schema', 'owner'];

export function reviewsOf(session: Session): Reviews {
  const { builder } = session;

  const get = async (ids: readonly string[]): Promise<ReadonlyMap<string, ReviewRow>> => {
    const found = new Map<string, ReviewRow>();
    for (const some of parts(ids)) {
      const rows = await session.rows(builder.selectFrom('reviews').selectAll().where('id', 'in', some));
      for (const row of rows) found.set(row.id, reviewRow(row));
    }
    return found;
  };

  return {
    ask: async (questions) => {
      const known = new Map(await get(questions.map(({ id }) => id)));
      const fresh: string[] = [];
      for (const question of questions) {
        const status = known.get(question.id)?.status;
        if (status === 'answered') continue;
        if (status !== 'open') fresh.push(question.id);
        const asked: ReviewRow = { ...question, status: 'open', answer: null, answeredBy: null, answeredAt: null };
        known.set(question.id, asked);
        const row = tableRow(asked);
        // The words and choices of an open question follow the facts; a withdrawn one that is asked again is open again.
        await session.change(
          builder
            .insertInto('reviews')
            .values(row)
            .onConflict((on) =>
              on.column('id').doUpdateSet({
                question: row.question,
                detail: row.detail,
                choices: row.choices,
                blocking: row.blocking,
                status: 'open',
              }),
            ),
        );
      }
      return fresh;
    },
    answer: async (id, answer, by, now) => {
      const question = (await get([id])).get(id);
      if (question === undefined || question.status === 'withdrawn') {
        throw new ChangeoverError('REVIEW_UNKNOWN', `there is no open question ${id}`);
      }
      if (question.choices.length > 0 && !question.choices.includes(answer)) {
        const choices = question.choices.join(', ');
        throw new ChangeoverError('REVIEW_CHOICE_UNKNOWN', `${id}: "${answer}" is none of ${choices}`, {
          hint: `Answer with one of: ${choices}.`,
        });
      }
      const answered: ReviewRow = { ...question, status: 'answered', answer, answeredBy: by, answeredAt: now };
      await session.change(
        builder
          .updateTable('reviews')
          .set({ status: 'answered', answer, answered_by: by, answered_at: now })
          .where('id', '=', id),
      );
      return answered;
    },
    withdraw: async (ids) => {
      for (const some of parts(ids)) {
        await session.change(
          builder
            .updateTable('reviews')
            .set({ status: 'withdrawn' })
            .where('id', 'in', some)
            .where('status', '=', 'open'),
        );
      }
    },
    get,
    list: async (filter) => {
      let query = builder.selectFrom('reviews').selectAll().orderBy('id').limit(filter.limit);
      if (filter.source !== undefined) query = query.where('source', '=', filter.source);
      if (filter.queue !== undefined) query = query.where('queue', '=', filter.queue);
      if (filter.status !== undefined) query = query.where('status', '=', filter.status);
      if (filter.after !== undefined) query = query.where('id', '>', filter.after);
      return (await session.rows(query)).map(reviewRow);
    },
    counts: async () => {
      const rows = await session.rows(
        builder
          .selectFrom('reviews')
          .select(({ fn }) => ['queue', fn.countAll<number>().as('open')])
          .where('status', '=', 'open')
          .groupBy('queue'),
      );
      const open = new Map(rows.map((row) => [row.queue, row.open]));
      return QUEUES.map((queue) => ({ queue, open: open.get(queue) ?? 0 }));
    },
  };
}

function tableRow(review: ReviewRow): Selectable<ReviewTable> {
  return {
    id: review.id,
    queue: review.queue,
    source: review.source,
    object: review.object,
    record_key: review.recordKey,
    question: review.question,
    detail: toJson(review.detail),
    choices: toJson(review.choices),
    blocking: review.blocking ? 1 : 0,
    status: review.status,
    answer: review.answer,
    answered_by: review.answeredBy,
    answered_at: review.answeredAt,
    created_at: review.createdAt,
  };
}

function reviewRow(row: Selectable<ReviewTable>): ReviewRow {
  return {
    id: row.id,
    queue: row.queue as ReviewRow['queue'],
    source: row.source,
    object: row.object,
    recordKey: row.record_key,
    question: row.question,
    detail: fromJson(row.detail),
    choices: fromJson(row.choices),
    blocking: row.blocking === 1,
    status: row.status as ReviewRow['status'],
    answer: row.answer,
    answeredBy: row.answered_by,
    answeredAt: row.answered_at,
    createdAt: row.created_at,
  };
}
