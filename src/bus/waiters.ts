interface Waiter {
  reached(): boolean;
  resolve(): void;
  reject(reason: unknown): void;
}

/** Those who wait for a condition. Whoever changes something that conditions depend on calls `look`. */
export class Waiters {
  #waiters: readonly Waiter[] = [];

  /** Resolves once the condition holds; rejects with the signal's reason, or with that of `fail`. */
  wait(reached: () => boolean, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    if (reached()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        reject(signal?.reason);
      };
      const done = () => signal?.removeEventListener('abort', onAbort);
      const waiter: Waiter = {
        reached,
        resolve: () => {
          done();
          resolve();
        },
        reject: (reason) => {
          done();
          reject(reason);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiters = [...this.#waiters, waiter];
    });
  }

  look(): void {
    if (this.#waiters.length === 0) return;
    const reached = this.#waiters.filter((waiter) => waiter.reached());
    if (reached.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => !reached.includes(waiter));
    for (const waiter of reached) waiter.resolve();
  }

  /** Nobody will be served any more. */
  fail(reason: unknown): void {
    const left = this.#waiters;
    this.#waiters = [];
    for (const waiter of left) waiter.reject(reason);
  }
}
