import { ChangeoverError } from '../../core/errors.ts';
import type { PartitionBounds, Position } from '../bus.ts';
import { typeOf } from './errors.ts';
import type { Link } from './link.ts';

/** We write no transactions, and those of others must not hold us up. */
export const READ_UNCOMMITTED = 0;
/** Times with a meaning of their own in Kafka's protocol. */
const LATEST = -1;
const EARLIEST = -2;

/** @throws BUS_TOPIC_UNKNOWN, BUS_UNAVAILABLE. */
export async function boundsOf(link: Link, topic: string): Promise<readonly PartitionBounds[]> {
  const [starts, ends] = await Promise.all([offsetsAt(link, topic, EARLIEST), offsetsAt(link, topic, LATEST)]);
  return [...ends].map(([partition, end]) => ({ topic, partition, start: starts.get(partition) ?? end, end }));
}

/** The first message at or after the time; the end where there is none. */
export async function positionsAtTime(link: Link, topic: string, time: number): Promise<readonly Position[]> {
  const [found, ends] = await Promise.all([
    // Times below zero mean something else to Kafka.
    offsetsAt(link, topic, Math.max(0, Math.ceil(time))),
    offsetsAt(link, topic, LATEST),
  ]);
  return [...ends].map(([partition, end]) => {
    const offset = found.get(partition) ?? -1;
    return { topic, partition, offset: offset < 0 ? end : offset };
  });
}

/** By partition, in order. */
async function offsetsAt(link: Link, topic: string, timestamp: number): Promise<ReadonlyMap<number, number>> {
  return link.attempt(`asking for offsets of ${topic}`, async () => {
    const places = (await link.partitions(topic)).map(({ partition }) => ({ topic, partition }));
    const found = new Map<number, number>();
    for (const [leader, partitions] of await link.byLeader(places)) {
      const broker = await link.broker(leader);
      const { responses } = await broker.listOffsets({
        isolationLevel: READ_UNCOMMITTED,
        topics: [{ topic, partitions: partitions.map(({ partition }) => ({ partition, timestamp })) }],
      });
      for (const { partition, offset } of responses.flatMap((response) => response.partitions)) {
        found.set(partition, Number(offset));
      }
    }
    return new Map([...found].sort(([a], [b]) => a - b));
  });
}

/** What the group has stored, of every topic; not what it never stored. */
export async function committedOffsets(link: Link, groupId: string): Promise<readonly Position[]> {
  const { responses } = await link.attempt(`asking where group ${groupId} stands`, async () =>
    (await link.coordinator(groupId)).offsetFetch({ groupId, topics: [] }),
  );
  return responses
    .flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => ({ topic, partition, offset: Number(offset) })),
    )
    .filter(({ offset }) => offset >= 0)
    .sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1));
}

/** As whom offsets are stored: a member of a generation, or (`OUTSIDER`) somebody while the group has no members. */
export interface Committer {
  readonly memberId: string;
  readonly generation: number;
}

const NOT_THE_MEMBER: ReadonlySet<string> = new Set([
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'REBALANCE_IN_PROGRESS',
]);

export const OUTSIDER: Committer = { memberId: '', generation: -1 };

/** Tried once. @throws BUS_GROUP_BUSY where the group has other members than this. */
export async function commitOffsets(
  link: Link,
  groupId: string,
  by: Committer,
  positions: readonly Position[],
): Promise<void> {
  if (positions.length === 0) return;
  const topics = [...new Set(positions.map(({ topic }) => topic))].map((topic) => ({
    topic,
    partitions: positions
      .filter((position) => position.topic === topic)
      .map(({ partition, offset }) => ({ partition, offset: String(offset) })),
  }));
  const request = { groupId, memberId: by.memberId, groupGenerationId: by.generation, topics };
  try {
    await (await link.coordinator(groupId)).offsetCommit(request);
  } catch (thrown) {
    const type = typeOf(thrown) ?? '';
    if (!NOT_THE_MEMBER.has(type)) throw thrown;
    throw new ChangeoverError('BUS_GROUP_BUSY', `group ${groupId} is being read with (${type})`, { cause: thrown });
  }
}
