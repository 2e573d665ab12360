import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { kafkaBrokers, uniqueName } from '../../../test/support/servers/servers.ts';
import { systemClock } from '../../core/clock.ts';
import { silentLogger } from '../../core/logger.ts';
import type { Logger } from '../../core/ports.ts';
import { systemRandom } from '../../core/random.ts';
import type { BusMessage, StoredMessage } from '../bus.ts';
import { type KafkaBus, openKafkaBus } from './kafka-bus.ts';

let brokers: readonly string[];
let kafka: Kafka;
let bus: KafkaBus;

beforeAll(async () => {
  brokers = await kafkaBrokers();
  kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  bus = await open();
});

afterAll(async () => {
  await bus.close();
});

const open = (logger = silentLogger()) =>
  openKafkaBus({
    brokers,
    clock: systemClock(),
    random: systemRandom(),
    logger,
    group: { heartbeatMs: 100 },
  });

async function newTopic(partitions = 1): Promise<string> {
  const topic = uniqueName('reading');
  await bus.createTopic(topic, { partitions, retentionMs: null });
  return topic;
}

const message = (key: string, value: string | Buffer): BusMessage => ({
  key,
  value: Buffer.from(value),
  timestamp: 1_000,
  headers: {},
});

const MEGABYTE = Buffer.alloc(1024 * 1024, 'x');

test('what others wrote comes through as it is: no key, no value, headers twice, compressed, in a transaction', async () => {
  const topic = await newTopic();
  const producer = kafka.producer({ idempotent: true, transactionalId: topic, maxInFlightRequests: 1 });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({
    topic,
    compression: 1,
    messages: [
      { key: null, value: null },
      { key: 'k', value: 'foreign', headers: { twice: ['one', 'two'], once: 'ğ' } },
    ],
  });
  await transaction.commit();
  await producer.disconnect();
  // The mark comes after the answer.
  await expect.poll(() => bus.bounds(topic)).toEqual([{ topic, partition: 0, start: 0, end: 3 }]);
  await bus.append(topic, [message('k', 'ours')]);
  const expected = [
    { offset: 0, key: '', text: '', headers: {} },
    { offset: 1, key: 'k', text: 'foreign', headers: { twice: 'two', once: 'ğ' } },
    // At 2 stands Kafka's own mark of the end of the transaction.
    { offset: 3, key: 'k', text: 'ours', headers: {} },
  ];
  const shown = ({ offset, key, value, headers }: StoredMessage) => ({ offset, key, text: String(value), headers });
  const read: unknown[] = [];
  for await (const each of bus.read({ topic, partition: 0 }, 0, 99)) read.push(shown(each));
  expect(read).toEqual(expected);
  const got: unknown[] = [];
  const subscription = await bus.subscribe({
    group: topic,
    topics: [topic],
    maxBatch: 1,
    startAt: async () => null,
    handle: async ({ messages }) => void got.push(...messages.map(shown)),
    onStopped: (_where, error) => expect.fail(error.message),
  });
  await subscription.caughtUp();
  await subscription.stop();
  expect(got).toEqual(expected);
});

test('a log whose start is moved past the reader stops the partition with its own code; nothing is skipped in silence', async () => {
  const topic = await newTopic();
  for (let count = 0; count < 12; count += 1) await bus.append(topic, [message(`${count}`, MEGABYTE)]);
  const [entered, moved] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const stopped = Promise.withResolvers<Error>();
  const offsets: number[] = [];
  const subscription = await bus.subscribe({
    group: topic,
    topics: [topic],
    maxBatch: 1,
    startAt: async () => offsets.length,
    handle: async ({ messages }) => {
      entered.resolve();
      await moved.promise;
      offsets.push(...messages.map(({ offset }) => offset));
    },
    onStopped: (_where, error) => stopped.resolve(error),
  });
  await entered.promise;
  const admin = kafka.admin();
  await admin.connect();
  await admin.fetchTopicOffsets(topic);
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '12' }] });
  await admin.disconnect();
  moved.resolve();
  expect(await stopped.promise).toMatchObject({
    code: 'BUS_POSITION_OUT_OF_LOG',
    message: expect.stringMatching(/position \d+ is not in the log, which holds 12 to 12/),
  });
  // What had been fetched before is whole and in order.
  expect(offsets).toEqual(offsets.map((_, index) => index));
  expect(offsets.length).toBeLessThan(12);
  await subscription.stop();
});

