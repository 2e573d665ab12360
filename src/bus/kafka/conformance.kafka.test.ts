import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll } from 'vitest';
import { type KafkaCluster, startKafka } from '../../../scripts/servers/kafka.ts';
import { type BusHarness, busConformance } from '../../../test/conformance/bus.ts';
import { systemClock } from '../../core/clock.ts';
import { silentLogger } from '../../core/logger.ts';
import { systemRandom } from '../../core/random.ts';
import type { Position } from '../bus.ts';
import { type KafkaBus, openKafkaBus } from './kafka-bus.ts';

// Of this file alone: the suite looks at all topics that there are.
let cluster: KafkaCluster;
let kafka: Kafka;

beforeAll(async () => {
  cluster = await startKafka();
  kafka = new Kafka({ brokers: [...cluster.addresses], logLevel: logLevel.NOTHING });
});

afterAll(async () => {
  await cluster.stop();
});

const openBus = () =>
  openKafkaBus({
    brokers: cluster.addresses,
    clock: systemClock(),
    random: systemRandom(),
    logger: silentLogger(),
    group: { heartbeatMs: 100 },
  });

async function makeBus(): Promise<BusHarness> {
  let bus = await openBus();
  const retentions = new Map<string, number>();
  const abandoned: KafkaBus[] = [];
  const watched = (opened: KafkaBus): KafkaBus => {
    const { createTopic } = opened;
    opened.createTopic = async (topic, settings) => {
      await createTopic.call(opened, topic, settings);
      if (settings.retentionMs !== null) retentions.set(topic, settings.retentionMs);
    };
    return opened;
  };
  bus = watched(bus);
  return {
    get bus() {
      return bus;
    },
    reopen: async () => {
      await bus.close();
      bus = watched(await openBus());
      return bus;
    },
    // Its connections stay open and are never used again: what a broker sees of a process that died, or hangs.
    crash: async () => {
      abandoned.push(bus);
      bus = watched(await openBus());
      return bus;
    },
    expire: async (now, { evenUnread }) => {
      for (const [topic, retentionMs] of retentions) await expire(bus, topic, now - retentionMs, evenUnread);
    },
    dispose: async () => {
      for (const each of [...abandoned, bus]) await each.close();
      await removeEverything();
    },
  };
}

/**
 * Moves the log's start as retention does. Kafka's own goes by its own clock, minutes apart, and knows no groups: that it
 * keeps what nobody has read is the operator's word, given by the topic's settings, and here the test's.
 */
async function expire(bus: KafkaBus, topic: string, before: number, evenUnread: boolean): Promise<void> {
  const starts = evenUnread ? await endsOf(bus, topic) : await lowest(await bus.offsetAtTime(topic, before));
  const admin = kafka.admin();
  await admin.connect();
  // Makes kafkajs look for the topic's leaders.
  await admin.fetchTopicOffsets(topic);
  await admin.deleteTopicRecords({
    topic,
    partitions: starts.map(({ partition, offset }) => ({ partition, offset: String(offset) })),
  });
  await admin.disconnect();
  async function lowest(found: readonly Position[]): Promise<readonly Position[]> {
    const read = await bus.committed('g');
    return found.map((position) => ({
      ...position,
      offset: Math.min(
        position.offset,
        ...read.filter((each) => each.topic === topic && each.partition === position.partition).map((at) => at.offset),
      ),
    }));
  }
}

async function endsOf(bus: KafkaBus, topic: string): Promise<readonly Position[]> {
  return (await bus.bounds(topic)).map(({ partition, end }) => ({ topic, partition, offset: end }));
}

async function removeEverything(): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  const { groups } = await admin.listGroups();
  if (groups.length > 0) await admin.deleteGroups(groups.map(({ groupId }) => groupId));
  const topics = (await admin.listTopics()).filter((topic) => !topic.startsWith('__'));
  if (topics.length > 0) await admin.deleteTopics({ topics });
  await admin.disconnect();
}

busConformance('the log on Kafka', makeBus);
