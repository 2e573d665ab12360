import { asChangeoverError } from '../core/errors.ts';
import type { Lease, StateTransaction } from '../state/state.ts';
import type { Fence } from './caller.ts';
import type { WriterDeps } from './deps.ts';
import { writerLease } from './names.ts';

/** Takes and renews the lease that makes this process the one writer of the workspace (SPEC.md I10). */
export class LeaseKeeper {
  readonly #deps: WriterDeps;
  readonly #forMs: number;
  readonly #onLost: (error: unknown) => void;
  readonly #lost = new AbortController();
  readonly #ended = new AbortController();
  #lease: Lease | null = null;
  #renewing: Promise<void> = Promise.resolve();

  constructor(deps: WriterDeps, forMs: number, onLost: (error: unknown) => void) {
    this.#deps = deps;
    this.#forMs = forMs;
    this.#onLost = onLost;
  }

  get fence(): Fence {
    const lease = this.#lease;
    return {
      epoch: lease?.epoch ?? 0,
      lost: this.#lost.signal,
      verify: async (tx: StateTransaction) => {
        if (lease !== null) await tx.leases.verify(lease.name, lease.holder, lease.epoch);
      },
    };
  }

  /** Waits until nobody else is the writer; false when the signal was aborted first. */
  async take(signal: AbortSignal): Promise<boolean> {
    const { state, clock, holder, workspace, logger } = this.#deps;
    let said = false;
    while (!signal.aborted) {
      this.#lease = await state.transaction((tx) =>
        tx.leases.take(writerLease(workspace), holder, clock.now(), this.#forMs),
      );
      if (this.#lease !== null) {
        this.#renewing = this.#renew();
        return true;
      }
      if (!said) logger.info({ workspace }, 'another process is the writer; this one waits');
      said = true;
      await clock.sleep(this.#forMs / 3, signal).catch(() => undefined);
    }
    return false;
  }

  async release(): Promise<void> {
    this.#ended.abort();
    await this.#renewing;
    const lease = this.#lease;
    if (lease === null || this.#lost.signal.aborted) return;
    await this.#deps.state
      .transaction((tx) => tx.leases.release(lease.name, lease.holder, lease.epoch))
      .catch((thrown: unknown) => {
        this.#deps.logger.warn({ message: asChangeoverError(thrown).message }, 'the writer lease was not given back');
      });
  }

  async #renew(): Promise<void> {
    const { state, clock } = this.#deps;
    while (!this.#ended.signal.aborted) {
      const slept = await clock.sleep(this.#forMs / 3, this.#ended.signal).then(
        () => true,
        () => false,
      );
      const lease = this.#lease;
      if (!slept || lease === null) return;
      try {
        this.#lease = await state.transaction((tx) =>
          tx.leases.renew(lease.name, lease.holder, lease.epoch, clock.now(), this.#forMs),
        );
      } catch (thrown) {
        this.#lost.abort(thrown);
        this.#onLost(thrown);
        return;
      }
    }
  }
}
