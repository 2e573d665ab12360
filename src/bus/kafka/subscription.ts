import { ChangeoverError } from '../../core/errors.ts';
import type { Clock, Logger } from '../../core/ports.ts';
import type { Position, SubscribeOptions, Subscription, TopicPartition } from '../bus.ts';
import { PartitionReader } from '../partition-reader.ts';
import { Waiters } from '../waiters.ts';
import { Fetcher } from './fetcher.ts';
import type { Link } from './link.ts';
import { type GroupTiming, Membership } from './membership.ts';
import { OffsetCopies } from './offset-copies.ts';
import { PartitionBuffer } from './partition-buffer.ts';
import { boundsOrNone } from './reading.ts';

export interface KafkaSubscriptionOptions {
  readonly subscribe: SubscribeOptions;
  /** For bounds; shared with others. */
  readonly query: Link;
  /** Of this subscription alone, since both may wait long: for the group, and for messages. It closes them. */
  readonly group: Link;
  readonly fetch: Link;
  readonly timing: GroupTiming;
  readonly clock: Clock;
  readonly logger: Logger;
  ended(): void;
}

type Reader = PartitionReader<PartitionBuffer>;

/** What this member reads at present; null between two assignments. */
type Assignment = ReadonlyMap<string, Reader> | null;

/**
 * A member of a consumer group, and what it reads. The group says which partitions are its own, the state (`startAt`) from
 * where. With every rebalance all readers end, after the batch in hand, and those of the new assignment begin anew.
 */
export class KafkaSubscription implements Subscription {
  readonly #options: KafkaSubscriptionOptions;
  readonly #fetcher: Fetcher;
  readonly #copies: OffsetCopies;
  readonly #waiters = new Waiters();
  readonly #paused = new Set<string>();
  /** Partitions that stand still, by their names: also when they come back after a rebalance. */
  readonly #standing = new Map<string, TopicPartition>();
  #membership: Membership;
  #assignment: Assignment = null;
  /** The group refused us; `resume` asks it again. */
  #refused = false;
  #stopped: Promise<void> | null = null;

  private constructor(options: KafkaSubscriptionOptions) {
    this.#options = options;
    const { clock, logger, fetch } = options;
    this.#fetcher = new Fetcher({ link: fetch, clock, logger });
    this.#copies = new OffsetCopies({ clock, logger, commit: (positions) => this.#membership.commit(positions) });
    this.#membership = this.#newMembership();
  }

  /** Resolves with the first assignment. @throws what keeps us out of the group; then nothing is left behind. */
  static async start(options: KafkaSubscriptionOptions): Promise<KafkaSubscription> {
    const subscription = new KafkaSubscription(options);
    try {
      await Promise.all([options.group.connect(), options.fetch.connect()]);
      await subscription.#membership.join();
    } catch (thrown) {
      await subscription.stop();
      throw thrown;
    }
    return subscription;
  }

  pause(topics: readonly string[]): void {
    for (const topic of topics) this.#paused.add(topic);
    for (const reader of this.#readersOf(topics)) reader.pause();
  }

  resume(topics: readonly string[]): void {
    for (const topic of topics) this.#paused.delete(topic);
    for (const [name, { topic }] of this.#standing) if (topics.includes(topic)) this.#standing.delete(name);
    for (const reader of this.#readersOf(topics)) reader.resume();
    if (this.#refused && this.#stopped === null) this.#joinAgain();
  }

  async caughtUp(signal?: AbortSignal): Promise<void> {
    if (this.#stopped !== null) throw stopped();
    const ends = await this.#ends();
    await this.#waiters.wait(() => this.#reached(ends), signal);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    await this.#membership.leave();
    this.#fetcher.close();
    await Promise.all([this.#copies.close(), this.#options.fetch.close(), this.#options.group.close()]);
    this.#waiters.fail(stopped());
    this.#options.ended();
  }

  #newMembership(): Membership {
    const { subscribe, group, timing, clock, logger } = this.#options;
    return new Membership({
      link: group,
      groupId: subscribe.group,
      topics: subscribe.topics,
      timing,
      clock,
      logger,
      assigned: (partitions) => this.#assigned(partitions),
      revoked: (lost) => this.#revoked(lost),
      refused: (error) => this.#refusedBy(error),
    });
  }

  #assigned(partitions: readonly TopicPartition[]): void {
    const readers = partitions.map((where) => [nameOf(where), this.#reader(where)] as const);
    this.#assignment = new Map(readers);
    this.#fetcher.assign(readers.map(([, { source }]) => source));
    this.#waiters.look();
  }

  #reader({ topic, partition }: TopicPartition): Reader {
    const { subscribe, query, clock } = this.#options;
    const source = new PartitionBuffer({
      topic,
      partition,
      link: query,
      owned: () => this.#membership.confirmed(),
      wanted: () => this.#fetcher.wake(),
      filled: () => reader.wake(),
    });
    const reader: Reader = new PartitionReader({
      source,
      subscribe: { ...subscribe, onStopped: (where, error) => this.#stands(where, error) },
      clock,
      moved: (offset) => {
        this.#copies.moved({ topic, partition, offset });
        this.#waiters.look();
      },
    });
    if (this.#paused.has(topic) || this.#standing.has(nameOf(source))) reader.pause();
    return reader;
  }

  async #revoked(lost: boolean): Promise<void> {
    const readers = [...(this.#assignment?.values() ?? [])];
    this.#assignment = null;
    this.#fetcher.assign([]);
    await Promise.all(readers.map((reader) => reader.stop()));
    if (!lost) await this.#copies.flush();
    this.#copies.forget();
  }

  #stands(where: TopicPartition, error: Error): void {
    this.#standing.set(nameOf(where), where);
    this.#options.subscribe.onStopped(where, error);
  }

  /** Only after a first assignment: before, `start` throws. Which partitions would be ours nobody knows, so all stand still. */
  #refusedBy(error: ChangeoverError): void {
    this.#refused = true;
    for (const topic of this.#options.subscribe.topics) {
      this.#options.subscribe.onStopped({ topic, partition: 0 }, error);
    }
  }

  #joinAgain(): void {
    this.#refused = false;
    this.#membership = this.#newMembership();
    // Refused again, it is said by `refused`.
    this.#membership.join().catch(() => undefined);
  }

  /** The ends of every partition: which are ours may be known only after the next assignment. */
  async #ends(): Promise<readonly Position[]> {
    const bounds = await Promise.all(
      this.#options.subscribe.topics.map((topic) => boundsOrNone(this.#options.query, topic)),
    );
    return bounds.flat().map(({ topic, partition, end }) => ({ topic, partition, offset: end }));
  }

  /** What belongs to another member is that one's to catch up with; between two assignments nobody knows. */
  #reached(ends: readonly Position[]): boolean {
    const assignment = this.#assignment;
    if (assignment === null) return false;
    return ends.every((end) => {
      const reader = assignment.get(nameOf(end));
      return reader === undefined || (reader.position ?? -1) >= end.offset;
    });
  }

  #readersOf(topics: readonly string[]): readonly Reader[] {
    return [...(this.#assignment?.values() ?? [])].filter(({ source }) => topics.includes(source.topic));
  }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

function stopped(): ChangeoverError {
  return new ChangeoverError('CANCELLED', 'the subscription was stopped');
}
