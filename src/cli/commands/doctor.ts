import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { attempt, type Check, failed, ok } from '../../app/doctor/check.ts';
import { checkDataFolder, checkDisk, checkProgram, type Machine } from '../../app/doctor/machine.ts';
import { doctor } from '../../app/operations/doctor.ts';
import { pathsOf } from '../../app/paths.ts';
import { type LoadedConfiguration, loadConfiguration } from '../../config/load.ts';
import { asChangeoverError, describePlace } from '../../core/errors.ts';
import type { Command, CommandContext, CommandResult } from '../command.ts';
import { operate } from '../operate.ts';
import { oldestNode, version } from '../version.ts';

const MACHINE: Machine = {
  node: process.versions.node,
  oldestNode: oldestNode(),
  freeBytes(folder) {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  },
};

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'Checks everything before anything moves: this machine, the configuration, the workspace, each source.',
  description:
    'Changes nothing, and asks the workspace for its model and members only. The right to change records shows at the first write.',
  arguments: [],
  options: [],
  examples: ['changeover doctor', 'changeover doctor --json'],
  async run(context) {
    return resultOf([checkProgram(MACHINE, version()), ...(await checkRest(context))]);
  },
};

/** What needs a configuration; where there is none that can be read, that is the finding. */
async function checkRest(context: CommandContext): Promise<readonly Check[]> {
  let loaded: LoadedConfiguration;
  try {
    loaded = loadConfiguration(context.configFile, context.environment);
  } catch (thrown) {
    return [failed('configuration', asChangeoverError(thrown), { file: context.configFile })];
  }
  const { deployment, sources } = loaded.configuration;
  const paths = pathsOf(loaded);
  const exportFolders = sources.flatMap(({ settings }) =>
    typeof settings.folder === 'string' ? [join(loaded.folder, settings.folder)] : [],
  );
  const folder = checkDataFolder(paths);
  const checks = [
    ok('configuration', `deployment ${deployment}, ${sources.length} ${sources.length === 1 ? 'source' : 'sources'}`, {
      file: loaded.file,
    }),
    folder,
    checkDisk(paths, exportFolders, MACHINE),
  ];
  if (folder.outcome === 'fail') return checks;
  return [...checks, ...(await attempt('log and state', { file: paths.data }, () => operate(context, doctor, {})))];
}

const MARKS = { ok: 'ok  ', warn: 'WARN', fail: 'FAIL' } as const;

function resultOf(checks: readonly Check[]): CommandResult {
  const count = (outcome: Check['outcome']) => checks.filter((check) => check.outcome === outcome).length;
  const [failures, warnings] = [count('fail'), count('warn')];
  const lines = checks.map((check) => {
    const place = describePlace(check.place);
    const where = place === '' ? '' : `\n      where: ${place}`;
    const fix = check.fix === null ? '' : `\n      what to do: ${check.fix}`;
    const code = check.code === null ? '' : ` [${check.code}]`;
    return `${MARKS[check.outcome]}  ${check.category}: ${check.found}${code}${check.outcome === 'ok' ? '' : where}${fix}`;
  });
  const closing =
    failures === 0
      ? `Ready to run${warnings === 0 ? '.' : `, with ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}.`}`
      : `Not ready: ${failures} ${failures === 1 ? 'thing' : 'things'} must be mended first.`;
  return {
    json: { ready: failures === 0, failures, warnings, checks },
    text: [...lines, closing].join('\n'),
    exit: failures === 0 ? 'ok' : 'findings',
  };
}
