import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeExport } from '../../../sandbox/kinabase/export.ts';
import { type KinabaseSandbox, startKinabaseSandbox } from '../../../sandbox/kinabase/index.ts';
import { SAMPLE_COLLECTIONS } from '../../../sandbox/kinabase/sample/collections.ts';
import { writeSample } from '../../../sandbox/kinabase/sample/sample.ts';
import { sizesOf } from '../../../sandbox/kinabase/sample/sizes.ts';
import type { Data } from '../../../sandbox/kinabase/store/model.ts';
import { SimulatedClock } from '../../../src/core/clock.ts';
import { seededRandom } from '../../../src/core/random.ts';
import type { FieldValues } from '../../../src/source/connector.ts';
import { Follower } from '../testing.ts';

/** The API and the export of one workspace, side by side. */

const LISTS = { companies: { tags: { list: true } }, projects: { members: { list: true } } };

let clock: SimulatedClock;
let sandbox: KinabaseSandbox;
let folder: string;
let byApi: Follower;
let byExport: Follower;
let exports = 0;

function dropExport(skipped: readonly string[] = []): string {
  exports += 1;
  const path = join(folder, `2026-03-${String(exports).padStart(2, '0')}T0900`);
  writeExport(sandbox.workspace, path, new Set(skipped));
  return path;
}

async function readBoth(objects: readonly string[]): Promise<void> {
  for (const object of objects) {
    await byApi.follow(object);
    await byExport.follow(object);
  }
}

beforeEach(async () => {
  exports = 0;
  clock = new SimulatedClock({ start: Date.UTC(2026, 2, 4, 9) });
  sandbox = await startKinabaseSandbox({ clock, random: seededRandom(3), callsPerMinute: null });
  folder = mkdtempSync(join(tmpdir(), 'kinabase-export-'));
  byApi = new Follower(sandbox, clock, { sweepSeconds: 1 });
  byExport = new Follower(sandbox, clock, {
    fields: LISTS,
    deleteRows: 3,
    export: { folder, compareBeforeLoad: false, stability: { looks: 1 } },
  });
});

afterEach(async () => {
  await byApi.close();
  await byExport.close();
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What an export cannot tell: whether a text that no earlier export had is empty, or nothing. */
function withoutEmpty(records: ReadonlyMap<string, FieldValues>): Map<string, FieldValues> {
  return new Map(
    [...records].map(([id, fields]) => [
      id,
      Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value === '' ? null : value])),
    ]),
  );
}

const OBJECTS = SAMPLE_COLLECTIONS.map(({ slug }) => slug);

