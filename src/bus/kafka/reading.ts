import { ChangeoverError } from '../../core/errors.ts';
import type { PartitionBounds, PartitionLag, Position, StoredMessage, TopicPartition } from '../bus.ts';
import { mustBeIn, outOfLog } from '../partition-reader.ts';
import { outOfRange } from './errors.ts';
import type { Link } from './link.ts';
import { boundsOf, committedOffsets, READ_UNCOMMITTED } from './offsets.ts';
import type { RawRecord } from './protocol.ts';
import { storedMessage } from './records.ts';

const RANGE_BYTES = 4 * 1024 * 1024;
/** Kafka gives the first batch whole, however little was asked for. */
const ONE_BATCH = 1;

/** Reads without a group, in order; `to` exclusive. @throws BUS_POSITION_OUT_OF_LOG, BUS_TOPIC_UNKNOWN, BUS_UNAVAILABLE. */
export async function* readRange(
  link: Link,
  where: TopicPartition,
  from: number,
  to: number,
  bytes = RANGE_BYTES,
): AsyncIterable<StoredMessage> {
  const bounds = await boundsOfPartition(link, where);
  mustBeIn(where, from, bounds);
  const end = Math.min(to, bounds.end);
  for (let next = from; next < end; ) {
    for (const record of await fetchAt(link, where, next, bytes)) {
      const offset = Number(record.offset);
      // A fetch begins with the batch that the offset is in.
      if (offset < next) continue;
      if (offset >= end) return;
      next = offset + 1;
      if (!record.isControlRecord) yield storedMessage(where, record);
    }
  }
}

/** How far behind the group is, where it has stored a position. */
export async function lagOf(link: Link, group: string, now: number): Promise<readonly PartitionLag[]> {
  const positions = await committedOffsets(link, group);
  const bounds = new Map<string, readonly PartitionBounds[]>();
  for (const topic of new Set(positions.map((position) => position.topic))) {
    bounds.set(topic, await boundsOrNone(link, topic));
  }
  return Promise.all(
    positions.flatMap((position) => {
      const within = bounds.get(position.topic)?.find(({ partition }) => partition === position.partition);
      return within === undefined ? [] : [lagAt(link, position, within, now)];
    }),
  );
}

async function lagAt(
  link: Link,
  { topic, partition, offset }: Position,
  { start, end }: PartitionBounds,
  now: number,
): Promise<PartitionLag> {
  const next = Math.max(offset, start);
  const events = Math.max(0, end - next);
  const oldest = events === 0 ? null : await timeAt(link, { topic, partition }, next, end);
  return { topic, partition, events, ageMs: oldest === null ? null : Math.max(0, now - oldest) };
}

/** The time of the first message from `from` on; null where only marks of Kafka's own stand there, or it is gone by now. */
async function timeAt(link: Link, where: TopicPartition, from: number, to: number): Promise<number | null> {
  try {
    for await (const { timestamp } of readRange(link, where, from, to, ONE_BATCH)) return timestamp;
    return null;
  } catch (thrown) {
    if (thrown instanceof ChangeoverError && thrown.code === 'BUS_POSITION_OUT_OF_LOG') return null;
    throw thrown;
  }
}

export async function boundsOfPartition(link: Link, where: TopicPartition): Promise<PartitionBounds> {
  const found = (await boundsOf(link, where.topic)).find(({ partition }) => partition === where.partition);
  if (found !== undefined) return found;
  throw new ChangeoverError('BUS_TOPIC_UNKNOWN', `topic ${where.topic} has no partition ${where.partition}`);
}

/** Of a topic that was removed, groups still have positions. */
export async function boundsOrNone(link: Link, topic: string): Promise<readonly PartitionBounds[]> {
  try {
    return await boundsOf(link, topic);
  } catch (thrown) {
    if (thrown instanceof ChangeoverError && thrown.code === 'BUS_TOPIC_UNKNOWN') return [];
    throw thrown;
  }
}

function fetchAt(link: Link, where: TopicPartition, offset: number, maxBytes: number): Promise<readonly RawRecord[]> {
  const { topic, partition } = where;
  return link.attempt(`reading ${topic}, partition ${partition}`, async () => {
    const broker = await link.broker(await link.leader(topic, partition));
    try {
      const { responses } = await broker.fetch({
        isolationLevel: READ_UNCOMMITTED,
        maxWaitTime: 0,
        minBytes: 0,
        maxBytes,
        topics: [{ topic, partitions: [{ partition, fetchOffset: String(offset), maxBytes }] }],
      });
      const records = responses.flatMap(({ partitions }) => partitions).flatMap(({ messages }) => messages);
      if (records.length > 0) return records;
    } catch (thrown) {
      if (outOfRange(thrown) === null) throw thrown;
      const { start, end } = await boundsOfPartition(link, where);
      throw outOfLog(where, offset, start, end);
    }
    throw new ChangeoverError('BUS_UNAVAILABLE', `${topic}, partition ${partition}: nothing came from ${offset} on`);
  });
}
