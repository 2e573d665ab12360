import { existsSync } from 'node:fs';
import process from 'node:process';
import { Application } from '../../src/app/application.ts';
import { systemPorts } from '../../src/app/ports.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { systemClock } from '../../src/core/clock.ts';
import { ChangeoverError } from '../../src/core/errors.ts';
import { confined, createHttp } from '../../src/core/http.ts';
import { createLogger, silentLogger } from '../../src/core/logger.ts';
import type { TargetRow } from '../../src/state/state.ts';
import { RateBudget } from '../../src/twenty/budget.ts';
import { createTwenty } from '../../src/twenty/client.ts';
import { syncFieldOwner } from '../../src/twenty/provision.ts';
import { clearFolder, type QuickstartFolder, SAMPLES_DEPLOYMENT } from './folder.ts';

export interface RealWorkspace {
  readonly url: string;
  readonly apiKey: string;
}

const LOOKED_AT = ['company', 'person', 'opportunity', 'task', 'note'] as const;

export function realWorkspace(environment: Readonly<Record<string, string | undefined>>): RealWorkspace {
  const url = environment.TWENTY_URL ?? '';
  const apiKey = environment.TWENTY_API_KEY ?? '';
  if (url === '' || apiKey === '')
    throw new ChangeoverError('SAMPLES_REFUSED', 'TWENTY_URL and TWENTY_API_KEY must name the workspace');
  return { url, apiKey };
}

/**
 * The sample goes into a workspace that is empty, or that holds nothing but the sample that this folder put there.
 * Looks only. @throws SAMPLES_REFUSED for any other.
 */
export async function refuseOthers(folder: QuickstartFolder, workspace: RealWorkspace): Promise<void> {
  const ours = existsSync(folder.configuration);
  if (ours) refuseAnother(folder, workspace);
  const clock = systemClock();
  const http = createHttp();
  try {
    const client = await createTwenty({
      ...workspace,
      http: confined(http, [new URL(workspace.url).origin]),
      clock,
      budget: new RateBudget({ clock }),
      logger: silentLogger(),
    });
    const strangers: string[] = [];
    for (const name of LOOKED_AT) {
      const all = await client.count(name, { lane: 'operator' });
      const object = client.workspace().objects.get(name);
      const marked = ours && object !== undefined && syncFieldOwner(object) === SAMPLES_DEPLOYMENT;
      const known = marked ? await client.count(name, { lane: 'operator', having: 'sourceKey' }) : 0;
      if (all > known) strangers.push(`${all - known} in ${name}`);
    }
    if (strangers.length === 0) return;
    throw new ChangeoverError(
      'SAMPLES_REFUSED',
      `the workspace holds records that are not the sample's: ${strangers.join(', ')}`,
      { hint: 'Use a workspace of its own for the sample, or delete its demo records for good.' },
    );
  } finally {
    await http.close();
  }
}

/** What this folder knows is of one workspace; in another it would take strangers for the sample. */
function refuseAnother(folder: QuickstartFolder, workspace: RealWorkspace): void {
  const { url } = loadConfiguration(folder.configuration, {}).configuration.twenty;
  if (new URL(url).href === new URL(workspace.url).href) return;
  throw new ChangeoverError('SAMPLES_REFUSED', `the sample is in the workspace at ${url}, not in this one`, {
    place: { file: folder.configuration },
    hint: `Name that workspace with TWENTY_URL, and take the sample out of it with --remove first.`,
  });
}

/** Children first, so that nothing is ever left pointing nowhere. */
const REMOVAL_ORDER = ['taskTarget', 'noteTarget', 'task', 'note', 'opportunity', 'person', 'company'] as const;

/** Destroys what the sample created there, by the state of the run that created it; then nothing of the sample is left here either. */
export async function removeSamples(
  folder: QuickstartFolder,
  workspace: RealWorkspace,
  options: { readonly json: boolean },
): Promise<number> {
  if (!existsSync(folder.configuration)) {
    throw new ChangeoverError(
      'SAMPLES_REFUSED',
      "nothing tells which records are the sample's: its folder is not there",
      {
        hint: 'Every record of the sample has a source key that begins with smart-crm-online/: delete those in Twenty.',
      },
    );
  }
  refuseAnother(folder, workspace);
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
      for await (const rows of created(app, object, client.batchSize())) {
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
        removed += outcome.rows.length;
      }
    }
    process.stdout.write(
      options.json
        ? `${JSON.stringify({ removed })}\n`
        : `${removed} sample records removed. Fields that the sample added stay; delete them in Twenty, under Settings, Data model.\n`,
    );
  } finally {
    await app.close();
  }
  // A state that says what was written would keep the next sample from being loaded.
  clearFolder(folder);
  return 0;
}

/** A deleted one lies in the workspace's trash, from where it still holds its unique values. */
const IN_TWENTY: ReadonlySet<TargetRow['status']> = new Set(['written', 'deleted']);

async function* created(app: Application, object: string, size: number): AsyncIterable<readonly TargetRow[]> {
  let after: string | null = null;
  for (;;) {
    const at: string | null = after;
    const page: readonly TargetRow[] = await app.state.read((tx) => tx.targets.page(object, at, size));
    const rows = page.filter((row) => row.createdByUs && IN_TWENTY.has(row.status));
    if (rows.length > 0) yield rows;
    if (page.length < size) return;
    after = page.at(-1)?.targetKey ?? null;
  }
}
