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
} from './bus.ts';

/** What stands before names at servers that others use too. */
export interface Namespace {
  /** Before every topic; empty: nothing. */
  readonly topics: string;
  /** Before every consumer group. */
  readonly groups: string;
}

/** A part of a log that is shared with others: nobody above knows what stands before its names. Topics of others are hidden. */
export class NamespacedBus implements EventBus {
  readonly #bus: EventBus;
  readonly #space: Namespace;

  constructor(bus: EventBus, space: Namespace) {
    this.#bus = bus;
    this.#space = space;
  }

  createTopic(topic: string, settings: TopicSettings): Promise<void> {
    return this.#bus.createTopic(this.#there(topic), settings);
  }

  async topics(): Promise<readonly { readonly topic: string; readonly partitions: number }[]> {
    const all = await this.#bus.topics();
    return all
      .filter(({ topic }) => topic.startsWith(this.#space.topics))
      .map(({ topic, partitions }) => ({ topic: this.#here(topic), partitions }));
  }

  async append(topic: string, messages: readonly BusMessage[]): Promise<readonly Position[]> {
    return this.#allHere(await this.#bus.append(this.#there(topic), messages));
  }

  subscribe(options: SubscribeOptions): Promise<Subscription> {
    const { startAt, handle, onStopped } = options;
    return this.#bus
      .subscribe({
        ...options,
        group: this.#group(options.group),
        topics: options.topics.map((topic) => this.#there(topic)),
        startAt: (partition) => startAt(this.#ofHere(partition)),
        handle: ({ partition, topic, messages }) =>
          handle({ topic: this.#here(topic), partition, messages: this.#allHere(messages) }),
        onStopped: (partition, error) => onStopped(this.#ofHere(partition), error),
      })
      .then((subscription) => ({
        pause: (topics) => subscription.pause(topics.map((topic) => this.#there(topic))),
        resume: (topics) => subscription.resume(topics.map((topic) => this.#there(topic))),
        caughtUp: (signal) => subscription.caughtUp(signal),
        stop: () => subscription.stop(),
      }));
  }

  async bounds(topic: string): Promise<readonly PartitionBounds[]> {
    return this.#allHere(await this.#bus.bounds(this.#there(topic)));
  }

  async lag(group: string): Promise<readonly PartitionLag[]> {
    return this.#allHere(await this.#bus.lag(this.#group(group)));
  }

  async committed(group: string): Promise<readonly Position[]> {
    return this.#allHere(await this.#bus.committed(this.#group(group)));
  }

  seek(group: string, to: readonly Position[] | { readonly topic: string; readonly atTime: number }): Promise<void> {
    const there =
      'atTime' in to
        ? { ...to, topic: this.#there(to.topic) }
        : to.map((position) => ({ ...position, topic: this.#there(position.topic) }));
    return this.#bus.seek(this.#group(group), there);
  }

  async *read(partition: TopicPartition, from: number, to: number): AsyncIterable<StoredMessage> {
    const there = { ...partition, topic: this.#there(partition.topic) };
    for await (const message of this.#bus.read(there, from, to)) yield this.#ofHere(message);
  }

  async offsetAtTime(topic: string, time: number): Promise<readonly Position[]> {
    return this.#allHere(await this.#bus.offsetAtTime(this.#there(topic), time));
  }

  close(): Promise<void> {
    return this.#bus.close();
  }

  #group(group: string): string {
    return this.#space.groups + group;
  }

  #there(topic: string): string {
    return this.#space.topics + topic;
  }

  #here(topic: string): string {
    return topic.slice(this.#space.topics.length);
  }

  #ofHere<One extends TopicPartition>(one: One): One {
    return this.#space.topics === '' ? one : { ...one, topic: this.#here(one.topic) };
  }

  #allHere<One extends TopicPartition>(all: readonly One[]): readonly One[] {
    return this.#space.topics === '' ? all : all.map((one) => this.#ofHere(one));
  }
}