test('a partition goes to another member only when the batch in hand is done, and is not worked on again', async () => {
  const topic = await newTopic();
  await bus.append(topic, [message('k', '0')]);
  const worked: string[] = [];
  const first = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  let position = 0;
  const join = (name: string, hold: Promise<void> | null) =>
    bus.subscribe({
      group: topic,
      topics: [topic],
      maxBatch: 1,
      startAt: async () => position,
      handle: async ({ messages }) => {
        worked.push(`${name} ${messages[0]?.offset}`);
        first.resolve();
        await hold;
        position = (messages.at(-1)?.offset ?? 0) + 1;
      },
      onStopped: (_where, error) => expect.fail(error.message),
    });
  const one = await join('one', release.promise);
  await first.promise;
  // The group waits for the batch in hand before it gives the partition to anybody else.
  const joining = join('two', null);
  await bus.append(topic, [message('k', '1')]);
  release.resolve();
  const two = await joining;
  await Promise.all([one.caughtUp(), two.caughtUp()]);
  expect(worked.filter((each) => each.endsWith(' 0'))).toEqual(['one 0']);
  expect(worked.filter((each) => each.endsWith(' 1'))).toHaveLength(1);
  await Promise.all([one.stop(), two.stop()]);
});

test('a group that another program reads with is left alone', async () => {
  const topic = await newTopic();
  const consumer = kafka.consumer({ groupId: topic });
  const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
  await consumer.connect();
  await consumer.subscribe({ topic });
  await consumer.run({ eachMessage: async () => undefined });
  await joined;
  const options = {
    group: topic,
    topics: [topic],
    maxBatch: 1,
    startAt: async () => null,
    handle: async () => undefined,
    onStopped: () => undefined,
  };
  await expect(bus.subscribe(options)).rejects.toMatchObject({ code: 'BUS_GROUP_BUSY' });
  await expect(bus.seek(topic, { topic, atTime: 0 })).rejects.toMatchObject({ code: 'BUS_GROUP_BUSY' });
  await consumer.disconnect();
  await (await bus.subscribe(options)).stop();
});

test('a message larger than the log takes is refused alone, before anything is sent', async () => {
  const topic = await newTopic();
  await expect(
    bus.append(topic, [message('small', 'x'), message('large', Buffer.alloc(9 * 1024 * 1024))]),
  ).rejects.toMatchObject({ code: 'BUS_MESSAGE_TOO_LARGE', place: { record: 'large' } });
  expect(await bus.bounds(topic)).toEqual([{ topic, partition: 0, start: 0, end: 0 }]);
  const [position] = await bus.append(topic, [message('k', Buffer.alloc(7 * 1024 * 1024))]);
  expect(position?.offset).toBe(0);
});

test('a closed log says so', async () => {
  const other = await open();
  await other.close();
  await other.close();
  await expect(other.append('t', [])).rejects.toMatchObject({ code: 'BUS_CLOSED' });
  await expect(other.topics()).rejects.toMatchObject({ code: 'BUS_CLOSED' });
});

test('between two assignments a member waits for the next, and reads to its end, before it says that it caught up', async () => {
  const topic = await newTopic(2);
  const group = uniqueName('between');
  const returned = Promise.withResolvers<void>();
  const listening: Logger = {
    ...silentLogger(),
    child: () => listening,
    debug: (_fields, text) => void (text === 'partitions are given back' && returned.resolve()),
  };
  const [first, second] = [await open(listening), await open()];
  onTestFinished(async () => {
    await Promise.all([first.close(), second.close()]);
  });
  // Of six keys each partition has some.
  const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
  await bus.append(
    topic,
    keys.map((key) => message(key, 'before')),
  );
  const held = Promise.withResolvers<void>();
  const entered = Promise.withResolvers<void>();
  const next = new Map<number, number>();

  const mine = new Set<number>();
  const subscribe = (one: KafkaBus, hold: Promise<void> | null) =>
    one.subscribe({
      group,
      topics: [topic],
      maxBatch: 1,
      startAt: async ({ partition }) => {
        if (hold !== null) mine.add(partition);
        return next.get(partition) ?? null;
      },
      handle: async ({ partition, messages }) => {
        entered.resolve();
        await hold;
        next.set(partition, (messages.at(-1)?.offset ?? -1) + 1);
      },
      onStopped: (_where, error) => expect.fail(error.message),
    });
  const reader = await subscribe(first, held.promise);
  await entered.promise;
  const other = subscribe(second, null);
  await returned.promise;
  mine.clear();
  await bus.append(
    topic,
    keys.map((key) => message(key, 'meanwhile')),
  );
  const caughtUp = reader.caughtUp();
  held.resolve();
  await caughtUp;
  const ends = new Map((await bus.bounds(topic)).map(({ partition, end }) => [partition, end]));
  expect(mine.size).toBe(1);
  for (const partition of mine) expect(next.get(partition)).toBe(ends.get(partition));
  await (await other).caughtUp();
  expect(next).toEqual(ends);
});
