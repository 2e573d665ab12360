import { existsSync } from 'node:fs';
import { Application } from '../../src/app/application.ts';
import { systemPorts } from '../../src/app/ports.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { ChangeoverError } from '../../src/core/errors.ts';
import { createLogger } from '../../src/core/logger.ts';
import type { TargetRow } from '../../src/state/state.ts';
import type { QuickstartFolder } from './folder.ts';

export interface RealWorkspace {
  readonly url: string;
  readonly apiKey: string;
  /** @throws SAMPLES_REFUSED where the workspace holds records that are not the sample's. */
  refuseOthers(app: Application): Promise<void>;
}

const LOOKED_AT = ['company', 'person', 'opportunity', 'task', 'note'] as const;

export function realWorkspace(environment: Readonly<Record<string, string | undefined>>): RealWorkspace {
  const url = environment.TWENTY_URL ?? '';
  const apiKey = environment.TWENTY_API_KEY ?? '';
  if (url === '' || apiKey === '')
    throw new ChangeoverError('SAMPLES_REFUSED', 'TWENTY_URL and TWENTY_API_KEY must name the workspace');
  return { url, apiKey, refuseOthers };
}

async function refuseOthers(app: Application): Promise<void> {
  const { client } = await app.twenty();
  const strangers: string[] = [];
  for (const object of LOOKED_AT) {
    const all = await client.count(object, { lane: 'operator' });
    const marked = client.workspace().objects.get(object)?.fields.has('sourceKey') ?? false;
    const ours = marked ? await client.count(object, { lane: 'operator', having: 'sourceKey' }) : 0;
    if (all > ours) strangers.push(`${all - ours} in ${object}`);
  }
  if (strangers.length > 0) {
    throw new ChangeoverError(
      'SAMPLES_REFUSED',
      `the workspace holds records that are not the sample's: ${strangers.join(', ')}`,
      {
        hint: 'Use a workspace of its own for the sample, or delete its demo records for good.',
      },
    );
  }
}

/** Children first, so that nothing is ever left pointing nowhere. */
const REMOVAL_ORDER = ['taskTarget', 'noteTarget', 'task', 'note', 'opportunity', 'person', 'company'] as const;

/** Destroys what the sample created there, by the state of the run that created it. */
export async function removeSamples(
  folder: QuickstartFolder,
  workspace: RealWorkspace,
  options: { readonly json: boolean },
): Promise<number> {
  if (!existsSync(folder.configuration)) {
    throw new ChangeoverError(
      'SAMPLES_REFUSED',
      "nothing tells which records are the sample's: the quickstart folder is gone",
      {
        hint: 'Every record of the sample has a source key that begins with smart-crm-online/: delete those in Twenty.',
      },
    );
  }
  const environment = { ...process.env, TWENTY_URL: workspace.url, TWENTY_API_KEY: workspace.apiKey };
  const app = await Application.open(
    loadConfiguration(folder.configuration, environment),
    systemPorts(createLogger({ level: 'warn' }), environment),
    'write',
  );
  try {
    const { client } = await app.twenty();
    const rest = [...new Set((await app.state.read((tx) => tx.targets.counts())).map((row) => row.object))].filter(
      (object) => !(REMOVAL_ORDER as readonly string[]).includes(object),
    );
    let removed = 0;
    for (const object of [...REMOVAL_ORDER.slice(0, 2), ...rest, ...REMOVAL_ORDER.slice(2)]) {
      for await (const rows of created(app, object)) {
        const outcome = await client.destroy(
          object,
          rows.map((row) => row.id),
          { lane: 'operator' },
        );
        if (outcome.kind !== 'written')
          throw new ChangeoverError(
            'SAMPLES_REFUSED',
            `${object}: the workspace did not remove them: ${outcome.kind}`,
            { hint: 'Run the same command again.' },
          );
        await app.state.transaction((tx) =>
          tx.targets.put(
            rows.map((row) => ({ ...row, status: 'deleted' as const, image: null, imageHash: null, checksum: null })),
          ),
        );
        removed += rows.length;
      }
    }
    process.stdout.write(
      options.json
        ? `${JSON.stringify({ removed })}\n`
        : `${removed} sample records removed. Fields that the sample added stay; they are listed by changeover provision plan.\n`,
    );
    return 0;
  } finally {
    await app.close();
  }
}

async function* created(app: Application, object: string): AsyncIterable<readonly TargetRow[]> {
  let after: string | null = null;
  for (;;) {
    const at: string | null = after;
    const page: readonly TargetRow[] = await app.state.read((tx) => tx.targets.page(object, at, 100));
    const rows = page.filter((row) => row.status === 'written' && row.createdByUs);
    if (rows.length > 0) yield rows;
    if (page.length < 100) return;
    after = page.at(-1)?.targetKey ?? null;
  }
}
