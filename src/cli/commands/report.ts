import { report } from '../../app/operations/report.ts';
import { ChangeoverError } from '../../core/errors.ts';
import type { Command } from '../command.ts';
import { operate, text } from '../operate.ts';
import { table } from '../table.ts';
import { attachmentOptions, reportAttachments } from './files.ts';
import { ownerTable } from './owners.ts';
import { balanceTable } from './status.ts';

export const reportCommand: Command = {
  name: 'report',
  summary:
    'Lists lossy conversions with an example each, choices made, what is held or refused and why, edits by people, and placeholders.',
  description:
    '`report attachments` accounts for every file that the source has: uploaded, linked, held, refused, left out, on the way.',
  arguments: [
    { name: 'what', description: '`attachments`; left out: everything but the files one by one.', required: false },
  ],
  options: [{ flags: '--source <source>', description: 'Only this source.' }, ...attachmentOptions],
  examples: [
    'changeover report',
    'changeover report --json',
    'changeover report attachments',
    'changeover report attachments --csv > attachments.csv',
  ],
  async run(context, input) {
    const [what] = input.arguments;
    if (what === 'attachments') {
      const { json, text: shown, page } = await reportAttachments(context, input);
      return { json, text: shown, exit: page.residue === 0 ? 'ok' : 'findings' };
    }
    if (what !== undefined) throw new ChangeoverError('USAGE', `there is no report ${what}; try: report attachments`);
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
      [
        'Links to records that the source deleted (links cut names them)',
        table(
          ['link', 'records', 'one of them named'],
          result.cutLinks.map((row) => [`${row.object}.${row.field}`, row.records, row.before]),
        ),
      ],
      [
        'Rows that stay though the source deleted their record (deletes kept names them)',
        table(
          ['object', 'in Twenty', 'rows'],
          result.keptRows.map((row) => [`${row.source}/${row.object}`, row.field, row.records]),
        ),
      ],
      ['Held', reasons(result.held)],
      ['Owners for whom records wait', ownerTable(result.owners.filter(({ waiting }) => waiting > 0))],
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
      [
        'Rows that were there before (adopted list names them)',
        table(
          ['object', 'how', 'rows'],
          result.adopted.map((row) => [row.object, row.restored ? 'restored' : 'taken over', row.rows]),
        ),
      ],
      ['Placeholders (not counted as source records)', made(result.placeholders)],
      ['Written along with records', made(result.children)],
    ];
    return { json: result, text: parts.map(([title, body]) => `${title}\n${body}`).join('\n\n'), exit: 'ok' };
  },
};
