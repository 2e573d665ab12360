import { AsyncLocalStorage } from 'node:async_hooks';
import { ChangeoverError } from '../core/errors.ts';
import { Mutex } from './mutex.ts';

/** Who may use a store, and when: one transaction at a time, reads beside it, nothing after the close. */
export class Turns {
  readonly #name: string;
  readonly #mutex = new Mutex();
  /** The transaction that the code now running belongs to. */
  readonly #inside = new AsyncLocalStorage<{ open: boolean }>();
  readonly #reads = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  /** @param name how messages call the store */
  constructor(name: string) {
    this.#name = name;
  }

  get closed(): boolean {
    return this.#closed !== undefined;
  }

  /** @throws STATE_CLOSED; INTERNAL inside another one, which would wait for itself. */
  async transaction<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#refuseWhenClosed();
    this.#refuseInside('a transaction was begun');
    return this.#mutex.run(() => {
      const scope = { open: true };
      return this.#inside.run(scope, work).finally(() => {
        scope.open = false;
      });
    });
  }

  /** @throws STATE_CLOSED */
  async read<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#refuseWhenClosed();
    const result = work();
    const ended = result.catch(() => undefined);
    this.#reads.add(ended);
    try {
      return await result;
    } finally {
      this.#reads.delete(ended);
    }
  }

  /** Waits for what is running, refuses what comes after, then shuts; once, however often it is called. */
  async close(shut: () => Promise<void>): Promise<void> {
    this.#refuseInside('the state was closed');
    this.#closed ??= this.#mutex.run(async () => {
      await Promise.all(this.#reads);
      await shut();
    });
    await this.#closed;
  }

  #refuseInside(what: string): void {
    if (this.#inside.getStore()?.open === true) throw new ChangeoverError('INTERNAL', `${what} inside a transaction`);
  }

  #refuseWhenClosed(): void {
    if (this.#closed !== undefined) throw new ChangeoverError('STATE_CLOSED', `${this.#name} is closed`);
  }
}
