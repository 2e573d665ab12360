import { mkdirSync, writeFileSync } from 'node:fs';
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
  folderOf,
  layFolder,
  type QuickstartFolder,
  quickstartFolder,
  SAMPLES_DEPLOYMENT,
  type SampleTarget,
} from './folder.ts';
import { kinabase } from './kinabase.ts';
import { startProgram } from './program.ts';
import { realWorkspace, refuseOthers, removeSamples } from './real-workspace.ts';
import type { Chapter, OpenSample, Sample } from './sample.ts';
import { type QuickstartServers, startServers } from './servers.ts';
import { smartCrmOnline } from './smart-crm-online.ts';
import { smartdesk } from './smartdesk.ts';

/** Every sample there is; the first is shown unless another is asked for. */
export const SAMPLES: readonly Sample[] = [smartCrmOnline, smartdesk, dataverse, kinabase, dinamik];

export interface SampleOptions {
  /** One, or several at once into one workspace. */
  readonly samples: readonly Sample[];
  readonly once: boolean;
  readonly json: boolean;
  /** Calls a minute that the workspace allows; 0 switches the sandbox's limiter off. */
  readonly limit: number;
  /** So many times as large as the sample is. */
  readonly size: number;
  /** On Kafka and PostgreSQL, started for this run. */
  readonly kafka: boolean;
  /** Into the workspace that the environment names. */
  readonly real: boolean;
  readonly remove: boolean;
}

const say = (line: string) => void process.stderr.write(`${line}\n`);

/** The sample in a workspace: provisioned, confirmed, loaded, its changes applied; then it stays up. */
export async function runSamples(options: SampleOptions): Promise<number> {
  const { samples } = options;
  const real = options.real || options.remove ? realWorkspace(process.env) : null;
  const folder = quickstartFolder(process.env, real === null ? 'quickstart' : 'samples');
  if (options.remove && real !== null) return removeSamples(folder, real, options);
  const simulated = samples.find((sample) => !sample.real);
  if (real !== null && simulated !== undefined) {
    const message = `the sample of ${simulated.source} is for the simulated workspace only`;
    throw new ChangeoverError('SAMPLES_REFUSED', message, { hint: 'Leave out --samples, or --source.' });
  }
  if (real === null) clearFolder(folder);
  else await refuseOthers(folder, real);
  const sandbox = real === null ? await startWorkspace(folder, options) : null;
  const servers = options.kafka ? await startedServers() : null;
  const open = await openSamples(folder, options, real !== null);
  const workspace = real ?? { url: sandbox?.introduction.url ?? '', apiKey: sandbox?.introduction.token ?? '' };
  const stop = new AbortController();
  listenForSignals(stop);
  try {
    const target: SampleTarget =
      real === null
        ? { url: workspace.url, deployment: 'quickstart' }
        : { url: workspace.url, deployment: SAMPLES_DEPLOYMENT, callsPerMinute: options.limit };
    const sources = open.map(({ configuration }) => configuration);
    layFolder(folder, target, sources, servers);
    const environment = {
      ...process.env,
      ...Object.assign({}, ...open.map(({ secrets }) => secrets)),
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
      for (const { chapters } of open) for (const { prepare } of chapters) prepare?.();
      for (const { source } of samples) await runOperation(mapConfirm, context, { source, by: 'quickstart' });
      const daemon = await Daemon.start(app, { version: version() });
      const progress = showProgress(daemon, { terminal: process.stderr.isTTY === true, say });
      try {
        const signal = AbortSignal.any([stop.signal, daemon.stopping]);
        await daemon.pipeline.introduce();
        await answerSampleQuestions(app);
        for (const chapters of together(open)) {
          for (const { title } of chapters) say(`${title} …`);
          const over = Promise.all(chapters.map(({ begin }) => begin())).then(() => undefined);
          await daemon.pipeline.settle(signal);
          await unlessStopped(over, signal);
          await daemon.pipeline.settle(signal);
        }
        const [unread] = daemon.pipeline.unread();
        if (unread !== undefined) throw unread.error;
        if (!options.once) await stayUp(daemon, stop.signal, { folder, url: workspace.url, open });
      } finally {
        progress.stop();
        await daemon.stop();
      }
      const result = await runOperation(status, context, {});
      const account = JSON.stringify(accountOf(result.objects));
      writeFileSync(folder.account, `${account}\n`);
      for (const { keep } of open) await keep();
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
    for (const { close } of open) await close();
    await servers?.stop();
    await sandbox?.stop();
  }
}

/** Each in a folder of its own where there are several. */
async function openSamples(
  folder: QuickstartFolder,
  options: SampleOptions,
  real: boolean,
): Promise<readonly OpenSample[]> {
  const open: OpenSample[] = [];
  try {
    for (const sample of options.samples) {
      const own = options.samples.length === 1 ? folder : folderOf(folder, sample.source);
      mkdirSync(own.exports, { recursive: true });
      open.push(await sample.open(own, { ...options, real }));
    }
    return open;
  } catch (thrown) {
    for (const { close } of open) await close();
    throw thrown;
  }
}

/** What happens at the same time: the first chapters of all, then the second ones. */
function together(open: readonly OpenSample[]): readonly (readonly Chapter[])[] {
  const turns = Math.max(...open.map(({ chapters }) => chapters.length));
  return Array.from({ length: turns }, (_, turn) => open.flatMap(({ chapters }) => chapters[turn] ?? []));
}

function startWorkspace(folder: QuickstartFolder, { samples, limit }: SampleOptions) {
  const arguments_ = [
    '--port',
    '0',
    '--data',
    folder.sandboxStore,
    '--limit',
    String(limit),
    '--members',
    samples[0]?.members ?? '',
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
  {
    folder,
    url,
    open,
  }: { readonly folder: QuickstartFolder; readonly url: string; readonly open: readonly OpenSample[] },
): Promise<void> {
  say('');
  say(`The workspace:          ${url}`);
  say(`Metrics and health:     ${daemon.url}/metrics`);
  for (const { hints } of open) for (const hint of hints) say(hint);
  say(`Ctrl-C stops. Another terminal: npm run changeover -- status --config ${relative('', folder.configuration)}`);
  for (const { goOn } of open) goOn();
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
