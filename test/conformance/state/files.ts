import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordKey } from '../../../src/core/identifiers.ts';
import { CLASS_OF_STATE, FILE_STATES } from '../../../src/state/file-states.ts';
import type { FileLedgerRow, FileRow, StateStore } from '../../../src/state/state.ts';
import type { OpenState } from '../state.ts';

export function filesConformance(open: OpenState): void {
  describe('files', () => {
    it('come back as they were put, by key, by record and in key order', async () => {
      const store = await open();
      const full = file('1', 'b', {
        state: 'linked',
        reason: { code: 'FILES_DISK', message: 'Ağ hatası' },
        content: { sha256: 'f'.repeat(64), size: 131_072_000, type: 'application/pdf' },
        upload: { kind: 'file', fileId: 'u' },
        attached: {
          id: 'a',
          name: 'Teklif.pdf',
          target: { column: 'targetNoteId', id: 'n' },
          content: { sha256: 'f'.repeat(64), size: 131_072_000, type: null },
          upload: { kind: 'path', path: 'attachment/1.pdf' },
        },
        declaredSize: 9_007_199_254_740_991,
        declaredType: 'application/pdf',
        dueAt: 1_800_000_000_000,
      });
      await put(store, full, file('1', 'a'), file('2', 'a', { source: 'other' }));
      const found = await store.read((tx) => tx.files.get([full.key, 'nobody']));
      expect([...found.values()]).toEqual([full]);
      const ofRecords = await store.read((tx) => tx.files.ofRecords([full.recordKey]));
      expect(ofRecords.get(full.recordKey)?.map(({ key }) => key)).toEqual([file('1', 'a').key, full.key]);
      const page = await store.read((tx) => tx.files.page({ source: 'crm', after: file('1', 'a').key, limit: 10 }));
      expect(page.map(({ key }) => key)).toEqual([full.key]);
      expect(await store.read((tx) => tx.files.page({ state: 'linked', limit: 10 }))).toHaveLength(1);
    });

    it('are due by state, time and age; those in hand are left out', async () => {
      const store = await open();
      await put(
        store,
        file('1', 'a', { state: 'wanted', since: 30 }),
        file('2', 'a', { state: 'wanted', since: 10 }),
        file('3', 'a', { state: 'staged', since: 20 }),
        file('4', 'a', { state: 'wanted', dueAt: 500, since: 1 }),
        file('5', 'a', { state: 'linked' }),
      );
      const due = async (now: number, limit: number, ...except: string[]) =>
        (
          await store.read((tx) =>
            tx.files.due({
              states: ['staged', 'wanted'],
              now,
              limit,
              except: new Set(except.map((id) => file(id, 'a').key)),
            }),
          )
        ).map(({ recordKey: key }) => key.split('/')[2]);
      expect(await due(100, 10)).toEqual(['3', '2', '1']);
      expect(await due(100, 2)).toEqual(['3', '2']);
      expect(await due(100, 2, '3', '2')).toEqual(['1']);
      expect(await due(500, 10)).toEqual(['3', '2', '1', '4']);
      expect(await store.read((tx) => tx.files.dueCount(['staged', 'wanted'], 100))).toBe(3);
      expect(await store.read((tx) => tx.files.nextDueAt(['wanted'], 100))).toBe(500);
      expect(await store.read((tx) => tx.files.nextDueAt(['wanted'], 500))).toBe(null);
    });

    it('tell why they do not move', async () => {
      const store = await open();
      const reason = { code: 'FILES_DISK', message: 'full' };
      await put(store, file('1', 'a', { state: 'held', reason }), file('2', 'a', { state: 'held', reason }));
      await put(store, file('3', 'a', { state: 'wanted', reason }));
      const one = { source: 'crm', object: 'note', state: 'held', code: 'FILES_DISK', files: 2 };
      expect(await store.read((tx) => tx.files.reasons(null))).toEqual([one]);
      expect(await store.read((tx) => tx.files.reasons('other'))).toEqual([]);
    });

    it('are in the ledger whatever happens to them: known is the sum of the classes', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(deed, { minLength: 1, maxLength: 25 }), async (deeds) => {
          const store = await open();
          const model = new Map<string, FileRow>();
          for (const { id, state, size } of deeds) {
            const row = file(id, 'a', { state: state ?? 'wanted', declaredSize: size });
            if (state === null) {
              model.delete(row.key);
              await store.transaction((tx) => tx.files.remove([row.key, row.key]));
            } else {
              model.set(row.key, row);
              await store.transaction((tx) => tx.files.put([file(id, 'a', { state: 'held' }), row]));
            }
          }
          const [ledger, recount] = await store.read(async (tx) => [
            await tx.files.ledger(null),
            await tx.files.recount(null),
          ]);
          expect(ledger).toEqual(recount);
          expect(ledger).toEqual(expected([...model.values()]));
        }),
        { numRuns: 15 },
      );
    });
  });
}

const deed = fc.record({
  id: fc.constantFrom('1', '2', '3'),
  state: fc.option(fc.constantFrom(...FILE_STATES), { nil: null, freq: 5 }),
  size: fc.option(fc.nat(1_000_000), { nil: null }),
});

function expected(rows: readonly FileRow[]): readonly FileLedgerRow[] {
  const known = rows.filter(({ state }) => CLASS_OF_STATE[state] !== 'gone');
  if (known.length === 0) return [];
  const count = (name: string) => known.filter(({ state }) => CLASS_OF_STATE[state] === name);
  const bytes = (some: readonly FileRow[]) => some.reduce((sum, { declaredSize }) => sum + (declaredSize ?? 0), 0);
  return [
    {
      source: 'crm',
      object: 'note',
      known: known.length,
      classes: {
        uploaded: count('uploaded').length,
        linked: count('linked').length,
        held: count('held').length,
        refused: count('refused').length,
        excluded: count('excluded').length,
        'on-the-way': count('on-the-way').length,
      },
      knownBytes: bytes(known),
      linkedBytes: bytes(count('linked')),
    },
  ];
}

function put(store: StateStore, ...rows: readonly FileRow[]): Promise<void> {
  return store.transaction((tx) => tx.files.put(rows));
}

function file(id: string, name: string, more: Partial<FileRow> = {}): FileRow {
  const source = more.source ?? 'crm';
  const record = recordKey(source, 'note', id);
  return {
    key: `${record}~${name}:0`,
    source,
    object: 'note',
    recordKey: record,
    reference: `annotation/${id}/documentbody`,
    fingerprint: 'one',
    name: 'offer.pdf',
    sourceName: 'offer.pdf',
    declaredType: null,
    declaredSize: null,
    state: 'waiting',
    reason: null,
    target: null,
    content: null,
    upload: null,
    attached: null,
    dueAt: 0,
    attempt: 0,
    touches: 0,
    since: 0,
    ...more,
  };
}
