import { readFileSync } from 'node:fs';
import { inventoryImport, inventoryRead, inventoryShow } from '../../app/operations/inventory.ts';
import { ChangeoverError } from '../../core/errors.ts';
import { inventoryTemplate } from '../../inventory/automation-file.ts';
import { inventoryDocument } from '../../inventory/document.ts';
import type { Command } from '../command.ts';
import { operate } from '../operate.ts';

const source = { name: 'source', description: 'Name of the source in changeover.yaml.', required: true };

export const inventoryTemplateCommand: Command = {
  name: 'inventory template',
  summary: 'Prints the file in which an operator lists what runs by itself in the source.',
  arguments: [source],
  options: [],
  examples: ['changeover inventory template crm > automations.yaml'],
  async run(_context, input) {
    const text = inventoryTemplate(input.arguments[0] ?? '');
    return { json: { template: text }, text: text.trimEnd(), exit: 'ok' };
  },
};

export const inventoryImportCommand: Command = {
  name: 'inventory import',
  summary: 'Reads the filled-in list of automations.',
  arguments: [source, { name: 'file', description: 'The filled-in file.', required: true }],
  options: [],
  examples: ['changeover inventory import crm automations.yaml'],
  async run(context, input) {
    const [name, file] = input.arguments;
    let text: string;
    try {
      text = readFileSync(file ?? '', 'utf8');
    } catch (cause) {
      throw new ChangeoverError('INVENTORY_INVALID', `${file} cannot be read: ${(cause as Error).message}`, {
        place: { file: file ?? '' },
        cause,
      });
    }
    const result = await operate(context, inventoryImport, { source: name, text, file });
    return { json: result, text: `${result.automations.length} automations listed`, exit: 'ok' };
  },
};

export const inventoryReadCommand: Command = {
  name: 'inventory read',
  summary: 'Takes the automations that the source itself tells of, where it does.',
  arguments: [source],
  options: [],
  examples: ['changeover inventory read crm'],
  async run(context, input) {
    const result = await operate(context, inventoryRead, { source: input.arguments[0] });
    const told =
      result.read === 0
        ? 'The source tells of none: fill in `changeover inventory template`'
        : `${result.read} automations read, ${result.automations.length} listed`;
    return { json: result, text: told, exit: 'ok' };
  },
};

export const inventoryShowCommand: Command = {
  name: 'inventory show',
  summary: 'Prints the automation inventory, with a suggestion how to rebuild each in Twenty.',
  arguments: [source],
  options: [],
  examples: ['changeover inventory show crm > automations.md', 'changeover inventory show crm --json'],
  async run(context, input) {
    const result = await operate(context, inventoryShow, { source: input.arguments[0] });
    return { json: result, text: inventoryDocument(result.source, result.automations), exit: 'ok' };
  },
};
