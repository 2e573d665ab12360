import { mapCheck, mapConfirm } from '../../app/operations/mapping.ts';
import { describePlace } from '../../core/errors.ts';
import type { Command } from '../command.ts';
import { flag, operate, whoever } from '../operate.ts';

const source = { name: 'source', description: 'Name of the source in changeover.yaml.', required: true };

export const mapCheckCommand: Command = {
  name: 'map check',
  summary: 'Finds what is wrong with a mapping, against the export and the workspace, each with file, line and column.',
  arguments: [source],
  options: [{ flags: '--offline', description: 'Do not ask the workspace.' }],
  examples: ['changeover map check crm', 'changeover map check crm --offline --json'],
  async run(context, input) {
    const result = await operate(context, mapCheck, { source: input.arguments[0], offline: flag(input, 'offline') });
    const lines = result.findings.map((one) => `${describePlace(one.place)}: ${one.severity} [${one.code}] ${one.message}\n  ${one.hint}`);
    const closing = result.errors === 0 ? 'The mapping can be confirmed.' : `${result.errors} errors.`;
    return { json: result, text: [...lines, closing].join('\n'), exit: result.errors === 0 ? 'ok' : 'findings' };
  },
};

export const mapConfirmCommand: Command = {
  name: 'map confirm',
  summary: 'Confirms the mapping as it stands: records move under this one only.',
  description: 'After a change of a confirmed mapping, exactly the records that it changes are written again.',
  arguments: [source],
  options: [{ flags: '--by <name>', description: 'Who confirms; the user of this machine unless given.' }],
  examples: ['changeover map confirm crm --by "Jo Park"'],
  async run(context, input) {
    const result = await operate(context, mapConfirm, { source: input.arguments[0], by: whoever(input) });
    return { json: result, text: `${result.source}: mapping ${result.hash} confirmed by ${result.by}${result.changed ? `, ${result.touched} records are looked at again` : ', unchanged'}`, exit: 'ok' };
  },
};
