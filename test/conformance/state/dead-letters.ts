import { describe, expect, it } from 'vitest';
import { recordKey } from '../../../src/core/identifiers.ts';
import type {
  BreakerRow,
  Correction,
  ForeignMessage,
  OutboxRow,
  PendingNotice,
  TakenEvent,
} from '../../../src/state/state.ts';
import type { OpenState } from '../state.ts';
import { key, moveOf, rowOf, upsert } from './samples.ts';

export function deadLettersConformance(open: OpenState): void {
  describe('the place of an event in the log', () => {
    it('is that of the newest event, and unknown where that came from elsewhere', async () => {
      const store = await open();
      const take = (events: readonly TakenEvent[]) => store.transaction((state) => state.records.take(events, 10));
      await take([{ ...upsert({ sequence: 1 }), place: { partition: 3, offset: 0 } }]);
      expect((await rowOf(store, '1')).place).toEqual({ partition: 3, offset: 0 });
      await take([{ ...upsert({ sequence: 2 }), place: { partition: 3, offset: 9 } }]);
      expect((await rowOf(store, '1')).place).toEqual({ partition: 3, offset: 9 });
      await take([upsert({ sequence: 3 })]);
      expect((await rowOf(store, '1')).place).toBe(null);
    });
  });

  describe('parked records', () => {
    it('are counted by attempt and listed by due time, until they are touched or moved', async () => {
      const store = await open();
      const park = async (id: string, sequence: number, attempt: number, dueAt: number) => {
        await store.transaction((state) => state.records.take([upsert({ id, sequence })], 10));
        const row = await rowOf(store, id);
        await store.transaction((state) =>
          state.records.move([moveOf(row, 'on-the-way', { due: true, dueAt, attempt })], 20),
        );
      };
      await park('1', 1, 1, 500);
      await park('2', 2, 1, 400);
      await park('3', 3, 2, 450);
      await store.transaction((state) => state.records.take([upsert({ id: '4', sequence: 4 })], 10));
      const one = { source: 'crm', object: 'contact' };
      expect(await store.read((state) => state.retries.counts(null))).toEqual([
        { ...one, attempt: 1, records: 2 },
        { ...one, attempt: 2, records: 1 },
      ]);
      expect(await store.read((state) => state.retries.counts('other'))).toEqual([]);
      expect(await store.read((state) => state.retries.keys('crm', null, 10))).toEqual([key('2'), key('3'), key('1')]);
      expect(await store.read((state) => state.retries.keys('crm', 'contact', 1))).toEqual([key('2')]);
      expect(await store.read((state) => state.retries.keys('crm', 'deal', 1))).toEqual([]);
      await store.transaction((state) => state.records.touch([key('2')]));
      await store.transaction((state) => state.records.take([upsert({ id: '3', sequence: 9 })], 30));
      expect(await store.read((state) => state.retries.keys('crm', null, 10))).toEqual([key('1')]);
    });
  });

  describe('the outbox', () => {
    const outcome = (id: string, attempt = 1): PendingNotice => ({
      kind: 'outcome',
      key: key(id),
      outcome: 'DEAD',
      order: { epoch: 1, sequence: attempt },
      origin: { topic: 'changeover.crm.contact', partition: 0, offset: 7 },
      attempt,
      code: 'SINK_TWENTY_REFUSED',
      message: 'no',
      dueAt: null,
      at: 5,
      run: 'run',
      by: null,
      changes: null,
    });
    const control: PendingNotice = {
      kind: 'control',
      source: 'crm',
      object: null,
      action: 'retry',
      by: 'Jo',
      reason: null,
      detail: { records: 2 },
      at: 5,
      run: 'run',
    };

    it('gives notices back in the order in which they were added, with the event they are about', async () => {
      const store = await open();
      const event = upsert({ sequence: 1, after: { big: 12345678901234567890n, name: 'Ayşe' } });
      const rows: Omit<OutboxRow, 'number'>[] = [
        { source: 'crm', topic: 'dead', notice: outcome('1'), payload: { kind: 'event', event } },
        { source: 'crm', topic: 'control', notice: control, payload: null },
        { source: 'crm', topic: 'dead', notice: outcome('2'), payload: { kind: 'bytes', bytes: 'AAEC' } },
        { source: 'crm', topic: 'retry', notice: outcome('1', 2), payload: null },
      ];
      await store.transaction((state) => state.outbox.add(rows.slice(0, 2)));
      await store.transaction((state) => state.outbox.add(rows.slice(2)));
      const found = await store.read((state) => state.outbox.first(10));
      expect(found.map(({ number: _number, ...row }) => row)).toEqual(rows);
      const numbers = found.map(({ number }) => number);
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
      expect(await store.read((state) => state.outbox.first(2))).toEqual(found.slice(0, 2));
      expect(await store.read((state) => state.outbox.of('dead', [key('2'), key('1'), key('3')]))).toEqual([
        found[0],
        found[2],
      ]);
      await store.transaction((state) => state.outbox.remove(numbers.slice(0, 3)));
      expect(await store.read((state) => state.outbox.first(10))).toEqual(found.slice(3));
      expect(await store.read((state) => state.outbox.count())).toBe(1);
    });

    it('holds nothing of a transaction that did not end well', async () => {
      const store = await open();
      const failed = store.transaction(async (state) => {
        await state.outbox.add([{ source: 'crm', topic: 'dead', notice: outcome('1'), payload: null }]);
        throw new Error('stop');
      });
      await expect(failed).rejects.toThrow('stop');
      expect(await store.read((state) => state.outbox.count())).toBe(0);
    });
  });

  describe('corrections', () => {
    it('are kept for one event of a record, and the last one holds', async () => {
      const store = await open();
      const edit: Correction = {
        key: key('1'),
        order: { epoch: 1, sequence: 4 },
        kind: 'edit',
        changes: { email: 'a@example.com', long: 9007199254740993n, gone: null },
        by: 'Jo',
        reason: 'typed wrong',
        at: 5,
      };
      const discard: Correction = { ...edit, key: key('2'), kind: 'discard', changes: null, reason: null };
      await store.transaction((state) => state.corrections.put([edit, discard]));
      expect(await store.read((state) => state.corrections.get([key('1'), key('2'), key('3')]))).toEqual(
        new Map([
          [key('1'), edit],
          [key('2'), discard],
        ]),
      );
      const back: Correction = { ...edit, kind: 'none', changes: null, at: 6 };
      await store.transaction((state) => state.corrections.put([back]));
      expect(await store.read((state) => state.corrections.get([key('1')]))).toEqual(new Map([[key('1'), back]]));
    });
  });

  describe('breakers', () => {
    it('are kept per object, and those that are open are found', async () => {
      const store = await open();
      const closed: BreakerRow = {
        source: 'crm',
        object: 'contact',
        recent: '..x',
        mapping: 'hash',
        decided: 3,
        known: ['SINK_VALUE_REFUSED email'],
        openings: 0,
        open: null,
      };
      const opened: BreakerRow = {
        ...closed,
        object: 'deal',
        openings: 1,
        open: { number: 1, at: 5, reason: { code: 'SINK_BREAKER_OPEN', message: 'too many' }, intake: false },
      };
      const elsewhere: BreakerRow = { ...opened, source: 'other' };
      await store.transaction((state) => state.breakers.put([closed, opened, elsewhere]));
      expect(await store.read((state) => state.breakers.get('crm', ['contact', 'deal', 'note']))).toEqual(
        new Map([
          ['contact', closed],
          ['deal', opened],
        ]),
      );
      expect(await store.read((state) => state.breakers.open('crm'))).toEqual([opened]);
      expect(await store.read((state) => state.breakers.open(null))).toEqual([opened, elsewhere]);
      await store.transaction((state) => state.breakers.put([{ ...opened, open: null }]));
      expect(await store.read((state) => state.breakers.open('crm'))).toEqual([]);
    });
  });

  describe('foreign messages', () => {
    const message = (topic: string, partition: number, offset: number): ForeignMessage => ({
      topic,
      partition,
      offset,
      source: 'crm',
      object: 'contact',
      key: 'ключ',
      code: 'EVENT_NOT_OURS',
      message: 'the first byte is 1',
      size: 2,
      bytes: 'AQI=',
      at: 5,
      status: 'open',
    });

    it('are known by their place, once, and listed in its order while they are open', async () => {
      const store = await open();
      const rows = [
        message('a', 0, 10),
        message('a', 0, 9),
        message('a', 1, 0),
        { ...message('b', 0, 1), bytes: null },
      ];
      await store.transaction((state) => state.foreignMessages.put(rows));
      await store.transaction((state) => state.foreignMessages.put([{ ...message('a', 0, 9), code: 'EVENT_DAMAGED' }]));
      const list = (filter: { after?: { topic: string; partition: number; offset: number }; limit?: number } = {}) =>
        store.read((state) => state.foreignMessages.list({ source: 'crm', limit: 10, ...filter }));
      const inOrder = [
        message('a', 0, 9),
        message('a', 0, 10),
        message('a', 1, 0),
        { ...message('b', 0, 1), bytes: null },
      ];
      expect(await list()).toEqual(inOrder);
      expect(await list({ after: { topic: 'a', partition: 0, offset: 10 } })).toEqual(inOrder.slice(2));
      expect(await list({ after: { topic: 'a', partition: 1, offset: 5 }, limit: 1 })).toEqual(inOrder.slice(3));
      expect(await store.read((state) => state.foreignMessages.list({ source: 'other', limit: 10 }))).toEqual([]);
      expect(await store.read((state) => state.foreignMessages.counts('crm'))).toEqual([
        { source: 'crm', object: 'contact', code: 'EVENT_NOT_OURS', messages: 4 },
      ]);
      await store.transaction((state) => state.foreignMessages.settle(message('a', 0, 9), 'discarded'));
      await store.transaction((state) => state.foreignMessages.settle(message('b', 0, 1), 'taken'));
      expect(await list()).toEqual(inOrder.slice(1, 3));
      const place = { topic: 'a', partition: 0, offset: 9 };
      expect((await store.read((state) => state.foreignMessages.get(place)))?.status).toBe('discarded');
      expect(await store.read((state) => state.foreignMessages.get({ ...place, offset: 99 }))).toBe(null);
    });
  });

  describe('the audit', () => {
    it('says who did what to a record, and why, and never loses a word of it', async () => {
      const store = await open();
      const entry = (id: string, action: string) => ({
        at: 5,
        by: 'Ayşe',
        action,
        source: 'crm',
        object: 'contact',
        key: recordKey('crm', 'contact', id),
        reason: action === 'discard' ? 'a test record' : null,
        detail: { was: { email: 'ä' } },
      });
      await store.transaction((state) => state.audit.append([entry('1', 'edit'), entry('2', 'discard')]));
      await store.transaction((state) => state.audit.append([entry('1', 'discard')]));
      expect(await store.read((state) => state.audit.of(key('1')))).toEqual([
        entry('1', 'edit'),
        entry('1', 'discard'),
      ]);
      expect(await store.read((state) => state.audit.newest(2))).toEqual([
        entry('1', 'discard'),
        entry('2', 'discard'),
      ]);
    });
  });
}
