import { linksCut } from '../../app/operations/links.ts';
import type { Command } from '../command.ts';
import { number, operate, text } from '../operate.ts';
import { table } from '../table.ts';

export const linksCutCommand: Command = {
  name: 'links cut',
  summary: 'Lists links that records stand without in Twenty, because the source deleted the record that they named.',
  description:
    'The record itself stays, at rest; a row that existed only for the link (the target of a note or task) goes. A link that fell back to another record is no cut: `changeover report` lists it among the choices.',
  arguments: [],
  options: [
    { flags: '--source <source>', description: 'Only of this source.' },
    { flags: '--object <object>', description: 'Only links of this source object.' },
    { flags: '--after <key>', description: 'Only links of records after this one.' },
    { flags: '--limit <number>', description: 'At most so many; 100 unless given.' },
  ],
  examples: ['changeover links cut', 'changeover links cut --object note --json'],
  async run(context, input) {
    const [source, object, after] = [text(input, 'source'), text(input, 'object'), text(input, 'after')];
    const limit = number(input, 'limit');
    const result = await operate(context, linksCut, {
      ...(source === undefined ? {} : { source }),
      ...(object === undefined ? {} : { object }),
      ...(after === undefined ? {} : { after }),
      ...(limit === undefined ? {} : { limit }),
    });
    const rows = result.items.map((one) => [
      one.record,
      one.link,
      one.to,
      one.since === null ? '' : new Date(one.since).toISOString(),
      one.stands ?? '',
    ]);
    const total = result.counts.reduce((sum, one) => sum + one.losses, 0);
    const lines = [table(['record', 'link', 'to', 'deleted since', 'the record is'], rows, 80)];
    if (total > result.items.length) lines.push(`${total} in all; --limit shows more at once.`);
    return { json: result, text: lines.join('\n'), exit: 'ok' };
  },
};
