import { Client } from 'pg';
import { expect } from 'vitest';
import { command, type Deployment, type DeploymentOptions, prepare } from '../end-to-end/deployment.ts';
import { contentOf } from '../kill/content.ts';
import { kafkaBrokers, registryUrl, type TestDatabase, uniqueName } from '../support/servers/servers.ts';

const OBJECTS = ['company', 'person', 'opportunity', 'task', 'note', 'noteTarget', 'taskTarget'] as const;
/** Times from here on are the workspaces' own. */
const since = Date.now();

interface Failed {
  readonly error?: { readonly code: string };
}

export interface Firm extends Deployment {
  readonly source: string;
}

/** The lines of changeover.yaml that name the servers of this run. */
export async function serversSettings(partitions = 3): Promise<string> {
  return `kafka: { brokers: ${JSON.stringify(await kafkaBrokers())}, partitions: ${partitions} }
registry: { url: ${await registryUrl()} }
state: { url: { env: STATE_URL }, leaseSeconds: 5 }
`;
}

/** The small firm, in files or on the servers of this run. Names topics of its own: all files of a run share one cluster. */
export async function firmOn(database: TestDatabase | null, options: DeploymentOptions = {}): Promise<Firm> {
  const source = options.source ?? uniqueName('crm').replaceAll('-', '');
  const servers = database === null ? '' : await serversSettings();
  const deployment = await prepare({
    callsPerMinute: 100_000,
    deployment: `firm-${source}`,
    ...options,
    source,
    settings: `${servers}${options.settings ?? ''}`,
    environment: { ...(database === null ? {} : { STATE_URL: database.url }), ...options.environment },
  });
  return { ...deployment, source };
}

/** What it prints; fails where it does not end well. */
export async function ok(deployment: Deployment, ...args: string[]): Promise<string> {
  const ended = await command(deployment, args);
  expect(ended.code, ended.errors + ended.out).toBe(0);
  return ended.out;
}

/** The code of the error that it ends with. */
export async function code(deployment: Deployment, ...args: string[]): Promise<string | undefined> {
  const { out } = await command(deployment, [...args, '--json']);
  return (JSON.parse(out) as Failed).error?.code;
}

/** What the workspace says, members by their addresses. */
export function contents({ sandbox, source }: Firm): unknown {
  let text = JSON.stringify(
    OBJECTS.map((object) => [
      object,
      sandbox
        .dump(object)
        .map(contentOf)
        .map((row) => ({ ...row, id: '' })),
    ]),
    (_key, value: unknown) =>
      typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) && Date.parse(value) >= since ? 'now' : value,
  );
  // Ids come from the source's name, which differs; so only what has no id in it is compared.
  text = text
    .replaceAll(source, 'crm')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '*');
  const found = JSON.parse(text) as [string, Record<string, unknown>[]][];
  return found.map(([object, rows]) => [
    object,
    rows
      .map(({ sourceChecksum: _sum, sourceBucket: _bucket, ...row }) => JSON.stringify(row, Object.keys(row).sort()))
      .sort(),
  ]);
}

/** Does something while nobody can write into a table of the state: what wants to stands still until then. */
export async function withLocked(
  database: TestDatabase,
  table: 'records' | 'checkpoints',
  work: () => Promise<void>,
): Promise<void> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    await client.query(`begin; lock table changeover.${table} in exclusive mode`);
    await work();
  } finally {
    await client.end();
  }
}

/** When each row was written last. */
export const times = ({ sandbox }: Deployment) =>
  new Map(OBJECTS.flatMap((object) => sandbox.dump(object).map((row) => [String(row.id), row.updatedAt] as const)));
