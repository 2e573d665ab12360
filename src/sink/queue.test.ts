import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Queue } from './queue.ts';
import type { Task } from './write.ts';

function task(object: string, name: string, since: number): Task {
  return {
    write: {
      operation: 'create',
      target: {
        targetKey: `${object}/${name}`,
        kind: 'record',
        object,
        id: name,
        parentKey: null,
        contributors: [],
        image: {},
        imageHash: '',
        checksum: null,
        order: { epoch: 1, sequence: 1 },
        before: null,
        createdByUs: true,
      },
      fields: {},
      present: null,
      adopts: false,
      edits: '',
      source: 'crm',
    },
    units: new Set(),
    since,
  };
}

const take = (queue: Queue, now: number, flush: boolean) =>
  queue.take({ batchSize: () => 3, now, latencyMs: 100, flush });

describe('the queue of writes (SPEC.md I6)', () => {
  it('gives a full batch at once, a half-empty one only when nothing more is coming or it waited long enough', () => {
    const queue = new Queue();
    queue.add(task('company', 'a', 0), 'live');
    queue.add(task('company', 'b', 10), 'live');
    expect(take(queue, 50, false)).toBe(null);
    queue.add(task('company', 'c', 50), 'live');
    expect(take(queue, 50, false)?.tasks).toHaveLength(3);
    queue.add(task('company', 'd', 60), 'live');
    expect(take(queue, 100, false)).toBe(null);
    expect(take(queue, 160, false)?.tasks).toHaveLength(1);
    queue.add(task('company', 'e', 160), 'live');
    expect(take(queue, 160, true)?.tasks).toHaveLength(1);
    expect(queue.size).toBe(0);
    queue.add(task('company', 'f', 200), 'load');
    expect(take(queue, 600, false)).toBe(null);
    expect(take(queue, 700, false)?.tasks).toHaveLength(1);
  });

  it('says when a batch may leave though it is not full: the sooner the more urgent its lane is', () => {
    const queue = new Queue();
    expect(queue.ripeAt(100)).toBeNull();
    queue.add(task('company', 'a', 50), 'load');
    expect(queue.ripeAt(100)).toBe(550);
    queue.add(task('company', 'b', 60), 'live');
    expect(queue.ripeAt(100)).toBe(160);
  });

  it('puts back what waited before, in front', () => {
    const queue = new Queue();
    queue.add(task('company', 'new', 50), 'live');
    queue.putBack([task('company', 'old', 10)], () => 'live');
    expect(queue.ripeAt(100)).toBe(110);
    expect(take(queue, 110, false)?.tasks.map(({ since }) => since)).toEqual([10, 50]);
  });

  it('never mixes objects or lanes, gives every write once, and starves nobody', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            object: fc.constantFrom('company', 'person'),
            lane: fc.constantFrom('live' as const, 'load' as const),
          }),
        ),
        (writes) => {
          const queue = new Queue();
          for (const [index, { object, lane }] of writes.entries()) queue.add(task(object, String(index), index), lane);
          const seen: string[] = [];
          for (let batch = take(queue, 0, true); batch !== null; batch = take(queue, 0, true)) {
            expect(batch.tasks.length).toBeLessThanOrEqual(3);
            for (const one of batch.tasks) {
              const index = Number(one.write.target.id);
              expect([batch.object, batch.lane]).toEqual([writes[index]?.object, writes[index]?.lane]);
              seen.push(one.write.target.id);
            }
          }
          expect(seen.map(Number).sort((a, b) => a - b)).toEqual(writes.map((_, index) => index));
        },
      ),
    );
  });
});
