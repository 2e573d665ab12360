import {
  deadLettersDiscard,
  deadLettersEdit,
  deadLettersList,
  deadLettersRetry,
  deadLettersShow,
} from '../../app/operations/dead-letters.ts';
import type { Refused } from '../../app/refused.ts';
import { ChangeoverError } from '../../core/errors.ts';
import type { Command, CommandInput, CommandOption } from '../command.ts';
import { flag, number, operate, text, whoever } from '../operate.ts';
import { table } from '../table.ts';

const filterOptions: readonly CommandOption[] = [
  { flags: '--source <source>', description: 'Only of this source.' },
  { flags: '--object <object>', description: 'Only of this source object.' },
  { flags: '--code <code>', description: 'Only those refused with this error code.' },
  { flags: '--field <field>', description: 'Only those refused for this field in Twenty.' },
  { flags: '--older-than <hours>', description: 'Only those refused at least so many hours ago.' },
  { flags: '--parked', description: 'Records too that are tried again by themselves.' },
  { flags: '--limit <number>', description: 'At most so many; 100 unless given.' },
];

const names = {
  name: 'names',
  description: 'Record keys, or places of messages as topic/partition/offset; else the filter chooses.',
  required: false,
  many: true,
} as const;

const all: CommandOption = { flags: '--all', description: 'Everything that was refused, up to --limit.' };
const by: CommandOption = { flags: '--by <name>', description: 'Who decides; the user of this machine unless given.' };
const reason: CommandOption = { flags: '--reason <text>', description: 'Why; it stands in the audit and in the log.' };
const preview: CommandOption = { flags: '--preview', description: 'Only say what it would do and what that costs.' };

