import type { Kafka } from 'kafkajs';
import { ChangeoverError } from '../../core/errors.ts';
import type { Clock, Logger, Random } from '../../core/ports.ts';
import type {
  BusMessage,
  EventBus,
  PartitionBounds,
  PartitionLag,
  Position,
  StoredMessage,
  SubscribeOptions,
  Subscription,
  TopicPartition,
  TopicSettings,
} from '../bus.ts';
import { mustBeIn } from '../partition-reader.ts';
import { partitionOf } from '../partitioner.ts';
import { kafkaClient, PATIENCE, type Patience } from './client.ts';
import { connectError } from './errors.ts';
import { Link } from './link.ts';
import type { GroupTiming } from './membership.ts';
import { boundsOf, commitOffsets, committedOffsets, OUTSIDER, positionsAtTime } from './offsets.ts';
import { Producer } from './producer.ts';
import { boundsOfPartition, lagOf, readRange } from './reading.ts';
import { type KafkaSecurity, PLAINTEXT } from './security.ts';
import { Sockets } from './sockets.ts';
import { KafkaSubscription } from './subscription.ts';
import { Topics } from './topics.ts';

export interface KafkaBusOptions {
  /** `host:port` of some of the brokers; the others are learned from them. */
  readonly brokers: readonly string[];
  /** Default: neither TLS nor a password. */
  readonly security?: KafkaSecurity;
  /** How brokers call us in their logs, metrics and quotas. Default `changeover`. */
  readonly clientId?: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Copies of each partition of the topics that are made. Default: three, or as many as there are brokers. */
  readonly replication?: number | null;
  readonly group?: Partial<GroupTiming>;
  readonly patience?: Partial<Patience>;
}

/** A dead member is noticed after ten seconds; one that works on a batch may do so for a minute while others wait for it. */
const GROUP: GroupTiming = { sessionMs: 10_000, heartbeatMs: 1_000, rebalanceMs: 60_000 };

interface Parts {
  readonly kafka: Kafka;
  readonly sockets: Sockets;
  readonly query: Link;
  readonly produce: Link;
}

/**
 * Connects, and says at once what keeps it from that.
 * @throws BUS_UNREACHABLE (nobody answers, or not as expected), BUS_TLS, BUS_AUTHENTICATION, BUS_FORBIDDEN.
 */
export async function openKafkaBus(options: KafkaBusOptions): Promise<KafkaBus> {
  const { brokers, clock, logger } = options;
  const security = options.security ?? PLAINTEXT;
  const patience = { ...PATIENCE, ...options.patience };
  const sockets = new Sockets();
  const clientId = options.clientId ?? 'changeover';
  const kafka = kafkaClient({ brokers, clientId, security, patience, logger, sockets });
  const parts: Parts = { kafka, sockets, query: new Link(kafka, clock), produce: new Link(kafka, clock) };
  try {
    await parts.query.connect();
    await parts.produce.connect();
  } catch (thrown) {
    await Promise.allSettled([parts.query.close(), parts.produce.close()]);
    sockets.destroy();
    throw connectError(thrown, brokers, security.tls !== null || security.sasl !== null);
  }
  return new KafkaBus(options, parts, patience);
}

/**
 * The log on Apache Kafka 4, by kafkajs's clients for single brokers: what it does with more than one request is done here,
 * because the contract asks for what its producer and consumer do not keep.
 */
export class KafkaBus implements EventBus {
  readonly #options: KafkaBusOptions;
  readonly #parts: Parts;
  readonly #topics: Topics;
  readonly #producer: Producer;
  #subscriptions: readonly Subscription[] = [];
  #closed: Promise<void> | null = null;

