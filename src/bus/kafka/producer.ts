import { ChangeoverError } from '../../core/errors.ts';
import type { Clock, Logger, Random } from '../../core/ports.ts';
import type { BusMessage, Position } from '../bus.ts';
import { kafkaError, lagsBehind, typeOf } from './errors.ts';
import type { Link } from './link.ts';
import { type Batch, fitsBatch, markWritten, type Routed, roundsOf, sizeOf, wireMessage } from './produce-batches.ts';
import type { ProducerIdentity } from './protocol.ts';
import { LARGEST_MESSAGE } from './topic-rules.ts';

interface Append extends Routed {
  readonly bytes: number;
  resolve(positions: readonly Position[]): void;
  reject(error: Error): void;
}

export interface ProducerOptions {
  readonly link: Link;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** How long an append is tried, milliseconds. */
  readonly appendMs: number;
  /** How long one request waits for the copies, milliseconds. */
  readonly requestMs: number;
}

/** Every copy in step must have it. */
const ALL_IN_SYNC = -1;
const FIRST_WAIT = 100;
const LAST_WAIT = 2_000;
/** Sequence numbers are 31 bits wide and begin again at zero. */
const SEQUENCES = 2 ** 31;

/** The broker has lost track of us: a new identity begins at zero. */
const IDENTITY_LOST: ReadonlySet<string> = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'DUPLICATE_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
]);

/**
 * Writes to Kafka, idempotently: each batch carries who wrote it and its number, so that a broker which gets it twice keeps
 * it once. One round of requests is under way at a time; appends that arrive meanwhile make up the next.
 *
 * A batch is repeated under its number until it is answered for. Once given up, the identity goes with it: that number
 * must never stand for other messages, or the broker would take those for the repetition and drop them.
 */
export class Producer {
  readonly #options: ProducerOptions;
  readonly #sequences = new Map<string, number>();
  #identity: ProducerIdentity | null = null;
  #queue: Append[] = [];
  #running: Promise<void> | null = null;

  constructor(options: ProducerOptions) {
    this.#options = options;
  }

