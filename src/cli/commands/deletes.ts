import { deletesKept } from '../../app/operations/deletes.ts';
import type { Command } from '../command.ts';
import { number, operate, text } from '../operate.ts';
import { table } from '../table.ts';

export const deletesKeptCommand: Command = {
  name: 'deletes kept',
  summary: 'Lists rows that stay in Twenty though the source deleted their record.',
  description:
    'Where the mapping says `onDelete: keep`, the row says in its field sourceDeletedAt when its record was deleted; when the record comes back, that is cleared. A row is kept without it where a person said keep, or where it was there before Changeover.',
  arguments: [],
  options: [
    { flags: '--source <source>', description: 'Only of this source.' },
    { flags: '--object <object>', description: 'Only records of this source object.' },
    { flags: '--after <key>', description: 'Only rows of records after this one.' },
    { flags: '--limit <number>', description: 'At most so many; 100 unless given.' },
  ],
  examples: ['changeover deletes kept', 'changeover deletes kept --object company --json'],
  async run(context, input) {
    const [source, object, after] = [text(input, 'source'), text(input, 'object'), text(input, 'after')];
    const limit = number(input, 'limit');
    const result = await operate(context, deletesKept, {
      ...(source === undefined ? {} : { source }),
      ...(object === undefined ? {} : { object }),
      ...(after === undefined ? {} : { after }),
      ...(limit === undefined ? {} : { limit }),
    });
    const rows = result.items.map((one) => [one.record, one.object, one.id, one.flagged ?? 'not flagged']);
    const total = result.counts.reduce((sum, one) => sum + one.losses, 0);
    const lines = [table(['record', 'in Twenty', 'id', 'deleted in the source at'], rows, 80)];
    if (total > result.items.length) lines.push(`${total} in all; --limit shows more at once.`);
    return { json: result, text: lines.join('\n'), exit: 'ok' };
  },
};
