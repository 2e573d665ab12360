import { reviewAnswer, reviewAnswerAll, reviewList } from '../../app/operations/reviews.ts';
import type { Command } from '../command.ts';
import { number, operate, text, whoever } from '../operate.ts';
import { table } from '../table.ts';

export const reviewListCommand: Command = {
  name: 'review list',
  summary: 'Lists the questions that only a person can answer.',
  arguments: [],
  options: [
    { flags: '--queue <queue>', description: 'Only source, record, quality, schema or owner.' },
    { flags: '--status <status>', description: 'open (default), answered or withdrawn.' },
    { flags: '--limit <number>', description: 'At most so many; 100 unless given.' },
  ],
  examples: ['changeover review list', 'changeover review list --queue source --json'],
  async run(context, input) {
    const result = await operate(context, reviewList, {
      ...(text(input, 'queue') === undefined ? {} : { queue: text(input, 'queue') }),
      ...(text(input, 'status') === undefined ? {} : { status: text(input, 'status') }),
      ...(number(input, 'limit') === undefined ? {} : { limit: number(input, 'limit') }),
    });
    const rows = result.items.map((item) => [
      item.id,
      item.object ?? '',
      item.blocking ? 'blocks' : '',
      item.question,
      item.choices.join(' | '),
      item.answer ?? '',
    ]);
    return { json: result, text: table(['id', 'object', '', 'question', 'choices', 'answer'], rows, 90), exit: 'ok' };
  },
};

export const reviewAnswerCommand: Command = {
  name: 'review answer',
  summary: 'Answers one or more questions.',
  arguments: [
    { name: 'answer', description: 'One of the choices.', required: true },
    { name: 'ids', description: 'Ids of the questions.', required: true, many: true },
  ],
  options: [{ flags: '--by <name>', description: 'Who answers; the user of this machine unless given.' }],
  examples: ['changeover review answer accept crm/contact/deletes-2026-03-02 --by "Jo Park"'],
  async run(context, input) {
    const [answer, ...ids] = input.arguments;
    const result = await operate(context, reviewAnswer, { ids, answer, by: whoever(input) });
    return { json: result, text: result.answered.map((row) => `${row.id}: ${row.answer}`).join('\n'), exit: 'ok' };
  },
};

export const reviewAnswerAllCommand: Command = {
  name: 'review answer-all',
  summary: 'Answers every open question with the same text, by rule instead of one by one.',
  arguments: [
    { name: 'queue', description: 'source, record, quality, schema or owner.', required: true },
    { name: 'question', description: 'The text of the question, as listed.', required: true },
    { name: 'answer', description: 'One of the choices.', required: true },
  ],
  options: [{ flags: '--by <name>', description: 'Who answers; the user of this machine unless given.' }],
  examples: ['changeover review answer-all record "This company has no primary contact." leave'],
  async run(context, input) {
    const [queue, question, answer] = input.arguments;
    const result = await operate(context, reviewAnswerAll, { queue, question, answer, by: whoever(input) });
    return { json: result, text: `${result.answered} answered`, exit: 'ok' };
  },
};
