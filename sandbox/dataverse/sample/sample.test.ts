import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/core/random.ts';
import { type DataverseSandbox, startDataverseSandbox } from '../index.ts';
import { sizeOf } from '../store/files.ts';
import { LARGE_FILE } from './activities.ts';
import { samplePlay } from './play.ts';
import { writeSample } from './sample.ts';
import { SIZES } from './sizes.ts';

let sandbox: DataverseSandbox;

beforeAll(async () => {
  sandbox = await startDataverseSandbox({ random: seededRandom(1) });
  writeSample(sandbox.organisation);
});

afterAll(() => sandbox.close());

describe('the sample organisation', () => {
  it('has the sizes that it promises', () => {
    const { activities, ...tables } = SIZES;
    for (const [table, size] of Object.entries(tables))
      expect([table, sandbox.organisation.count(table)]).toEqual([table, size]);
    expect(sandbox.organisation.count('activitypointer')).toBe(activities);
  });

  it('has one large file, an empty one, and converted leads', () => {
    const files = sandbox.organisation
      .rows('annotation')
      .map(({ id }) => sandbox.organisation.files.get('annotation', id, 'documentbody'));
    const sizes = files.map((file) => (file === undefined ? -1 : sizeOf(file.content)));
    expect(Math.max(...sizes)).toBe(LARGE_FILE);
    expect(Math.min(...sizes)).toBe(0);
    expect(sandbox.organisation.rows('lead').filter(({ values }) => values.statecode === 1)).toHaveLength(200);
  });

  it('uses every column that a maker can add', () => {
    for (const table of ['opx_project', 'opx_inspection']) {
      const rows = sandbox.organisation.rows(table);
      const kinds = new Map<string, boolean>();
      for (const { name, type } of sandbox.organisation.schema.known(table).columns) {
        const used = rows.some(({ values }) => (values[name] ?? null) !== null);
        kinds.set(type.kind, (kinds.get(type.kind) ?? false) || used);
      }
      expect([...kinds].filter(([, used]) => !used).map(([kind]) => kind)).toEqual([]);
    }
  });

  it('is the same from the same seed', async () => {
    const other = await startDataverseSandbox({ random: seededRandom(1) });
    writeSample(other.organisation);
    const contacts = (of: DataverseSandbox): unknown =>
      of.organisation
        .rows('contact')
        .slice(0, 50)
        .map(({ values }) => values);
    expect(contacts(other)).toEqual(contacts(sandbox));
    await other.close();
  });

  it('goes on changing as people work in it', () => {
    const play = samplePlay(sandbox.organisation, seededRandom(5));
    const before = sandbox.organisation.store.version;
    const said = Array.from({ length: 21 }, () => play.next());
    expect(said.filter((text) => text.includes('deleted'))).toHaveLength(3);
    expect(sandbox.organisation.store.version).toBeGreaterThan(before + 20);
    expect(sandbox.organisation.count('contact')).toBe(SIZES.contact + 3);
  });
});
