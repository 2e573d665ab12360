import { ChangeoverError } from '../../core/errors.ts';
import type { Subscription } from '../bus.ts';
import type { PartitionReader } from '../partition-reader.ts';
import { Waiters } from '../waiters.ts';
import type { PartitionLog } from './partition-log.ts';

export type LogReader = PartitionReader<PartitionLog>;

/** All partitions that one subscriber reads. Partitions go on side by side; each one's batches come one after the other. */
export class EmbeddedSubscription implements Subscription {
  readonly group: string;
  readonly topics: ReadonlySet<string>;
  readonly readers: readonly LogReader[];
  readonly #ended: () => void;
  readonly #waiters = new Waiters();
  #stopped: Promise<void> | null = null;

  constructor(options: {
    group: string;
    topics: readonly string[];
    readers: (moved: () => void) => readonly LogReader[];
    ended: () => void;
  }) {
    this.group = options.group;
    this.topics = new Set(options.topics);
    this.#ended = options.ended;
    this.readers = options.readers(() => this.#waiters.look());
  }

  pause(topics: readonly string[]): void {
    for (const reader of this.#of(topics)) reader.pause();
  }

  resume(topics: readonly string[]): void {
    for (const reader of this.#of(topics)) reader.resume();
  }

  async caughtUp(signal?: AbortSignal): Promise<void> {
    if (this.#stopped !== null) throw stopped();
    const targets = this.readers.map((reader) => ({ reader, end: reader.source.end }));
    await this.#waiters.wait(
      () => targets.every(({ reader, end }) => reader.position !== null && reader.position >= end),
      signal,
    );
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    await Promise.all(this.readers.map((reader) => reader.stop()));
    this.#waiters.fail(stopped());
    this.#ended();
  }

  #of(topics: readonly string[]): readonly LogReader[] {
    return this.readers.filter((reader) => topics.includes(reader.source.topic));
  }
}

function stopped(): ChangeoverError {
  return new ChangeoverError('CANCELLED', 'the subscription was stopped');
}
