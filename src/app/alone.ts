import type { Clock, Logger, Random } from '../core/ports.ts';
import type { Alone } from '../events/log.ts';
import type { Lease, StateStore } from '../state/state.ts';

/** Longer than any of it takes; a process that dies within leaves it to the others after this, milliseconds. */
const SCHEDULED_MS = 600_000;
const SHORT_MS = 30_000;
/** Between two looks whether it is our turn, milliseconds, on average. */
const LOOK_MS = 200;

export interface AloneParts {
  readonly state: StateStore;
  /** This process, in leases. */
  readonly holder: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Does what one process of a deployment must do; where another one is at it already, this one leaves it to that. */
export async function unlessElsewhere(
  parts: AloneParts,
  name: string,
  work: () => Promise<unknown>,
): Promise<'done' | 'elsewhere'> {
  const lease = await take(parts, `control:${name}`, SCHEDULED_MS);
  if (lease === null) {
    parts.logger.info({ schedule: name }, 'another process is at it');
    return 'elsewhere';
  }
  await withLease(parts, lease, work);
  return 'done';
}

/** Waits until no other process is at the like, and lets nobody else begin meanwhile. */
export function oneAfterTheOther(parts: AloneParts, name: string): Alone {
  return async (work) => {
    const { clock, random } = parts;
    for (;;) {
      const lease = await take(parts, `turn:${name}`, SHORT_MS);
      if (lease !== null) return withLease(parts, lease, work);
      await clock.sleep(LOOK_MS * (0.5 + random.next()));
    }
  };
}

function take({ state, holder, clock }: AloneParts, name: string, forMs: number): Promise<Lease | null> {
  return state.transaction((tx) => tx.leases.take(name, holder, clock.now(), forMs));
}

async function withLease<Result>({ state }: AloneParts, lease: Lease, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } finally {
    await state.transaction((tx) => tx.leases.release(lease.name, lease.holder, lease.epoch));
  }
}
