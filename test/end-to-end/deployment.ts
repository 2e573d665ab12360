import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import Database from 'better-sqlite3';
import { NO_LIMITS, type RateLimits, startTwentySandbox, type TwentySandbox } from '../../sandbox/twenty/index.ts';
import { Application } from '../../src/app/application.ts';
import { runOperation } from '../../src/app/operation.ts';
import { mapConfirm } from '../../src/app/operations/mapping.ts';
import { provisionApply } from '../../src/app/operations/provisioning.ts';
import { systemPorts } from '../../src/app/ports.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { ANN, AT_FIRST, BOB, dropTables, smallFirm } from './exports.ts';

const root = join(import.meta.dirname, '..', '..');
export const SOURCE = 'crm';
const POLL_MS = 25;

/** A folder with a configuration, a drop folder with a first export, and the workspace that it goes to; mapping confirmed. */
export interface Deployment {
  readonly folder: string;
  readonly configuration: string;
  readonly drop: string;
  readonly sandbox: TwentySandbox;
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export interface DeploymentOptions {
  readonly limits?: RateLimits;
  /** Calls a minute that the configuration says; what the client assumes by itself unless given. */
  readonly callsPerMinute?: number;
  /** How often members and unique values are read again, seconds; 2 unless given. */
  readonly pollSeconds?: number;
  /** Of the configuration; `live-test` and `crm` unless given. */
  readonly deployment?: string;
  readonly source?: string;
  /** Further lines of changeover.yaml, and the environment that they want. */
  readonly settings?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Makes another mapping of the connector's own; that one unless given. */
  readonly mapping?: (text: string) => string;
}

/** @throws what provisioning or confirming says. */
export async function prepare(options: DeploymentOptions = {}): Promise<Deployment> {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-live-'));
  const sandbox = await startTwentySandbox({ limits: NO_LIMITS, members: [person('Ann', ANN), person('Bob', BOB)] });
  const deployment: Deployment = {
    folder,
    configuration: join(folder, 'changeover.yaml'),
    drop: join(folder, 'exports'),
    sandbox,
    environment: { TWENTY_API_KEY: sandbox.token, ...options.environment },
    async close() {
      await sandbox.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    mkdirSync(deployment.drop);
    const mapping = readFileSync(join(root, 'connectors', 'smart-crm-online', 'mapping.yaml'), 'utf8');
    writeFileSync(join(folder, 'mapping.yaml'), options.mapping?.(mapping) ?? mapping);
    writeFileSync(deployment.configuration, configurationFor(sandbox.url, options));
    dropTables(deployment.drop, smallFirm(), '2026-03-02');
    await inProcess(deployment, async (app) => {
      await runOperation(provisionApply, { app, daemon: null }, {});
      await runOperation(mapConfirm, { app, daemon: null }, { source: options.source ?? SOURCE, by: 'test' });
    });
    if (options.limits !== undefined) sandbox.setLimits(options.limits);
    return deployment;
  } catch (thrown) {
    await deployment.close();
    throw thrown;
  }
}

export function person(firstName: string, email: string) {
  return { firstName, lastName: 'Firm', email };
}

function configurationFor(url: string, options: DeploymentOptions): string {
  return `deployment: ${options.deployment ?? 'live-test'}
dataFolder: data
twenty:
  url: ${url}
  # An unanswered call is read back a second after its time is over; a busy machine may need some seconds to answer.
  pollSeconds: ${options.pollSeconds ?? 2}
${options.callsPerMinute === undefined ? '' : `  callsPerMinute: ${options.callsPerMinute}\n`}  timeoutSeconds: 5
sources:
  - name: ${options.source ?? SOURCE}
    connector: smart-crm-online
    mapping: mapping.yaml
    pollSeconds: 1
    settings:
      folder: exports
      timezone: Europe/Istanbul
      codePage: windows-1254
      compareBeforeLoad: false
server: { port: 0 }
log: { level: warn }
shutdownSeconds: 10
${options.settings ?? ''}`;
}

/** Works on a deployment that no daemon has open. */
export async function inProcess<Result>(
  deployment: Deployment,
  work: (app: Application) => Promise<Result>,
): Promise<Result> {
  const loaded = loadConfiguration(deployment.configuration, deployment.environment);
  const app = await Application.open(loaded, systemPorts(silentLogger(), deployment.environment), 'write');
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly errors: string;
}

/** A started `changeover` command. */
export interface Command {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
}

export function start(
  deployment: Deployment,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = deployment.environment,
): Command {
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      join(root, 'src', 'cli', 'main.ts'),
      ...args,
      '--config',
      deployment.configuration,
    ],
    {
      env: { ...process.env, NODE_COMPILE_CACHE: join(root, '.cache', 'compiled'), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let out = '';
  let errors = '';
  child.stdout.on('data', (bytes: Buffer) => {
    out += bytes.toString();
  });
  child.stderr.on('data', (bytes: Buffer) => {
    errors += bytes.toString();
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out, errors }));
  });
  return { process: child, ended };
}

export function command(
  deployment: Deployment,
  args: readonly string[],
  environment?: Readonly<Record<string, string>>,
): Promise<Ended> {
  return start(deployment, args, environment).ended;
}

export interface Running extends Command {
  readonly url: string;
}

