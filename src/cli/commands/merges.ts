import { mergesList, mergesReopen, mergesShow, mergesUnmerge } from '../../app/operations/merges.ts';
import type { Command, CommandInput, CommandOption } from '../command.ts';
import { flag, number, operate, text, whoever } from '../operate.ts';
import { table } from '../table.ts';

const by: CommandOption = { flags: '--by <name>', description: 'Who decides; the user of this machine unless given.' };
const reason: CommandOption = { flags: '--reason <text>', description: 'Why; it stands in the audit and in the log.' };

function reasonOf(input: CommandInput) {
  const given = text(input, 'reason');
  return given === undefined ? {} : { reason: given };
}

export const mergesListCommand: Command = {
  name: 'merges list',
  summary: 'Lists rows in Twenty that several source records make up, or with --apart who is kept apart.',
  arguments: [],
  options: [
    { flags: '--object <object>', description: 'Only this object of Twenty.' },
    { flags: '--apart', description: 'Instead: records that people decided to keep apart.' },
    { flags: '--after <row>', description: 'Only rows after the one of this key.' },
    { flags: '--limit <number>', description: 'At most so many; 100 unless given.' },
  ],
  examples: ['changeover merges list', 'changeover merges list --apart --json'],
  async run(context, input) {
    const [object, after] = [text(input, 'object'), text(input, 'after')];
    const limit = number(input, 'limit');
    const result = await operate(context, mergesList, {
      ...(object === undefined ? {} : { object }),
      ...(after === undefined ? {} : { after }),
      ...(limit === undefined ? {} : { limit }),
    });
    if (flag(input, 'apart')) {
      const rows = result.apart.map((one) => [one.takenOut, one.from, one.by, one.reason ?? '', when(one.at)]);
      return {
        json: { apart: result.apart },
        text: table(['taken out', 'kept apart from', 'by', 'why', 'since'], rows, 60),
        exit: 'ok',
      };
    }
    const rows = result.items.map((one) => [
      one.object,
      one.survivor,
      one.records.slice(1).join(', '),
      when(one.since),
    ]);
    const total = result.counts.reduce((sum, one) => sum + one.rows, 0);
    const lines = [table(['object', 'record that comes first', 'merged into it', 'since'], rows, 80)];
    if (total > result.items.length) lines.push(`${total} rows in all; --limit shows more at once.`);
    return { json: result, text: lines.join('\n'), exit: 'ok' };
  },
};

export const mergesShowCommand: Command = {
  name: 'merges show',
  summary: 'Shows what a row of several records is made of: who, why, and which value comes from whom since when.',
  arguments: [{ name: 'key', description: 'Key of one of its records: source/object/id.', required: true }],
  options: [],
  examples: ['changeover merges show crm/contact/1042'],
  async run(context, input) {
    const result = await operate(context, mergesShow, { key: input.arguments[0] });
    const records = result.records.map((one) => [one.key, one.class, when(one.modified), one.because.join(', ')]);
    const fields = result.fields.map((one) => [
      one.field,
      shown(one.value),
      one.from.join(', '),
      when(one.since),
      one.rule,
      one.passedOver.map(({ key, value }) => `${key}: ${shown(value)}`).join('; '),
    ]);
    const lines = [
      `${result.object} ${result.id} (${result.row})`,
      '',
      table(['record', 'stands', 'changed', 'shares'], records, 60),
      '',
      table(['field', 'value', 'from', 'since', 'rule', 'passed over'], fields, 60),
    ];
    return { json: result, text: lines.join('\n'), exit: 'ok' };
  },
};

export const mergesUnmergeCommand: Command = {
  name: 'merges unmerge',
  summary: 'Takes one record out of the row that it shares, into a row of its own, for good.',
  description:
    'Without --yes it only says what would be done and what that costs. What came with the record goes with it. It never shares a row with the others again by itself; `changeover merges reopen` takes that back.',
  arguments: [{ name: 'key', description: 'Key of the record: source/object/id.', required: true }],
  options: [{ flags: '--yes', description: 'Do it.' }, reason, by],
  examples: [
    'changeover merges unmerge crm/contact/1042',
    'changeover merges unmerge crm/contact/1042 --yes --reason "father and son"',
  ],
  async run(context, input) {
    const result = await operate(context, mergesUnmerge, {
      key: input.arguments[0],
      apply: flag(input, 'yes'),
      by: whoever(input),
      ...reasonOf(input),
    });
    const { calls, minutes, writes, row } = result;
    const lines = [
      `${result.record} ${result.applied ? 'is' : 'would be'} kept apart from ${result.from.join(', ')}.`,
      `${row.object} ${row.id} stays with ${result.stay.join(', ') || 'nobody'}.`,
      ...result.without.map(
        ({ key, field, value }) => `${key} is written without ${field} ${value}: only one row can have it.`,
      ),
      `${writes.length} writes, ${calls} calls, about ${minutes.toFixed(1)} minutes of the API.`,
      ...(result.applied ? [] : ['Nothing was done; --yes does it.']),
    ];
    return { json: result, text: lines.join('\n'), exit: 'ok' };
  },
};

export const mergesReopenCommand: Command = {
  name: 'merges reopen',
  summary: 'Takes back that a record is kept apart: it may share a row again.',
  description: 'Records come together again if what they have says so, by the mapping.',
  arguments: [
    { name: 'key', description: 'Key of the record: source/object/id.', required: true },
    { name: 'other', description: 'Only from this record; from all unless given.', required: false },
  ],
  options: [reason, by],
  examples: ['changeover merges reopen crm/contact/1042'],
  async run(context, input) {
    const [key, other] = input.arguments;
    const result = await operate(context, mergesReopen, {
      key,
      by: whoever(input),
      ...(other === undefined ? {} : { other }),
      ...reasonOf(input),
    });
    const lines = result.takenBack.map(({ takenOut, from }) => `${takenOut} and ${from} may share a row again.`);
    return { json: result, text: lines.join('\n'), exit: 'ok' };
  },
};

function when(at: number | null): string {
  return at === null ? '' : new Date(at).toISOString();
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
