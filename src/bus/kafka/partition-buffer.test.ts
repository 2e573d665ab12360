import { expect, test } from 'vitest';
import type { Link } from './link.ts';
import { PartitionBuffer } from './partition-buffer.ts';
import type { RawRecord } from './protocol.ts';

const LIMIT = { messages: 100, bytes: 8 * 1024 * 1024 };
const record = (offset: number, bytes = 10, isControlRecord = false): RawRecord => ({
  offset: String(offset),
  timestamp: '1000',
  key: Buffer.from('k'),
  value: Buffer.alloc(bytes),
  headers: {},
  isControlRecord,
});

/** Of a log that holds 0 to 1000. */
async function opened(at: number, owned: () => Promise<boolean> = async () => true) {
  const wanted: number[] = [];
  const offsets = new Map([
    [-2, '0'],
    [-1, '1000'],
  ]);
  const place = { partition: 0, leader: 1, replicas: 1 };
  const link: Pick<Link, 'attempt' | 'partitions' | 'byLeader' | 'broker'> = {
    attempt: (_doing, work) => work(),
    partitions: async () => [place],
    byLeader: async (things) => new Map([[1, things]]),
    broker: (async () => ({
      listOffsets: async ({ topics }: { topics: { partitions: { timestamp: number }[] }[] }) => ({
        responses: [
          { topic: 't', partitions: [{ partition: 0, offset: offsets.get(topics[0]?.partitions[0]?.timestamp ?? 0) }] },
        ],
      }),
    })) as unknown as Link['broker'],
  };
  const buffer: PartitionBuffer = new PartitionBuffer({
    topic: 't',
    partition: 0,
    link: link as Link,
    owned,
    wanted: () => wanted.push(buffer.fetchFrom ?? -1),
    filled: () => undefined,
  });
  expect(await buffer.open(at)).toBe(at);
  return { buffer, wanted };
}

test('fetching stops at two mebibytes, and goes on once the reader has moved', async () => {
  const { buffer } = await opened(0);
  for (let at = 0; buffer.fetchFrom !== null; at += 1) buffer.accept(at, [record(at, 512 * 1024)]);
  const slice = await buffer.next(0, { ...LIMIT, messages: 1 });
  expect(slice?.messages).toHaveLength(1);
  expect(buffer.fetchFrom).toBeNull();
  await buffer.next(slice?.next ?? 0, LIMIT);
  expect(buffer.fetchFrom).toBe(4);
});

test('a batch is given again until the reader has moved past it', async () => {
  const { buffer } = await opened(5);
  buffer.accept(5, [record(3), record(4), record(5), record(6)]);
  for (const _ of [1, 2]) {
    const slice = await buffer.next(5, LIMIT);
    expect(slice?.messages.map(({ offset }) => offset)).toEqual([5, 6]);
    expect(slice?.next).toBe(7);
  }
  expect(await buffer.next(7, LIMIT)).toBeNull();
});

test('marks of Kafka’s own are passed over, also where nothing else came', async () => {
  const { buffer } = await opened(0);
  buffer.accept(0, [record(0, 0, true), record(1, 0, true)]);
  expect(await buffer.next(0, LIMIT)).toEqual({ messages: [], next: 2 });
});

test('what comes late for a reader that began anew is thrown away', async () => {
  const { buffer } = await opened(0);
  expect(await buffer.open(7)).toBe(7);
  buffer.accept(0, [record(0), record(1)]);
  expect(await buffer.next(7, LIMIT)).toBeNull();
});

test('nothing is given of a partition that is not surely ours', async () => {
  const { buffer } = await opened(0, async () => false);
  buffer.accept(0, [record(0)]);
  expect(await buffer.next(0, LIMIT)).toBeNull();
});

test('a position outside the log is refused; a failure is told once', async () => {
  const { buffer } = await opened(0);
  await expect(buffer.open(1_001)).rejects.toMatchObject({ code: 'BUS_POSITION_OUT_OF_LOG' });
  buffer.fail(new Error('gone'));
  await expect(buffer.next(0, LIMIT)).rejects.toThrow('gone');
  expect(buffer.fetchFrom).toBeNull();
});
