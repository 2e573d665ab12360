import { describe, expect, it } from 'vitest';
import type { EditRow } from '../../../src/state/state.ts';
import type { OpenState } from '../state.ts';

export function editsConformance(open: OpenState): void {
  describe('edits by people', () => {
    const edit = (
      targetKey: string,
      field: string,
      value: unknown,
      more: Partial<EditRow> = {},
    ): Omit<EditRow, 'number' | 'question'> => ({
      targetKey,
      object: 'person',
      id: `id of ${targetKey}`,
      field,
      base: 'B',
      value,
      by: 'Jo',
      at: 5,
      foundAt: 10,
      foundBy: 'poll',
      status: 'open',
      replacement: null,
      because: null,
      closedAt: null,
      ...more,
    });

    it('are open at most once for each field of a row, and keep what we had written', async () => {
      const store = await open();
      await store.transaction((state) =>
        state.edits.note([
          edit('a', 'jobTitle', 'one'),
          edit('a', 'name', { firstName: 'X' }),
          edit('b', 'jobTitle', 7),
        ]),
      );
      await store.transaction((state) =>
        state.edits.note([edit('a', 'jobTitle', 'two', { base: 'other', by: null, at: null, foundBy: 'answer' })]),
      );
      const found = await store.read((state) => state.edits.open(['a', 'b', 'c']));
      expect([...found.keys()].sort()).toEqual(['a', 'b']);
      expect(found.get('a')).toMatchObject([
        { field: 'jobTitle', base: 'B', value: 'two', by: null, at: null, foundBy: 'answer', question: null },
        { field: 'name', value: { firstName: 'X' } },
      ]);
      expect(found.get('b')).toMatchObject([{ value: 7 }]);
      expect(await store.read((state) => state.edits.open([]))).toEqual(new Map());
    });

    it('are closed once, with what came in their place, and stay listed', async () => {
      const store = await open();
      await store.transaction((state) => state.edits.note([edit('a', 'jobTitle', 'one')]));
      const [first] = await store.read((state) => state.edits.list({ limit: 10 }));
      const number = first?.number ?? 0;
      await store.transaction((state) => state.edits.ask([{ number, question: 'q' }]));
      const closing = { number, status: 'overwritten', replacement: 'S', because: 'mapping', at: 20 } as const;
      await store.transaction((state) => state.edits.close([closing]));
      await store.transaction((state) => state.edits.close([{ ...closing, status: 'gone', at: 30 }]));
      expect(await store.read((state) => state.edits.open(['a']))).toEqual(new Map());
      expect((await store.read((state) => state.edits.of(['a']))).get('a')).toMatchObject([
        { status: 'overwritten', replacement: 'S', because: 'mapping', closedAt: 20, question: 'q' },
      ]);
      // Another edit of the same field is another one.
      await store.transaction((state) =>
        state.edits.note([
          edit('a', 'jobTitle', 'three'),
          edit('a', 'jobTitle', 'four', { status: 'lost', replacement: 'S', closedAt: 40 }),
          edit('b', 'name', 'x', { object: 'company' }),
        ]),
      );
      expect(await store.read((state) => state.edits.counts())).toEqual([
        { object: 'company', status: 'open', edits: 1, records: 1 },
        { object: 'person', status: 'lost', edits: 1, records: 1 },
        { object: 'person', status: 'open', edits: 1, records: 1 },
        { object: 'person', status: 'overwritten', edits: 1, records: 1 },
      ]);
      const list = async (filter: { status?: EditRow['status']; object?: string; after?: number; limit: number }) =>
        (await store.read((state) => state.edits.list(filter))).map(({ value }) => value);
      expect(await list({ limit: 10 })).toEqual(['one', 'three', 'four', 'x']);
      expect(await list({ status: 'open', object: 'person', limit: 10 })).toEqual(['three']);
      expect(await list({ after: number, limit: 1 })).toEqual(['three']);
    });
  });
}
