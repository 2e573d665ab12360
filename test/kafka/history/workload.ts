import type { StoredMessage, Subscription } from '../../../src/bus/bus.ts';
import { type KafkaBus, openKafkaBus } from '../../../src/bus/kafka/kafka-bus.ts';
import { Waiters } from '../../../src/bus/waiters.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { asChangeoverError, ChangeoverError } from '../../../src/core/errors.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { systemRandom } from '../../../src/core/random.ts';
import type { Happening, Seen } from './history.ts';

const KEYS = 40;
const TOGETHER = 20;
const decoder = new TextDecoder();

interface Member {
  readonly bus: KafkaBus;
  readonly subscription: Subscription;
}

/** Senders and members on one topic, what the state holds of it, and everything that happened. */
export class Workload {
  readonly history: Happening[] = [];
  readonly topic: string;
  readonly #brokers: readonly string[];
  readonly #waiters = new Waiters();
  readonly #sending = new AbortController();
  /** What the state holds: the next offset of each partition. */
  readonly #positions = new Map<number, number>();
  readonly #members = new Map<string, Member>();
  #producer: KafkaBus | null = null;
  #senders: readonly Promise<void>[] = [];
  #count = 0;
  #taken = 0;
  #sent = 0;

  constructor(brokers: readonly string[], topic: string) {
    this.#brokers = brokers;
    this.topic = topic;
  }

  /** Makes the topic, and sends from now on: each sender has keys of its own, and goes on once the log has answered. */
  async send(partitions: number, senders: number): Promise<void> {
    const bus = await this.#open();
    this.#producer = bus;
    await bus.createTopic(this.topic, { partitions, retentionMs: null });
    this.#senders = Array.from({ length: senders }, (_, sender) => this.#sender(bus, sender));
  }

  get members(): readonly string[] {
    return [...this.#members.keys()];
  }

  async join(): Promise<string> {
    this.#count += 1;
    const name = `member ${this.#count}`;
    const bus = await this.#open();
    const subscription = await bus.subscribe({
      group: this.topic,
      topics: [this.topic],
      maxBatch: 50,
      startAt: async ({ partition }) => this.#positions.get(partition) ?? null,
      handle: ({ partition, messages }) => this.#handle(name, partition, messages),
      onStopped: (_where, error) => this.#waiters.fail(error),
    });
    this.#members.set(name, { bus, subscription });
    return name;
  }

  async leave(name: string): Promise<void> {
    const member = this.#members.get(name);
    this.#members.delete(name);
    await member?.bus.close();
  }

  /** Resolves once so many more were sent, and so many more taken. */
  async progress(count: number, signal: AbortSignal): Promise<void> {
    const [sent, taken] = [this.#sent + count, this.#taken + count];
    await this.#waiters.wait(() => this.#sent >= sent && this.#taken >= taken, signal);
  }

  /** Ends sending, and resolves once everything is taken that stands in the log. */
  async drain(signal: AbortSignal): Promise<void> {
    this.#sending.abort();
    await Promise.all(this.#senders);
    const ends = (await this.#producer?.bounds(this.topic)) ?? [];
    await this.#waiters.wait(
      () => ends.every(({ partition, end }) => (this.#positions.get(partition) ?? 0) >= end),
      signal,
    );
  }

  async close(): Promise<void> {
    this.#sending.abort();
    await Promise.all([...this.#members.keys()].map((name) => this.leave(name)));
    await this.#producer?.close();
    await Promise.all(this.#senders);
  }

  async #sender(bus: KafkaBus, sender: number): Promise<void> {
    for (let number = 0; !this.#sending.signal.aborted; number += 1) {
      const messages = Array.from({ length: TOGETHER }, (_, at) => {
        const key = `${sender}.${at % KEYS}`;
        return { key, value: `${key} ${number}` };
      });
      while (!(await this.#append(bus, messages))) {
        if (bus.closed) return;
      }
    }
  }

  async #append(
    bus: KafkaBus,
    messages: readonly { readonly key: string; readonly value: string }[],
  ): Promise<boolean> {
    try {
      const positions = await bus.append(
        this.topic,
        messages.map(({ key, value }) => ({ key, value: Buffer.from(value), timestamp: 1_000, headers: {} })),
      );
      for (const [index, { partition, offset }] of positions.entries()) {
        const message = messages[index];
        if (message !== undefined) this.history.push({ kind: 'sent', ...message, partition, offset });
      }
      this.#sent += messages.length;
      this.#waiters.look();
      return true;
    } catch (thrown) {
      if (asChangeoverError(thrown).retry !== 'later') throw thrown;
      for (const message of messages) this.history.push({ kind: 'unsure', ...message });
      return false;
    }
  }

  async #handle(member: string, partition: number, stored: readonly StoredMessage[]): Promise<void> {
    const messages = stored.map(({ offset, key, value }): Seen => ({ offset, key, value: decoder.decode(value) }));
    this.history.push({ kind: 'polled', member, partition, messages });
    try {
      // Longer than a turn of the loop, so that others could come between.
      await systemClock().sleep(2);
      // As the state's transaction does: whoever reads from elsewhere than where it stands is refused.
      if ((this.#positions.get(partition) ?? 0) !== messages[0]?.offset) {
        throw new ChangeoverError('BUS_IO', 'the position in the state is another', { retryAfterMs: 10 });
      }
      this.#positions.set(partition, (messages.at(-1)?.offset ?? 0) + 1);
      this.history.push({ kind: 'taken', member, partition, messages });
      this.#taken += messages.length;
    } finally {
      this.history.push({ kind: 'left', member, partition });
      this.#waiters.look();
    }
  }

  #open(): Promise<KafkaBus> {
    return openKafkaBus({
      brokers: this.#brokers,
      clock: systemClock(),
      random: systemRandom(),
      logger: silentLogger(),
      group: { heartbeatMs: 200, sessionMs: 6_000, rebalanceMs: 20_000 },
      patience: { connectMs: 1_000, requestMs: 5_000 },
    });
  }
}
