import { asChangeoverError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import type { Lease, StateStore } from '../../state/state.ts';

export interface HeldLeaseParts {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly lease: Lease;
  /** Milliseconds that each renewal is good for. */
  readonly forMs: number;
}

/**
 * Renews a lease three times within its length until `end`, so that it may be short though one page of a source takes
 * minutes. A process that dies or is frozen renews nothing, and others go on once what it had is over.
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

  /** Renews no more; the lease stays as it is. */
  async end(): Promise<void> {
    this.#ended.abort();
    await this.#renewing;
  }

  async #renew(): Promise<void> {
    const { state, clock, lease, forMs } = this.#parts;
    const ended = this.#ended.signal;
    while (!ended.aborted) {
      await clock.sleep(forMs / 3, ended).catch(() => undefined);
      if (ended.aborted) return;
      try {
        await state.transaction((tx) => tx.leases.renew(lease.name, lease.holder, lease.epoch, clock.now(), forMs));
      } catch (thrown) {
        const error = asChangeoverError(thrown);
        // A state that does not answer is tried again: what is to be committed under the lease meets the same.
        if (error.code === 'STATE_LEASE_LOST') return this.#lost.abort(error);
      }
    }
  }
}
