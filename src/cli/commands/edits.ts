import { editsList } from '../../app/operations/edits.ts';
import type { Command } from '../command.ts';
import { number, operate, text } from '../operate.ts';
import { table } from '../table.ts';

export const editsListCommand: Command = {
  name: 'edits list',
  summary: 'Lists what people changed in Twenty of what was written there, and what became of it.',
  description:
    'open: it stands in Twenty. overwritten: the source won, by the mapping or an answer. lost: it was written over before it was seen. agreed, undone and gone are over.',
  arguments: [],
  options: [
    { flags: '--status <status>', description: 'Only open, overwritten, lost, agreed, undone or gone.' },
    { flags: '--object <object>', description: 'Only this object of Twenty.' },
    { flags: '--after <number>', description: 'Only those found after this one.' },
    { flags: '--limit <number>', description: 'At most so many; 100 unless given.' },
  ],
  examples: ['changeover edits list', 'changeover edits list --status lost --json'],
  async run(context, input) {
    const [status, object] = [text(input, 'status'), text(input, 'object')];
    const [after, limit] = [number(input, 'after'), number(input, 'limit')];
    const result = await operate(context, editsList, {
      ...(status === undefined ? {} : { status }),
      ...(object === undefined ? {} : { object }),
      ...(after === undefined ? {} : { after }),
      ...(limit === undefined ? {} : { limit }),
    });
    const rows = result.items.map((edit) => [
      edit.number,
      edit.status,
      `${edit.object}.${edit.field}`,
      edit.targetKey,
      edit.by ?? '',
      shown(edit.base),
      shown(edit.value),
      edit.status === 'open' ? '' : shown(edit.replacement),
      edit.because ?? '',
    ]);
    const headers = ['number', 'status', 'field', 'row', 'by', 'was', 'became', 'is now', 'because'];
    const blind = Object.entries(result.blind).map(([what, why]) => `${what} cannot be looked at: ${why}`);
    return { json: result, text: [table(headers, rows, 40), ...blind].join('\n'), exit: 'ok' };
  },
};

function shown(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
