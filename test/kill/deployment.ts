import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  OWNERS,
  SUBSTITUTE_FOR_OWNER,
  SUBSTITUTED_OWNER,
  WAIVED_OWNER,
} from '../../sandbox/samples/smart-crm-online/words.ts';
import { NO_LIMITS, type SandboxMember, startTwentySandbox, type TwentySandbox } from '../../sandbox/twenty/index.ts';
import { Application } from '../../src/app/application.ts';
import { readMappingOf } from '../../src/app/mappings.ts';
import { runOperation } from '../../src/app/operation.ts';
import { provisionApply } from '../../src/app/operations/provisioning.ts';
import { systemPorts } from '../../src/app/ports.ts';
import { openSource } from '../../src/app/source-unit.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { TcpProxy } from '../support/servers/tcp-proxy.ts';

/** Rows a call: few, so that there are many calls to die in. */
export const BATCH = 10;
const SOURCE = 'smart-crm';

/** A folder with a configuration, a data folder and a drop folder, and the workspace that it writes to. */
export interface Deployment {
  readonly configuration: string;
  readonly drop: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly sandbox: TwentySandbox;
}

/** What a deployment has beside the usual. */
export interface DeploymentMore {
  /** Further lines of changeover.yaml. */
  readonly settings?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly callsPerMinute?: number;
  readonly timeoutSeconds?: number;
  /** Stands between Changeover and the workspace, once it is led there. */
  readonly proxy?: TcpProxy;
}

/** People with ids of their own, so that two workspaces can be compared. */
const MEMBERS: readonly SandboxMember[] = OWNERS.filter(({ member }) => member).map(
  ({ firstName, lastName, email }, index) => ({
    id: `5a3b1c00-0000-4000-8000-${String(index + 1).padStart(12, '0')}`,
    userId: `5a3b1c00-0000-4000-9000-${String(index + 1).padStart(12, '0')}`,
    firstName,
    lastName,
    email,
  }),
);

/** Makes everything that has to be there before the first record moves: workspace, data model, confirmed mapping. */
export async function prepare(folder: string, more: DeploymentMore = {}): Promise<Deployment> {
  const drop = join(folder, 'exports');
  mkdirSync(drop, { recursive: true });
  const sandbox = await startTwentySandbox({ limits: NO_LIMITS, members: MEMBERS, timeline: false });
  try {
    const configuration = join(folder, 'changeover.yaml');
    more.proxy?.lead(new URL(sandbox.url).host);
    const url = more.proxy === undefined ? sandbox.url : `http://${more.proxy.address}`;
    writeFileSync(configuration, `${settingsFor(url, more)}${more.settings ?? ''}`);
    const environment = { TWENTY_API_KEY: sandbox.token, ...more.environment };
    await provision(configuration, environment);
    return { configuration, drop, environment, sandbox };
  } catch (thrown) {
    await sandbox.close();
    throw thrown;
  }
}

function settingsFor(url: string, { callsPerMinute = 6000, timeoutSeconds = 60 }: DeploymentMore): string {
  return `deployment: kill-test
dataFolder: data
twenty:
  url: ${url}
  callsPerMinute: ${callsPerMinute}
  timeoutSeconds: ${timeoutSeconds}
sources:
  - name: ${SOURCE}
    connector: smart-crm-online
    settings:
      folder: exports
      timezone: Europe/Istanbul
      codePage: windows-1254
      compareBeforeLoad: false
      # Exports come whole here: each has a manifest and is renamed into the folder.
      stability: { looks: 1, seconds: 0.01 }
    owners:
      substitutes: { ${SUBSTITUTED_OWNER}: ${SUBSTITUTE_FOR_OWNER} }
      waived: [${WAIVED_OWNER}]
server: { port: 0 }
log: { level: warn }
`;
}

/** Provisions the workspace and confirms every mapping as it stands; calls then hold `BATCH` rows. */
export async function provision(config: string, environment: Readonly<Record<string, string>>): Promise<void> {
  const loaded = loadConfiguration(config, environment);
  const app = await Application.open(loaded, systemPorts(silentLogger(), environment), 'write');
  try {
    await runOperation(provisionApply, { app, daemon: null }, {});
    for (const source of loaded.configuration.sources) {
      const unit = await openSource(app, source);
      const { text, compiled } = readMappingOf(unit);
      const confirmed = { source: source.name, hash: compiled.hash, text, confirmedBy: 'kill-test', confirmedAt: 0 };
      await app.state.transaction(async (tx) => {
        await tx.mappings.confirm(confirmed);
        await tx.settings.set('twenty.batch-size', BATCH);
      });
      await unit.connector.close();
    }
  } finally {
    await app.close();
  }
}
