import { isDeepStrictEqual } from 'node:util';
import type { BusMessage, EventBus, PartitionBounds, StoredMessage } from '../../bus/bus.ts';
import { ChangeoverError } from '../../core/errors.ts';
import { TopicPlaces } from './places.ts';
import type { MovedMessage, Rewriting } from './rewriting.ts';

export interface TopicMove {
  readonly topic: string;
  readonly from: EventBus;
  readonly to: EventBus;
  readonly rewriting: Rewriting;
  /** Positions in the old topic that have to be found again in the new one. */
  readonly positions: readonly number[];
  readonly signal: AbortSignal;
  /** Called now and then with how many messages of the old topic are done. */
  progress(done: number): void;
}

export interface MovedTopic {
  readonly places: TopicPlaces;
  /** Of the old topic. */
  readonly messages: number;
  /** Of the new one: watermarks stand in each of its partitions. */
  readonly written: number;
  /** Of those, found there already: an earlier move had come so far. */
  readonly found: number;
}

interface Waiting extends MovedMessage {
  /** Whether its place is that of the old message: of several, the first one's is. */
  readonly counts: boolean;
}

const AT_ONCE = { messages: 1000, bytes: 4 * 1024 * 1024 };

/**
 * Walks through the old topic and the new one together: what the new one has must be what it should have, message for
 * message in each partition, and what it lacks at the end of a partition is appended. So a copy that was broken off is
 * continued, and one that is whole is verified by walking once more.
 * @throws MOVE_DIFFERS; CANCELLED between two appends
 */
export async function moveTopic(move: TopicMove): Promise<MovedTopic> {
  return new Walk(move, await boundsOf(move)).run();
}

/** The same without appending anything. @throws MOVE_DIFFERS also where something is missing */
export async function compareTopic(move: TopicMove): Promise<MovedTopic> {
  return new Walk(move, await boundsOf(move), 'compare').run();
}

interface Bounds {
  readonly old: PartitionBounds;
  readonly fresh: readonly PartitionBounds[];
}

async function boundsOf({ from, to, topic }: TopicMove): Promise<Bounds> {
  const [old, ...more] = await from.bounds(topic);
  if (old === undefined || more.length > 0) {
    throw new ChangeoverError(
      'BUS_TOPIC_CONFLICT',
      `topic ${topic} of the files has ${more.length + 1} partitions, not 1`,
    );
  }
  return { old, fresh: (await to.bounds(topic)).toSorted((a, b) => a.partition - b.partition) };
}

class Walk {
  readonly #move: TopicMove;
  readonly #bounds: Bounds;
  readonly #mode: 'copy' | 'compare';
  readonly #places: TopicPlaces;
  /** What the new topic has, by partition. */
  readonly #there: readonly AsyncIterator<StoredMessage>[];
  readonly #next: number[];
  readonly #positions: number[];
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #written = 0;
  #found = 0;

  constructor(move: TopicMove, bounds: Bounds, mode: 'copy' | 'compare' = 'copy') {
    this.#move = move;
    this.#bounds = bounds;
    this.#mode = mode;
    const { topic, to } = move;
    this.#places = new TopicPlaces(bounds.old.start, bounds.fresh.length);
    this.#there = bounds.fresh.map(({ partition, start, end }) =>
      to.read({ topic, partition }, start, end)[Symbol.asyncIterator](),
    );
    this.#next = bounds.fresh.map(({ start }) => start);
    this.#positions = [...new Set(move.positions)].sort((a, b) => a - b);
  }

  async run(): Promise<MovedTopic> {
    const { topic, from, rewriting, signal, progress } = this.#move;
    const { old, fresh } = this.#bounds;
    let messages = 0;
    for await (const stored of from.read({ topic, partition: 0 }, old.start, old.end)) {
      await this.#notePositions(stored.offset);
      const moved = await rewriting.of(stored, fresh.length);
      for (const [index, one] of moved.entries()) await this.#one({ ...one, counts: index === 0 });
      messages += 1;
      if (this.#waiting.length < AT_ONCE.messages && this.#waitingBytes < AT_ONCE.bytes) continue;
      signal.throwIfAborted();
      await this.#flush();
      progress(messages);
    }
    await this.#flush();
    await this.#notePositions(Number.POSITIVE_INFINITY);
    for (const [partition, rest] of this.#there.entries()) {
      const more = await rest.next();
      if (more.done !== true) throw this.#differs(partition, more.value.offset, 'more than the old log');
    }
    progress(messages);
    return { places: this.#places, messages, written: this.#written, found: this.#found };
  }

  async #one(moved: Waiting): Promise<void> {
    const { message, partition, counts } = moved;
    const there = await this.#there[partition]?.next();
    if (there === undefined || there.done === true) {
      if (this.#mode === 'compare') throw this.#differs(partition, this.#next[partition] ?? 0, 'less than the old log');
      this.#waiting.push(moved);
      this.#waitingBytes += message.value.length;
      return;
    }
    // Places are given in the order of the old log, so what waits goes first.
    if (counts) await this.#flush();
    if (!isSame(there.value, message)) throw this.#differs(partition, there.value.offset, 'another message');
    this.#found += 1;
    this.#place(moved, there.value.offset);
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (waiting.length === 0) return;
    const positions = await this.#move.to.append(
      this.#move.topic,
      waiting.map(({ message }) => message),
    );
    for (const [index, moved] of waiting.entries()) {
      const at = positions[index];
      if (at === undefined || at.partition !== moved.partition)
        throw this.#differs(moved.partition, at?.offset ?? -1, 'a message in another partition');
      this.#place(moved, at.offset);
    }
  }

  #place({ partition, counts }: Waiting, offset: number): void {
    this.#written += 1;
    this.#next[partition] = offset + 1;
    if (counts) this.#places.add({ partition, offset });
  }

  /** Those up to and including this offset. */
  async #notePositions(offset: number): Promise<void> {
    for (let first = this.#positions[0]; first !== undefined && first <= offset; first = this.#positions[0]) {
      this.#positions.shift();
      await this.#flush();
      this.#places.note(first, [...this.#next]);
    }
  }

  #differs(partition: number, offset: number, what: string): ChangeoverError {
    return new ChangeoverError('MOVE_DIFFERS', `${this.#move.topic}/${partition}/${offset}: the new log has ${what}`);
  }
}

function isSame(stored: StoredMessage, wanted: BusMessage): boolean {
  return (
    stored.key === wanted.key &&
    stored.timestamp === wanted.timestamp &&
    Buffer.compare(stored.value, wanted.value) === 0 &&
    isDeepStrictEqual({ ...stored.headers }, { ...wanted.headers })
  );
}
