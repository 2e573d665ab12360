/** Wakes one waiter. A wake that comes while nobody waits is kept, so none is lost between a look and a wait. */
export class Wake {
  #pending = false;
  #waiter: (() => void) | null = null;

  wake(): void {
    if (this.#waiter === null) {
      this.#pending = true;
      return;
    }
    const waiter = this.#waiter;
    this.#waiter = null;
    waiter();
  }

  wait(): Promise<void> {
    if (this.#pending) {
      this.#pending = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#waiter = resolve;
    });
  }
}