  /** Use `openKafkaBus`. */
  constructor(options: KafkaBusOptions, parts: Parts, patience: Patience) {
    this.#options = options;
    this.#parts = parts;
    const { clock, random, logger } = options;
    const { kafka, query, produce } = parts;
    this.#topics = new Topics({ kafka, link: query, logger, replication: options.replication ?? null });
    this.#producer = new Producer({
      link: produce,
      clock,
      random,
      logger,
      appendMs: patience.appendMs,
      requestMs: patience.requestMs,
    });
  }

  /** @throws BUS_TOPIC_CONFLICT, BUS_TOPIC_RETENTION, BUS_TOPIC_UNSAFE, BUS_FORBIDDEN, BUS_UNAVAILABLE. */
  async createTopic(topic: string, settings: TopicSettings): Promise<void> {
    this.#mustBeOpen();
    await this.#topics.create(topic, settings);
  }

  /** Every topic of the cluster but Kafka's own, also those of others. */
  async topics(): Promise<readonly { readonly topic: string; readonly partitions: number }[]> {
    this.#mustBeOpen();
    return this.#topics.all();
  }

  /**
   * A call that fails may have written some of its messages: `BUS_MESSAGE_TOO_LARGE` and `BUS_TOPIC_UNKNOWN` never do. What
   * is appended again then stands in the log twice, in the same order.
   */
  async append(topic: string, messages: readonly BusMessage[]): Promise<readonly Position[]> {
    this.#mustBeOpen();
    const { produce } = this.#parts;
    const partitions = (await produce.attempt(`looking for topic ${topic}`, () => produce.partitions(topic))).length;
    if (messages.length === 0) return [];
    return this.#producer.append(
      topic,
      messages.map((message) => ({ partition: partitionOf(message.key, partitions), message })),
    );
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    this.#mustBeOpen();
    const { kafka, query } = this.#parts;
    const { clock, logger } = this.#options;
    for (const topic of options.topics) {
      await query.attempt(`looking for topic ${topic}`, () => query.partitions(topic));
    }
    const [group, fetch] = [new Link(kafka, clock), new Link(kafka, clock)];
    const subscription: Subscription = await KafkaSubscription.start({
      subscribe: options,
      query,
      group,
      fetch,
      timing: { ...GROUP, ...this.#options.group },
      clock,
      logger,
      ended: () => {
        this.#subscriptions = this.#subscriptions.filter((other) => other !== subscription);
      },
    });
    if (this.#closed !== null) await subscription.stop();
    this.#mustBeOpen();
    this.#subscriptions = [...this.#subscriptions, subscription];
    return subscription;
  }

  async bounds(topic: string): Promise<readonly PartitionBounds[]> {
    this.#mustBeOpen();
    return boundsOf(this.#parts.query, topic);
  }

  /** By the copies that groups store, which come up to a second late. */
  async lag(group: string): Promise<readonly PartitionLag[]> {
    this.#mustBeOpen();
    return lagOf(this.#parts.query, group, this.#options.clock.now());
  }

  async committed(group: string): Promise<readonly Position[]> {
    this.#mustBeOpen();
    return committedOffsets(this.#parts.query, group);
  }

  async seek(
    group: string,
    to: readonly Position[] | { readonly topic: string; readonly atTime: number },
  ): Promise<void> {
    this.#mustBeOpen();
    const { query } = this.#parts;
    const targets = 'atTime' in to ? await positionsAtTime(query, to.topic, to.atTime) : to;
    for (const target of targets) mustBeIn(target, target.offset, await boundsOfPartition(query, target));
    await query.attempt(`moving group ${group}`, () => commitOffsets(query, group, OUTSIDER, targets));
  }

  async *read(where: TopicPartition, from: number, to: number): AsyncIterable<StoredMessage> {
    this.#mustBeOpen();
    yield* readRange(this.#parts.query, where, from, to);
  }

  async offsetAtTime(topic: string, time: number): Promise<readonly Position[]> {
    this.#mustBeOpen();
    return positionsAtTime(this.#parts.query, topic, time);
  }

  /** Whether `close` was called. */
  get closed(): boolean {
    return this.#closed !== null;
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await Promise.all(this.#subscriptions.map((subscription) => subscription.stop()));
    await this.#producer.close();
    const { query, produce } = this.#parts;
    await Promise.all([this.#topics.close(), query.close(), produce.close()]);
    this.#parts.sockets.destroy();
  }

  #mustBeOpen(): void {
    if (this.#closed !== null) throw new ChangeoverError('BUS_CLOSED', 'the log is closed');
  }
}
