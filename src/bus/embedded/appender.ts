import type Database from 'better-sqlite3';
import type { BusMessage, Position } from '../bus.ts';
import { busError } from './errors.ts';
import type { PartitionLog, PendingEnd } from './partition-log.ts';

/** One append's messages with the partition that each belongs to. */
export interface RoutedMessage {
  readonly log: PartitionLog;
  readonly message: BusMessage;
}

interface Append {
  readonly messages: readonly RoutedMessage[];
  readonly bytes: number;
  resolve(positions: readonly Position[]): void;
  reject(error: Error): void;
}

/** One transaction takes whole appends until it passes this many bytes of values, so that the write-ahead log stays small. */
const TRANSACTION_BYTES = 16 * 1024 * 1024;

export interface AppenderOptions {
  readonly file: string;
  readonly database: Database.Database;
  /** More to write in the same transaction: positions that wait to be stored. Called again where the transaction failed. */
  writeAlong(): void;
  committed(partitions: ReadonlySet<PartitionLog>): void;
}

/**
 * Group commit. Appends that arrive in one turn of the event loop share one transaction and one sync; SQLite's sync
 * blocks the loop, so what arrives meanwhile makes up the next group. Calls are never split, and are written in the
 * order in which they came.
 */
export class Appender {
  readonly #options: AppenderOptions;
  readonly #indexSegment: Database.Statement<[number, number, number]>;
  #queue: Append[] = [];
  #flushScheduled = false;

  constructor(options: AppenderOptions) {
    this.#options = options;
    this.#indexSegment = options.database.prepare(
      'INSERT INTO time_index (partition_id, segment, latest) VALUES (?, ?, ?)',
    );
  }

  append(messages: readonly RoutedMessage[]): Promise<readonly Position[]> {
    let bytes = 0;
    for (const { message } of messages) bytes += message.value.length;
    return new Promise((resolve, reject) => {
      this.#queue.push({ messages, bytes, resolve, reject });
      if (this.#flushScheduled) return;
      this.#flushScheduled = true;
      setImmediate(() => {
        this.#flushScheduled = false;
        this.flush();
      });
    });
  }

  /** Writes everything that waits, now. */
  flush(): void {
    while (this.#queue.length > 0) this.#commit(this.#takeGroup());
  }

  #takeGroup(): readonly Append[] {
    let bytes = 0;
    let count = 0;
    for (const append of this.#queue) {
      if (count > 0 && bytes + append.bytes > TRANSACTION_BYTES) break;
      bytes += append.bytes;
      count += 1;
    }
    const group = this.#queue.slice(0, count);
    this.#queue = this.#queue.slice(count);
    return group;
  }

  #commit(group: readonly Append[]): void {
    const pending = new Map<PartitionLog, PendingEnd>();
    let positions: readonly (readonly Position[])[];
    try {
      positions = this.#options.database
        .transaction(() => {
          const written = group.map((append) => this.#insert(append.messages, pending));
          for (const [log, { segments }] of pending) {
            for (const { segment, latest } of segments) this.#indexSegment.run(log.id, segment, latest);
          }
          this.#options.writeAlong();
          return written;
        })
        .immediate();
    } catch (thrown) {
      const error = busError(thrown, this.#options.file);
      for (const append of group) append.reject(error);
      return;
    }
    for (const [log, end] of pending) log.accept(end);
    this.#options.committed(new Set(pending.keys()));
    for (const [index, append] of group.entries()) append.resolve(positions[index] ?? []);
  }

  #insert(messages: readonly RoutedMessage[], pending: Map<PartitionLog, PendingEnd>): Position[] {
    const positions: Position[] = [];
    for (const { log, message } of messages) {
      let end = pending.get(log);
      if (end === undefined) {
        end = log.pendingEnd();
        pending.set(log, end);
      }
      positions.push({ topic: log.topic, partition: log.partition, offset: end.end });
      log.insert(message, end);
    }
    return positions;
  }
}
