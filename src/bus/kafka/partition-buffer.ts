import type { StoredMessage } from '../bus.ts';
import { type BatchLimit, mustBeIn, type PartitionSource, type Slice } from '../partition-reader.ts';
import type { Link } from './link.ts';
import { boundsOf } from './offsets.ts';
import type { RawRecord } from './protocol.ts';
import { storedMessage } from './records.ts';

/** Fetched ahead of the reader, bytes of values: enough to keep it busy during a request, little enough for many partitions. */
const AHEAD = 2 * 1024 * 1024;

export interface PartitionBufferOptions {
  readonly topic: string;
  readonly partition: number;
  /** For the log's bounds. */
  readonly link: Link;
  /** Whether the partition is surely ours at this moment; waits for the group's word where the last is long ago. */
  owned(): Promise<boolean>;
  /** There is room for more. */
  wanted(): void;
  /** Something came: the reader may look. */
  filled(): void;
}

/** One partition's messages between the fetcher, which brings them, and the reader, which takes them. */
export class PartitionBuffer implements PartitionSource {
  readonly topic: string;
  readonly partition: number;
  readonly #options: PartitionBufferOptions;
  /** From the reader's position on: a batch that failed is given again. */
  #messages: StoredMessage[] = [];
  #bytes = 0;
  #fetchFrom: number | null = null;
  #failure: Error | null = null;
  /** Something was taken since the fetcher last asked. */
  #taken = false;

  constructor(options: PartitionBufferOptions) {
    this.topic = options.topic;
    this.partition = options.partition;
    this.#options = options;
  }

  /** The offset that the next fetch begins with; null while there is nothing to fetch. */
  get fetchFrom(): number | null {
    return this.full ? null : this.#fetchFrom;
  }

  get full(): boolean {
    return this.#bytes >= AHEAD;
  }

  /** Whether the reader took something since this was last asked. */
  takeNote(): boolean {
    const taken = this.#taken;
    this.#taken = false;
    return taken;
  }

  async open(position: number | null): Promise<number> {
    const bounds = (await boundsOf(this.#options.link, this.topic)).find(
      ({ partition }) => partition === this.partition,
    );
    const { start, end } = bounds ?? { start: 0, end: 0 };
    const at = position ?? start;
    mustBeIn(this, at, { start, end });
    this.#restart(at);
    this.#options.wanted();
    return at;
  }

  async next(position: number, limit: BatchLimit): Promise<Slice | null> {
    if (this.#failure !== null) {
      const failure = this.#failure;
      this.#restart(null);
      throw failure;
    }
    this.#dropBefore(position);
    if (this.#messages.length === 0) {
      // Marks of Kafka's own stood between, and are no messages.
      return this.#fetchFrom !== null && this.#fetchFrom > position ? { messages: [], next: this.#fetchFrom } : null;
    }
    if (!(await this.#options.owned())) return null;
    return this.#slice(limit);
  }

  /** What a fetch brought. Nothing where the reader began anew meanwhile. */
  accept(from: number, records: readonly RawRecord[]): void {
    if (from !== this.#fetchFrom) return;
    for (const record of records) {
      const offset = Number(record.offset);
      // A fetch begins with the batch that the offset is in.
      if (offset < this.#fetchFrom) continue;
      this.#fetchFrom = offset + 1;
      if (record.isControlRecord) continue;
      const message = storedMessage(this, record);
      this.#messages.push(message);
      this.#bytes += message.value.length;
    }
    if (this.#fetchFrom > from) this.#options.filled();
  }

  /** The reader is told at its next look; fetching ends until it begins anew. */
  fail(error: Error): void {
    this.#restart(null);
    this.#failure = error;
    this.#options.filled();
  }

  #slice(limit: BatchLimit): Slice {
    let bytes = 0;
    let count = 0;
    for (const { value } of this.#messages) {
      if (count >= limit.messages || bytes > limit.bytes) break;
      bytes += value.length;
      count += 1;
    }
    this.#taken = true;
    const messages = this.#messages.slice(0, count);
    const last = messages.at(-1);
    const next = count === this.#messages.length ? this.#fetchFrom : null;
    return { messages, next: next ?? (last === undefined ? 0 : last.offset + 1) };
  }

  #dropBefore(position: number): void {
    let count = 0;
    for (const { offset, value } of this.#messages) {
      if (offset >= position) break;
      this.#bytes -= value.length;
      count += 1;
    }
    if (count === 0) return;
    const wasFull = this.#bytes >= AHEAD;
    this.#messages = this.#messages.slice(count);
    if (!wasFull) this.#options.wanted();
  }

  #restart(at: number | null): void {
    this.#messages = [];
    this.#bytes = 0;
    this.#failure = null;
    this.#fetchFrom = at;
  }
}
