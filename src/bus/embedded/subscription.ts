import { ChangeoverError } from '../../core/errors.ts';
import type { Subscription } from '../bus.ts';
import type { PartitionReader } from './partition-reader.ts';

interface Waiter {
  readonly targets: ReadonlyMap<PartitionReader, number>;
  resolve(): void;
  reject(reason: unknown): void;
}

/** All partitions that one subscriber reads. Partitions go on side by side; each one's batches come one after the other. */
export class EmbeddedSubscription implements Subscription {
  readonly group: string;
  readonly topics: ReadonlySet<string>;
  readonly readers: readonly PartitionReader[];
  readonly #ended: () => void;
  #waiters: readonly Waiter[] = [];
  #stopped: Promise<void> | null = null;

  constructor(options: {
    group: string;
    topics: readonly string[];
    readers: (moved: () => void) => readonly PartitionReader[];
    ended: () => void;
  }) {
    this.group = options.group;
    this.topics = new Set(options.topics);
    this.#ended = options.ended;
    this.readers = options.readers(() => this.#look());
  }

  pause(topics: readonly string[]): void {
    for (const reader of this.#of(topics)) reader.pause();
  }

  resume(topics: readonly string[]): void {
    for (const reader of this.#of(topics)) reader.resume();
  }

  caughtUp(signal?: AbortSignal): Promise<void> {
    if (this.#stopped !== null) return Promise.reject(stopped());
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    const targets = new Map(this.readers.map((reader) => [reader, reader.log.end] as const));
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        reject(signal?.reason);
      };
      const waiter: Waiter = {
        targets,
        resolve: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
        reject: (reason) => {
          signal?.removeEventListener('abort', onAbort);
          reject(reason);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiters = [...this.#waiters, waiter];
      this.#look();
    });
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    await Promise.all(this.readers.map((reader) => reader.stop()));
    for (const waiter of this.#waiters) waiter.reject(stopped());
    this.#waiters = [];
    this.#ended();
  }

  #look(): void {
    const reached = this.#waiters.filter(({ targets }) =>
      [...targets].every(([reader, end]) => reader.position !== null && reader.position >= end),
    );
    if (reached.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => !reached.includes(waiter));
    for (const waiter of reached) waiter.resolve();
  }

  #of(topics: readonly string[]): readonly PartitionReader[] {
    return this.readers.filter((reader) => topics.includes(reader.log.topic));
  }
}

function stopped(): ChangeoverError {
  return new ChangeoverError('CANCELLED', 'the subscription was stopped');
}