describe('KIN-S2 an export and the API', () => {
  it('give the same records with the same fields for the same data, and the same changes and deletes later', async () => {
    writeSample(sandbox.workspace, sizesOf(0.3));
    dropExport();
    await readBoth(OBJECTS);
    const [deal = '', gone = ''] = byApi.of('deals').keys();
    sandbox.workspace.update('deals', deal, { stage: 'Won', amount: 1.5 });
    sandbox.workspace.remove('deals', gone);
    sandbox.workspace.create('deals', { name: 'Ürün; "büyük"\nsatış', amount: 0.1, company: null });
    await clock.advance(3_600_000);
    dropExport();
    await readBoth(OBJECTS);
    for (const object of OBJECTS) {
      expect(byApi.of(object).size, object).toBeGreaterThan(0);
      expect(byExport.of(object), object).toEqual(withoutEmpty(byApi.of(object)));
      // A change that changes nothing is no event.
      expect([byExport.repeated, byExport.deleted.length], object).toEqual([0, byApi.deleted.length]);
    }
    expect(byExport.of('deals').get(deal)).toMatchObject({ stage: 'Won', amount: '1.5' });
    expect(byExport.of('deals').has(gone)).toBe(false);
  });

  describe('of a text that is emptied', () => {
    const PERSON = { name: 'Ada', notes: 'Remember', amount: 12.5, due: '2026-03-01', flag: true };
    let id: string;
    let friend: string;

    async function readAfter(...changes: readonly Data[]): Promise<void> {
      for (const change of changes) {
        await clock.advance(3_600_000);
        sandbox.workspace.update('people', id, change);
        dropExport();
        await readBoth(['people']);
      }
    }

    beforeEach(async () => {
      sandbox.workspace.define({ slug: 'people', name: 'People' });
      const owner = { id: 'U1', name: 'Ayşe', email: 'ayse@firm.example' };
      friend = sandbox.workspace.create('people', { ...PERSON, notes: null, owner, friend: null }).id;
      id = sandbox.workspace.create('people', { ...PERSON, owner, friend: { id: friend } }).id;
      dropExport();
      await byApi.connector.describe();
      await byExport.connector.describe();
      await readBoth(['people']);
    });

    it('give it as empty, and what is no text as nothing, now and at every later change', async () => {
      await readAfter(
        { notes: '' },
        { name: 'Ada L.' },
        { amount: null, due: null, flag: null, owner: null, friend: null },
      );
      expect(byExport.of('people')).toEqual(byApi.of('people'));
      expect(byExport.of('people').get(id)).toMatchObject({ notes: '', amount: null, due: null, friend: null });
      expect(byExport.of('people').get(friend)).toMatchObject({ notes: null });
      expect(byExport.repeated).toBe(0);
    });

    it('give it as empty again where it had come back, and after a restart', async () => {
      await readAfter({ notes: '' }, { notes: 'Again' });
      byExport.restart();
      await readAfter({ notes: '' });
      expect(byExport.of('people')).toEqual(byApi.of('people'));
      expect(byExport.of('people').get(id)).toMatchObject({ notes: '' });
    });

    it('give it as empty where the page that said so was lost', async () => {
      await clock.advance(3_600_000);
      sandbox.workspace.update('people', id, { notes: '' });
      dropExport();
      await byExport.follow('people', 1, true);
      byExport.restart();
      await readBoth(['people']);
      expect(byExport.of('people')).toEqual(byApi.of('people'));
    });

    it('before the first export give nothing, and the API tells it as empty once its key has come', async () => {
      const { id: silent } = sandbox.workspace.create('people', { ...PERSON, notes: '' });
      await readAfter({ name: 'Ada L.' });
      expect(byExport.of('people').get(silent)).toMatchObject({ notes: null });
      byExport.restart({ export: undefined });
      await byExport.follow('people');
      expect(byExport.of('people')).toEqual(byApi.of('people'));
      expect(byExport.of('people').get(silent)).toMatchObject({ notes: '' });
    });

    it('give a new record under its id nothing for it', async () => {
      await clock.advance(3_600_000);
      sandbox.workspace.remove('people', id);
      dropExport();
      await readBoth(['people']);
      await clock.advance(3_600_000);
      sandbox.workspace.create('people', { ...PERSON, notes: null }, { id });
      dropExport();
      await readBoth(['people']);
      expect(byExport.of('people').get(id)).toMatchObject({ name: 'Ada', notes: null });
    });
  });

  it('tell times of creation and change alike', async () => {
    sandbox.workspace.define({ slug: 'people', name: 'People' });
    sandbox.workspace.create('people', { name: 'Ada' }, { createdAt: 1_767_225_600_000, updatedAt: 1_767_312_000_000 });
    dropExport();
    const { signal } = new AbortController();
    const times = async (follower: Follower) => {
      for await (const { records } of follower.connector.snapshot('people', null, signal))
        for (const { time, created, version } of records) return { time, created, version };
      return null;
    };
    expect(await times(byExport)).toEqual(await times(byApi));
  });

  it('judge collections alike, with links, owners and formulas', async () => {
    writeSample(sandbox.workspace, sizesOf(0.3));
    dropExport();
    const [told, exported] = [await byApi.connector.describe(), await byExport.connector.describe()];
    const seen = ({ objects, owners }: typeof told) => ({
      owners: owners.map(({ reference }) => reference),
      objects: objects
        .map(({ name, count, likeness, fields }) => ({
          name,
          count,
          likeness: likeness?.map(({ target, score }) => ({ target, score })),
          fields: Object.fromEntries(
            fields.map(({ name: field, type, refersTo }) => [field, { type, refersTo: [...refersTo].sort() }]),
          ),
        }))
        .sort((one, other) => (one.name < other.name ? -1 : 1)),
    });
    expect(seen(exported)).toEqual(seen(told));
  });
});

