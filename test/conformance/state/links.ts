import { describe, expect, it } from 'vitest';
import type { OpenState } from '../state.ts';
import { key, moveOf, upsert } from './samples.ts';

export function linksConformance(open: OpenState): void {
  describe('dependencies', () => {
    it('release makes every dependant due, once each, whatever it waited for', async () => {
      const store = await open();
      const ids = Array.from({ length: 1200 }, (_, index) => `${index}`);
      const keys = ids.map((id) => key(id));
      await store.transaction(async (state) => {
        await state.records.take(
          ids.map((id, index) => upsert({ id, sequence: index + 1 })),
          1,
        );
        const rows = [...(await state.records.get(keys)).values()];
        await state.records.move(
          rows.map((row) => moveOf(row, 'held', { due: row.id === '7', dueAt: row.id === '7' ? 900 : null })),
          2,
        );
        await state.dependencies.set(
          keys.map((dependant) => ({ key: dependant, on: ['record:crm/company/1', 'owner:crm/a'] })),
        );
        await state.dependencies.set([{ key: key('0'), on: ['owner:crm/b', 'owner:crm/b'] }]);
      });
      expect(
        await store.transaction((state) => state.dependencies.release(['record:crm/company/1', 'owner:crm/a'])),
      ).toBe(1199);
      expect(await store.read((state) => state.records.dueCount('crm', ['contact'], 5))).toBe(1199);
      expect(await store.transaction((state) => state.dependencies.release(['owner:crm/b']))).toBe(1);
      expect(await store.transaction((state) => state.dependencies.release(['owner:nobody']))).toBe(0);
      const answers = await store.read(async (state) => [
        await state.dependencies.of('owner:crm/b', 5),
        await state.dependencies.of('owner:crm/a', 2),
        await state.dependencies.count('owner:crm/a'),
      ]);
      expect(answers).toEqual([[key('0')], [key('1'), key('10')], 1199]);
    });

    it('say what each record depends on, and nothing of one that depends on nothing', async () => {
      const store = await open();
      const names = ['owner:crm/a', 'review:crm/contact/1?value/phone'];
      await store.transaction((state) =>
        state.dependencies.set([
          { key: key('1'), on: names },
          { key: key('2'), on: ['owner:crm/a'] },
        ]),
      );
      const found = await store.read((state) => state.dependencies.named([key('1'), key('3')]));
      expect([...found].map(([record, on]) => [record, [...on].sort()])).toEqual([[key('1'), names]]);
    });

    it('who waits: dependants of dependants, each once, also in a circle, and none that was settled', async () => {
      const store = await open();
      await store.transaction(async (state) => {
        const companies = ['1', '2'].map((id, index) => upsert({ id, object: 'company', sequence: index + 1 }));
        const contacts = ['3', '4', '5', '6', '7'].map((id, index) => upsert({ id, sequence: index + 3 }));
        await state.records.take([...companies, ...contacts], 1);
        const rows = [...(await state.records.get([...companies, ...contacts].map((event) => event.key))).values()];
        await state.records.move(
          rows.filter((row) => row.id !== '5').map((row) => moveOf(row, row.id === '6' ? 'applied' : 'held')),
          2,
        );
        await state.dependencies.set([
          { key: key('1', 'company'), on: ['owner:crm/a'] },
          { key: key('2', 'company'), on: ['owner:crm/a', `record:${key('3')}`] },
          { key: key('3'), on: [`record:${key('1', 'company')}`, `record:${key('2', 'company')}`] },
          { key: key('4'), on: [`record:${key('3')}`] },
          { key: key('5'), on: ['owner:crm/other'] },
          { key: key('6'), on: ['owner:crm/a', 'owner:crm/other'] },
          { key: key('7'), on: [`record:${key('6')}`] },
        ]);
      });
      const waiting = (on: string) => store.read((state) => state.dependencies.waiting(on));
      expect(await waiting('owner:crm/a')).toBe(4);
      expect(await waiting('owner:crm/other')).toBe(1);
      expect(await waiting('owner:crm/none')).toBe(0);
    });

    it('a record that depends on nothing any more is not released again', async () => {
      const store = await open();
      await store.transaction(async (state) => {
        await state.records.take([upsert({ sequence: 1 })], 1);
        await state.dependencies.set([{ key: key('1'), on: ['unique:person/x'] }]);
        await state.dependencies.set([{ key: key('1'), on: [] }]);
      });
      expect(await store.transaction((state) => state.dependencies.release(['unique:person/x']))).toBe(0);
    });
  });

  describe('lookups', () => {
    const entry = (id: string, names: readonly string[], sourceTime: number | null) => ({
      key: key(id, 'company'),
      source: 'crm',
      object: 'company',
      values: names.map((value) => ({ index: 'name', value })),
      sourceTime,
    });

    it('tell which names changed, and only those', async () => {
      const store = await open();
      const set = (...entries: readonly ReturnType<typeof entry>[]) =>
        store.transaction((state) => state.lookups.set(entries));
      expect(await set(entry('1', ['acme', 'acme ltd'], 1), entry('2', ['borusan/şti'], 1))).toEqual([
        'lookup:crm/company/name/acme',
        'lookup:crm/company/name/acme ltd',
        'lookup:crm/company/name/borusan/şti',
      ]);
      expect(await set(entry('1', ['acme', 'acme ltd'], 1))).toEqual([]);
      expect(await set(entry('1', ['acme', 'acme plc'], 1))).toEqual([
        'lookup:crm/company/name/acme ltd',
        'lookup:crm/company/name/acme plc',
      ]);
      expect(await set(entry('1', [], 1))).toEqual([
        'lookup:crm/company/name/acme',
        'lookup:crm/company/name/acme plc',
      ]);
    });

    it('a new source time counts as a change only where several records answer to the name', async () => {
      const store = await open();
      const set = (...entries: readonly ReturnType<typeof entry>[]) =>
        store.transaction((state) => state.lookups.set(entries));
      await set(entry('1', ['alone', 'shared'], 1), entry('2', ['shared'], 2));
      expect(await set(entry('1', ['alone', 'shared'], 3))).toEqual(['lookup:crm/company/name/shared']);
      const found = await store.read((state) =>
        state.lookups.find('crm', 'company', 'name', ['shared', 'alone', 'none']),
      );
      expect(found).toEqual(
        new Map([
          [
            'shared',
            [
              { key: key('1', 'company'), sourceTime: 3 },
              { key: key('2', 'company'), sourceTime: 2 },
            ],
          ],
          ['alone', [{ key: key('1', 'company'), sourceTime: 3 }]],
        ]),
      );
    });

    it('give the newest first, then by key, those without a time last', async () => {
      const store = await open();
      await store.transaction((state) =>
        state.lookups.set([entry('d', ['x'], null), entry('c', ['x'], 5), entry('a', ['x'], 5), entry('b', ['x'], 9)]),
      );
      const found = await store.read((state) => state.lookups.find('crm', 'company', 'name', ['x']));
      expect(found.get('x')?.map((hit) => hit.key)).toEqual(['b', 'a', 'c', 'd'].map((id) => key(id, 'company')));
      expect(await store.read((state) => state.lookups.find('crm', 'contact', 'name', ['x']))).toEqual(new Map());
    });
  });

  describe('uniques', () => {
    const row = (id: string, value: string, deleted = false) => ({
      object: 'person',
      field: 'emails.primaryEmail',
      value,
      id,
      deleted,
    });

    it('know who has a value, deleted rows included (TW-3), and follow it when it changes hands', async () => {
      const store = await open();
      await store.transaction((state) =>
        state.uniques.put('person', ['p1', 'p2'], [row('p1', 'a@x'), row('p2', 'b@x', true)]),
      );
      const find = (...values: readonly string[]) =>
        store.read((state) => state.uniques.find('person', 'emails.primaryEmail', values));
      expect(await find('a@x', 'b@x', 'c@x')).toEqual(
        new Map([
          ['a@x', row('p1', 'a@x')],
          ['b@x', row('p2', 'b@x', true)],
        ]),
      );
      await store.transaction(async (state) => {
        await state.uniques.put('person', ['p2'], [row('p2', 'a@x')]);
        await state.uniques.put('person', ['p1'], [row('p1', 'c@x')]);
      });
      expect(await find('a@x', 'b@x', 'c@x')).toEqual(
        new Map([
          ['a@x', row('p2', 'a@x')],
          ['c@x', row('p1', 'c@x')],
        ]),
      );
      await store.transaction((state) => state.uniques.mark('person', ['p2'], true));
      expect(await find('a@x', 'c@x')).toEqual(
        new Map([
          ['a@x', row('p2', 'a@x', true)],
          ['c@x', row('p1', 'c@x')],
        ]),
      );
      await store.transaction((state) => state.uniques.clear('company'));
      expect((await find('a@x')).size).toBe(1);
      await store.transaction((state) => state.uniques.clear('person'));
      expect((await find('a@x')).size).toBe(0);
    });
  });
}
