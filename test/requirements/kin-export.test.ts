import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultMappingFile } from '../../connectors/kinabase/index.ts';
import { writeExport } from '../../sandbox/kinabase/export.ts';
import { type KinabaseSandbox, startKinabaseSandbox } from '../../sandbox/kinabase/index.ts';
import { SAMPLE_FIELDS } from '../../sandbox/kinabase/sample/collections.ts';
import { residue } from '../../src/sink/index.ts';
import { Deployment } from './deployment.ts';
import { ayse, KinabaseFirm } from './kin-world.ts';

/** One workspace of Kinabase, moved to two workspaces of Twenty: over the API, and from an administrator's export. */

const LISTS = { companies: { tags: { list: true } }, projects: { members: { list: true } } };
const OBJECTS = [
  ...['company', 'person', 'opportunity', 'task', 'note', 'taskTarget', 'noteTarget'],
  ...['salesTeam', 'project', 'projectMember', 'site', 'asset', 'contract', 'ticket'],
];

let kinabase: KinabaseSandbox;
let firm: KinabaseFirm;
let byApi: Deployment;
let byExport: Deployment;

beforeAll(async () => {
  kinabase = await startKinabaseSandbox({ callsPerMinute: null });
  firm = new KinabaseFirm(kinabase.workspace);
  const shared = { connector: 'kinabase' as const, members: [ayse], mapping: fileURLToPath(defaultMappingFile) };
  byApi = await Deployment.open({
    ...shared,
    secrets: { KINABASE_APP_SECRET: kinabase.secret },
    settings: {
      url: kinabase.url,
      appId: kinabase.appId,
      callsPerMinute: 10_000,
      sweepSeconds: 1,
      fields: SAMPLE_FIELDS,
      activities: { deals: 'leave' },
    },
  });
  byExport = await Deployment.open({
    ...shared,
    settings: {
      folder: undefined,
      fields: { ...SAMPLE_FIELDS, ...LISTS },
      export: { folder: 'exports', compareBeforeLoad: false, stability: { looks: 1 } },
    },
  });
  writeExport(kinabase.workspace, join(byExport.drop, '2026-03-01T0900'));
  for (const world of [byApi, byExport]) {
    await world.discover();
    await world.prepare();
    await world.settle();
  }
  // What happens afterwards comes over the one way as over the other.
  kinabase.workspace.update('companies', firm.id('branch'), { notes: '' });
  kinabase.workspace.update('companies', firm.id('acme'), { industry: 'Textiles' });
  kinabase.workspace.remove('tasks', firm.id('done'));
  firm.make('people', 'late', { firstName: 'Late', lastName: 'Comer', company: firm.to('acme') });
  writeExport(kinabase.workspace, join(byExport.drop, '2026-03-02T0900'));
  for (const world of [byApi, byExport]) await world.settle();
}, 240_000);

afterAll(async () => {
  await byApi?.close();
  await byExport?.close();
  await kinabase?.close();
});

/** Rows that tell of no time of their own: links, and members of a project. */
const LINKS = /Target$|Member$/;

/** Rows as people see them, without what the workspace itself adds at writing. */
function seen(world: Deployment, object: string): readonly Readonly<Record<string, unknown>>[] {
  const added = ['updatedAt', 'position', 'searchVector', ...(LINKS.test(object) ? ['createdAt'] : [])];
  return world
    .rows(object)
    .map((row): Record<string, unknown> => {
      const left = Object.entries(row).filter(([name]) => !added.includes(name));
      return Object.fromEntries(left.map(([name, value]) => [name, name === 'bodyV2' ? markdownOf(value) : value]));
    })
    .sort((one, other) => (String(one.id) < String(other.id) ? -1 : 1));
}

/** Blocks have ids that are new at each writing. */
function markdownOf(body: unknown): unknown {
  return (body as { readonly markdown?: unknown } | null)?.markdown ?? null;
}

describe('KIN-S2 the API and an export', () => {
  it.each(OBJECTS)('make the same %s rows of the same data, with what changed and went later', (object) => {
    expect(seen(byExport, object)).toEqual(seen(byApi, object));
  });

  it('clear a text that was emptied, where nothing would have left it as it was (KIN-4)', () => {
    for (const world of [byApi, byExport]) {
      expect(world.row('company', 'companies', firm.id('branch')).notesText ?? '').toBe('');
      expect(world.row('company', 'companies', firm.id('circle')).notesText).toBe('Forget');
    }
  });

  it('leave nothing over', async () => {
    for (const { app } of [byApi, byExport]) expect(await app.state.read((tx) => residue(tx))).toBe(0);
    expect(byApi.rows('task').map(({ title }) => title)).not.toContain('Call back');
    expect(byApi.rows('company').map(({ industry }) => industry)).toContain('Textiles');
  });
});
