import { resolve } from 'node:path';
import { stateBackup, stateRebuild, stateRestore } from '../../app/operations/state.ts';
import type { BackupSummary } from '../../state/engine.ts';
import type { Command } from '../command.ts';
import { flag, operate, whoever } from '../operate.ts';

export const stateBackupCommand: Command = {
  name: 'state backup',
  summary: 'Writes the state as it is at this moment into a file, while work goes on.',
  description:
    'The file is the same whichever database the state is kept in: it can be restored into SQLite and into PostgreSQL. It holds the records themselves, so only its owner may read it.',
  arguments: [{ name: 'file', description: 'A file that does not exist yet.', required: true }],
  options: [],
  examples: ['changeover state backup /backups/monday.state'],
  async run(context, input) {
    const result = await operate(context, stateBackup, { file: resolve(input.arguments[0] ?? '') });
    return { json: result, text: `${result.file}: ${contentOf(result)}`, exit: 'ok' };
  },
};

export const stateRestoreCommand: Command = {
  name: 'state restore',
  summary: 'Makes the state what a backup says, all or nothing, and compares what was stored with it.',
  description:
    'Every process of the deployment must be stopped. Backups of older versions are brought up to this one; what came into the log since the backup is read again.',
  arguments: [{ name: 'file', description: 'A file that `changeover state backup` wrote.', required: true }],
  options: [
    { flags: '--replace', description: 'Also where the state knows something already; all of that is removed.' },
    { flags: '--by <name>', description: 'Who asks; the user of this machine unless given.' },
  ],
  examples: [
    'changeover state restore /backups/monday.state',
    'changeover state restore /backups/monday.state --replace',
  ],
  async run(context, input) {
    const file = resolve(input.arguments[0] ?? '');
    const result = await operate(context, stateRestore, { file, replace: flag(input, 'replace'), by: whoever(input) });
    const made = new Date(result.at).toISOString();
    return { json: result, text: `Restored, as of ${made}: ${contentOf(result)}`, exit: 'ok' };
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

function contentOf({ rows, tables, sha256 }: BackupSummary): string {
  return `${rows} rows in ${tables} tables, SHA-256 ${sha256}`;
}
