import type { Kafka } from 'kafkajs';
import { expect, it } from 'vitest';
import { systemClock } from '../../core/clock.ts';
import { Link } from './link.ts';

/** Kafka as a link sees it: one broker, which says of topics what it is told to. */
function kafkaWhereTopicsAre(known: ReadonlySet<string>): Kafka {
  const broker = {
    connectionPool: { host: '127.0.0.1', port: 1 },
    metadata: async (topics: readonly string[]) => ({
      brokers: [],
      topicMetadata: topics.map((topic) => ({
        topic,
        topicErrorCode: known.has(topic) ? 0 : 3,
        partitionMetadata: known.has(topic) ? [{ partitionId: 0, leader: 1, replicas: [1] }] : [],
      })),
    }),
  };
  const cluster = {
    connect: async () => undefined,
    addMultipleTargetTopics: async () => undefined,
    refreshMetadata: async () => undefined,
    disconnect: async () => undefined,
    getNodeIds: () => ['1'],
    findBroker: async () => broker,
  };
  const consumer = ({ partitionAssigners: [assigner] }: { partitionAssigners: ((of: object) => unknown)[] }) =>
    assigner?.({ cluster });
  return { consumer } as unknown as Kafka;
}

/** As kafkajs throws what a broker answered. */
function unknownTopic(): Error {
  return Object.assign(new Error('This server does not host this topic-partition'), {
    name: 'KafkaJSProtocolError',
    type: 'UNKNOWN_TOPIC_OR_PARTITION',
    retriable: true,
  });
}

it('a broker that has not heard of a topic yet is asked again, until it has', async () => {
  const link = new Link(kafkaWhereTopicsAre(new Set(['contacts'])), systemClock());
  let asked = 0;
  const answer = await link.attempt('reading the settings of topic contacts', async () => {
    await link.partitions('contacts');
    asked += 1;
    if (asked < 3) throw unknownTopic();
    return 'settings';
  });
  expect({ answer, asked }).toEqual({ answer: 'settings', asked: 3 });
  await link.close();
});

it('a topic that was removed meanwhile is said to be unknown once its partitions are asked for again', async () => {
  const topics = new Set(['contacts']);
  const link = new Link(kafkaWhereTopicsAre(topics), systemClock());
  let asked = 0;
  const work = link.attempt('reading the settings of topic contacts', async () => {
    await link.partitions('contacts');
    asked += 1;
    topics.clear();
    throw unknownTopic();
  });
  await expect(work).rejects.toMatchObject({ code: 'BUS_TOPIC_UNKNOWN', message: expect.stringContaining('contacts') });
  expect(asked).toBe(1);
  await link.close();
});
