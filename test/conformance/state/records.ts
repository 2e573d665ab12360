import { describe, expect, it } from 'vitest';
import { LIVE_CLASSES, type RecordRow, type StateStore } from '../../../src/state/state.ts';
import type { OpenState } from '../state.ts';
import { codeOf, deletion, key, moveOf, rowOf, upsert } from './samples.ts';

const take = (store: StateStore, events: readonly ReturnType<typeof upsert>[], now = 10) =>
  store.transaction((state) => state.records.take(events, now));

const dueKeys = (
  store: StateStore,
  objects: readonly string[],
  now: number,
  limit = 10,
  except: readonly string[] = [],
) =>
  store.read(async (state) =>
    (await state.records.due({ source: 'crm', objects, now, limit, except: new Set(except) })).map((row) => row.key),
  );

export function recordsConformance(open: OpenState): void {
  describe('moves', () => {
    it('happen only if the newest event is still the one that the writer saw; else the record stays due', async () => {
      const store = await open();
      await take(store, [upsert({ sequence: 1 }), upsert({ id: '2', sequence: 2 })]);
      const [first, second] = [await rowOf(store, '1'), await rowOf(store, '2')];
      await take(store, [upsert({ sequence: 3 })]);
      const moved = await store.transaction((state) =>
        state.records.move([moveOf(first, 'applied'), moveOf(second, 'applied')], 20),
      );
      expect(moved).toEqual([key('2')]);
      expect(await rowOf(store, '1')).toMatchObject({ class: 'on-the-way', due: true });
      expect(await rowOf(store, '2')).toMatchObject({ class: 'applied', due: false, since: 20 });
    });

    it('leave a record due that was touched while the writer had it in hand', async () => {
      const store = await open();
      await take(store, [upsert({ sequence: 1 })]);
      const row = await rowOf(store, '1');
      await store.transaction(async (state) => {
        await state.dependencies.set([{ key: key('1'), on: ['record:crm/company/9'] }]);
        await state.dependencies.release(['record:crm/company/9']);
      });
      const held = moveOf(row, 'held', {
        reason: { code: 'PARENT', message: 'waits' },
        touches: row.touches,
        dueAt: 500,
      });
      expect(await store.transaction((state) => state.records.move([held], 20))).toEqual([key('1')]);
      expect(await rowOf(store, '1')).toMatchObject({ class: 'held', due: true, dueAt: null });
    });

    it('keep the reason, what it waits for, and since when it is in its class', async () => {
      const store = await open();
      await take(store, [upsert({ sequence: 1 })]);
      const row = await rowOf(store, '1');
      const reason = { code: 'OWNER', message: 'no such member', waitsFor: ['owner:crm/ayse@example.com'] };
      await store.transaction((state) => state.records.move([moveOf(row, 'held', { reason, attempt: 2 })], 20));
      await store.transaction((state) => state.records.move([moveOf(row, 'held', { reason, attempt: 3 })], 30));
      expect(await rowOf(store, '1')).toMatchObject({ class: 'held', reason, attempt: 3, since: 20, due: false });
    });

    it('from live to gone or back are refused: only the source decides that (ALL-3)', async () => {
      const store = await open();
      await take(store, [
        upsert({ sequence: 1 }),
        upsert({ id: '2', sequence: 2 }),
        deletion({ id: '2', sequence: 3 }),
      ]);
      const [live, gone] = [await rowOf(store, '1'), await rowOf(store, '2')];
      const move = (wanted: ReturnType<typeof moveOf>) => store.transaction((state) => state.records.move([wanted], 5));
      expect(await codeOf(move(moveOf(live, 'deleted')))).toBe('INTERNAL');
      for (const to of LIVE_CLASSES) expect(await codeOf(move(moveOf(gone, to)))).toBe('INTERNAL');
      expect(await store.read((state) => state.ledger.rows(null))).toMatchObject([
        { live: 1, classes: { 'on-the-way': 1, deleting: 1 } },
      ]);
    });
  });

  describe('what is due', () => {
    it('comes in tier order, those whose wait is over first, then by age of the event', async () => {
      const store = await open();
      await take(store, [
        upsert({ id: 'b', sequence: 3 }),
        upsert({ id: 'a', sequence: 4 }),
        upsert({ id: 'late', sequence: 1 }),
        upsert({ id: 'c', object: 'company', sequence: 9 }),
      ]);
      const late = await rowOf(store, 'late');
      await store.transaction((state) =>
        state.records.move([moveOf(late, 'on-the-way', { due: true, dueAt: 50 })], 11),
      );
      const objects = ['company', 'contact'];
      const [company, a, b] = [key('c', 'company'), key('a'), key('b')];
      expect(await dueKeys(store, objects, 49)).toEqual([company, b, a]);
      expect(await dueKeys(store, objects, 50)).toEqual([company, key('late'), b, a]);
      expect(await dueKeys(store, objects, 50, 3, [company, b])).toEqual([key('late'), a]);
      expect(await dueKeys(store, objects, 50, 2)).toEqual([company, key('late')]);
      const counts = await store.read(async (state) => [
        await state.records.dueCount('crm', objects, 49),
        await state.records.dueCount('crm', objects, 50),
        await state.records.dueCount('crm', ['company'], 50),
        await state.records.nextDueAt(49),
        await state.records.nextDueAt(50),
      ]);
      expect(counts).toEqual([3, 4, 1, 50, null]);
    });

    it('leaves out what the writer has in hand, ripe or not, and still fills the limit in order', async () => {
      const store = await open();
      const ids = ['1', '2', '3', '4', '5', '6', '7', '8'];
      await take(
        store,
        ids.map((id, index) => upsert({ id, sequence: index + 1 })),
      );
      const [seventh, eighth] = [await rowOf(store, '7'), await rowOf(store, '8')];
      await store.transaction((state) =>
        state.records.move(
          [
            moveOf(seventh, 'on-the-way', { due: true, dueAt: 40 }),
            moveOf(eighth, 'on-the-way', { due: true, dueAt: 30 }),
          ],
          11,
        ),
      );
      const all = ['8', '7', '1', '2', '3', '4', '5', '6'].map((id) => key(id));
      const strangers = [key('1', 'company'), key('nobody')];
      for (let first = 0; first < all.length; first += 1) {
        for (const width of [1, 3, 8]) {
          const inHand = all.slice(first, first + width);
          const left = all.filter((one) => !inHand.includes(one));
          for (const limit of [1, 2, 5, 10])
            expect(await dueKeys(store, ['contact', 'company'], 50, limit, [...inHand, ...strangers])).toEqual(
              left.slice(0, limit),
            );
        }
      }
    });

    it('names the next time at which to look, beside times that are past and still not taken', async () => {
      const store = await open();
      await take(store, [upsert({ sequence: 1 }), upsert({ id: '1', object: 'company', sequence: 2 })]);
      const [contact, company] = [await rowOf(store, '1'), await rowOf(store, '1', 'company')];
      await store.transaction((state) =>
        state.records.move(
          [
            moveOf(company, 'on-the-way', { due: true, dueAt: 20 }),
            moveOf(contact, 'on-the-way', { due: true, dueAt: 70 }),
          ],
          11,
        ),
      );
      const next = (after: number) => store.read((state) => state.records.nextDueAt(after));
      expect(await Promise.all([0, 19, 20, 69, 70].map(next))).toEqual([20, 20, 70, 70, null]);
    });

    it('leaves out whom the caller left with an event, until they have another one', async () => {
      const store = await open();
      await take(store, [upsert({ sequence: 1 }), upsert({ id: '2', sequence: 2 }), upsert({ id: '3', sequence: 3 })]);
      const exceptAt = new Map(
        await Promise.all(
          ['1', '2'].map(async (id) => [key(id), { order: (await rowOf(store, id)).event.order }] as const),
        ),
      );
      const left = () =>
        store.read(async (state) => {
          const query = { source: 'crm', objects: ['contact'], now: 50, except: new Set([key('3')]), exceptAt };
          return (await state.records.due({ ...query, limit: 10 })).map((row) => row.key);
        });
      expect(await left()).toEqual([]);
      await take(store, [upsert({ id: '2', sequence: 4, after: { name: 'Another' } })]);
      expect(await left()).toEqual([key('2')]);
    });

    it('is nothing once everything is done, and no time is named where nothing is parked', async () => {
      const store = await open();
      await take(store, [upsert({ sequence: 1 })]);
      const row = await rowOf(store, '1');
      await store.transaction((state) => state.records.move([moveOf(row, 'applied')], 11));
      expect(await dueKeys(store, ['contact'], 99)).toEqual([]);
      expect(await store.read((state) => state.records.nextDueAt(0))).toBeNull();
    });

    it('is whatever is touched, whatever its class', async () => {
      const store = await open();
      await take(store, [
        upsert({ sequence: 1 }),
        upsert({ id: '2', sequence: 2 }),
        upsert({ id: '3', object: 'company', sequence: 3 }),
      ]);
      for (const [id, object, to] of [
        ['1', 'contact', 'dead-lettered'],
        ['2', 'contact', 'applied'],
        ['3', 'company', 'applied'],
      ] as const) {
        const row = await rowOf(store, id, object);
        await store.transaction((state) => state.records.move([moveOf(row, to)], 11));
      }
      await store.transaction((state) => state.records.touch([key('1'), key('unknown')]));
      expect(await dueKeys(store, ['contact', 'company'], 20)).toEqual([key('1')]);
      expect((await rowOf(store, '1')).class).toBe('dead-lettered');
      expect(await store.transaction((state) => state.records.touchAll('crm', ['contact']))).toBe(2);
      expect(await store.transaction((state) => state.records.touchAll('crm', null))).toBe(3);
      expect(await store.transaction((state) => state.records.touchAll('other', null))).toBe(0);
    });
  });

  it('touches every record of an object once, however many there are', async () => {
    const store = await open();
    const events = Array.from({ length: 20_001 }, (_, index) => upsert({ id: `${index}`, sequence: index + 1 }));
    await take(store, [...events, upsert({ object: 'contact-note', sequence: 1 })]);
    expect(await store.transaction((state) => state.records.touchAll('crm', ['contact', 'contact']))).toBe(20_001);
    expect(await store.transaction((state) => state.records.touchAll('crm', null))).toBe(20_002);
    expect([(await rowOf(store, '0')).touches, (await rowOf(store, '1', 'contact-note')).touches]).toEqual([3, 2]);
  });

  describe('reports', () => {
    it('go through an object in key order, page by page, without its neighbours', async () => {
      const store = await open();
      const ids = ['10', '2', 'Z', 'a', 'ş', 'a/b'];
      await take(store, [
        ...ids.map((id, index) => upsert({ id, sequence: index + 1 })),
        upsert({ object: 'contact-note', sequence: 20 }),
        upsert({ object: 'contac', sequence: 21 }),
      ]);
      const pages: string[][] = [];
      let after: string | null = null;
      do {
        const last: string | null = after;
        const rows: readonly RecordRow[] = await store.read((state) => state.records.page('crm', 'contact', last, 4));
        pages.push(rows.map((row) => row.id));
        after = rows.at(-1)?.key ?? null;
      } while (after !== null);
      expect(pages).toEqual([['10', '2', 'Z', 'a'], ['a/b', 'ş'], []]);
      expect(await store.read((state) => state.records.objects('crm'))).toEqual(['contac', 'contact', 'contact-note']);
    });

    it('list the records of one class', async () => {
      const store = await open();
      await take(store, [upsert({ sequence: 1 }), upsert({ id: '2', sequence: 2 }), upsert({ id: '3', sequence: 3 })]);
      const row = await rowOf(store, '2');
      await store.transaction((state) => state.records.move([moveOf(row, 'applied')], 11));
      const ids = (recordClass: 'applied' | 'on-the-way', after: string | null) =>
        store.read(async (state) =>
          (await state.records.byClass('crm', 'contact', recordClass, after, 10)).map((found) => found.id),
        );
      expect(await ids('applied', null)).toEqual(['2']);
      expect(await ids('on-the-way', null)).toEqual(['1', '3']);
      expect(await ids('on-the-way', key('1'))).toEqual(['3']);
    });

    it('count the held records by reason, held deletions apart', async () => {
      const store = await open();
      await take(store, [
        upsert({ sequence: 1 }),
        upsert({ id: '2', sequence: 2 }),
        upsert({ id: '3', sequence: 3 }),
        deletion({ id: '3', sequence: 4 }),
      ]);
      const reason = (code: string) => ({ reason: { code, message: 'm' } });
      const moves = [
        moveOf(await rowOf(store, '1'), 'held', reason('OWNER')),
        moveOf(await rowOf(store, '2'), 'held', reason('OWNER')),
        moveOf(await rowOf(store, '3'), 'delete-held', reason('EDITED')),
      ];
      await store.transaction((state) => state.records.move(moves, 11));
      const held = { source: 'crm', object: 'contact' };
      expect(await store.read((state) => state.ledger.heldByReason('crm'))).toEqual([
        { ...held, class: 'delete-held', code: 'EDITED', records: 1 },
        { ...held, class: 'held', code: 'OWNER', records: 2 },
      ]);
      expect(await store.read((state) => state.ledger.heldByReason('other'))).toEqual([]);
    });
  });
}
