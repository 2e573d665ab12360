import { asChangeoverError } from '../core/errors.ts';
import type { Clock, Logger, Random } from '../core/ports.ts';
import type { Alone, Turn } from '../events/log.ts';
import { HeldLease } from '../state/held-lease.ts';
import type { Lease, StateStore } from '../state/state.ts';

/** Renewed while the work goes on; a process that dies or stands still within leaves it to the others after this, milliseconds. */
const LEASE_MS = 30_000;
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

type Ended<Result> = { readonly kind: 'done'; readonly result: Result } | { readonly kind: 'lost' };

/**
 * Does what one process of a deployment must do; where another one is at it already, this one leaves it to that. So it does
 * where it stood still for so long that another one has begun.
 */
export async function unlessElsewhere(
  parts: AloneParts,
  name: string,
  work: (turn: Turn) => Promise<unknown>,
): Promise<'done' | 'elsewhere'> {
  const lease = await take(parts, `control:${name}`);
  const ended = lease === null ? null : await underLease(parts, lease, work);
  if (ended?.kind === 'done') return 'done';
  parts.logger.info({ schedule: name }, 'another process is at it');
  return 'elsewhere';
}

/**
 * Waits until nobody else, in this process or another one, is at the like, and lets nobody else begin meanwhile. Where the turn
 * was lost before the work was through, it is done anew in another turn.
 */
export function oneAfterTheOther(parts: AloneParts, name: string): Alone {
  const { clock, random } = parts;
  const inTurn: Alone = async (work) => {
    for (;;) {
      const lease = await take(parts, `turn:${name}`);
      const ended = lease === null ? null : await underLease(parts, lease, work);
      if (ended?.kind === 'done') return ended.result;
      await clock.sleep(LOOK_MS * (0.5 + random.next()));
    }
  };
  // A lease keeps out other processes only: its own holder gets it at any time.
  let before: Promise<unknown> = Promise.resolve();
  return (work) => {
    const ours = before.then(() => inTurn(work));
    before = ours.catch(() => undefined);
    return ours;
  };
}

function take({ state, holder, clock }: AloneParts, name: string): Promise<Lease | null> {
  return state.transaction((tx) => tx.leases.take(name, holder, clock.now(), LEASE_MS));
}

async function underLease<Result>(
  parts: AloneParts,
  lease: Lease,
  work: (turn: Turn) => Promise<Result>,
): Promise<Ended<Result>> {
  const { state, clock, logger } = parts;
  const held = new HeldLease({ state, clock, lease, forMs: LEASE_MS });
  try {
    return { kind: 'done', result: await work(held) };
  } catch (thrown) {
    if (!held.lost.aborted) throw thrown;
    const { code, message } = asChangeoverError(held.lost.reason);
    logger.warn({ lease: lease.name, code, message }, 'this process stood still for too long; another one went on');
    return { kind: 'lost' };
  } finally {
    await held.end();
    await state
      .transaction((tx) => tx.leases.release(lease.name, lease.holder, lease.epoch))
      .catch((thrown: unknown) =>
        // It runs out by itself, and what the work came to is worth more.
        logger.warn({ lease: lease.name, message: asChangeoverError(thrown).message }, 'a lease was not given back'),
      );
  }
}
