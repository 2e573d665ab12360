import type { Message } from 'kafkajs';
import type { BusMessage, Position } from '../bus.ts';
import { LARGEST_MESSAGE } from './topic-rules.ts';

/** What a record takes beside key, value and headers, and a batch beside its records, at most, bytes. */
const RECORD_OVERHEAD = 40;
const HEADER_OVERHEAD = 10;
const BATCH_OVERHEAD = 100;

/** A message of one append, with its partition and its size in a batch. */
export interface RoutedMessage {
  readonly partition: number;
  readonly message: BusMessage;
  readonly bytes: number;
}

/** Messages that were given together, and where they came to stand. */
export interface Routed {
  readonly topic: string;
  readonly messages: readonly RoutedMessage[];
  /** By the messages' places. */
  readonly positions: Position[];
}

/** Messages of one partition that are sent under one number. */
export interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly entries: { readonly message: BusMessage; readonly into: Position[]; readonly index: number }[];
  bytes: number;
  /** Of the first message; null until it is given. */
  sequence: number | null;
  written: boolean;
}

/** An upper bound of what the message takes in a batch, bytes. */
export function sizeOf({ key, value, headers }: BusMessage): number {
  let bytes = RECORD_OVERHEAD + 3 * key.length + value.length;
  for (const name in headers) bytes += HEADER_OVERHEAD + 3 * (name.length + (headers[name]?.length ?? 0));
  return bytes;
}

export function fitsBatch(bytes: number): boolean {
  return bytes + BATCH_OVERHEAD <= LARGEST_MESSAGE;
}

/**
 * The messages as batches no larger than a topic takes, in rounds with one batch a partition at most: the next round is
 * sent once the last is written, so that order holds.
 */
export function roundsOf(group: readonly Routed[]): readonly (readonly Batch[])[] {
  const rounds: Map<string, Batch>[] = [];
  /** The round that a partition's last batch is in. */
  const reached = new Map<string, number>();
  for (const { topic, messages, positions } of group) {
    for (const [index, { partition, message, bytes }] of messages.entries()) {
      const name = `${topic}/${partition}`;
      let round = reached.get(name) ?? 0;
      let batch = rounds[round]?.get(name);
      if (batch !== undefined && !fitsBatch(batch.bytes + bytes)) {
        round += 1;
        batch = undefined;
      }
      if (batch === undefined) {
        batch = { topic, partition, entries: [], bytes: 0, sequence: null, written: false };
        const batches = rounds[round] ?? new Map<string, Batch>();
        rounds[round] = batches;
        batches.set(name, batch);
        reached.set(name, round);
      }
      batch.entries.push({ message, into: positions, index });
      batch.bytes += bytes;
    }
  }
  return rounds.map((batches) => [...batches.values()]);
}

/** The batch is written, and its first message stands there. */
export function markWritten(batch: Batch, baseOffset: number): void {
  batch.written = true;
  for (const [at, { into, index }] of batch.entries.entries()) {
    into[index] = { topic: batch.topic, partition: batch.partition, offset: baseOffset + at };
  }
}

export function wireMessage({ key, value, timestamp, headers }: BusMessage): Message {
  return {
    key,
    value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    // As text: kafkajs takes the number zero for "now".
    timestamp: String(timestamp),
    headers: { ...headers },
  };
}
