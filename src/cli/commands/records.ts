import { explain, heldList, recordsList, rejectsList } from '../../app/operations/records.ts';
import { csvText } from '../../core/csv.ts';
import type { Command, CommandOption } from '../command.ts';
import { number, operate, text } from '../operate.ts';
import { table } from '../table.ts';

const listOptions: readonly CommandOption[] = [
  { flags: '--object <object>', description: 'Only this source object.' },
  { flags: '--limit <number>', description: 'At most so many; 100 unless given.' },
];

function listInput(input: Parameters<Command['run']>[1]) {
  const object = text(input, 'object');
  const limit = number(input, 'limit');
  return { ...(object === undefined ? {} : { object }), ...(limit === undefined ? {} : { limit }) };
}

export const heldCommand: Command = {
  name: 'held',
  summary: 'Lists records that wait for something, and for what.',
  arguments: [],
  options: listOptions,
  examples: ['changeover held --object contact'],
  async run(context, input) {
    const result = await operate(context, heldList, listInput(input));
    const rows = result.items.map((item) => [
      item.key,
      item.reason?.code ?? '',
      item.reason?.message ?? '',
      item.reason?.waitsFor?.join(', ') ?? '',
    ]);
    return { json: result, text: table(['record', 'code', 'why', 'waits for'], rows), exit: 'ok' };
  },
};

export const recordsCommand: Command = {
  name: 'records',
  summary: 'Lists all records of a source object as CSV: every column, where each stands, and why.',
  arguments: [
    { name: 'source', description: 'Name of the source in changeover.yaml.', required: true },
    { name: 'object', description: 'The source object.', required: true },
  ],
  options: [],
  examples: ['changeover records crm invoice > invoices.csv'],
  async run(context, input) {
    const [source, object] = input.arguments;
    const result = await operate(context, recordsList, { source, object });
    return {
      json: result,
      text: csvText([result.header, ...result.rows.map((cells) => cells.map((cell) => cell ?? ''))]).trimEnd(),
      exit: 'ok',
    };
  },
};

export const rejectsCommand: Command = {
  name: 'rejects',
  summary: 'Lists rows of the newest exports that could not become records, with file and line.',
  arguments: [],
  options: listOptions,
  examples: ['changeover rejects'],
  async run(context, input) {
    const result = await operate(context, rejectsList, listInput(input));
    const rows = result.items.map((item) => [`${item.file}:${item.line}`, item.code, item.reason, item.id ?? '']);
    return { json: result, text: table(['place', 'code', 'why', 'id'], rows, 100), exit: 'ok' };
  },
};

export const explainCommand: Command = {
  name: 'explain',
  summary: "Shows one record's whole way: event, where it stands and why, what was written and when.",
  arguments: [{ name: 'key', description: 'source/object/id', required: true }],
  options: [],
  examples: ['changeover explain crm/contact/1042'],
  async run(context, input) {
    const result = await operate(context, explain, { key: input.arguments[0] });
    return { json: result, text: JSON.stringify(result, null, 2), exit: 'ok' };
  },
};
