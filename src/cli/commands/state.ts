import { resolve } from 'node:path';
import { stateBackup, stateRebuild } from '../../app/operations/replay.ts';
import type { Command } from '../command.ts';
import { operate, whoever } from '../operate.ts';

export const stateBackupCommand: Command = {
  name: 'state backup',
  summary: 'Copies the state as it is at this moment into a file, while work goes on.',
  arguments: [{ name: 'file', description: 'A file that does not exist yet.', required: true }],
  options: [],
  examples: ['changeover state backup /backups/state.sqlite'],
  async run(context, input) {
    const result = await operate(context, stateBackup, { file: resolve(input.arguments[0] ?? '') });
    return { json: result, text: result.file, exit: 'ok' };
  },
};

export const stateRebuildCommand: Command = {
  name: 'state rebuild',
  summary: 'Makes a lost state anew from the log and from the sync fields in Twenty.',
  description:
    'What people decided (owners, answers, the confirmed mapping) is not in the log and must be decided again. What Twenty has already costs no write.',
  arguments: [],
  options: [{ flags: '--by <name>', description: 'Who asks; the user of this machine unless given.' }],
  examples: ['changeover state rebuild'],
  async run(context, input) {
    const result = await operate(context, stateRebuild, { by: whoever(input) });
    const unknown =
      result.unknown.length === 0
        ? ''
        : `\n${result.unknown.length} rows carry source keys that the log does not know; they are left alone:\n${result.unknown.slice(0, 100).join('\n')}`;
    return {
      json: result,
      text: `${result.events} events read, ${result.rows} rows of Twenty recognised.${unknown}`,
      exit: 'ok',
    };
  },
};
