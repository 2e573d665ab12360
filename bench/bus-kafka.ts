// The log on Kafka beside bare kafkajs: the same messages, groups and topic settings on one broker, turn by turn in one run.
import { type Kafka, Kafka as KafkaClient, logLevel, Partitioners } from 'kafkajs';
import { startKafka } from '../scripts/servers/kafka.ts';
import { type KafkaBus, openKafkaBus } from '../src/bus/kafka/kafka-bus.ts';
import { silentLogger } from '../src/core/logger.ts';
import type { Clock } from '../src/core/ports.ts';
import { systemRandom } from '../src/core/random.ts';

/** Messages a second. */
export interface KafkaSpeed {
  readonly produce: number;
  readonly consume: number;
}

export interface KafkaRound {
  readonly ours: KafkaSpeed;
  readonly bare: KafkaSpeed;
}

export interface KafkaBenchOptions {
  readonly clock: Clock;
  readonly messages: number;
  readonly rounds: number;
  /** Messages an append. */
  readonly group: number;
  readonly value: Buffer;
  /** Messages a batch read. */
  readonly batch: number;
}

const PARTITIONS = 3;

/** Starts a broker, measures, and ends it. The first round warms both sides up and is left out. */
export async function measureKafka(options: KafkaBenchOptions): Promise<readonly KafkaRound[]> {
  const cluster = await startKafka();
  try {
    const bus = await openKafkaBus({
      brokers: cluster.addresses,
      clock: options.clock,
      random: systemRandom(),
      logger: silentLogger(),
    });
    const kafka = new KafkaClient({ brokers: [...cluster.addresses], logLevel: logLevel.NOTHING });
    const rounds: KafkaRound[] = [];
    for (let round = 0; round <= options.rounds; round += 1) {
      const sides = {
        ours: () => measureOurs(bus, `ours-${round}`, options),
        bare: () => measureBare(kafka, bus, `bare-${round}`, options),
      };
      if (round % 2 === 0) {
        const bare = await sides.bare();
        rounds.push({ ours: await sides.ours(), bare });
      } else {
        const ours = await sides.ours();
        rounds.push({ ours, bare: await sides.bare() });
      }
    }
    await bus.close();
    return rounds.slice(1);
  } finally {
    await cluster.stop();
  }
}

async function measureOurs(bus: KafkaBus, topic: string, options: KafkaBenchOptions): Promise<KafkaSpeed> {
  const { clock, messages: count } = options;
  await bus.createTopic(topic, { partitions: PARTITIONS, retentionMs: null });
  const began = clock.monotonic();
  for (const keys of groupsOf(options)) {
    await bus.append(
      topic,
      keys.map((key) => ({ key, value: options.value, timestamp: 1_000, headers: {} })),
    );
  }
  const produced = clock.monotonic();
  const reading = new Stopwatch(clock, count);
  const subscription = await bus.subscribe({
    group: topic,
    topics: [topic],
    maxBatch: options.batch,
    startAt: async () => null,
    handle: async ({ messages }) => reading.saw(messages.length),
    onStopped: (_where, error) => reading.failed(error),
  });
  const consume = await reading.speed();
  await subscription.stop();
  return { produce: (count / (produced - began)) * 1000, consume };
}

async function measureBare(
  kafka: Kafka,
  bus: KafkaBus,
  topic: string,
  options: KafkaBenchOptions,
): Promise<KafkaSpeed> {
  const { clock, messages: count } = options;
  await bus.createTopic(topic, { partitions: PARTITIONS, retentionMs: null });
  const producer = kafka.producer({ idempotent: true, createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  // Its first request asks for metadata and an identity, which ours has had by now.
  await producer.send({ topic, acks: -1, messages: [{ key: 'first', value: options.value }] });
  const began = clock.monotonic();
  for (const keys of groupsOf(options)) {
    await producer.send({ topic, acks: -1, messages: keys.map((key) => ({ key, value: options.value })) });
  }
  const produced = clock.monotonic();
  await producer.disconnect();
  const reading = new Stopwatch(clock, count + 1);
  const consumer = kafka.consumer({ groupId: topic });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    partitionsConsumedConcurrently: PARTITIONS,
    eachBatch: async ({ batch }) => reading.saw(batch.messages.length),
  });
  const consume = await reading.speed();
  await consumer.disconnect();
  return { produce: (count / (produced - began)) * 1000, consume };
}

function* groupsOf({ messages, group }: KafkaBenchOptions): Iterable<readonly string[]> {
  for (let at = 0; at < messages; at += group) yield Array.from({ length: group }, (_, i) => `crm/contact/${at + i}`);
}

/** From the first batch to the last, so that joining the group, whose time the broker decides, is not measured. */
class Stopwatch {
  readonly #clock: Clock;
  readonly #count: number;
  readonly #done = Promise.withResolvers<number>();
  #began: number | null = null;
  #first = 0;
  #seen = 0;

  constructor(clock: Clock, count: number) {
    this.#clock = clock;
    this.#count = count;
  }

  saw(messages: number): void {
    const now = this.#clock.monotonic();
    if (this.#began === null) {
      this.#began = now;
      this.#first = messages;
    }
    this.#seen += messages;
    if (this.#seen > this.#count) this.failed(new Error(`${this.#seen} messages were read of ${this.#count}`));
    if (this.#seen === this.#count) this.#done.resolve(((this.#seen - this.#first) / (now - this.#began)) * 1000);
  }

  failed(error: Error): void {
    this.#done.reject(error);
  }

  speed(): Promise<number> {
    return this.#done.promise;
  }
}
