import { readFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSecret } from '../config/load.ts';
import type { SourceConfiguration } from '../config/schema.ts';
import { ChangeoverError } from '../core/errors.ts';
import { isObject } from '../core/exact-json.ts';
import type { Connector, SourceDescription, SourcePace, SourceTraffic } from '../source/connector.ts';
import type { Application } from './application.ts';
import { liveIds } from './live-ids.ts';
import { answersOf } from './questions.ts';
import { CONNECTORS, type ConnectorModule } from './registry.ts';

/** One configured source with its connector, opened. */
export interface SourceUnit {
  readonly configuration: SourceConfiguration;
  readonly connector: Connector;
  /** Path of the mapping file in force. */
  readonly mappingFile: string;
}

export async function openSource(app: Application, configuration: SourceConfiguration): Promise<SourceUnit> {
  const module = await loadConnector(configuration);
  const { ports, loaded, paths, state } = app;
  const connector = module.createConnector(
    {
      clock: ports.clock,
      random: ports.random,
      http: ports.http,
      downloads: ports.http,
      logger: ports.logger.child({ source: configuration.name }),
      steps: ports.steps,
      workFolder: paths.work(configuration.name),
      knownIds: (object) => liveIds(state, configuration.name, object),
      answers: () => answersOf(state, configuration.name),
      secret: (reference, what) => readSecret(reference, what, loaded.folder, ports.environment),
      traffic: trafficOf(app, configuration.name),
    },
    absoluteFolders(configuration.settings, loaded.folder),
    configuration.name,
  );
  const mappingFile =
    configuration.mapping === undefined
      ? fileURLToPath(module.defaultMappingFile)
      : resolve(loaded.folder, configuration.mapping);
  return { configuration, connector, mappingFile };
}

function trafficOf({ metrics, ports }: Application, source: string): SourceTraffic {
  const kept = new Map<string, number>();
  const show = async (): Promise<void> => {
    for (const [object, until] of kept)
      metrics.set('changeover_source_changes_kept_seconds', { source, object }, (until - ports.clock.now()) / 1000);
  };
  return {
    requested: (status) => metrics.add('changeover_source_requests_total', { source, status }, 1),
    waited: (cause, seconds) => metrics.add('changeover_source_backoff_seconds_total', { source, cause }, seconds),
    changesKept: (object, until) => {
      if (kept.size === 0) metrics.onScrape(show);
      kept.set(object, until);
    },
    paced: (pace) => showPace(metrics, source, pace),
  };
}

function showPace(metrics: Application['metrics'], source: string, pace: SourcePace): void {
  metrics.set('changeover_source_pace_calls_per_second', { source }, pace.callsPerSecond);
  metrics.set('changeover_source_parallel_calls', { source }, pace.atOnce);
  if (pace.ceilingPerSecond !== null)
    metrics.set('changeover_source_ceiling_calls_per_second', { source }, pace.ceilingPerSecond);
}

/** How often the source is looked at, milliseconds. */
export function pollMsOf({ configuration, connector }: SourceUnit): number {
  return configuration.pollSeconds === undefined ? connector.capabilities.pollMs : configuration.pollSeconds * 1000;
}

async function loadConnector(configuration: SourceConfiguration): Promise<ConnectorModule> {
  const load = Object.hasOwn(CONNECTORS, configuration.connector) ? CONNECTORS[configuration.connector] : undefined;
  if (load === undefined) {
    throw new ChangeoverError(
      'CONNECTOR_UNKNOWN',
      `source ${configuration.name}: there is no connector ${configuration.connector}`,
      {
        hint: `Use one of: ${Object.keys(CONNECTORS).join(', ')}.`,
      },
    );
  }
  return load();
}

/** Paths in changeover.yaml are relative to it, wherever the program was started; a `folder` may stand in a group of settings. */
function absoluteFolders(settings: Readonly<Record<string, unknown>>, base: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => {
      if (name === 'folder' && typeof value === 'string' && !isAbsolute(value)) return [name, join(base, value)];
      return [name, isObject(value) ? absoluteFolders(value, base) : value];
    }),
  );
}

export function mappingText(unit: SourceUnit): string {
  try {
    return readFileSync(unit.mappingFile, 'utf8');
  } catch (cause) {
    throw new ChangeoverError(
      'MAPPING_UNREADABLE',
      `the mapping of ${unit.configuration.name} cannot be read: ${(cause as Error).message}`,
      {
        place: { file: unit.mappingFile },
        cause,
      },
    );
  }
}

/** Reads what the source has, makes its topics and schemas, and puts its questions before people. */
export async function introduce(app: Application, unit: SourceUnit): Promise<SourceDescription> {
  const description = await unit.connector.describe();
  for (const object of description.objects) await app.events.declare(description.source, object.name, object.fields);
  return description;
}
