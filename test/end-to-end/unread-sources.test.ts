import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDataverseSandbox } from '../../sandbox/dataverse/index.ts';
import { startDinamikSandbox } from '../../sandbox/dinamik/index.ts';
import { startKinabaseSandbox } from '../../sandbox/kinabase/index.ts';
import { SAMPLE_COLLECTIONS } from '../../sandbox/kinabase/sample/collections.ts';
import { NO_LIMITS, startTwentySandbox, type TwentySandbox } from '../../sandbox/twenty/index.ts';
import { Application } from '../../src/app/application.ts';
import { readMappingOf } from '../../src/app/mappings.ts';
import { runOperation } from '../../src/app/operation.ts';
import { provisionApply } from '../../src/app/operations/provisioning.ts';
import { systemPorts } from '../../src/app/ports.ts';
import { openSource } from '../../src/app/source-unit.ts';
import { runCommandLine } from '../../src/cli/run.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { silentLogger } from '../../src/core/logger.ts';

/** `run --once` never takes a source that it could not read for one with nothing to read. */

interface LiveSource {
  readonly settings: Readonly<Record<string, unknown>>;
  /** Name of the environment variable with its secret. */
  readonly secretIn: string;
  readonly secrets: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

interface Kind {
  readonly connector: string;
  /** The one object that is moved, and the column that becomes the name. */
  readonly object: string;
  readonly column: string;
  /** What a refused secret is called. */
  readonly refused: string;
  open(): Promise<LiveSource>;
}

const KINDS: readonly Kind[] = [
  {
    connector: 'dataverse',
    object: 'account',
    column: 'name',
    refused: 'DATAVERSE_CREDENTIALS',
    async open() {
      const environment = await startDataverseSandbox({ limits: null });
      environment.organisation.create('account', { name: 'Ada Ltd' });
      const { url, tenant, clientId, secret } = environment;
      return {
        settings: { url, authority: url, tenant, clientId },
        secretIn: 'DATAVERSE_CLIENT_SECRET',
        secrets: { DATAVERSE_CLIENT_SECRET: secret },
        close: () => environment.close(),
      };
    },
  },
  {
    connector: 'kinabase',
    object: 'companies',
    column: 'legalName',
    refused: 'KINABASE_CREDENTIALS',
    async open() {
      const service = await startKinabaseSandbox({ callsPerMinute: null });
      for (const definition of SAMPLE_COLLECTIONS) service.workspace.define(definition);
      service.workspace.create('companies', { legalName: 'Ada Ltd' });
      const { url, appId, secret } = service;
      return {
        settings: { url, appId, callsPerMinute: 10_000 },
        secretIn: 'KINABASE_APP_SECRET',
        secrets: { KINABASE_APP_SECRET: secret },
        close: () => service.close(),
      };
    },
  },
  {
    connector: 'dinamik',
    object: 'company',
    column: 'name',
    refused: 'DINAMIK_CREDENTIALS',
    async open() {
      const account = await startDinamikSandbox();
      account.account.create('Company', { values: { name: 'Ada Ltd' } });
      const { url, apiKey, apiSecret } = account;
      return {
        settings: { url, callsPerSecond: { start: 500, most: 5000 } },
        secretIn: 'DINAMIK_API_SECRET',
        secrets: { DINAMIK_API_KEY: apiKey, DINAMIK_API_SECRET: apiSecret },
        close: () => account.close(),
      };
    },
  },
];

const mappingOf = ({ connector, object, column }: Kind): string => `version: 1
source: ${connector}
defaults: { timezone: Europe/London, country: GB, currency: GBP }
objects:
  ${object}:
    target: company
    policies: { duplicate: hold, softDeleted: restore, onDelete: soft-delete }
    fields:
      - { to: name, from: ${column}, default: (no name), onEmpty: default }
`;

describe.each(KINDS)('a source of $connector', (kind) => {
  let folder: string;
  let file: string;
  let sandbox: TwentySandbox;
  let source: LiveSource;

  const environment = (): Record<string, string> => ({ TWENTY_API_KEY: sandbox.token, ...source.secrets });

  function configure(settings: Readonly<Record<string, unknown>>): void {
    const configuration = {
      dataFolder: 'data',
      twenty: { url: sandbox.url, callsPerMinute: 1_000_000 },
      sources: [{ name: 'crm', connector: kind.connector, mapping: 'mapping.yaml', settings }],
      server: { port: 0 },
      log: { level: 'error' },
    };
    writeFileSync(file, JSON.stringify(configuration));
  }

  async function once(secrets: Readonly<Record<string, string>> = {}) {
    const out: string[] = [];
    const code = await runCommandLine(['run', '--once', '--json', '--config', file], {
      environment: { ...environment(), ...secrets },
      terminal: false,
      ask: null,
      out: (text) => void out.push(text),
      say: () => undefined,
      makeLogger: silentLogger,
      onSignal: () => () => undefined,
      exitNow: () => undefined,
    });
    return { code, ...(JSON.parse(out.join('')) as Readonly<Record<string, unknown>>) };
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'changeover-unread-'));
    file = join(folder, 'changeover.yaml');
    sandbox = await startTwentySandbox({ limits: NO_LIMITS, members: [] });
    source = await kind.open();
    writeFileSync(join(folder, 'mapping.yaml'), mappingOf(kind));
    configure(source.settings);
    const loaded = loadConfiguration(file, environment());
    const app = await Application.open(loaded, systemPorts(silentLogger(), environment()), 'write');
    await runOperation(provisionApply, { app, daemon: null }, {});
    const [configured] = loaded.configuration.sources;
    if (configured === undefined) throw new Error('no source');
    const { compiled, text } = readMappingOf(await openSource(app, configured));
    await app.state.transaction((tx) =>
      tx.mappings.confirm({ source: 'crm', hash: compiled.hash, text, confirmedBy: 'a test', confirmedAt: 0 }),
    );
    await app.close();
  });

  afterAll(async () => {
    await source.close();
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('that refuses the credentials ends with that, and not as one that is empty', async () => {
    expect(await once({ [source.secretIn]: 'wrong' })).toMatchObject({
      code: 1,
      error: { code: kind.refused },
      unread: [{ source: 'crm', object: null, error: { code: kind.refused } }],
      objects: {},
      residue: 0,
    });
  });

  test('that is not there ends as one that cannot be reached', async () => {
    configure({
      ...source.settings,
      url: 'http://127.0.0.1:9',
      ...(kind.connector === 'dataverse' ? { authority: 'http://127.0.0.1:9' } : {}),
    });
    const ended = await once();
    configure(source.settings);
    expect(ended).toMatchObject({ code: 4, unread: [{ source: 'crm', object: null, error: { retry: 'later' } }] });
  });

  test('that answers is read as if nothing had been', async () => {
    const ended = await once();
    expect(ended).toMatchObject({ code: 0, objects: { [kind.object]: { source: 1, applied: 1 } }, residue: 0 });
    expect(ended).not.toHaveProperty('error');
  });
});
