import { cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { stringify } from 'yaml';
import type { QuickstartServers } from './servers.ts';

export const samples = join(import.meta.dirname, '..', 'samples', 'smart-crm-online');
export const FIRST_EXPORT = 'export-2026-03-02';
export const SECOND_EXPORT = 'export-2026-03-09';
/** Whose sync fields a real workspace with the sample has. */
export const SAMPLES_DEPLOYMENT = 'changeover-samples';

/** The quickstart's own folder: configuration, data, the sandbox's store, and where exports are dropped. */
export interface QuickstartFolder {
  readonly path: string;
  readonly configuration: string;
  readonly exports: string;
  readonly sandboxStore: string;
  /** The last account of a run, as `--json` prints it; what recount.ts checks. */
  readonly account: string;
}

/**
 * In the checkout, or below CHANGEOVER_QUICKSTART_ROOT, so that several can run beside each other. A real workspace has a folder
 * of its own: its state tells which records are the sample's, and must outlive every other quickstart.
 */
export function quickstartFolder(
  environment: Readonly<Record<string, string | undefined>>,
  name: 'quickstart' | 'samples' = 'quickstart',
): QuickstartFolder {
  const path = join(
    environment.CHANGEOVER_QUICKSTART_ROOT ?? join(import.meta.dirname, '..', '..'),
    '.changeover',
    name,
  );
  return {
    path,
    configuration: join(path, 'changeover.yaml'),
    exports: join(path, 'exports'),
    sandboxStore: join(path, 'twenty.sqlite'),
    account: join(path, 'account.json'),
  };
}

/** Where one of several sources has its own files, below the quickstart's folder. */
export function folderOf(folder: QuickstartFolder, source: string): QuickstartFolder {
  const path = join(folder.path, source);
  return { ...folder, path, exports: join(path, 'exports') };
}

/** A path as the configuration must say it. */
export function fromConfiguration({ configuration }: QuickstartFolder, path: string): string {
  return relative(dirname(configuration), path);
}

/** Which workspace the sample goes into. */
export interface SampleTarget {
  readonly url: string;
  readonly deployment: string;
  /** Left out: as the workspace tells. */
  readonly callsPerMinute?: number;
}

/** Writes the configuration that goes with the samples. */
export function layFolder(
  folder: QuickstartFolder,
  target: SampleTarget,
  sources: readonly Readonly<Record<string, unknown>>[],
  servers: QuickstartServers | null,
): void {
  mkdirSync(folder.path, { recursive: true });
  const { url, deployment, callsPerMinute } = target;
  const configuration = {
    deployment,
    dataFolder: 'data',
    twenty: { url, apiKey: { env: 'TWENTY_API_KEY' }, ...(callsPerMinute === undefined ? {} : { callsPerMinute }) },
    ...(servers === null ? {} : serversOf(servers)),
    server: { port: 0 },
    log: { level: 'warn' },
    sources,
  };
  writeFileSync(
    folder.configuration,
    `# Written by the quickstart. The same file, with your workspace and your source, runs your own changeover.\n${stringify(configuration)}`,
  );
}

function serversOf({ brokers, registryUrl }: QuickstartServers): Readonly<Record<string, unknown>> {
  return {
    kafka: { brokers, partitions: 3 },
    registry: { url: registryUrl },
    state: { url: { env: 'STATE_URL' } },
  };
}

export function clearFolder(folder: QuickstartFolder): void {
  rmSync(folder.path, { recursive: true, force: true });
  mkdirSync(folder.path, { recursive: true });
}

/** Drops an export as a careful person does: written beside, then moved in whole. One that is there stays as it is. */
export function dropExport(
  folder: QuickstartFolder,
  name: string,
  write = (beside: string): void => cpSync(join(samples, name), beside, { recursive: true }),
): void {
  if (existsSync(join(folder.exports, name))) return;
  const beside = join(dirname(folder.exports), `.${name}`);
  write(beside);
  renameSync(beside, join(folder.exports, name));
}
