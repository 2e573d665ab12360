/** A message as the log keeps it. Values are opaque bytes here: src/events encodes and decodes them. */
export interface BusMessage {
  readonly key: string;
  readonly value: Uint8Array;
  /** Milliseconds. */
  readonly timestamp: number;
  readonly headers: Readonly<Record<string, string>>;
}

export interface StoredMessage extends BusMessage {
  readonly topic: string;
  readonly partition: number;
  /** Position within the partition; from 0, without gaps at append. */
  readonly offset: number;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface Position extends TopicPartition {
  /** The next offset to read. */
  readonly offset: number;
}

export interface PartitionBounds extends TopicPartition {
  /** The first offset still there. */
  readonly start: number;
  /** One past the last. */
  readonly end: number;
}

export interface PartitionLag extends TopicPartition {
  readonly events: number;
  /** Age of the oldest message not yet taken, milliseconds; null where there is none. */
  readonly ageMs: number | null;
}

/** Works on one partition's messages, in order. The position moves only after it resolved. */
export type BatchHandler = (batch: {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly StoredMessage[];
}) => Promise<void>;

export interface SubscribeOptions {
  readonly group: string;
  readonly topics: readonly string[];
  readonly maxBatch: number;
  /**
   * Where to start, asked on every assignment: the position in the state decides, the group's own is only a copy.
   * Null: the group has never read this partition, start at its beginning.
   */
  startAt(partition: TopicPartition): Promise<number | null>;
  readonly handle: BatchHandler;
  /** A position outside the log, or a handler that failed for good; the partition stands still until resumed. */
  onStopped(partition: TopicPartition, error: Error): void;
}

export interface Subscription {
  pause(topics: readonly string[]): void;
  resume(topics: readonly string[]): void;
  /** Resolves when every partition assigned has been read to the end that it had when this was called. */
  caughtUp(signal?: AbortSignal): Promise<void>;
  /** Stops after the batch in hand. */
  stop(): Promise<void>;
}

export interface TopicSettings {
  readonly partitions: number;
  /** How long messages stay, milliseconds; null: for ever. */
  readonly retentionMs: number | null;
}

/** The log. bus/embedded and bus/kafka pass the same conformance suite (test/conformance). */
export interface EventBus {
  createTopic(topic: string, settings: TopicSettings): Promise<void>;
  topics(): Promise<readonly { readonly topic: string; readonly partitions: number }[]>;
  /**
   * Resolves when every message is durable. Where it fails, bus/embedded has written none; bus/kafka may have written some,
   * since several partitions are several brokers' work: whoever appends them again has those twice, in their order.
   * Same key, same partition, in order.
   * Gives one position per message, in the order given: reading from it gives that message first.
   */
  append(topic: string, messages: readonly BusMessage[]): Promise<readonly Position[]>;
  subscribe(options: SubscribeOptions): Promise<Subscription>;
  bounds(topic: string): Promise<readonly PartitionBounds[]>;
  lag(group: string): Promise<readonly PartitionLag[]>;
  committed(group: string): Promise<readonly Position[]>;
  /** Moves a group that nobody is reading with. By time: the first message at or after it. */
  seek(group: string, to: readonly Position[] | { readonly topic: string; readonly atTime: number }): Promise<void>;
  /** Reads without a group, in order, `to` exclusive. */
  read(partition: TopicPartition, from: number, to: number): AsyncIterable<StoredMessage>;
  offsetAtTime(topic: string, time: number): Promise<readonly Position[]>;
  close(): Promise<void>;
}

/** The partition of a key: the same function for both shapes (murmur2, as Kafka's default partitioner). */
export type Partitioner = (key: string, partitions: number) => number;
