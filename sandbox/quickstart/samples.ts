import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import process from 'node:process';
import { Application } from '../../src/app/application.ts';
import { Daemon } from '../../src/app/daemon.ts';
import { runOperation } from '../../src/app/operation.ts';
import { mapConfirm } from '../../src/app/operations/mapping.ts';
import { provisionApply } from '../../src/app/operations/provisioning.ts';
import { status } from '../../src/app/operations/status.ts';
import { systemPorts } from '../../src/app/ports.ts';
import { showProgress } from '../../src/app/show-progress.ts';
import { EXIT_CODES } from '../../src/cli/command.ts';
import { accountOf, balanceTable } from '../../src/cli/commands/status.ts';
import { exitCodeAfter } from '../../src/cli/run.ts';
import { version } from '../../src/cli/version.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { ChangeoverError } from '../../src/core/errors.ts';
import { createLogger } from '../../src/core/logger.ts';
import { answerSampleQuestions } from './answers.ts';
import {
  clearFolder,
  dropExport,
  FIRST_EXPORT,
  layFolder,
  type QuickstartFolder,
  quickstartFolder,
  realTarget,
  SECOND_EXPORT,
  SOURCE,
  samples,
  sandboxTarget,
} from './folder.ts';
import { realWorkspace, refuseOthers, removeSamples } from './real-workspace.ts';
import { startSandboxProcess } from './sandbox-process.ts';
import { type QuickstartServers, startServers } from './servers.ts';

export interface SampleOptions {
  readonly once: boolean;
  readonly json: boolean;
  /** Calls a minute that the workspace allows; 0 switches the sandbox's limiter off. */
  readonly limit: number;
  /** On Kafka and PostgreSQL, started for this run. */
  readonly kafka: boolean;
  readonly samples: boolean;
  readonly remove: boolean;
}

const say = (line: string) => void process.stderr.write(`${line}\n`);

/** The sample in a workspace: provisioned, confirmed, loaded, the second export applied; then it stays up. */
export async function runSamples(options: SampleOptions): Promise<number> {
  const real = options.samples || options.remove ? realWorkspace(process.env) : null;
  const folder = quickstartFolder(process.env, real === null ? 'quickstart' : 'samples');
  if (options.remove && real !== null) return removeSamples(folder, real, options);
  if (real === null) clearFolder(folder);
  else await refuseOthers(folder, real);
  const sandbox =
    real === null
      ? await startSandboxProcess({
          data: folder.sandboxStore,
          members: join(samples, 'members.json'),
          limit: options.limit,
        })
      : null;
  const servers = options.kafka ? await startedServers() : null;
  const workspace = real ?? { url: sandbox?.url ?? '', apiKey: sandbox?.token ?? '' };
  const stop = new AbortController();
  listenForSignals(stop);
  try {
    layFolder(folder, real === null ? sandboxTarget(workspace.url) : realTarget(workspace.url, options.limit), servers);
    const environment = {
      ...process.env,
      TWENTY_URL: workspace.url,
      TWENTY_API_KEY: workspace.apiKey,
      ...(servers === null ? {} : { STATE_URL: servers.stateUrl }),
    };
    const loaded = loadConfiguration(folder.configuration, environment);
    const app = await Application.open(loaded, systemPorts(createLogger({ level: 'warn' }), environment), 'write');
    try {
      const context = { app, daemon: null };
      say('Preparing the workspace: fields, options and objects of the mapping …');
      const made = await runOperation(provisionApply, context, {});
      say(`${made.made} changes made.`);
      dropExport(folder, FIRST_EXPORT);
      await runOperation(mapConfirm, context, { source: SOURCE, by: 'quickstart' });
      const daemon = await Daemon.start(app, { version: version() });
      const progress = showProgress(daemon, { terminal: process.stderr.isTTY === true, say });
      try {
        say(`Loading the first export (${FIRST_EXPORT}) …`);
        const signal = AbortSignal.any([stop.signal, daemon.stopping]);
        await daemon.pipeline.introduce();
        await answerSampleQuestions(app);
        await daemon.pipeline.settle(signal);
        say(`Applying the second export (${SECOND_EXPORT}) as a delta …`);
        dropExport(folder, SECOND_EXPORT);
        await daemon.pipeline.settle(signal);
        if (!options.once) await stayUp(daemon, stop.signal, folder, workspace.url);
      } finally {
        progress.stop();
        await daemon.stop();
      }
      const result = await runOperation(status, context, {});
      const account = JSON.stringify(accountOf(result.objects));
      writeFileSync(folder.account, `${account}\n`);
      if (options.json) process.stdout.write(`${account}\n`);
      else
        process.stdout.write(
          `${balanceTable(result.objects)}\n${result.residue === 0 ? 'Every record is accounted for.' : `${result.residue} records are not accounted for.`}\n`,
        );
      return EXIT_CODES[result.residue === 0 ? 'ok' : 'findings'].code;
    } finally {
      await app.close();
    }
  } finally {
    await servers?.stop();
    await sandbox?.stop();
  }
}

async function startedServers(): Promise<QuickstartServers> {
  say('Starting Kafka, a schema registry and PostgreSQL …');
  return startServers();
}

/** Polls from here on; returns at a signal. */
async function stayUp(daemon: Daemon, signal: AbortSignal, folder: QuickstartFolder, url: string): Promise<void> {
  say('');
  say(`The workspace:          ${url}`);
  say(`Metrics and health:     ${daemon.url}/metrics`);
  say(`Drop the next export:   ${folder.exports}`);
  say(`Ctrl-C stops. Another terminal: npm run changeover -- status --config ${relative('', folder.configuration)}`);
  await daemon.poll(signal);
}

function listenForSignals(stop: AbortController): void {
  let signals = 0;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      signals += 1;
      if (signals > 1) process.exit(exitCodeAfter(name));
      stop.abort(new ChangeoverError('CANCELLED', `stopped by ${name}`));
    });
  }
}
