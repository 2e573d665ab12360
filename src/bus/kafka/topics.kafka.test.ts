import { ConfigResourceTypes, Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kafkaBrokers, uniqueName } from '../../../test/support/servers/servers.ts';
import { systemClock } from '../../core/clock.ts';
import { silentLogger } from '../../core/logger.ts';
import { systemRandom } from '../../core/random.ts';
import { type KafkaBus, openKafkaBus } from './kafka-bus.ts';

const DAY = 86_400_000;
let brokers: readonly string[];
let bus: KafkaBus;

const open = () => openKafkaBus({ brokers, clock: systemClock(), random: systemRandom(), logger: silentLogger() });

beforeAll(async () => {
  brokers = await kafkaBrokers();
  bus = await open();
});

afterAll(async () => {
  await bus.close();
});

/** As somebody else would, with settings that the broker fills up. */
async function madeByOthers(settings: Readonly<Record<string, string>>, partitions = 2): Promise<string> {
  const topic = uniqueName('theirs');
  await withAdmin((admin) =>
    admin.createTopics({
      waitForLeaders: true,
      topics: [
        {
          topic,
          numPartitions: partitions,
          configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
        },
      ],
    }),
  );
  return topic;
}

async function withAdmin<T>(work: (admin: ReturnType<Kafka['admin']>) => Promise<T>): Promise<T> {
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

async function settingsOf(topic: string): Promise<Readonly<Record<string, string>>> {
  const { resources } = await withAdmin((admin) =>
    admin.describeConfigs({ includeSynonyms: false, resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }] }),
  );
  return Object.fromEntries(
    (resources[0]?.configEntries ?? []).map(({ configName, configValue }) => [configName, configValue]),
  );
}

/** All that a topic of ours has. */
const SAFE = {
  'cleanup.policy': 'delete',
  'retention.ms': '-1',
  'retention.bytes': '-1',
  'max.message.bytes': '8388608',
  'unclean.leader.election.enable': 'false',
  'message.timestamp.before.max.ms': '9223372036854775807',
};

test('a topic is made with its whole configuration, whatever the broker would take by itself', async () => {
  const topic = uniqueName('whole');
  await bus.createTopic(topic, { partitions: 3, retentionMs: 30 * DAY });
  expect(await settingsOf(topic)).toMatchObject({
    ...SAFE,
    'retention.ms': String(30 * DAY),
    'min.insync.replicas': '1',
  });
  expect(await bus.topics()).toContainEqual({ topic, partitions: 3 });
});

test('a topic that others made with what is needed is used as it is, and never changed', async () => {
  const topic = await madeByOthers({ ...SAFE, 'segment.ms': '60000' });
  const before = await settingsOf(topic);
  await bus.createTopic(topic, { partitions: 2, retentionMs: 7 * DAY });
  expect(await settingsOf(topic)).toEqual(before);
});

test('a topic with too few partitions is refused, and says how many it has', async () => {
  const topic = await madeByOthers(SAFE, 1);
  await expect(bus.createTopic(topic, { partitions: 6, retentionMs: null })).rejects.toMatchObject({
    code: 'BUS_TOPIC_CONFLICT',
    message: `topic ${topic} has 1 partitions, not 6`,
    hint: expect.stringContaining('partitions'),
  });
});

test('a topic that forgets too soon is refused with the command that mends it', async () => {
  for (const [settings, part] of [
    [{ 'retention.ms': String(DAY) }, `retention.ms=${30 * DAY}`],
    [{ 'retention.bytes': '1000000' }, 'retention.bytes=-1'],
  ] as const) {
    const topic = await madeByOthers({ ...SAFE, ...settings });
    await expect(bus.createTopic(topic, { partitions: 2, retentionMs: 30 * DAY })).rejects.toMatchObject({
      code: 'BUS_TOPIC_RETENTION',
      message: expect.stringContaining(`--add-config ${part}`),
    });
  }
});

test('a topic that may lose, replace or refuse events is refused, and all that is wrong is said at once', async () => {
  const topic = await madeByOthers({ ...SAFE, 'cleanup.policy': 'compact', 'max.message.bytes': '1000000' });
  await expect(bus.createTopic(topic, { partitions: 2, retentionMs: null })).rejects.toMatchObject({
    code: 'BUS_TOPIC_UNSAFE',
    message: expect.stringMatching(/cleanup\.policy is compact, not delete[\s\S]*max\.message\.bytes is 1000000/),
  });
});

test('the command of a refusal really mends the topic', async () => {
  const topic = await madeByOthers({ ...SAFE, 'retention.ms': '1000' });
  const error = await bus.createTopic(topic, { partitions: 2, retentionMs: null }).catch((thrown: unknown) => thrown);
  const config = /--add-config (\S+)/.exec(String(error))?.[1] ?? '';
  const mended = { ...SAFE, ...Object.fromEntries(config.split(',').map((pair) => pair.split('='))) };
  await withAdmin((admin) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: ConfigResourceTypes.TOPIC,
          name: topic,
          configEntries: Object.entries(mended).map(([name, value]) => ({ name, value: String(value) })),
        },
      ],
    }),
  );
  await bus.createTopic(topic, { partitions: 2, retentionMs: null });
});

test('more copies than there are brokers are refused before a topic is made', async () => {
  const careful = await openKafkaBus({
    brokers,
    clock: systemClock(),
    random: systemRandom(),
    logger: silentLogger(),
    replication: 5,
  });
  const topic = uniqueName('copies');
  await expect(careful.createTopic(topic, { partitions: 1, retentionMs: null })).rejects.toMatchObject({
    code: 'BUS_TOPIC_UNSAFE',
  });
  expect((await careful.topics()).map((each) => each.topic)).not.toContain(topic);
  await careful.close();
});
