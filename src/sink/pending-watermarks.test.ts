import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { OrderingKey } from '../events/event.ts';
import { type PendingWatermark, seeWatermark } from './pending-watermarks.ts';

it('every watermark is complete once all partitions came to it, however they take turns', () => {
  const turns = fc.record({
    partitions: fc.integer({ min: 1, max: 5 }),
    watermarks: fc.integer({ min: 1, max: 4 }),
    seed: fc.array(fc.nat(1_000), { minLength: 20, maxLength: 20 }),
  });
  fc.assert(
    fc.property(turns, ({ partitions, watermarks, seed }) => {
      const next = Array.from({ length: partitions }, () => 1);
      const complete: number[] = [];
      let pending: readonly PendingWatermark[] = [];
      for (let turn = 0; next.some((sequence) => sequence <= watermarks); turn += 1) {
        const waiting = next.flatMap((sequence, partition) => (sequence <= watermarks ? [partition] : []));
        const partition = waiting[(seed[turn % seed.length] ?? 0) % waiting.length] ?? 0;
        const order: OrderingKey = { epoch: 1, sequence: next[partition] ?? 0 };
        next[partition] = order.sequence + 1;
        const seen = seeWatermark(pending, order, partition, partitions);
        pending = seen.pending;
        if (seen.complete) complete.push(order.sequence);
      }
      expect(complete).toEqual(Array.from({ length: watermarks }, (_, index) => index + 1));
      expect(pending).toEqual([]);
    }),
  );
});

it('one that never comes to every partition is forgotten with the next that does', () => {
  const first = seeWatermark([], { epoch: 1, sequence: 5 }, 0, 2);
  const second = seeWatermark(first.pending, { epoch: 2, sequence: 1 }, 0, 2);
  const third = seeWatermark(second.pending, { epoch: 2, sequence: 1 }, 1, 2);
  expect(third).toEqual({ pending: [], complete: true, ahead: 0 });
});

it('coming to it twice is coming to it once', () => {
  const once = seeWatermark([], { epoch: 1, sequence: 5 }, 0, 2);
  expect(seeWatermark(once.pending, { epoch: 1, sequence: 5 }, 0, 2)).toEqual(once);
});
