import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultMappingFile } from '../../connectors/dinamik/index.ts';
import { type DinamikSandbox, startDinamikSandbox } from '../../sandbox/dinamik/index.ts';
import { joinedMapping } from '../../sandbox/joined-mapping.ts';
import { Deployment, type TwentyRow } from './deployment.ts';
import { AYSE, fillAccount, type Made, OLIVER } from './din-account.ts';

export const MEMBERS = {
  ayse: { id: '5a3b1c00-0000-4000-8000-000000000011', firstName: 'Ayşe', lastName: 'Yılmaz', email: AYSE },
  oliver: { id: '5a3b1c00-0000-4000-8000-000000000012', firstName: 'Oliver', lastName: 'Hughes', email: OLIVER },
} as const;

/** The simulated account, and the deployment that moves it into a simulated workspace. */
export interface DinWorld {
  readonly source: DinamikSandbox;
  readonly made: Made;
  readonly deployment: Deployment;
  /** The row that a record became, by the name that the tests call it. */
  row(target: string, object: string, name: string): TwentyRow;
  /** What a note or task is linked to: the ids in its targets, by their fields. */
  targets(kind: 'taskTarget' | 'noteTarget', object: string, name: string): Readonly<Record<string, unknown>>;
  /** Questions that people are asked about a record. */
  asked(object: string, name: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Everything is read and written once. */
export async function openDinWorld(choices: Readonly<Record<string, string>> = {}): Promise<DinWorld> {
  const source = await startDinamikSandbox();
  const made = fillAccount(source.account);
  const folder = await mkdtemp(join(tmpdir(), 'mapping-'));
  const mapping = join(folder, 'mapping.yaml');
  await writeFile(mapping, joinedMapping(defaultMappingFile, new URL('./din-modules.yaml', import.meta.url)));
  const deployment = await Deployment.open({
    connector: 'dinamik',
    members: [MEMBERS.ayse, MEMBERS.oliver],
    mapping,
    choices,
    secrets: { DINAMIK_API_KEY: source.apiKey, DINAMIK_API_SECRET: source.apiSecret },
    settings: {
      url: source.url,
      customModules: [{ name: 'site' }, { name: 'machine' }],
      callsPerSecond: { start: 500, most: 5000 },
      concurrency: 16,
      sweepSeconds: 0,
    },
  });
  await rm(folder, { recursive: true });
  await deployment.prepare();
  await deployment.settle();
  return {
    source,
    made,
    deployment,
    row: (target, object, name) => deployment.row(target, object, String(made.id(name))),
    targets: (kind, object, name) =>
      Object.fromEntries(
        deployment
          .rows(kind)
          .filter((target) => String(target.sourceKey).startsWith(`crm/${object}/${made.id(name)}>`))
          .flatMap((target) =>
            Object.entries(target).filter(([key, value]) => /^target.*Id$/.test(key) && value !== null),
          ),
      ),
    asked: async (object, name) =>
      (await deployment.reviews())
        .filter(({ recordKey }) => recordKey === `crm/${object}/${made.id(name)}`)
        .map(({ question }) => question),
    async close() {
      await deployment.close();
      await source.close();
    },
  };
}
