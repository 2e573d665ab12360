import { automationsAgree, automationsList } from '../../app/operations/automations.ts';
import type { Automation } from '../../twenty/automations.ts';
import type { Command } from '../command.ts';
import { operate, whoever } from '../operate.ts';
import { table } from '../table.ts';

export const automationsListCommand: Command = {
  name: 'automations list',
  summary: 'Lists the workflows and webhooks of the workspace that writing would set off, and who agreed to that.',
  arguments: [],
  options: [],
  examples: ['changeover automations list'],
  async run(context) {
    const result = await operate(context, automationsList, {});
    const open = new Set(result.open.map(({ kind, id }) => `${kind} ${id}`));
    const agreed = result.agreement === null ? '' : `agreed to by ${result.agreement.by}`;
    const row = (each: Automation) => [
      each.kind,
      each.name,
      each.events.join(', '),
      open.has(`${each.kind} ${each.id}`) ? 'open' : agreed,
    ];
    const nothing = 'Writing sets off nothing in the workspace.';
    const rows = result.automations.map(row);
    return {
      json: result,
      text: rows.length === 0 ? nothing : table(['what', 'name', 'set off by', 'agreement'], rows, 70),
      exit: result.open.length === 0 ? 'ok' : 'findings',
    };
  },
};

export const automationsAgreeCommand: Command = {
  name: 'automations agree',
  summary: 'Agrees that writing sets off what `automations list` shows. Nothing is written before that.',
  arguments: [],
  options: [{ flags: '--by <name>', description: 'Who agrees; the user of this machine unless given.' }],
  examples: ['changeover automations agree --by "Your Name"'],
  async run(context, input) {
    const result = await operate(context, automationsAgree, { by: whoever(input) });
    return { json: result, text: `${result.automations.length} agreed to by ${result.by}`, exit: 'ok' };
  },
};
