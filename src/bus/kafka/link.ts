import type { Assigner, BrokerMetadata, Cluster, Kafka } from 'kafkajs';
import type { ErrorCode } from '../../core/error-codes.ts';
import { ChangeoverError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import { failures, kafkaError, lagsBehind } from './errors.ts';
import type { BrokerClient } from './protocol.ts';

/** Tries of one piece of work, and the waits between them, milliseconds: leaders change within a second or two. */
const TRIES = 6;
const FIRST_WAIT = 100;
const LAST_WAIT = 2_000;
/** A topic made a moment ago is not known to every broker at once. */
const TRIES_OF_UNKNOWN = 3;
/**
 * kafkajs asks for the metadata of its "target topics", and of every topic in the cluster where it has none. We ask for
 * topics ourselves and need only the brokers from it, so it gets one name, which need not exist.
 */
const TARGET = 'changeover';

export interface PartitionPlace {
  readonly partition: number;
  /** The broker that leads it; -1 while none does. */
  readonly leader: number;
  readonly replicas: number;
}

/** What a topic's error code (kafka.apache.org/protocol#protocol_error_codes) means; others pass. */
const TOPIC_ERRORS: Readonly<Record<number, ErrorCode>> = {
  3: 'BUS_TOPIC_UNKNOWN',
  17: 'BUS_TOPIC_UNKNOWN',
  29: 'BUS_FORBIDDEN',
};

/**
 * Connections of one purpose to the brokers, and who leads what. On one connection a broker answers one request after the
 * other, so what may wait long (reading, joining a group, producing) has a link of its own each.
 */
export class Link {
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  readonly #brokers = new Map<number, BrokerClient>();
  #topics = new Map<string, readonly PartitionPlace[]>();

  constructor(kafka: Kafka, clock: Clock) {
    this.#cluster = clusterOf(kafka);
    this.#clock = clock;
  }

  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  /** Connects to any broker, and learns about all. */
  async connect(): Promise<void> {
    await this.#cluster.connect();
    await this.#cluster.addMultipleTargetTopics([TARGET]);
  }

  /** The topic's partitions, by number; remembered until something fails. @throws BUS_TOPIC_UNKNOWN, BUS_FORBIDDEN. */
  async partitions(topic: string): Promise<readonly PartitionPlace[]> {
    const known = this.#topics.get(topic);
    if (known !== undefined) return known;
    for (let tries = 1; ; tries += 1) {
      try {
        const found = placesOf(await this.metadata([topic]), topic);
        this.#topics.set(topic, found);
        return found;
      } catch (thrown) {
        const error = kafkaError(thrown, `looking for topic ${topic}`);
        if (error.code !== 'BUS_TOPIC_UNKNOWN' || tries >= TRIES_OF_UNKNOWN) throw error;
        await this.#clock.sleep(FIRST_WAIT, this.#closing.signal);
      }
    }
  }

  /** The broker that leads a partition. @throws BUS_TOPIC_UNKNOWN; BUS_UNAVAILABLE while there is none. */
  async leader(topic: string, partition: number): Promise<number> {
    const place = (await this.partitions(topic)).find((each) => each.partition === partition);
    if (place === undefined) {
      throw new ChangeoverError('BUS_TOPIC_UNKNOWN', `topic ${topic} has no partition ${partition}`);
    }
    if (place.leader < 0) {
      throw new ChangeoverError('BUS_UNAVAILABLE', `no broker leads ${topic}, partition ${partition} at present`);
    }
    return place.leader;
  }

  /** By the broker that leads them, the things that belong to partitions of one topic or several. */
  async byLeader<Thing extends { readonly topic: string; readonly partition: number }>(
    things: readonly Thing[],
  ): Promise<ReadonlyMap<number, readonly Thing[]>> {
    const found = new Map<number, Thing[]>();
    for (const thing of things) {
      const leader = await this.leader(thing.topic, thing.partition);
      found.set(leader, [...(found.get(leader) ?? []), thing]);
    }
    return found;
  }

  async broker(nodeId: number): Promise<BrokerClient> {
    const broker = (await this.#cluster.findBroker({ nodeId: String(nodeId) })) as unknown as BrokerClient;
    this.#brokers.set(nodeId, broker);
    return broker;
  }

  async anyBroker(): Promise<BrokerClient> {
    let failure: unknown = null;
    for (const nodeId of this.#cluster.getNodeIds()) {
      try {
        return await this.broker(Number(nodeId));
      } catch (thrown) {
        failure = thrown;
      }
    }
    await this.#cluster.connect();
    await this.#cluster.refreshMetadata();
    const [first] = this.#cluster.getNodeIds();
    if (first === undefined) throw failure ?? new ChangeoverError('BUS_UNAVAILABLE', 'Kafka names no brokers');
    return this.broker(Number(first));
  }

  async coordinator(groupId: string): Promise<BrokerClient> {
    await this.anyBroker();
    return (await this.#cluster.findGroupCoordinator({ groupId })) as unknown as BrokerClient;
  }

  /** What the brokers say at this moment. No topics: of all. */
  async metadata(topics: readonly string[]): Promise<BrokerMetadata> {
    return (await this.anyBroker()).metadata([...topics]);
  }

  /** Does the work, again where it failed for a reason that passes. @throws the error of the last try. */
  async attempt<Result>(doing: string, work: () => Promise<Result>): Promise<Result> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await work();
      } catch (thrown) {
        const error = kafkaError(thrown, doing);
        if (!(passes(error) || lagsBehind(thrown)) || tries >= TRIES || this.#closing.signal.aborted) throw error;
        await this.#clock
          .sleep(Math.min(LAST_WAIT, FIRST_WAIT * 2 ** (tries - 1)), this.#closing.signal)
          .catch(() => undefined);
        await this.recover(thrown);
      }
    }
  }

  /** After a failure: drops the connection that broke, and forgets who led what. Never throws. */
  async recover(thrown: unknown): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#topics = new Map();
    for (const failure of failures(thrown)) {
      const address = addressOf(failure);
      if (address !== null) this.#drop(address);
    }
    try {
      await this.#cluster.refreshMetadata();
    } catch {
      // The next try says what is wrong.
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new ChangeoverError('BUS_CLOSED', 'the log is closed'));
    await this.#cluster.disconnect();
  }

  /** kafkajs keeps a connection whose requests go unanswered; it would be asked again and again. */
  #drop(address: { readonly host: string; readonly port: number }): void {
    this.#cluster.removeBroker(address);
    for (const [nodeId, broker] of this.#brokers) {
      const { host, port } = broker.connectionPool;
      if (host !== address.host || port !== address.port) continue;
      this.#brokers.delete(nodeId);
      broker.disconnect().catch(() => undefined);
    }
  }
}