function filterOf(input: CommandInput) {
  const hours = number(input, 'olderThan');
  const limit = number(input, 'limit');
  const chosen = Object.fromEntries(
    ['source', 'object', 'code', 'field'].flatMap((name) => {
      const value = text(input, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  return {
    ...chosen,
    parked: flag(input, 'parked'),
    ...(hours === undefined ? {} : { olderThanSeconds: hours * 3600 }),
    ...(limit === undefined ? {} : { limit }),
  };
}

function reasonOf(input: CommandInput) {
  const given = text(input, 'reason');
  return given === undefined ? {} : { reason: given };
}

function rowsOf(items: readonly Refused[]): string {
  return table(
    ['name', 'code', 'why', 'since'],
    items.map((one) => [one.name, one.code, one.message, new Date(one.since).toISOString()]),
    80,
  );
}

function moreOf(result: { readonly matching: number }, shown: number): readonly string[] {
  const left = result.matching - shown;
  return left > 0 ? [`${left} more fit; --limit takes more at once.`] : [];
}

export const deadLettersListCommand: Command = {
  name: 'dead-letters list',
  summary: 'Lists what was refused for good, with the reason: records, and messages that are no events of ours.',
  arguments: [],
  options: filterOptions,
  examples: ['changeover dead-letters list', 'changeover dead-letters list --code SINK_TWENTY_REFUSED --json'],
  async run(context, input) {
    const result = await operate(context, deadLettersList, filterOf(input));
    const lines = [rowsOf(result.items), ...moreOf(result, result.items.length)];
    return { json: result, text: lines.join('\n'), exit: 'ok' };
  },
};

export const deadLettersShowCommand: Command = {
  name: 'dead-letters show',
  summary: 'Shows one refused record or message whole: event, reason, attempts, and what people decided about it.',
  arguments: [{ name: 'name', description: 'Record key, or topic/partition/offset of a message.', required: true }],
  options: [],
  examples: ['changeover dead-letters show crm/contact/1042'],
  async run(context, input) {
    const result = await operate(context, deadLettersShow, { name: input.arguments[0] });
    return { json: result, text: JSON.stringify(result, null, 2), exit: 'ok' };
  },
};

export const deadLettersEditCommand: Command = {
  name: 'dead-letters edit',
  summary: 'Corrects values of one refused event for Twenty, and sends it again.',
  description:
    'The source is not changed, and its next change of the record supersedes the correction. Fields are those of the source.',
  arguments: [
    { name: 'name', description: 'Record key.', required: true },
    { name: 'changes', description: 'What is corrected, each as field=value.', required: true, many: true },
  ],
  options: [preview, reason, by],
  examples: ['changeover dead-letters edit crm/contact/1042 Email=jo@acme.example --reason "a typing error"'],
  async run(context, input) {
    const [name, ...changes] = input.arguments;
    const result = await operate(context, deadLettersEdit, {
      name,
      changes: Object.fromEntries(changes.map(pairOf)),
      preview: flag(input, 'preview'),
      by: whoever(input),
      ...reasonOf(input),
    });
    const outlook =
      result.refusedStill > 0
        ? 'It is refused again: something else is wrong with it too.'
        : `${result.writes} writes, ${result.calls} calls.`;
    return {
      json: result,
      text: `${result.name} ${result.applied ? 'is corrected and goes again' : 'would be corrected'}. ${outlook}`,
      exit: result.refusedStill > 0 ? 'findings' : 'ok',
    };
  },
};

function pairOf(change: string): readonly [string, string] {
  const at = change.indexOf('=');
  if (at < 1) throw new ChangeoverError('USAGE', `${change} is not of the form field=value`);
  return [change.slice(0, at), change.slice(at + 1)];
}

export const deadLettersRetryCommand: Command = {
  name: 'dead-letters retry',
  summary: 'Sends refused records again, although nothing of them changed, and says what that costs.',
  description:
    'More than a minute of the API is only spent with --yes. A new version of a record, or a newly confirmed mapping, is tried by itself.',
  arguments: [names],
  options: [
    ...filterOptions,
    all,
    preview,
    { flags: '--yes', description: 'Spend what it costs, whatever that is.' },
    reason,
    by,
  ],
  examples: ['changeover dead-letters retry crm/contact/1042', 'changeover dead-letters retry --object deal --preview'],
  async run(context, input) {
    const result = await operate(context, deadLettersRetry, {
      ...filterOf(input),
      ...reasonOf(input),
      names: input.arguments,
      all: flag(input, 'all'),
      preview: flag(input, 'preview'),
      yes: flag(input, 'yes'),
      by: whoever(input),
    });
    const lines = [
      `${result.chosen.length} refused: ${result.writes} writes, ${result.calls} calls, about ${result.minutes.toFixed(1)} minutes of the API.`,
      ...(result.refusedStill > 0 ? [`${result.refusedStill} are refused again without a call.`] : []),
      ...moreOf(result, result.chosen.length),
      result.applied ? `${result.sent.length + result.taken.length} are on the way again.` : 'Nothing was done.',
      ...result.failed.map((one) => `${one.name}: ${one.message}`),
    ];
    return { json: result, text: lines.join('\n'), exit: result.failed.length > 0 ? 'findings' : 'ok' };
  },
};

export const deadLettersDiscardCommand: Command = {
  name: 'dead-letters discard',
  summary: 'Leaves refused events out for good; what Twenty has of the records stays.',
  description:
    'They count as excluded. The next change of a record in the source is tried again. Without names nothing is done before --yes.',
  arguments: [names],
  options: [
    ...filterOptions,
    all,
    { flags: '--yes', description: 'Discard what the filter chooses.' },
    { ...reason, description: 'Why; needed.' },
    by,
  ],
  examples: ['changeover dead-letters discard crm/contact/1042 --reason "a test record"'],
  async run(context, input) {
    if (text(input, 'reason') === undefined) throw new ChangeoverError('USAGE', 'say why: --reason');
    const result = await operate(context, deadLettersDiscard, {
      ...filterOf(input),
      ...reasonOf(input),
      names: input.arguments,
      all: flag(input, 'all'),
      yes: flag(input, 'yes'),
      by: whoever(input),
    });
    const lines = result.applied
      ? [`${result.discarded.length} discarded.`, ...result.failed.map((one) => `${one.name}: ${one.message}`)]
      : [rowsOf(result.chosen), `${result.chosen.length} would be discarded; --yes does it.`];
    return {
      json: result,
      text: [...lines, ...moreOf(result, result.chosen.length)].join('\n'),
      exit: result.failed.length > 0 ? 'findings' : 'ok',
    };
  },
};
