import { replay } from '../../app/operations/replay.ts';
import type { Command } from '../command.ts';
import { flag, number, operate, text, whoever } from '../operate.ts';
import { table } from '../table.ts';

export const replayCommand: Command = {
  name: 'replay',
  summary:
    'Applies what the log holds once more, for a window, objects or records; shows what it would write and what that costs.',
  description:
    'Reads what stands in Twenty (a call per 200 rows). Nothing is written without --apply, what Twenty has already is not written again, and about what people changed there the mapping decides.',
  arguments: [{ name: 'source', description: 'Name of the source in changeover.yaml.', required: true }],
  options: [
    {
      flags: '--from <time>',
      description: 'Records with events in the log from this time on, as 2026-03-01T09:00:00Z.',
    },
    { flags: '--object <object>', description: 'Only this object.', many: true },
    {
      flags: '--record <key>',
      description: 'Only this record, as source/object/id; beside neither --from nor --object.',
      many: true,
    },
    {
      flags: '--unread',
      description: 'Do not read Twenty; says what reading would cost, and finds nothing lost there.',
    },
    { flags: '--apply', description: 'Write what the preview shows.' },
    { flags: '--limit <number>', description: 'Name at most so many records; 1,000 unless given.' },
    { flags: '--by <name>', description: 'Who asks; the user of this machine unless given.' },
  ],
  examples: ['changeover replay crm --object contact', 'changeover replay crm --from 2026-03-01T09:00:00Z --apply'],
  async run(context, input) {
    const from = text(input, 'from');
    const limit = number(input, 'limit');
    const result = await operate(context, replay, {
      source: input.arguments[0],
      objects: input.options.object ?? [],
      records: input.options.record ?? [],
      ...(from === undefined ? {} : { from }),
      ...(limit === undefined ? {} : { limit }),
      unread: flag(input, 'unread'),
      apply: flag(input, 'apply'),
      by: whoever(input),
    });
    const price = `${result.records} of ${result.looked} records: ${result.writes} writes, ${result.calls} calls, about ${result.minutes.toFixed(1)} minutes of the API.`;
    const shorter = result.shorter.map(({ object, begins }) =>
      begins === null
        ? `The log holds no event of ${object} any more: nothing of it is in this. Without --from all of it is.`
        : `The log of ${object} begins at ${begins}: what happened before is not in this. Without --from all of it is.`,
    );
    const { read } = result;
    const spent = `${read.calls} calls, about ${read.minutes.toFixed(1)} minutes of the API`;
    const back = read.done
      ? `Read back: ${read.rows} rows for ${spent}; ${read.gone} gone, ${read.changed} changed by nobody who is a person, ${read.edited} edited or deleted, where the mapping decides.`
      : `Not read back: ${read.rows} rows, which would take ${spent}.`;
    const closing = result.applied
      ? `${result.touched} records are due again.`
      : 'Nothing was written; --apply writes.';
    return {
      json: result,
      text: [table(['field', 'records'], Object.entries(result.fields)), ...shorter, back, price, closing].join('\n'),
      exit: 'ok',
    };
  },
};