/** Whether Kafka may answer otherwise soon. A group that others read with stays busy for as long as they like. */
function passes(error: ChangeoverError): boolean {
  return error.retry === 'later' && error.code !== 'BUS_GROUP_BUSY';
}

function placesOf(metadata: BrokerMetadata, topic: string): readonly PartitionPlace[] {
  const found = metadata.topicMetadata.find((each) => each.topic === topic);
  const code = found?.topicErrorCode ?? 3;
  if (found === undefined || code !== 0) {
    throw new ChangeoverError(TOPIC_ERRORS[code] ?? 'BUS_UNAVAILABLE', `topic ${topic}: error ${code}`);
  }
  return found.partitionMetadata
    .map(({ partitionId, leader, replicas }) => ({ partition: partitionId, leader, replicas: replicas.length }))
    .sort((a, b) => a.partition - b.partition);
}

/** Where a connection led that broke or fell silent: kafkajs says it in two ways. */
function addressOf(failure: object): { readonly host: string; readonly port: number } | null {
  const { name, host, port, broker } = failure as { name?: string; host?: string; port?: number; broker?: string };
  if (name === undefined || !/^KafkaJS(Connection|ConnectionClosed|RequestTimeout)Error$/.test(name)) return null;
  if (host !== undefined && port !== undefined) return { host, port };
  const at = broker?.lastIndexOf(':') ?? -1;
  return broker === undefined || at < 0 ? null : { host: broker.slice(0, at), port: Number(broker.slice(at + 1)) };
}

const NO_ASSIGNER: Assigner = {
  name: 'none',
  version: 0,
  assign: async () => [],
  protocol: () => ({ name: 'none', metadata: Buffer.alloc(0) }),
};

/**
 * kafkajs gives its cluster to whoever assigns partitions: the one way to it that its types declare. The consumer itself
 * is never run; why not is in docs/decisions (Kafka by its requests).
 */
function clusterOf(kafka: Kafka): Cluster {
  let found: Cluster | null = null;
  kafka.consumer({
    groupId: 'none',
    readUncommitted: true,
    allowAutoTopicCreation: false,
    partitionAssigners: [
      ({ cluster }) => {
        found = cluster;
        return NO_ASSIGNER;
      },
    ],
  });
  if (found === null) throw new ChangeoverError('INTERNAL', 'kafkajs gave no cluster');
  return found;
}
