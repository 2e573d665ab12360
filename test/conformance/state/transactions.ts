import { describe, expect, it } from 'vitest';
import type { StateTransaction } from '../../../src/state/state.ts';
import type { OpenState } from '../state.ts';
import { codeOf, upsert } from './samples.ts';

/** A promise that the test resolves when it wants to. */
function gate(): { readonly passed: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { passed: promise, open: resolve };
}

export function transactionsConformance(open: OpenState): void {
  describe('transactions', () => {
    it('keep all of what the work wrote, and let it read its own writes', async () => {
      const store = await open();
      const seen = await store.transaction(async (state) => {
        await state.settings.set('budget', { tokens: 3 });
        return state.settings.get('budget');
      });
      expect(seen).toEqual({ tokens: 3 });
      expect(await store.read((state) => state.settings.get('budget'))).toEqual({ tokens: 3 });
    });

    it('keep nothing of a work that failed, and go on afterwards', async () => {
      const store = await open();
      const failing = store.transaction(async (state) => {
        await state.records.take([upsert({ sequence: 1 })], 10);
        await state.positions.set('sink', 'topic', 0, 5);
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      const after = await store.read(async (state) => [
        await state.ledger.rows(null),
        await state.positions.get('sink', 'topic', 0),
      ]);
      expect(after).toEqual([[], null]);
      await store.transaction((state) => state.settings.set('after', 1));
      expect(await store.read((state) => state.settings.get('after'))).toBe(1);
    });

    it('keep nothing where a statement failed, even if the work caught the error', async () => {
      const store = await open();
      const careless = store.transaction(async (state) => {
        await state.settings.set('half', true);
        await state.names.add('topics', [{ name: 'Ölçü', legal: 'olcu' }]);
        await state.names.add('topics', [{ name: 'Olcu', legal: 'olcu' }]).catch(() => undefined);
      });
      expect(await codeOf(careless)).toBe('INTERNAL');
      expect(await store.read((state) => state.settings.get('half'))).toBeUndefined();
    });

    it('run one after the other, so that none works on what another is changing', async () => {
      const store = await open();
      const increment = () =>
        store.transaction(async (state) => {
          const before = ((await state.settings.get('count')) ?? 0) as number;
          await new Promise<void>((resolve) => setImmediate(resolve));
          await state.settings.set('count', before + 1);
        });
      await Promise.all(Array.from({ length: 20 }, increment));
      expect(await store.read((state) => state.settings.get('count'))).toBe(20);
    });

    it('are invisible to readers until they are committed', async () => {
      const store = await open();
      const written = gate();
      const read = gate();
      const writing = store.transaction(async (state) => {
        await state.settings.set('visible', true);
        written.open();
        await read.passed;
      });
      await written.passed;
      expect(await store.read((state) => state.settings.get('visible'))).toBeUndefined();
      read.open();
      await writing;
      expect(await store.read((state) => state.settings.get('visible'))).toBe(true);
    });

    it('cannot be begun inside one another: they would wait for themselves', async () => {
      const store = await open();
      const nested = store.transaction(() => store.transaction(async () => undefined));
      expect(await codeOf(nested)).toBe('INTERNAL');
      expect(await codeOf(store.transaction(() => store.close()))).toBe('INTERNAL');
    });

    it('refuse to be used after their end, when the writes would be in nobody’s transaction', async () => {
      const store = await open();
      let kept: StateTransaction | undefined;
      await store.transaction(async (state) => {
        kept = state;
      });
      expect(await codeOf(kept?.settings.set('late', 1) ?? Promise.resolve())).toBe('INTERNAL');
      expect(await store.read((state) => state.settings.get('late'))).toBeUndefined();
    });
  });

  describe('reads', () => {
    it('see one moment from begin to end, whatever is committed meanwhile', async () => {
      const store = await open();
      await store.transaction((state) => state.settings.set('moment', 1));
      const seen = await store.read(async (state) => {
        const first = await state.settings.get('moment');
        await store.transaction((writing) => writing.settings.set('moment', 2));
        return [first, await state.settings.get('moment')];
      });
      expect(seen).toEqual([1, 1]);
      expect(await store.read((state) => state.settings.get('moment'))).toBe(2);
    });

    it('may not write', async () => {
      const store = await open();
      expect(await codeOf(store.read((state) => state.settings.set('read', 1)))).toBe('STATE_READ_ONLY');
    });

    it('can be many at once, and inside one another', async () => {
      const store = await open();
      await store.transaction((state) => state.settings.set('many', 'yes'));
      const nested = () => store.read(() => store.read((state) => state.settings.get('many')));
      expect(await Promise.all(Array.from({ length: 12 }, nested))).toEqual(Array.from({ length: 12 }, () => 'yes'));
    });
  });

  describe('close', () => {
    it('waits for the work in hand, and refuses what comes after', async () => {
      const store = await open();
      const going = gate();
      const writing = store.transaction(async (state) => {
        await going.passed;
        await state.settings.set('last', 1);
        return 'kept';
      });
      const closing = store.close();
      expect(await codeOf(store.transaction(async () => undefined))).toBe('STATE_CLOSED');
      expect(await codeOf(store.read(async () => undefined))).toBe('STATE_CLOSED');
      going.open();
      expect(await writing).toBe('kept');
      await closing;
      await store.close();
    });
  });
}
