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
import { dataverse } from './dataverse.ts';
import { dinamik } from './dinamik.ts';
import {
  clearFolder,
  layFolder,
  type QuickstartFolder,
  quickstartFolder,
  SAMPLES_DEPLOYMENT,
  type SampleTarget,
} from './folder.ts';
import { kinabase } from './kinabase.ts';
import { startProgram } from './program.ts';
import { realWorkspace, refuseOthers, removeSamples } from './real-workspace.ts';
import type { OpenSample, Sample } from './sample.ts';
import { type QuickstartServers, startServers } from './servers.ts';
import { smartCrmOnline } from './smart-crm-online.ts';
import { smartdesk } from './smartdesk.ts';

/** Every sample there is; the first is shown unless another is asked for. */
export const SAMPLES: readonly Sample[] = [smartCrmOnline, smartdesk, dataverse, kinabase, dinamik];

export interface SampleOptions {
  readonly sample: Sample;
  readonly once: boolean;
  readonly json: boolean;
  /** Calls a minute that the workspace allows; 0 switches the sandbox's limiter off. */
  readonly limit: number;
  /** So many times as large as the sample is. */
  readonly size: number;
  /** On Kafka and PostgreSQL, started for this run. */
  readonly kafka: boolean;
  readonly samples: boolean;
  readonly remove: boolean;
}

const say = (line: string) => void process.stderr.write(`${line}\n`);

/** The sample in a workspace: provisioned, confirmed, loaded, its changes applied; then it stays up. */
export async function runSamples(options: SampleOptions): Promise<number> {
  const { sample } = options;
  const real = options.samples || options.remove ? realWorkspace(process.env) : null;
  const folder = quickstartFolder(process.env, real === null ? 'quickstart' : 'samples');
  if (options.remove && real !== null) return removeSamples(folder, real, options);
  if (real !== null && !sample.real) {
    throw new ChangeoverError('SAMPLES_REFUSED', `the sample of ${sample.source} is for the simulated workspace only`, {
      hint: 'Leave out --samples, or --source.',
    });
  }
  if (real === null) clearFolder(folder);
  else await refuseOthers(folder, real);
  const sandbox = real === null ? await startWorkspace(folder, options) : null;
  const servers = options.kafka ? await startedServers() : null;
  const open = await sample.open(folder, { ...options, real: real !== null });
  const workspace = real ?? { url: sandbox?.introduction.url ?? '', apiKey: sandbox?.introduction.token ?? '' };
  const stop = new AbortController();
  listenForSignals(stop);
  try {
    const target: SampleTarget =
      real === null
        ? { url: workspace.url, deployment: 'quickstart' }
        : { url: workspace.url, deployment: SAMPLES_DEPLOYMENT, callsPerMinute: options.limit };
    layFolder(folder, target, open.configuration, servers);
    const environment = {
      ...process.env,
      ...open.secrets,
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
      for (const { prepare } of open.chapters) prepare?.();
      await runOperation(mapConfirm, context, { source: sample.source, by: 'quickstart' });
      const daemon = await Daemon.start(app, { version: version() });
      const progress = showProgress(daemon, { terminal: process.stderr.isTTY === true, say });
      try {
        const signal = AbortSignal.any([stop.signal, daemon.stopping]);
        await daemon.pipeline.introduce();
        await answerSampleQuestions(app);
        for (const { title, begin } of open.chapters) {
          say(`${title} …`);
          const over = begin();
          await daemon.pipeline.settle(signal);
          await unlessStopped(over, signal);
          await daemon.pipeline.settle(signal);
        }
        if (!options.once) await stayUp(daemon, stop.signal, { folder, url: workspace.url, open });
      } finally {
        progress.stop();
        await daemon.stop();
      }
      const result = await runOperation(status, context, {});
      const account = JSON.stringify(accountOf(result.objects));
      writeFileSync(folder.account, `${account}\n`);
      await open.keep();
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
    await open.close();
    await servers?.stop();
    await sandbox?.stop();
  }
}

function startWorkspace(folder: QuickstartFolder, { sample, limit }: SampleOptions) {
  const arguments_ = [
    '--port',
    '0',
    '--data',
    folder.sandboxStore,
    '--limit',
    String(limit),
    '--members',
    sample.members,
  ];
  return startProgram(join(import.meta.dirname, '..', 'twenty', 'main.ts'), arguments_);
}

async function unlessStopped(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const stopped = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  signal.throwIfAborted();
  await Promise.race([work, stopped]);
}

async function startedServers(): Promise<QuickstartServers> {
  say('Starting Kafka, a schema registry and PostgreSQL …');
  return startServers();
}

/** Polls from here on; returns at a signal. */
async function stayUp(
  daemon: Daemon,
  signal: AbortSignal,
  { folder, url, open }: { readonly folder: QuickstartFolder; readonly url: string; readonly open: OpenSample },
): Promise<void> {
  say('');
  say(`The workspace:          ${url}`);
  say(`Metrics and health:     ${daemon.url}/metrics`);
  for (const hint of open.hints) say(hint);
  say(`Ctrl-C stops. Another terminal: npm run changeover -- status --config ${relative('', folder.configuration)}`);
  open.goOn();
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
