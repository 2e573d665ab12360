import { describe, expect, it } from 'vitest';
import type { ProcessRow, StateStore } from '../../../src/state/state.ts';
import type { OpenState } from '../state.ts';
import { codeOf, deletion, upsert } from './samples.ts';

export function bookkeepingConformance(open: OpenState): void {
  describe('settings, checkpoints, positions and names', () => {
    it('are kept by name and replaced', async () => {
      const store = await open();
      const seen = await store.transaction(async (state) => {
        await state.settings.set('a', [1, { z: 1, a: 2n }]);
        await state.settings.set('null', null);
        await state.settings.set('gone', 1);
        await state.settings.delete('gone');
        await state.checkpoints.set('crm', 'contact', { deltaLink: 'x' }, 1);
        await state.checkpoints.set('crm', 'contact', { deltaLink: 'y' }, 2);
        await state.positions.set('sink', 't', 1, 5);
        await state.positions.set('sink', 't', 0, 7);
        await state.positions.set('sink', 't', 1, 6);
        await state.positions.set('other', 't', 1, 1);
        await state.names.add('topics', [
          { name: 'Ölçü', legal: 'olcu' },
          { name: 'Müşteri', legal: 'musteri' },
        ]);
        await state.names.add('topics', [{ name: 'Ölçü', legal: 'ignored' }]);
        return {
          settings: [await state.settings.get('a'), await state.settings.get('null'), await state.settings.get('gone')],
          checkpoints: [await state.checkpoints.get('crm', 'contact'), await state.checkpoints.get('crm', 'deal')],
          positions: [
            await state.positions.all('sink'),
            await state.positions.get('sink', 't', 1),
            await state.positions.get('sink', 't', 2),
          ],
          names: await state.names.all('topics'),
        };
      });
      expect(seen).toEqual({
        settings: [[1, { z: 1, a: 2n }], null, undefined],
        checkpoints: [{ deltaLink: 'y' }, null],
        positions: [
          [
            { topic: 't', partition: 0, next: 7 },
            { topic: 't', partition: 1, next: 6 },
          ],
          6,
          null,
        ],
        names: new Map([
          ['Müşteri', 'musteri'],
          ['Ölçü', 'olcu'],
        ]),
      });
    });
  });

  describe('leases', () => {
    it('belong to one holder until they expire or are given back, and every taking has a greater epoch', async () => {
      const store = await open();
      const lease = (holder: string, epoch: number, expiresAt: number) => ({
        name: 'writer:w',
        holder,
        epoch,
        expiresAt,
      });
      await store.transaction(async (state) => {
        const first = await state.leases.take('writer:w', 'one', 0, 100);
        const epoch = first?.epoch ?? 0;
        expect(first).toEqual(lease('one', epoch, 100));
        expect(await state.leases.take('writer:w', 'two', 99, 100)).toBeNull();
        expect(await state.leases.take('writer:w', 'one', 50, 100)).toEqual(lease('one', epoch + 1, 150));
        expect(await state.leases.renew('writer:w', 'one', epoch + 1, 140, 100)).toEqual(lease('one', epoch + 1, 240));
        expect(await state.leases.take('writer:w', 'two', 240, 100)).toEqual(lease('two', epoch + 2, 340));
        await state.leases.release('writer:w', 'one', epoch + 1);
        expect(await state.leases.take('writer:w', 'three', 241, 100)).toBeNull();
        await state.leases.release('writer:w', 'two', epoch + 2);
        expect(await state.leases.take('writer:w', 'three', 241, 100)).toEqual(lease('three', epoch + 3, 341));
      });
    });

    it('begin in a new state above every epoch that a lost one gave, so that what is read from now on is newer', async () => {
      const [lost, fresh] = [await open(), await open()];
      const take = (store: StateStore, now: number) =>
        store.transaction((state) => state.leases.take('reader:crm/contact', 'one', now, 10));
      let last = 0;
      // Ten times a second, which is twice what any source may be asked for.
      for (let now = 0; now < 1_000; now += 100) last = (await take(lost, now))?.epoch ?? 0;
      expect((await take(fresh, 1_000))?.epoch).toBeGreaterThan(last);
    });

    it('verify, renew and sequence numbers are refused to whoever lost the lease', async () => {
      const store = await open();
      await store.transaction(async (state) => {
        const lease = 'reader:crm/contact';
        const epoch = (await state.leases.take(lease, 'one', 0, 10))?.epoch ?? 0;
        await state.leases.verify(lease, 'one', epoch);
        await state.leases.take(lease, 'two', 20, 10);
        expect(await codeOf(state.leases.verify(lease, 'one', epoch))).toBe('STATE_LEASE_LOST');
        expect(await codeOf(state.leases.verify(lease, 'one', epoch + 1))).toBe('STATE_LEASE_LOST');
        expect(await codeOf(state.leases.verify('reader:crm/none', 'one', epoch))).toBe('STATE_LEASE_LOST');
        expect(await codeOf(state.leases.renew(lease, 'one', epoch, 21, 10))).toBe('STATE_LEASE_LOST');
        expect(await codeOf(state.leases.nextSequences(lease, epoch, 5))).toBe('STATE_LEASE_LOST');
        // Late is not lost: nobody else has taken it.
        await state.leases.verify(lease, 'two', epoch + 1);
        expect(await state.leases.renew(lease, 'two', epoch + 1, 500, 10)).toMatchObject({ expiresAt: 510 });
      });
    });

    it('sequence numbers are never handed out twice, unless the transaction that took them failed', async () => {
      const store = await open();
      const next = (epoch: number, count: number) =>
        store.transaction((state) => state.leases.nextSequences('reader:crm/contact', epoch, count));
      const take = (holder: string, now: number) =>
        store.transaction((state) => state.leases.take('reader:crm/contact', holder, now, 10));
      const epoch = (await take('one', 0))?.epoch ?? 0;
      expect(await next(epoch, 500)).toBe(1);
      expect(await next(epoch, 3)).toBe(501);
      const failing = store.transaction(async (state) => {
        expect(await state.leases.nextSequences('reader:crm/contact', epoch, 10)).toBe(504);
        throw new Error('not appended');
      });
      await expect(failing).rejects.toThrow('not appended');
      expect(await next(epoch, 1)).toBe(504);
      await take('two', 20);
      expect(await next(epoch + 1, 1)).toBe(505);
    });
  });

  describe('processes', () => {
    const process = (holder: string, startedAt: number): Omit<ProcessRow, 'seenAt'> => ({
      holder,
      host: 'machine',
      pid: 17,
      roles: ['source', 'control'],
      sources: ['crm', 'Müşteri'],
      version: '1.2.3',
      startedAt,
    });
    const timeless = ({ startedAt, seenAt, ...rest }: ProcessRow) => ({ ...rest, age: seenAt - startedAt });

    it('are known by what they told last, until they leave or are forgotten', async () => {
      const store = await open();
      const begun = 1_000_000;
      await store.transaction(async (state) => {
        await state.processes.beat(process('b', begun), begun);
        await state.processes.beat(process('a', begun), begun);
        await state.processes.beat({ ...process('c', begun), roles: [], sources: [] }, begun + 900_000);
        await state.processes.beat({ ...process('b', begun), pid: 18 }, begun + 900_000);
      });
      const known = async () => (await store.read((state) => state.processes.all())).map(timeless);
      const { startedAt: _startedAt, ...told } = process('', begun);
      expect(await known()).toEqual([
        { ...told, holder: 'a', age: 0 },
        { ...told, holder: 'b', pid: 18, age: 900_000 },
        { ...told, holder: 'c', roles: [], sources: [], age: 900_000 },
      ]);
      await store.transaction((state) => state.processes.forget(begun + 450_000));
      expect((await known()).map(({ holder }) => holder)).toEqual(['b', 'c']);
      await store.transaction(async (state) => {
        await state.processes.leave('c');
        await state.processes.leave('unknown');
      });
      expect((await known()).map(({ holder }) => holder)).toEqual(['b']);
    });
  });

  describe('watermarks', () => {
    it('keep the live count of the moment when they were taken in (identity B)', async () => {
      const store = await open();
      const mark = (sequence: number, snapshot: string, object = 'contact') => ({
        source: 'crm',
        object,
        snapshot,
        order: { epoch: 1, sequence },
        rows: 2,
        rejected: 0,
        retained: 0,
        observedAt: 9,
      });
      await store.transaction(async (state) => {
        await state.records.take([upsert({ sequence: 1 }), upsert({ id: '2', sequence: 2 })], 1);
        await state.watermarks.put(mark(3, 'first'));
        await state.watermarks.put(mark(4, 'first', 'company'));
        await state.records.take([deletion({ sequence: 5 })], 2);
      });
      const latest = (source: string | null) => store.read((state) => state.watermarks.latest(source));
      expect(await latest('crm')).toEqual([
        { ...mark(4, 'first', 'company'), live: 0 },
        { ...mark(3, 'first'), live: 2 },
      ]);
      await store.transaction(async (state) => {
        await state.watermarks.put(mark(6, 'second'));
        await state.watermarks.put(mark(3, 'first'));
      });
      expect(await latest(null)).toEqual([
        { ...mark(4, 'first', 'company'), live: 0 },
        { ...mark(6, 'second'), live: 1 },
      ]);
      expect(await latest('other')).toEqual([]);
    });
  });
}
