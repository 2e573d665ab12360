import { describe, expect, it } from 'vitest';
import type { Intent, JournalEntry } from '../../../src/state/state.ts';
import type { OpenState } from '../state.ts';
import { target } from './samples.ts';

export function targetsConformance(open: OpenState): void {
  describe('targets', () => {
    it('come back as they were put, and are replaced whole', async () => {
      const store = await open();
      const first = target('crm/contact/1', { before: { name: 'was there', big: 2n ** 60n }, createdByUs: false });
      const second = target('crm/contact/2', { image: null, imageHash: null, checksum: null, status: 'deleted' });
      await store.transaction((state) => state.targets.put([first, second]));
      const keys = ['crm/contact/1', 'crm/contact/2', 'crm/contact/3'];
      expect(await store.read((state) => state.targets.get(keys))).toEqual(
        new Map([
          ['crm/contact/1', first],
          ['crm/contact/2', second],
        ]),
      );
      const changed = { ...first, image: { name: 'new' }, contributors: ['crm/contact/9', 'crm/contact/1'] };
      await store.transaction((state) => state.targets.put([changed]));
      expect((await store.read((state) => state.targets.get(keys))).get('crm/contact/1')).toEqual(changed);
    });

    it('are found by every record that went into them, and no longer by one that left', async () => {
      const store = await open();
      const merged = target('crm/contact/1', { contributors: ['crm/contact/1', 'crm/contact/2'] });
      const child = target('crm/contact/1>target', {
        kind: 'child',
        parentKey: 'crm/contact/1',
        contributors: ['crm/contact/1'],
      });
      await store.transaction((state) => state.targets.put([merged, child]));
      const of = (keys: readonly string[]) =>
        store.read(async (state) =>
          [...(await state.targets.ofRecords(keys))].map(([record, row]) => `${record} in ${row.targetKey}`),
        );
      expect((await of(['crm/contact/1', 'crm/contact/2', 'crm/contact/3'])).sort()).toEqual([
        'crm/contact/1 in crm/contact/1',
        'crm/contact/2 in crm/contact/1',
      ]);
      const own = target('crm/contact/2', { writtenAt: 9 });
      await store.transaction((state) => state.targets.put([{ ...merged, contributors: ['crm/contact/1'] }, own]));
      expect(await of(['crm/contact/2'])).toEqual(['crm/contact/2 in crm/contact/2']);
      await store.transaction((state) => state.targets.put([{ ...merged, contributors: [] }]));
      expect(await of(['crm/contact/1'])).toEqual([]);
    });

    it('prefer the row that is written over one that was released, where several remember a record', async () => {
      const store = await open();
      await store.transaction((state) =>
        state.targets.put([
          target('crm/contact/z', { contributors: ['crm/contact/1'], status: 'released', writtenAt: 99, id: 'same' }),
          target('crm/contact/a', { contributors: ['crm/contact/1'], writtenAt: 1, id: 'same' }),
        ]),
      );
      const found = await store.read(async (state) => [
        (await state.targets.ofRecords(['crm/contact/1'])).get('crm/contact/1')?.targetKey,
        (await state.targets.byIds('person', ['same', 'other'])).get('same')?.targetKey,
      ]);
      expect(found).toEqual(['crm/contact/a', 'crm/contact/a']);
    });

    it('that were released are counted by object, without those of one hash', async () => {
      const store = await open();
      const released = (key: string, imageHash: string | null) => target(key, { status: 'released', imageHash });
      const rows = [
        target('crm/contact/1'),
        released('crm/contact/2', 'a'),
        released('crm/contact/3', null),
        released('crm/contact/4', 'flagged'),
        { ...released('crm/company/1', 'b'), object: 'company' },
      ];
      await store.transaction((state) => state.targets.put(rows));
      expect(await store.read((state) => state.targets.released('flagged'))).toEqual([
        { object: 'company', rows: 1 },
        { object: 'person', rows: 2 },
      ]);
    });

    it('know their children, are counted by kind, and are paged by key', async () => {
      const store = await open();
      const child = (name: string) =>
        target(`crm/contact/1>${name}`, {
          kind: 'child',
          object: 'noteTarget',
          parentKey: 'crm/contact/1',
          contributors: [],
        });
      const rows = [target('crm/contact/1'), target('crm/contact/2', { status: 'deleted' }), child('b'), child('a')];
      await store.transaction((state) => state.targets.put(rows));
      const answers = await store.read(async (state) => ({
        children: (await state.targets.childrenOf(['crm/contact/1', 'crm/contact/2']))
          .get('crm/contact/1')
          ?.map((row) => row.targetKey),
        counts: await state.targets.counts(),
        first: (await state.targets.page('person', null, 1)).map((row) => row.targetKey),
        second: (await state.targets.page('person', 'crm/contact/1', 5)).map((row) => row.targetKey),
        other: (await state.targets.byIds('company', ['id of crm/contact/1'])).size,
      }));
      expect(answers).toEqual({
        children: ['crm/contact/1>a', 'crm/contact/1>b'],
        counts: [
          { object: 'noteTarget', kind: 'child', written: 2 },
          { object: 'person', kind: 'record', written: 1 },
        ],
        first: ['crm/contact/1'],
        second: ['crm/contact/2'],
        other: 0,
      });
    });
  });

  describe('intents', () => {
    it('stay open, in the order of their calls, until they are settled', async () => {
      const store = await open();
      const { writtenAt: _writtenAt, status: _status, ...row } = target('crm/contact/1');
      const intent = (id: string, createdAt: number): Intent => ({
        id,
        writerEpoch: 3,
        operation: 'create',
        object: 'person',
        rows: [{ target: row, fields: { name: 'x', amount: 5n }, recordKeys: ['crm/contact/1'] }],
        createdAt,
        deadline: createdAt + 60_000,
      });
      await store.transaction(async (state) => {
        await state.intents.open(intent('b', 2));
        await state.intents.open(intent('a', 3));
        await state.intents.open(intent('c', 1));
      });
      // Times go through the clock that all processes share, which may cost a little; how long they leave does not change.
      const timeless = ({ createdAt, deadline, ...rest }: Intent) => ({ ...rest, left: deadline - createdAt });
      const unsettled = async () => (await store.read((state) => state.intents.all())).map(timeless);
      expect(await unsettled()).toEqual([intent('c', 1), intent('b', 2), intent('a', 3)].map(timeless));
      await store.transaction((state) => state.intents.settle(['c', 'a', 'unknown']));
      expect(await unsettled()).toEqual([timeless(intent('b', 2))]);
    });
  });

  describe('journal', () => {
    it('remembers what was written to a row, in order, with what was there before', async () => {
      const store = await open();
      const entry = (at: number, targetKey: string): JournalEntry => ({
        at,
        run: 'run-1',
        targetKey,
        object: 'person',
        id: 'p1',
        operation: at === 2 ? 'create' : 'upsert',
        before: at === 2 ? null : { name: 'old' },
        after: { name: `new ${at}` },
        order: { epoch: 1, sequence: at },
      });
      const entries = [entry(2, 'k'), entry(1, 'k'), entry(1, 'other')];
      await store.transaction((state) => state.journal.append(entries));
      expect(await store.read((state) => state.journal.of('k'))).toEqual([entry(2, 'k'), entry(1, 'k')]);
      expect(await store.read((state) => state.journal.count())).toBe(3);
    });

    it('takes more entries at once than one statement has room for', async () => {
      const store = await open();
      const entries = Array.from(
        { length: 4001 },
        (_, index): JournalEntry => ({
          at: index,
          run: 'r',
          targetKey: `k${index}`,
          object: 'person',
          id: 'p',
          operation: 'create',
          before: null,
          after: null,
          order: { epoch: 1, sequence: index },
        }),
      );
      await store.transaction((state) => state.journal.append(entries));
      expect(await store.read((state) => state.journal.count())).toBe(4001);
    });
  });
}
