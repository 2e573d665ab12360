import { report } from '../../app/operations/report.ts';
import type { Command } from '../command.ts';
import { operate, text } from '../operate.ts';
import { table } from '../table.ts';
import { balanceTable } from './status.ts';

export const reportCommand: Command = {
  name: 'report',
  summary:
    'Lists lossy conversions with an example each, choices made, what is held or refused and why, edits by people, and placeholders.',
  arguments: [],
  options: [{ flags: '--source <source>', description: 'Only this source.' }],
  examples: ['changeover report', 'changeover report --json'],
  async run(context, input) {
    const source = text(input, 'source');
    const result = await operate(context, report, source === undefined ? {} : { source });
    const reasons = (rows: typeof result.held) =>
      table(
        ['object', 'class', 'code', 'records'],
        rows.map((row) => [`${row.source}/${row.object}`, row.class, row.code, row.records]),
      );
    const examples = (rows: typeof result.losses) =>
      table(
        ['field', 'what', 'records', 'before', 'after'],
        rows.map((row) => [`${row.object}.${row.field}`, row.kind, row.records, row.before, row.after]),
        50,
      );
    const made = (rows: typeof result.placeholders) =>
      table(
        ['object', 'records'],
        rows.map((row) => [row.object, row.written]),
      );
    const parts: readonly (readonly [string, string])[] = [
      ['Where every record stands', balanceTable(result.objects)],
      ['Conversions that lost something', examples(result.losses)],
      ['Choices made', examples(result.choices)],
      ['Held', reasons(result.held)],
      ['Refused', reasons(result.deadLetters)],
      [
        'Rows that could not become records',
        table(
          ['object', 'code', 'rows'],
          result.rejects.map((row) => [`${row.source}/${row.object}`, row.code, row.rows]),
        ),
      ],
      [
        'Edits by people (edits list names them)',
        table(
          ['object', 'status', 'edits', 'rows'],
          result.edits.map((row) => [row.object, row.status, row.edits, row.records]),
        ),
      ],
      ['Placeholders (not counted as source records)', made(result.placeholders)],
      ['Written along with records', made(result.children)],
    ];
    return { json: result, text: parts.map(([title, body]) => `${title}\n${body}`).join('\n\n'), exit: 'ok' };
  },
};
