import { asChangeoverError } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import type { Lease, StateStore } from './state.ts';

export interface HeldLeaseParts {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly lease: Lease;
  /** Milliseconds that each renewal is good for. */
  readonly forMs: number;
}

/**
 * Renews a lease three times within its length until `end`, so that it may be short though what is done under it (one
 * page of a source, say) takes minutes. A process that dies or is frozen renews nothing, and others go on once what it had is over.
 */
export class HeldLease {
  readonly #parts: HeldLeaseParts;
  readonly #lost = new AbortController();
  readonly #ended = new AbortController();
  readonly #renewing: Promise<void>;

  constructor(parts: HeldLeaseParts) {
    this.#parts = parts;
    this.#renewing = this.#renew();
  }

  /** Aborted, with STATE_LEASE_LOST, when somebody else has it. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * Before what cannot be committed together with the lease: it is still ours, and from now on for its whole length, so that a
   * process that stood still in between does not go on as if nothing had been.
   * @throws STATE_LEASE_LOST where somebody else has it, and what the state throws where it cannot tell.
   */
  async confirm(): Promise<void> {
    const { state, clock, lease, forMs } = this.#parts;
    try {
      await state.transaction((tx) => tx.leases.renew(lease.name, lease.holder, lease.epoch, clock.now(), forMs));
    } catch (thrown) {
      const error = asChangeoverError(thrown);
      if (error.code === 'STATE_LEASE_LOST') this.#lost.abort(error);
      throw error;
    }
  }

  /** Renews no more; the lease stays as it is. */
  async end(): Promise<void> {
    this.#ended.abort();
    await this.#renewing;
  }

  async #renew(): Promise<void> {
    const { clock, forMs } = this.#parts;
    const over = AbortSignal.any([this.#ended.signal, this.#lost.signal]);
    while (!over.aborted) {
      await clock.sleep(forMs / 3, over).catch(() => undefined);
      if (over.aborted) return;
      // A state that does not answer is tried again: what is to be committed under the lease meets the same.
      await this.confirm().catch(() => undefined);
    }
  }
}