/** Starts the daemon and waits until it listens. @throws where it ends first. */
export async function startDaemon(deployment: Deployment): Promise<Running> {
  const started = start(deployment, ['run']);
  const announced = join(deployment.folder, 'data', 'daemon.json');
  let ended: Ended | null = null;
  void started.ended.then((result) => {
    ended = result;
  });
  const url = await until('the daemon listens', () => {
    if (ended !== null) throw new Error(`the daemon ended: ${JSON.stringify(ended)}`);
    if (!existsSync(announced)) return null;
    const text = readFileSync(announced, 'utf8');
    // Written by one that is not this one, or not yet to its end.
    if (!text.endsWith('\n')) return null;
    const { pid, url: found } = JSON.parse(text) as { pid: number; url: string };
    return pid === started.process.pid ? found : null;
  });
  return { ...started, url };
}

/** Asks to stop, and waits for the end. */
export async function stopDaemon(daemon: Running): Promise<Ended> {
  daemon.process.kill('SIGTERM');
  return daemon.ended;
}

/** Waits for something to be so, looking often; what it throws ends the wait. */
export async function until<Result>(
  what: string,
  look: () => Result | null | Promise<Result | null>,
  longestMs = 120_000,
): Promise<Result> {
  const begun = performance.now();
  for (;;) {
    const found = await look();
    if (found !== null && found !== false && found !== undefined) return found;
    if (performance.now() - begun > longestMs) throw new Error(`waited ${longestMs} ms for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** The row of a source record in the workspace, deleted ones left out. */
export function rowOf(deployment: Deployment, object: string, key: string): Readonly<Record<string, unknown>> | null {
  const rows = deployment.sandbox
    .dump(object)
    .filter(
      (row) => row.deletedAt === null && Array.isArray(row.sourceKeys) && row.sourceKeys.includes(`${SOURCE}/${key}`),
    );
  if (rows.length > 1) throw new Error(`${key} stands in ${rows.length} rows`);
  return rows[0] ?? null;
}

/** Calls that were promised to the state and are not settled yet. */
export function openIntents(deployment: Deployment): number {
  return counted(deployment, 'SELECT count(*) AS found FROM intents');
}

/** What is still to be done: records that are due, calls that are not settled, and notices that are not told. */
export function stillToDo(deployment: Deployment): number {
  return counted(
    deployment,
    `SELECT (SELECT count(*) FROM records WHERE due = 1) + (SELECT count(*) FROM intents)
       + (SELECT count(*) FROM outbox) AS found`,
  );
}

/** Read beside the daemon, which is not disturbed. */
function counted(deployment: Deployment, sql: string): number {
  const state = new Database(join(deployment.folder, 'data', 'state.sqlite'), { readonly: true, fileMustExist: true });
  try {
    return state.prepare<[], { found: number }>(sql).get()?.found ?? 0;
  } finally {
    state.close();
  }
}

export interface Ready {
  readonly status: number;
  readonly ready: boolean;
  readonly waiting: readonly string[];
}

export async function readiness(daemon: Running): Promise<Ready> {
  const response = await fetch(`${daemon.url}/readyz`);
  return { status: response.status, ...((await response.json()) as { ready: boolean; waiting: readonly string[] }) };
}

/** What `changeover status --json` says. */
export interface StatusReport {
  readonly running: boolean;
  readonly residue: number;
  readonly paused: { readonly source: boolean; readonly writer: boolean };
  readonly classes: Readonly<Record<string, number>>;
  readonly reviews: readonly { readonly queue: string; readonly open: number }[];
}

export async function statusOf(deployment: Deployment): Promise<StatusReport> {
  const ended = await command(deployment, ['status', '--json']);
  return JSON.parse(ended.out) as StatusReport;
}

/**
 * Waits for the load of the small firm to be over: every record is known, and nothing is left to do. Before that, two looks
 * at the same thing (a price, a list) may differ because the load went on between them.
 */
export async function loaded(deployment: Deployment, daemon: Running): Promise<void> {
  await until('the load is over', async () => {
    const { classes } = await atRest(deployment, daemon);
    return Object.values(classes).reduce((sum, count) => sum + count, 0) === AT_FIRST.records ? true : null;
  });
}

/**
 * Waits until nothing is left to do of what the daemon has read. What stands in Twenty may be known to the state a moment
 * later only; and what was decided beside the daemon is not done yet when the answer comes.
 */
export async function atRest(deployment: Deployment, daemon: Running): Promise<StatusReport> {
  return until('nothing is left to do', async () => {
    if (stillToDo(deployment) > 0) return null;
    const now = (await ask(deployment, daemon, 'status')) as StatusReport;
    return now.classes['on-the-way'] === 0 && now.residue === 0 && stillToDo(deployment) === 0 ? now : null;
  });
}

/** Asks the daemon itself, without a process of its own. */
export async function ask(
  deployment: Deployment,
  daemon: Running,
  operation: string,
  input: unknown = {},
): Promise<unknown> {
  const token = readFileSync(join(deployment.folder, 'data', 'admin-token'), 'utf8').trim();
  const response = await fetch(`${daemon.url}/admin/${operation}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(input),
  });
  return ((await response.json()) as { result: unknown }).result;
}
