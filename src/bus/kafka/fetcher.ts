import type { Clock, Logger } from '../../core/ports.ts';
import { outOfLog } from '../partition-reader.ts';
import { kafkaError, lagsBehind, outOfRange } from './errors.ts';
import type { Link } from './link.ts';
import { boundsOf, READ_UNCOMMITTED } from './offsets.ts';
import type { PartitionBuffer } from './partition-buffer.ts';
import type { FetchResponse } from './protocol.ts';

/** How long a broker waits for something new, milliseconds: so long a partition may wait that becomes ready meanwhile. */
const LONG_POLL = 500;
/** While a partition that has enough at present will soon want more, or others are just being assigned. */
const SHORT_POLL = 20;
/** After an assignment, milliseconds: its partitions become ready one after the other. */
const SETTLING = 1_000;
const FETCH_BYTES = 10 * 1024 * 1024;
const PARTITION_BYTES = 1024 * 1024;
const FIRST_WAIT = 100;
const LAST_WAIT = 5_000;

export interface FetcherOptions {
  readonly link: Link;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Want {
  readonly topic: string;
  readonly partition: number;
  readonly buffer: PartitionBuffer;
  readonly from: number;
}

/** Fetches for all partitions of a subscription: one request at a time to each broker, for all that it leads. */
export class Fetcher {
  readonly #options: FetcherOptions;
  readonly #closing = new AbortController();
  readonly #loops = new Map<number, Promise<void>>();
  #buffers: readonly PartitionBuffer[] = [];
  #settledAt = 0;
  #dispatching = false;
  #again = false;
  #failures = 0;

  constructor(options: FetcherOptions) {
    this.#options = options;
  }

  /** From now on for these. */
  assign(buffers: readonly PartitionBuffer[]): void {
    this.#buffers = buffers;
    this.#settledAt = this.#options.clock.monotonic() + SETTLING;
    this.wake();
  }

  /** Some partition has room for more. */
  wake(): void {
    if (this.#closing.signal.aborted) return;
    this.#again = true;
    if (this.#dispatching) return;
    this.#dispatching = true;
    void this.#dispatch();
  }

  close(): void {
    this.#buffers = [];
    this.#closing.abort();
  }

  /** Starts a loop for every broker that something is wanted from. */
  async #dispatch(): Promise<void> {
    while (this.#again && !this.#closing.signal.aborted) {
      this.#again = false;
      try {
        for (const leader of (await this.#wants()).keys()) {
          if (!this.#loops.has(leader)) this.#loops.set(leader, this.#loop(leader));
        }
      } catch (thrown) {
        await this.#failed(thrown);
        this.#again = true;
      }
    }
    this.#dispatching = false;
  }

  /** What is wanted, by the broker that leads it. */
  async #wants(): Promise<ReadonlyMap<number, readonly Want[]>> {
    const found = new Map<number, Want[]>();
    for (const buffer of this.#buffers) {
      const { topic, partition, fetchFrom: from } = buffer;
      if (from === null) continue;
      try {
        const leader = await this.#options.link.leader(topic, partition);
        found.set(leader, [...(found.get(leader) ?? []), { topic, partition, buffer, from }]);
      } catch (thrown) {
        const error = kafkaError(thrown, `looking for the leader of ${topic}`);
        // The topic is gone, or forbidden: that stops it, and no other.
        if (error.retry === 'later') throw error;
        buffer.fail(error);
      }
    }
    return found;
  }

  /** Fetches from one broker while something is wanted from it. */
  async #loop(leader: number): Promise<void> {
    try {
      while (!this.#closing.signal.aborted) {
        const wants = (await this.#wants()).get(leader) ?? [];
        if (wants.length === 0) break;
        await this.#fetch(leader, wants);
        this.#failures = 0;
      }
    } catch (thrown) {
      await this.#failed(thrown);
    } finally {
      this.#loops.delete(leader);
      // Something may have become wanted since the last look; and the leader may be another now.
      if (this.#buffers.some(({ fetchFrom }) => fetchFrom !== null)) this.wake();
    }
  }

  async #fetch(leader: number, wants: readonly Want[]): Promise<void> {
    try {
      deliver(await this.#request(leader, wants, this.#patience()), wants);
    } catch (thrown) {
      const gone = outOfRange(thrown);
      const want = wants.find(({ topic, partition }) => topic === gone?.topic && partition === gone.partition);
      if (want !== undefined) return this.#lost(want);
      if (lagsBehind(thrown) || kafkaError(thrown, '').retry === 'later') throw thrown;
      // Something in it cannot be read, ever. Whose it is, shows when each is fetched alone.
      for (const one of wants) {
        try {
          deliver(await this.#request(leader, [one], 0), [one]);
        } catch (again) {
          const error = kafkaError(again, `reading ${one.topic}, partition ${one.partition}, at ${one.from}`);
          if (lagsBehind(again) || error.retry === 'later') throw again;
          one.buffer.fail(error);
        }
      }
    }
  }

  async #request(leader: number, wants: readonly Want[], maxWaitTime: number): Promise<FetchResponse> {
    const broker = await this.#options.link.broker(leader);
    return broker.fetch({
      isolationLevel: READ_UNCOMMITTED,
      maxWaitTime,
      minBytes: 1,
      maxBytes: FETCH_BYTES,
      topics: [...Map.groupBy(wants, ({ topic }) => topic)].map(([topic, ofTopic]) => ({
        topic,
        partitions: ofTopic.map(({ partition, from }) => ({
          partition,
          fetchOffset: String(from),
          maxBytes: PARTITION_BYTES,
        })),
      })),
    });
  }

  #patience(): number {
    const busy = this.#buffers.filter((buffer) => buffer.takeNote() && buffer.full);
    return busy.length > 0 || this.#options.clock.monotonic() < this.#settledAt ? SHORT_POLL : LONG_POLL;
  }

  /** The position is not in the log any more: retention went past it, or somebody deleted records. */
  async #lost({ topic, partition, from, buffer }: Want): Promise<void> {
    const bounds = (await boundsOf(this.#options.link, topic)).find((each) => each.partition === partition);
    buffer.fail(outOfLog(buffer, from, bounds?.start ?? 0, bounds?.end ?? 0));
  }

  async #failed(thrown: unknown): Promise<void> {
    if (this.#closing.signal.aborted) return;
    const { link, clock, logger } = this.#options;
    const error = kafkaError(thrown, 'reading');
    if (this.#failures === 0)
      logger.warn({ code: error.code, message: error.message }, 'Kafka cannot be read; trying again');
    this.#failures += 1;
    const wait = Math.min(LAST_WAIT, FIRST_WAIT * 2 ** (this.#failures - 1));
    await clock.sleep(wait, this.#closing.signal).catch(() => undefined);
    await link.recover(thrown);
  }
}

function deliver(response: FetchResponse, wants: readonly Want[]): void {
  for (const { topicName, partitions } of response.responses) {
    for (const { partition, messages } of partitions) {
      const want = wants.find((each) => each.topic === topicName && each.partition === partition);
      want?.buffer.accept(want.from, messages);
    }
  }
}
