import { provisionApply, provisionPlan, provisionRevert, provisionVerify } from '../../app/operations/provisioning.ts';
import { countRisks, describeAdded } from '../../twenty/provision.ts';
import type { Command, CommandOption } from '../command.ts';
import { flag, operate } from '../operate.ts';
import { table } from '../table.ts';

const options: readonly CommandOption[] = [
  {
    flags: '--adopt-unmarked',
    description: 'Take over sync fields that name no deployment, such as ones made by hand.',
  },
];
const inputOf = (input: Parameters<Command['run']>[1]) => ({ adoptUnmarked: flag(input, 'adoptUnmarked') });

type Change = Awaited<ReturnType<typeof provisionPlan.run>>['changes'][number];

function changeRow(change: Change): readonly string[] {
  if (change.kind === 'create-object')
    return ['object', change.object.nameSingular, change.object.labelPlural, change.risk.kind, change.why];
  if (change.kind === 'create-field')
    return ['field', `${change.field.object}.${change.field.name}`, change.field.type, change.risk.kind, change.why];
  return [
    'options',
    `${change.object}.${change.field}`,
    change.options.map((option) => option.label).join(', '),
    change.risk.kind,
    change.why,
  ];
}

/** What a change may touch, or what of it cannot be taken back, in whole sentences. */
function riskLines(change: Change): readonly string[] {
  const [, name] = changeRow(change);
  const { risk } = change;
  return risk.kind === 'none' ? [] : [`${risk.kind === 'touches' ? 'MAY TOUCH' : 'LASTING'} ${name}: ${risk.what}`];
}

export const provisionPlanCommand: Command = {
  name: 'provision plan',
  summary:
    'Shows what the workspace lacks for the mapping, and what each change may touch or cannot be taken back. Changes nothing.',
  arguments: [],
  options,
  examples: ['changeover provision plan'],
  async run(context, input) {
    const result = await operate(context, provisionPlan, inputOf(input));
    const conflicts = result.conflicts.map(
      (conflict) =>
        `CONFLICT ${conflict.object}${conflict.field === null ? '' : `.${conflict.field}`}: ${conflict.message}\n  what to do: ${conflict.hint}`,
    );
    const { none, touches, lasting } = countRisks(result.changes);
    const text = [
      table(['what', 'name', 'detail', 'risk', 'why'], result.changes.map(changeRow), 70),
      ...result.changes.flatMap(riskLines),
      ...conflicts,
      ...result.views.map(
        ({ object, name, filter }) => `BY HAND view "${name}" of ${object}: ${filter.label} is ${filter.is}`,
      ),
      ...result.warnings,
      `${result.changes.length} changes, ${result.present} there already`,
      `risk: ${none} none, ${touches} touch what is there, ${lasting} cannot be taken back once used`,
    ].join('\n');
    return { json: result, text, exit: result.conflicts.length === 0 ? 'ok' : 'findings' };
  },
};

export const provisionApplyCommand: Command = {
  name: 'provision apply',
  summary: 'Makes what the workspace lacks. Can be interrupted and run again; running it twice changes nothing.',
  arguments: [],
  options,
  examples: ['changeover provision apply'],
  async run(context, input) {
    const result = await operate(context, provisionApply, inputOf(input));
    return { json: result, text: `${result.made} made, ${result.found} were there by then`, exit: 'ok' };
  },
};

export const provisionVerifyCommand: Command = {
  name: 'provision verify',
  summary: 'Reads the workspace again and proves that everything is there.',
  arguments: [],
  options,
  examples: ['changeover provision verify --json'],
  async run(context, input) {
    const result = await operate(context, provisionVerify, inputOf(input));
    const text = result.complete
      ? 'Everything is there.'
      : table(['what', 'name', 'detail', 'risk', 'why'], result.changes.map(changeRow), 70);
    return { json: result, text, exit: result.complete ? 'ok' : 'findings' };
  },
};

export const provisionGuideCommand: Command = {
  name: 'provision guide',
  summary: 'Prints the changes step by step, for a person whose key may not change the data model.',
  arguments: [],
  options,
  examples: ['changeover provision guide > guide.md'],
  async run(context, input) {
    const result = await operate(context, provisionPlan, inputOf(input));
    return { json: { guide: result.guide }, text: result.guide.trimEnd(), exit: 'ok' };
  },
};

export const provisionRevertCommand: Command = {
  name: 'provision revert',
  summary:
    'Takes away what provisioning added and nobody uses; says what uses the rest. Can be interrupted and run again.',
  arguments: [],
  options: [{ flags: '--dry-run', description: 'Only say what would go and what would stay.' }],
  examples: ['changeover provision revert --dry-run', 'changeover provision revert'],
  async run(context, input) {
    const dryRun = flag(input, 'dryRun');
    const result = await operate(context, provisionRevert, { dryRun });
    const rows = [
      ...result.removable.map((added) => [describeAdded(added), dryRun ? 'would go' : 'removed', '']),
      ...result.inUse.map(({ added, usedBy }) => [describeAdded(added), 'stays', usedBy]),
    ];
    const text =
      rows.length === 0 ? 'Nothing that was added is left.' : table(['what', 'outcome', 'used by'], rows, 70);
    return { json: result, text, exit: result.inUse.length === 0 ? 'ok' : 'findings' };
  },
};
