import { reviewAnswer, reviewAnswerAll, reviewList, reviewShow } from '../../app/operations/reviews.ts';
import { isObject, type JsonObject } from '../../core/exact-json.ts';
import type { Command } from '../command.ts';
import { number, operate, text, whoever } from '../operate.ts';
import { table } from '../table.ts';

const HOW_TO_ANSWER = 'Answer with: changeover review answer "<choice>" <id>';

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
    const list = table(['id', 'object', '', 'question', 'choices', 'answer'], rows, 90);
    const isOpen = result.items.some(({ status }) => status === 'open');
    return { json: result, text: isOpen ? `${list}\n\n${HOW_TO_ANSWER}` : list, exit: 'ok' };
  },
};

export const reviewShowCommand: Command = {
  name: 'review show',
  summary: 'Shows one question with everything that belongs to it, such as what every stage becomes.',
  arguments: [{ name: 'id', description: 'Id of the question.', required: true }],
  options: [],
  examples: ['changeover review show stage-map/0a1b2c3d4e5f'],
  async run(context, input) {
    const row = await operate(context, reviewShow, { id: input.arguments[0] });
    const facts = Object.entries(row.detail).map(([name, value]) => `\n${name}: ${shownFact(value)}`);
    const answer =
      row.answer === null ? `Choices: ${row.choices.join(' | ')}` : `Answered by ${row.answeredBy}: ${row.answer}`;
    return { json: row, text: [clean(row.question), answer, ...facts].join('\n'), exit: 'ok' };
  },
};

/** A list of facts of the same kind as a table; anything else in a line. */
function shownFact(value: unknown): string {
  if (!Array.isArray(value) || value.length === 0 || !value.every(isObject))
    return clean(typeof value === 'string' ? value : JSON.stringify(value));
  const rows = value as readonly JsonObject[];
  const headers = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cell = (one: unknown): string | number =>
    typeof one === 'number'
      ? one
      : one === null || one === undefined
        ? ''
        : clean(typeof one === 'string' ? one : JSON.stringify(one));
  return `\n${table(
    headers,
    rows.map((row) => headers.map((header) => cell(row[header]))),
  )}`;
}

/** Control characters in customers' data must not move the terminal's cursor. */
function clean(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ');
}

export const reviewAnswerCommand: Command = {
  name: 'review answer',
  summary: 'Answers one or more questions.',
  arguments: [
    { name: 'answer', description: 'One of the choices.', required: true },
    { name: 'ids', description: 'Ids of the questions.', required: true, many: true },
  ],
  options: [{ flags: '--by <name>', description: 'Who answers; the user of this machine unless given.' }],
  examples: ['changeover review answer "go on with one" crm/second-export --by "Jo Park"'],
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