  /**
   * Resolves when all copies in step have every message.
   * @throws BUS_MESSAGE_TOO_LARGE before anything is sent; BUS_UNAVAILABLE, BUS_FORBIDDEN and others: some of the messages
   * may have been written.
   */
  async append(
    topic: string,
    messages: readonly { readonly partition: number; readonly message: BusMessage }[],
  ): Promise<readonly Position[]> {
    const routed = messages.map((each) => ({ ...each, bytes: sizeOf(each.message) }));
    const tooLarge = routed.find(({ bytes }) => !fitsBatch(bytes));
    if (tooLarge !== undefined) {
      throw new ChangeoverError(
        'BUS_MESSAGE_TOO_LARGE',
        `a message for ${topic} takes ${tooLarge.bytes} bytes of the ${LARGEST_MESSAGE} that are allowed`,
        { place: { record: tooLarge.message.key } },
      );
    }
    const bytes = routed.reduce((sum, each) => sum + each.bytes, 0);
    return new Promise((resolve, reject) => {
      this.#queue.push({ topic, messages: routed, bytes, positions: [], resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when everything that waits has been written or given up. */
  async close(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    // What is appended in the same turn of the loop goes together.
    await Promise.resolve();
    while (this.#queue.length > 0) await this.#writeGroup(this.#takeGroup());
    this.#running = null;
  }

  #takeGroup(): readonly Append[] {
    let bytes = 0;
    let count = 0;
    for (const append of this.#queue) {
      if (count > 0 && bytes + append.bytes > LARGEST_MESSAGE) break;
      bytes += append.bytes;
      count += 1;
    }
    const group = this.#queue.slice(0, count);
    this.#queue = this.#queue.slice(count);
    return group;
  }

  async #writeGroup(group: readonly Append[]): Promise<void> {
    try {
      for (const round of roundsOf(group)) await this.#write(round);
      for (const append of group) append.resolve(append.positions);
    } catch (thrown) {
      const error = kafkaError(thrown, `writing to ${[...new Set(group.map(({ topic }) => topic))].join(', ')}`);
      if (group.length === 1 || error.retry === 'later') {
        for (const append of group) append.reject(error);
        return;
      }
      // One of them is refused for good. Which, shows when each goes alone.
      for (const append of group) await this.#writeGroup([append]);
    }
  }

  /** One batch for each partition. Resolves when all are written. */
  async #write(batches: readonly Batch[]): Promise<void> {
    const { clock, link, appendMs } = this.#options;
    const deadline = clock.monotonic() + appendMs;
    for (let tries = 1; ; tries += 1) {
      const left = batches.filter(({ written }) => !written);
      if (left.length === 0) return;
      try {
        await this.#send(left);
      } catch (thrown) {
        if (!this.#passes(thrown, left) || clock.monotonic() >= deadline || link.closed.aborted) {
          this.#forget(left);
          throw thrown;
        }
        await this.#waitAfter(tries);
        await link.recover(thrown);
      }
    }
  }

  /** Sends each broker the batches of the partitions that it leads, and marks those that it answered for. */
  async #send(batches: readonly Batch[]): Promise<void> {
    const { link, requestMs } = this.#options;
    this.#identity ??= await (await link.anyBroker()).initProducerId({ transactionTimeout: requestMs });
    for (const batch of batches) batch.sequence ??= this.#nextSequence(batch);
    const { producerId, producerEpoch } = this.#identity;
    const requests = [...(await link.byLeader(batches))].map(async ([leader, led]) => {
      const broker = await link.broker(leader);
      const { topics } = await broker.produce({
        acks: ALL_IN_SYNC,
        timeout: requestMs,
        producerId,
        producerEpoch,
        topicData: topicData(led),
      });
      for (const { topicName, partitions } of topics) {
        for (const { partition, baseOffset } of partitions) {
          const batch = led.find((each) => each.topic === topicName && each.partition === partition);
          if (batch !== undefined) markWritten(batch, Number(baseOffset));
        }
      }
      if (led.some(({ written }) => !written)) {
        throw new ChangeoverError('BUS_UNAVAILABLE', `broker ${leader} did not answer for every partition`);
      }
    });
    const failed = (await Promise.allSettled(requests)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }

  /** Whether another try can succeed. */
  #passes(thrown: unknown, left: readonly Batch[]): boolean {
    const type = typeOf(thrown) ?? '';
    if (IDENTITY_LOST.has(type)) {
      this.#options.logger.info(
        { reason: type },
        'a broker lost track of what was written; writing under a new identity',
      );
      this.#forget(left);
      return true;
    }
    return lagsBehind(thrown) || kafkaError(thrown, '').retry === 'later';
  }

  #forget(left: readonly Batch[]): void {
    this.#identity = null;
    this.#sequences.clear();
    for (const batch of left) batch.sequence = null;
  }

  #nextSequence({ topic, partition, entries }: Batch): number {
    const name = `${topic}/${partition}`;
    const first = this.#sequences.get(name) ?? 0;
    this.#sequences.set(name, (first + entries.length) % SEQUENCES);
    return first;
  }

  async #waitAfter(tries: number): Promise<void> {
    const { clock, random, link } = this.#options;
    const longest = Math.min(LAST_WAIT, FIRST_WAIT * 2 ** (tries - 1));
    await clock.sleep(longest * (0.5 + random.next() / 2), link.closed).catch(() => undefined);
  }
}

type TopicData = Parameters<Awaited<ReturnType<Link['broker']>>['produce']>[0]['topicData'];

function topicData(batches: readonly Batch[]): TopicData {
  return [...Map.groupBy(batches, ({ topic }) => topic)].map(([topic, ofTopic]) => ({
    topic,
    partitions: ofTopic.map(({ partition, sequence, entries }) => ({
      partition,
      firstSequence: sequence ?? 0,
      messages: entries.map(({ message }) => wireMessage(message)),
    })),
  }));
}
