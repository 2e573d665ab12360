import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import { ChangeoverError } from '../../core/errors.ts';
import type { Logger } from '../../core/ports.ts';
import type { TopicSettings } from '../bus.ts';
import { isLegalTopic } from '../topic-name.ts';
import { kafkaError, typeOf } from './errors.ts';
import type { Link } from './link.ts';
import { configurationOf, type Durability, describeFaults, faultsOf } from './topic-rules.ts';

export interface TopicsOptions {
  readonly kafka: Kafka;
  readonly link: Link;
  readonly logger: Logger;
  /** Copies of each partition; null: three, or as many as there are brokers. */
  readonly replication: number | null;
}

const USUAL_REPLICATION = 3;

/** The topics of the cluster: made with their whole configuration, or checked against it. */
export class Topics {
  readonly #options: TopicsOptions;
  /** What was checked, with which settings: once for each process. */
  readonly #checked = new Map<string, TopicSettings>();
  #admin: Promise<Admin> | null = null;

  constructor(options: TopicsOptions) {
    this.#options = options;
  }

  /** Every topic of the cluster that is not Kafka's own. */
  async all(): Promise<readonly { readonly topic: string; readonly partitions: number }[]> {
    const { topicMetadata } = await this.#options.link.attempt('asking for topics', () =>
      this.#options.link.metadata([]),
    );
    return topicMetadata
      .filter((found) => found.topicErrorCode === 0 && (found as { isInternal?: boolean }).isInternal !== true)
      .map(({ topic, partitionMetadata }) => ({ topic, partitions: partitionMetadata.length }))
      .sort((a, b) => (a.topic < b.topic ? -1 : 1));
  }

  /**
   * Makes the topic, or checks the one that exists: it is never changed.
   * @throws BUS_TOPIC_CONFLICT, BUS_TOPIC_RETENTION, BUS_TOPIC_UNSAFE, BUS_FORBIDDEN, BUS_UNAVAILABLE.
   */
  async create(topic: string, settings: TopicSettings): Promise<void> {
    if (!isLegalTopic(topic)) throw new ChangeoverError('BUS_TOPIC_CONFLICT', `not a legal topic name: ${topic}`);
    if (!Number.isInteger(settings.partitions) || settings.partitions < 1) {
      throw new ChangeoverError('BUS_TOPIC_CONFLICT', `topic ${topic} cannot have ${settings.partitions} partitions`);
    }
    const checked = this.#checked.get(topic);
    if (checked?.partitions === settings.partitions && checked.retentionMs === settings.retentionMs) return;
    const durability = await this.#durability();
    const made = (await this.#exists(topic)) ? false : await this.#make(topic, settings, durability);
    if (!made) await this.#check(topic, settings, durability);
    this.#checked.set(topic, settings);
  }

  async close(): Promise<void> {
    const admin = await this.#admin?.catch(() => null);
    await admin?.disconnect();
  }

  async #durability(): Promise<Durability> {
    const { link, replication } = this.#options;
    const { brokers } = await link.attempt('asking for brokers', () => link.metadata(['changeover']));
    const copies = replication ?? Math.min(USUAL_REPLICATION, Math.max(1, brokers.length));
    // With two copies in step a message outlives the loss of a broker. Asked of two copies only, none may ever be away.
    return { replication: copies, minInSync: copies >= USUAL_REPLICATION ? copies - 1 : 1 };
  }

  async #exists(topic: string): Promise<boolean> {
    try {
      await this.#options.link.attempt(`looking for topic ${topic}`, () => this.#options.link.partitions(topic));
      return true;
    } catch (thrown) {
      if (kafkaError(thrown, '').code === 'BUS_TOPIC_UNKNOWN') return false;
      throw thrown;
    }
  }

  /** False where somebody else made it meanwhile. */
  async #make(topic: string, settings: TopicSettings, durability: Durability): Promise<boolean> {
    const { link, logger } = this.#options;
    const made = await link.attempt(`making topic ${topic}`, async () => {
      try {
        return await (await this.#connected()).createTopics({
          topics: [
            {
              topic,
              numPartitions: settings.partitions,
              replicationFactor: durability.replication,
              configEntries: configurationOf(settings, durability).map(({ name, value }) => ({ name, value })),
            },
          ],
        });
      } catch (thrown) {
        if (typeOf(thrown) === 'TOPIC_ALREADY_EXISTS') return false;
        throw thrown;
      }
    });
    await link.attempt(`waiting for topic ${topic}`, async () => {
      for (const { partition } of await link.partitions(topic)) await link.leader(topic, partition);
    });
    if (made) logger.info({ topic, partitions: settings.partitions, ...durability }, 'topic made');
    return made;
  }

  async #check(topic: string, settings: TopicSettings, durability: Durability): Promise<void> {
    const { link } = this.#options;
    const partitions = await link.attempt(`looking for topic ${topic}`, () => link.partitions(topic));
    if (partitions.length !== settings.partitions) {
      throw new ChangeoverError(
        'BUS_TOPIC_CONFLICT',
        `topic ${topic} has ${partitions.length} partitions, not ${settings.partitions}`,
      );
    }
    const { resources } = await link.attempt(`reading the settings of topic ${topic}`, async () => {
      // Whichever broker answers may not have heard of the topic yet; whether it is there, its partitions say.
      await link.partitions(topic);
      return (await this.#connected()).describeConfigs({
        includeSynonyms: false,
        resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }],
      });
    });
    const found = new Map(
      (resources[0]?.configEntries ?? []).map(({ configName, configValue }) => [configName, configValue] as const),
    );
    const replicas = Math.min(...partitions.map((place) => place.replicas));
    const faults = faultsOf(found, replicas, settings, durability);
    const [worst] = faults;
    if (worst !== undefined) throw new ChangeoverError(worst.code, `topic ${topic} ${describeFaults(topic, faults)}`);
  }

  #connected(): Promise<Admin> {
    this.#admin ??= this.#connect();
    return this.#admin;
  }

  async #connect(): Promise<Admin> {
    const admin = this.#options.kafka.admin();
    try {
      await admin.connect();
    } catch (thrown) {
      this.#admin = null;
      throw thrown;
    }
    return admin;
  }
}
