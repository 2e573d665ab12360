import { AssignerProtocol } from 'kafkajs';
import type { TopicPartition } from '../bus.ts';
import type { GroupMember } from './protocol.ts';

/** The name under which members of a group agree on who reads what. A group of others has other names. */
export const ASSIGNMENT_NAME = 'changeover';
const VERSION = 1;

export interface Subscriber {
  readonly memberId: string;
  readonly topics: readonly string[];
}

/**
 * Shares partitions out: each goes to the member that asked for its topic and has fewest so far. Members of one group may
 * read different topics. The same for every order in which members and topics come.
 */
export function shareOut(
  subscribers: readonly Subscriber[],
  partitionsOf: ReadonlyMap<string, number>,
): ReadonlyMap<string, readonly TopicPartition[]> {
  const shares = new Map(
    subscribers
      .toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1))
      .map(({ memberId }) => [memberId, [] as TopicPartition[]] as const),
  );
  for (const [topic, partitions] of [...partitionsOf].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const askers = new Set(subscribers.filter(({ topics }) => topics.includes(topic)).map(({ memberId }) => memberId));
    const candidates = [...shares].filter(([memberId]) => askers.has(memberId)).map(([, share]) => share);
    for (let partition = 0; partition < partitions; partition += 1) {
      const fewest = Math.min(...candidates.map((share) => share.length));
      candidates.find((share) => share.length === fewest)?.push({ topic, partition });
    }
  }
  return shares;
}

/** What a member tells the group when it joins. */
export function encodeSubscription(topics: readonly string[]): Buffer {
  return AssignerProtocol.MemberMetadata.encode({ version: VERSION, topics: [...topics], userData: Buffer.alloc(0) });
}

export function decodeSubscriber({ memberId, memberMetadata }: GroupMember): Subscriber {
  return { memberId, topics: AssignerProtocol.MemberMetadata.decode(memberMetadata)?.topics ?? [] };
}

/** What the leader gives each member. */
export function encodeShare(share: readonly TopicPartition[]): Buffer {
  const assignment: Record<string, number[]> = {};
  for (const { topic, partition } of share) assignment[topic] = [...(assignment[topic] ?? []), partition];
  return AssignerProtocol.MemberAssignment.encode({ version: VERSION, assignment, userData: Buffer.alloc(0) });
}

export function decodeShare(share: Buffer): readonly TopicPartition[] {
  const assignment = AssignerProtocol.MemberAssignment.decode(share)?.assignment ?? {};
  return Object.entries(assignment).flatMap(([topic, partitions]) =>
    partitions.map((partition) => ({ topic, partition })),
  );
}
