/** Whoever waits until the writer has come to rest. */
export class IdleWaiters {
  #waiters: ((failure: unknown) => void)[] = [];

  /** Resolves at the next rest; rejects with what ended the writer, or with the signal's reason. */
  wait(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      const stop = () => reject(signal?.reason);
      signal?.addEventListener('abort', stop, { once: true });
      this.#waiters.push((failure) => {
        signal?.removeEventListener('abort', stop);
        if (failure === null) resolve();
        else reject(failure);
      });
    });
  }

  /** @param failure what ended the writer; null: it is at rest */
  wake(failure: unknown): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const done of waiters) done(failure);
  }
}
