import { describe, expect, it } from 'vitest';
import { type RecordKey, recordKey } from '../../../src/core/identifiers.ts';
import type { ApartRow, LineageRow } from '../../../src/state/state.ts';
import type { OpenState } from '../state.ts';

export function mergingConformance(open: OpenState): void {
  describe('merging', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((id) => recordKey('crm', 'contact', id)) as [RecordKey, RecordKey, RecordKey];
    const apart = (takenOut: RecordKey, from: RecordKey, at: number): ApartRow => ({
      takenOut,
      from,
      by: 'eve',
      reason: null,
      at,
    });

    it('keeps two records apart once, whichever was taken out last, until that is taken back', async () => {
      const store = await open();
      await store.transaction((state) => state.apart.put([apart(a, b, 1), apart(c, a, 2)]));
      await store.transaction((state) => state.apart.put([apart(b, a, 3)]));
      expect(await store.read((state) => state.apart.list(10))).toEqual([apart(b, a, 3), apart(c, a, 2)]);
      expect(await store.read((state) => state.apart.of([b]))).toEqual([apart(b, a, 3)]);
      expect(await store.read((state) => state.apart.of([a, b, c]))).toHaveLength(2);
      expect(await store.read((state) => state.apart.of([]))).toEqual([]);
      await store.transaction((state) => state.apart.remove([[a, b]]));
      expect(await store.read((state) => state.apart.list(10))).toEqual([apart(c, a, 2)]);
      expect(await store.read((state) => state.apart.count())).toBe(1);
    });

    it('keeps where the fields of a row come from, in key order, until the row is of one record', async () => {
      const store = await open();
      const row = (targetKey: string, object: string, from: string): LineageRow => ({
        targetKey,
        object,
        id: `id of ${targetKey}`,
        fields: { jobTitle: { from: [from], since: 5, value: 'x' } },
        at: 7,
      });
      await store.transaction((state) =>
        state.lineage.put([row(b, 'person', a), row(a, 'person', a), row(c, 'company', c)]),
      );
      await store.transaction((state) => state.lineage.put([row(b, 'person', b)]));
      expect(await store.read((state) => state.lineage.page('person', null, 10))).toEqual([
        row(a, 'person', a),
        row(b, 'person', b),
      ]);
      expect(await store.read((state) => state.lineage.page(null, a, 1))).toEqual([row(b, 'person', b)]);
      expect(await store.read((state) => state.lineage.counts())).toEqual([
        { object: 'company', rows: 1 },
        { object: 'person', rows: 2 },
      ]);
      await store.transaction((state) => state.lineage.remove([b, c]));
      expect([...(await store.read((state) => state.lineage.get([a, b, c]))).keys()]).toEqual([a]);
    });

    it('lists losses of one kind by their records', async () => {
      const store = await open();
      const loss = (key: RecordKey, kind: string, field: string) => ({
        key,
        source: 'crm',
        object: 'contact',
        field,
        kind,
        before: 'x',
        after: '',
      });
      const rows = [loss(b, 'link-cut', 'company'), loss(a, 'link-cut', 'owner'), loss(a, 'dropped', 'job')];
      await store.transaction((state) => state.losses.set([a, b], rows));
      const kind = 'link-cut';
      expect(await store.read((state) => state.losses.list({ kind, limit: 10 }))).toEqual([rows[1], rows[0]]);
      expect(await store.read((state) => state.losses.list({ kind, after: a, limit: 10 }))).toEqual([rows[0]]);
      expect(await store.read((state) => state.losses.list({ kind, object: 'deal', limit: 10 }))).toEqual([]);
      expect(await store.read((state) => state.losses.counts(kind))).toEqual([
        { source: 'crm', object: 'contact', losses: 2 },
      ]);
    });
  });
}