describe('An export', () => {
  beforeEach(() => {
    sandbox.workspace.define({ slug: 'people', name: 'People' });
    sandbox.workspace.define({ slug: 'companies', name: 'Companies' });
    for (let at = 0; at < 12; at += 1) {
      const { id } = sandbox.workspace.create('companies', { name: `Company ${at}` });
      sandbox.workspace.create('people', { name: `Person ${at}`, company: { id } });
    }
  });

  it('that lacks a collection which an earlier one had deletes nothing, and asks', async () => {
    dropExport();
    await byExport.follow('people');
    dropExport(['people']);
    await expect(byExport.follow('people')).rejects.toMatchObject({ code: 'EXPORT_OBJECT_MISSING' });
    expect(byExport.of('people').size).toBe(12);
    expect(byExport.questions).toMatchObject([{ object: 'people' }]);
  });

  it('that is much shorter than the last one asks before it deletes', async () => {
    dropExport();
    await byExport.follow('people');
    for (const { id } of sandbox.workspace.records('people').slice(0, 6)) sandbox.workspace.remove('people', id);
    dropExport();
    await byExport.follow('people');
    expect([byExport.of('people').size, byExport.questions.length]).toEqual([12, 1]);
  });

  it('of somebody who does not see an expected collection is refused', async () => {
    dropExport(['companies']);
    byExport.restart({ expectedCollections: ['People', 'Companies'] });
    await expect(byExport.connector.describe()).rejects.toMatchObject({ code: 'KINABASE_NOT_ADMINISTRATOR' });
  });

  it('whose links all lead nowhere is taken for one of somebody who does not see everything', async () => {
    dropExport(['companies']);
    byExport.restart({ fields: { people: { company: { links: ['companies'] } } } });
    await expect(byExport.connector.describe()).rejects.toMatchObject({
      code: 'KINABASE_NOT_ADMINISTRATOR',
      place: { object: 'people', field: 'company' },
    });
  });

  it('with a broken row gives the good rest, and tells file and line of the other', async () => {
    const path = join(dropExport(), 'People.csv');
    writeFileSync(path, 'Id,name\r\nP-1,Ada\r\nP-2,Grace,too,many\r\nP-3,Joan\r\n');
    await byExport.follow('people');
    expect([...byExport.of('people').keys()]).toEqual(['P-1', 'P-3']);
    expect(byExport.rejects).toMatchObject([{ file: 'People.csv', line: 3, code: 'ROW_RAGGED', id: 'P-2' }]);
  });

  it('takes over from the API, and finds what was deleted in between', async () => {
    await byApi.follow('people');
    const [first] = sandbox.workspace.records('people');
    sandbox.workspace.remove('people', first?.id ?? '');
    dropExport();
    byApi.restart({ export: { folder, stability: { looks: 1 } } });
    await byApi.follow('people');
    expect(byApi.of('people').size).toBe(11);
    expect(byApi.of('people').has(first?.id ?? '')).toBe(false);
  });

  it('is found by whatever name its time makes of the file, or by the one that the settings give', async () => {
    for (const name of ['people_2026-03-01T0900.csv', 'Firms (final).csv'])
      writeFileSync(join(folder, name), 'Id,name\r\n1,Ada\r\n');
    byExport.restart({
      export: { folder, compareBeforeLoad: false, stability: { looks: 1 }, collections: { companies: ['firms*.csv'] } },
    });
    const { objects } = await byExport.connector.describe();
    expect(objects.map(({ name }) => name).sort()).toEqual(['activity', 'companies', 'people']);
  });
});
