import { describe, expect, it } from 'vitest';
import { type RecordKey, recordKey } from '../../../src/core/identifiers.ts';
import type { GivenBackRow } from '../../../src/state/state.ts';
import type { OpenState } from '../state.ts';
import { target } from './samples.ts';

export function adoptedConformance(open: OpenState): void {
  describe('rows that were there before us', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((id) => recordKey('crm', 'contact', id)) as [RecordKey, RecordKey, RecordKey];

    it('are counted and paged by object and key, without those that are ours, until they are forgotten', async () => {
      const store = await open();
      const taken = { createdByUs: false, before: { name: 'was there' } };
      await store.transaction((state) =>
        state.targets.put([
          target(b, { ...taken, object: 'person' }),
          target(a, { ...taken, object: 'person', before: { deletedAt: '2026-01-01T00:00:00.000Z' } }),
          target(c, { ...taken, object: 'company', status: 'released' }),
          target('crm/contact/ours', { object: 'person' }),
          target('crm/contact/a>child', { ...taken, object: 'person', kind: 'child', parentKey: a }),
        ]),
      );
      const page = async (...args: Parameters<Parameters<Parameters<typeof store.read>[0]>[0]['targets']['adopted']>) =>
        (await store.read((state) => state.targets.adopted(...args))).map(({ targetKey }) => targetKey);
      expect(await page(null, null, 10)).toEqual([c, a, b]);
      expect(await page(null, null, 2)).toEqual([c, a]);
      expect(await page(null, { object: 'company', targetKey: c }, 10)).toEqual([a, b]);
      expect(await page('person', { object: 'person', targetKey: a }, 10)).toEqual([b]);
      expect(await store.read((state) => state.targets.adoptedCounts())).toEqual([
        { object: 'company', restored: false, rows: 1 },
        { object: 'person', restored: false, rows: 1 },
        { object: 'person', restored: true, rows: 1 },
      ]);
      await store.transaction((state) => state.targets.remove([a]));
      expect(await page('person', null, 10)).toEqual([b]);
      expect((await store.read((state) => state.targets.ofRecords([a]))).size).toBe(0);
    });

    it('are known as given back by their ids and by their records, until that is taken back', async () => {
      const store = await open();
      const row = (id: string, records: readonly RecordKey[], at: number): GivenBackRow => ({
        object: 'person',
        id,
        targetKey: records[0] ?? '',
        records,
        by: 'eve',
        reason: null,
        at,
        doneAt: null,
        kept: {},
      });
      const [one, other] = [row('1', [a, b], 1), row('2', [c], 2)];
      await store.transaction((state) => state.givenBack.put([one, other]));
      const done = { ...one, doneAt: 9, kept: { name: { firstName: 'Eve' } } };
      await store.transaction((state) => state.givenBack.put([done]));
      expect(await store.read((state) => state.givenBack.ofRecords([a, b, 'crm/contact/z']))).toEqual(
        new Map([
          [a, done],
          [b, done],
        ]),
      );
      expect(await store.read((state) => state.givenBack.ofRows('person', ['2', '3']))).toEqual(
        new Map([['2', other]]),
      );
      expect(await store.read((state) => state.givenBack.ofRows('company', ['2']))).toEqual(new Map());
      expect(await store.read((state) => state.givenBack.list(1))).toEqual([other]);
      expect(await store.read((state) => state.givenBack.counts())).toEqual([{ object: 'person', rows: 2 }]);
      await store.transaction((state) => state.givenBack.remove('person', '1'));
      expect(await store.read((state) => state.givenBack.ofRecords([a, b]))).toEqual(new Map());
      expect(await store.read((state) => state.givenBack.list(9))).toEqual([other]);
    });
  });
}
