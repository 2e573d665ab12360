import { adoptedGiveBack, adoptedList, adoptedReopen, adoptedShow } from '../../app/operations/adopted.ts';
import type { Command, CommandInput, CommandOption } from '../command.ts';
import { flag, number, operate, text, whoever } from '../operate.ts';
import { table } from '../table.ts';

const by: CommandOption = { flags: '--by <name>', description: 'Who decides; the user of this machine unless given.' };
const reason: CommandOption = { flags: '--reason <text>', description: 'Why; it stands in the audit and in the log.' };

function reasonOf(input: CommandInput) {
  const given = text(input, 'reason');
  return given === undefined ? {} : { reason: given };
}

export const adoptedListCommand: Command = {
  name: 'adopted list',
  summary:
    'Lists rows of the workspace that were there before and that records have by now, and what was written over in them.',
  description:
    'taken-over: a record had a unique value of the row, and the mapping says merge. restored: the row was deleted, and the mapping says restore. With --given-back: rows that have their earlier values again.',
  arguments: [],
  options: [
    { flags: '--object <object>', description: 'Only this object of Twenty.' },
    { flags: '--given-back', description: 'Instead: rows that were given back, and what was left as it stood.' },
    { flags: '--after <row>', description: 'Only rows after the one of this key; needs --object.' },
    { flags: '--limit <number>', description: 'At most so many; 100 unless given.' },
  ],
  examples: ['changeover adopted list', 'changeover adopted list --given-back --json'],
  async run(context, input) {
    const [object, after] = [text(input, 'object'), text(input, 'after')];
    const limit = number(input, 'limit');
    const result = await operate(context, adoptedList, {
      ...(object === undefined ? {} : { object }),
      ...(after === undefined ? {} : { after: { object, row: after } }),
      ...(limit === undefined ? {} : { limit }),
    });
    if (flag(input, 'givenBack')) {
      const rows = result.givenBack.map((one) => [
        one.object,
        one.id,
        one.records.join(', '),
        one.by,
        one.reason ?? '',
        one.doneAt === null ? 'on the way' : when(one.doneAt),
        Object.keys(one.kept).join(', '),
      ]);
      return {
        json: { givenBack: result.givenBack },
        text: table(['object', 'id', 'records', 'by', 'why', 'given back', 'left as it stood'], rows, 60),
        exit: 'ok',
      };
    }
    const rows = result.items.map((one) => [
      one.object,
      one.row,
      one.how,
      one.known ? one.overwritten.join(', ') : 'not known',
      one.letGo ? 'let go of' : when(one.writtenAt),
    ]);
    const total = result.counts.reduce((sum, one) => sum + one.rows, 0);
    const lines = [table(['object', 'record', 'how', 'written over', 'written'], rows, 80)];
    if (total > result.items.length) lines.push(`${total} rows in all; --limit shows more at once.`);
    return { json: result, text: lines.join('\n'), exit: 'ok' };
  },
};

export const adoptedShowCommand: Command = {
  name: 'adopted show',
  summary: 'Shows what a row held before a record took it over, field by field, and what stands there now.',
  arguments: [{ name: 'key', description: 'Key of a record in it: source/object/id.', required: true }],
  options: [],
  examples: ['changeover adopted show crm/contact/1042'],
  async run(context, input) {
    const result = await operate(context, adoptedShow, { key: input.arguments[0] });
    const fields = result.fields.map((one) => [
      one.field,
      shown(one.before),
      shown(one.now),
      one.overwritten ? 'written over' : '',
      result.edited.find(({ field }) => field === one.field)?.by ?? '',
    ]);
    const { row, givenBack } = result;
    const lines = [
      ...(row === null ? [] : [`${row.object} ${row.id} (${row.row}), ${row.how}`]),
      ...(row?.known === false ? ['What it held before is not known.'] : []),
      ...(givenBack === null ? [] : [`${givenBack.object} ${givenBack.id} was given back by ${givenBack.by}.`]),
      '',
      table(['field', 'before', 'now', '', 'edited since by'], fields, 60),
    ];
    return { json: result, text: lines.join('\n'), exit: 'ok' };
  },
};

export const adoptedGiveBackCommand: Command = {
  name: 'adopted give-back',
  summary: 'Gives a row that a record took over its earlier values back, and leaves the record out.',
  description:
    'Without --yes it only says what would be done and what that costs. Only fields that still hold what was written here go back; what people wrote since stays, and is listed. A row that was deleted before is deleted again, unless people worked in it since. No record takes the row over again before `changeover adopted reopen`.',
  arguments: [{ name: 'key', description: 'Key of a record in it: source/object/id.', required: true }],
  options: [{ flags: '--yes', description: 'Do it.' }, reason, by],
  examples: [
    'changeover adopted give-back crm/contact/1042',
    'changeover adopted give-back crm/contact/1042 --yes --reason "another Jane Smith"',
  ],
  async run(context, input) {
    const result = await operate(context, adoptedGiveBack, {
      key: input.arguments[0],
      apply: flag(input, 'yes'),
      by: whoever(input),
      ...reasonOf(input),
    });
    const { row, records, returned, kept, deletes, writes, calls, minutes } = result;
    const lines = [
      `${row.object} ${row.id} ${result.applied ? 'gets' : 'would get'} its earlier values back; left out from then on: ${records.join(', ')}.`,
      table(
        ['field', 'now', 'goes back to'],
        returned.map((one) => [one.field, shown(one.now), shown(one.before)]),
        60,
      ),
      ...kept.map(({ field, now }) => `${field} stays as it is: ${shown(now)}`),
      ...(deletes ? ['The row was deleted before, and is deleted again.'] : []),
      `${writes.length + (deletes ? 1 : 0)} writes, ${calls} calls, about ${minutes.toFixed(1)} minutes of the API.`,
      ...(result.applied ? [] : ['Nothing was done; --yes does it.']),
    ];
    return { json: result, text: lines.join('\n'), exit: 'ok' };
  },
};

export const adoptedReopenCommand: Command = {
  name: 'adopted reopen',
  summary: 'Takes back that a row was given back: its records are planned again, by the mapping.',
  arguments: [{ name: 'key', description: 'Key of a record that stood in it: source/object/id.', required: true }],
  options: [reason, by],
  examples: ['changeover adopted reopen crm/contact/1042'],
  async run(context, input) {
    const result = await operate(context, adoptedReopen, {
      key: input.arguments[0],
      by: whoever(input),
      ...reasonOf(input),
    });
    const { object, id, records } = result;
    return { json: result, text: `${records.join(', ')} may have ${object} ${id} again.`, exit: 'ok' };
  },
};

function when(at: number): string {
  return new Date(at).toISOString();
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
