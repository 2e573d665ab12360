import { describe, expect, it } from 'vitest';
import type { StateStore } from '../../../src/state/state.ts';
import type { OpenState } from '../state.ts';
import { deletion, key, moveOf, rowOf, upsert } from './samples.ts';

const take = (store: StateStore, events: readonly ReturnType<typeof upsert>[], now = 10) =>
  store.transaction((state) => state.records.take(events, now));

export function intakeConformance(open: OpenState): void {
  describe('what intake does with an event', () => {
    it('gives a record back exactly as it was taken, bigints, alphabets and all', async () => {
      const store = await open();
      const event = upsert({
        sequence: 1,
        created: 77,
        after: { big: 9007199254740993n, list: [1n, 'ş', null], half: 0.5, yes: true, no: null, 'a"b': '\u0000\n🙂' },
      });
      expect(await take(store, [event])).toEqual(['new']);
      expect(await rowOf(store, '1')).toEqual({
        key: key('1'),
        source: 'crm',
        object: 'contact',
        id: '1',
        incarnation: 0,
        event,
        class: 'on-the-way',
        reason: null,
        due: true,
        dueAt: null,
        attempt: 0,
        touches: 1,
        since: 10,
        place: null,
      });
    });

    it('keeps ids apart, whatever characters they hold', async () => {
      const store = await open();
      const ids = ['a"b', "a'b", 'a\\b', 'a\nb', 'a b', 'A b', 'ı', 'i', '🙂', '%', '_', 'a/b/c', '[1]'];
      await take(
        store,
        ids.map((id, index) => upsert({ id, sequence: index + 1 })),
      );
      const found = await store.read((state) => state.records.get(ids.map((id) => key(id))));
      expect([...found.values()].map((row) => row.id).sort()).toEqual([...ids].sort());
      for (const id of ids) expect(found.get(key(id))?.event.id).toBe(id);
    });

    it('puts a newer event in the place of the older one, due at once and at its first attempt', async () => {
      const store = await open();
      await take(store, [upsert({ sequence: 1 })]);
      const parked = moveOf(await rowOf(store, '1'), 'held', {
        due: true,
        dueAt: 99,
        attempt: 4,
        reason: { code: 'C', message: 'm' },
      });
      await store.transaction((state) => state.records.move([parked], 11));
      expect(await take(store, [upsert({ sequence: 2 })], 12)).toEqual(['newer']);
      const row = await rowOf(store, '1');
      expect(row).toMatchObject({ class: 'on-the-way', reason: null, due: true, dueAt: null, attempt: 0, since: 12 });
      expect(row.event).toEqual(upsert({ sequence: 2 }));
    });

    it('an older event never overwrites a newer one, and a greater epoch outweighs any sequence', async () => {
      const store = await open();
      await take(store, [upsert({ epoch: 2, sequence: 5 })]);
      expect(await take(store, [upsert({ epoch: 2, sequence: 4 })])).toEqual(['older']);
      expect(await take(store, [upsert({ epoch: 1, sequence: 900 })])).toEqual(['older']);
      expect((await rowOf(store, '1')).event.order).toEqual({ epoch: 2, sequence: 5 });
      expect(await take(store, [upsert({ epoch: 3, sequence: 1 })])).toEqual(['newer']);
    });

    it('an event equal to the latest changes nothing: an applied record stays applied', async () => {
      const store = await open();
      const after = { name: 'same' };
      await take(store, [upsert({ sequence: 1, after })]);
      const row = await rowOf(store, '1');
      await store.transaction((state) => state.records.move([moveOf(row, 'applied')], 11));
      const before = await rowOf(store, '1');
      expect(await take(store, [upsert({ sequence: 9, after })])).toEqual(['duplicate']);
      expect(await rowOf(store, '1')).toEqual(before);
      const moved = await store.transaction((state) => state.records.move([moveOf(row, 'applied')], 12));
      expect(moved).toEqual([key('1')]);
    });

    it('what lies between two equal events is older than the second, even if it arrives last', async () => {
      const store = await open();
      const after = { name: 'back and forth' };
      await take(store, [upsert({ sequence: 1, after }), upsert({ sequence: 3, after })]);
      expect(await take(store, [upsert({ sequence: 2, after: { name: 'between' } })])).toEqual(['older']);
      expect((await rowOf(store, '1')).event.after).toEqual(after);
    });

    it('takes a deleted record off the live ones at once', async () => {
      const store = await open();
      await take(store, [upsert({ sequence: 1 })]);
      expect(await take(store, [deletion({ sequence: 2 })], 15)).toEqual(['newer']);
      expect(await rowOf(store, '1')).toMatchObject({
        class: 'deleting',
        due: true,
        since: 15,
        event: { op: 'DELETE', after: null },
      });
      const [row] = await store.read((state) => state.ledger.rows('crm'));
      expect(row).toMatchObject({ live: 0, classes: { deleting: 1, 'on-the-way': 0 } });
    });

    it('deletes once: a second delete of a record is a duplicate', async () => {
      const store = await open();
      await take(store, [upsert({ sequence: 1 }), deletion({ sequence: 2 })]);
      await store.transaction(async (state) => {
        const row = (await state.records.get([key('1')])).get(key('1'));
        if (row !== undefined) await state.records.move([moveOf(row, 'deleted')], 11);
      });
      expect(await take(store, [deletion({ sequence: 3 })])).toEqual(['duplicate']);
      expect(await rowOf(store, '1')).toMatchObject({ class: 'deleted', due: false });
    });

    it('stores nothing for the delete of a record that it never saw', async () => {
      const store = await open();
      expect(await take(store, [deletion({ sequence: 2 })])).toEqual(['unknown-delete']);
      expect(await store.read((state) => state.records.get([key('1')]))).toEqual(new Map());
      expect(await store.read((state) => state.ledger.rows(null))).toEqual([]);
    });

    it('takes several versions of a record in one go, in their order', async () => {
      const store = await open();
      const intakes = await take(store, [
        upsert({ sequence: 1 }),
        upsert({ id: '2', sequence: 2 }),
        upsert({ sequence: 3, after: { name: 'x' } }),
        upsert({ sequence: 4, after: { name: 'x' } }),
        upsert({ sequence: 2, after: { name: 'y' } }),
        deletion({ sequence: 5 }),
        upsert({ sequence: 6 }),
      ]);
      expect(intakes).toEqual(['new', 'new', 'newer', 'duplicate', 'older', 'newer', 'newer']);
      expect((await rowOf(store, '1')).event.order.sequence).toBe(6);
      expect(await store.read((state) => state.ledger.rows(null))).toMatchObject([
        { live: 2, classes: { 'on-the-way': 2 } },
      ]);
    });
  });

  describe('a key that comes back after its delete', () => {
    it('is a new incarnation where the source says that it was created at another time', async () => {
      const store = await open();
      await take(store, [upsert({ sequence: 1, created: 100 }), deletion({ sequence: 2 })]);
      expect(await take(store, [upsert({ sequence: 3, created: 500 })])).toEqual(['reborn']);
      expect(await rowOf(store, '1')).toMatchObject({
        incarnation: 1,
        class: 'on-the-way',
        event: { sourceCreated: 500 },
      });
      expect(await take(store, [deletion({ sequence: 4 }), upsert({ sequence: 5, created: 900 })])).toEqual([
        'newer',
        'reborn',
      ]);
      expect((await rowOf(store, '1')).incarnation).toBe(2);
    });

    it('is the same record where the time of creation is the same, or not known', async () => {
      const store = await open();
      await take(store, [upsert({ sequence: 1, created: 100 }), deletion({ sequence: 2 })]);
      expect(await take(store, [upsert({ sequence: 3, created: 100 })])).toEqual(['newer']);
      await take(store, [deletion({ sequence: 4, created: 100 })]);
      expect(await take(store, [upsert({ sequence: 5, created: null })])).toEqual(['newer']);
      expect(await rowOf(store, '1')).toMatchObject({ incarnation: 0, event: { sourceCreated: null } });
    });
  });
}
