import { z } from 'zod';
import { ChangeoverError } from '../../core/errors.ts';
import { answerContradictions } from '../../files/index.ts';
import { defineOperation } from '../operation.ts';

export const reviewList = defineOperation({
  name: 'review-list',
  access: 'read',
  input: z.strictObject({
    queue: z.enum(['source', 'record', 'quality', 'schema', 'owner']).optional(),
    status: z.enum(['open', 'answered', 'withdrawn']).default('open'),
    limit: z.int().min(1).max(10_000).default(100),
  }),
  async run({ app }, input) {
    return app.state.read(async (tx) => ({
      items: await tx.reviews.list({
        status: input.status,
        limit: input.limit,
        ...(input.queue === undefined ? {} : { queue: input.queue }),
      }),
      open: await tx.reviews.counts(),
    }));
  },
});

/** One question with everything that belongs to it. */
export const reviewShow = defineOperation({
  name: 'review-show',
  access: 'read',
  input: z.strictObject({ id: z.string().min(1) }),
  async run({ app }, { id }) {
    const row = await app.state.read(async (tx) => (await tx.reviews.get([id])).get(id));
    if (row === undefined) throw new ChangeoverError('REVIEW_UNKNOWN', `there is no question ${id}`);
    return row;
  },
});

export const reviewAnswer = defineOperation({
  name: 'review-answer',
  access: 'write',
  input: z.strictObject({
    ids: z.array(z.string().min(1)).min(1),
    answer: z.string().min(1),
    by: z.string().trim().min(1),
  }),
  async run({ app, daemon }, input) {
    const now = app.ports.clock.now();
    const answered = await app.state.transaction(async (tx) => {
      const rows = [];
      for (const id of input.ids) rows.push(await tx.reviews.answer(id, input.answer, input.by, now));
      // Records that wait for the answer are looked at again.
      await tx.dependencies.release(input.ids.map((id) => `review:${id}`));
      await answerContradictions(tx, input.ids, now);
      return rows;
    });
    daemon?.poll();
    daemon?.writer?.wake();
    return { answered };
  },
});

/** Answers every open question of a kind at once: by rule rather than by record (SCO-2). */
export const reviewAnswerAll = defineOperation({
  name: 'review-answer-all',
  access: 'write',
  input: z.strictObject({
    queue: z.enum(['source', 'record', 'quality', 'schema', 'owner']),
    /** The question's text, exactly: one answer is for one question. */
    question: z.string().min(1),
    answer: z.string().min(1),
    by: z.string().trim().min(1),
  }),
  async run(context, input) {
    const open = await context.app.state.read((tx) =>
      tx.reviews.list({ queue: input.queue, status: 'open', limit: 1_000_000 }),
    );
    const ids = open.filter((row) => row.question === input.question).map((row) => row.id);
    if (ids.length === 0)
      throw new ChangeoverError('USAGE', `no open question in ${input.queue} reads: ${input.question}`);
    const { answered } = await reviewAnswer.run(context, { ids, answer: input.answer, by: input.by });
    return { answered: answered.length };
  },
});
