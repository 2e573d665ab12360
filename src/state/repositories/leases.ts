import { ChangeoverError } from '../../core/errors.ts';
import type { Lease, Leases } from '../state.ts';
import type { Session } from './session.ts';

/**
 * A lease that a state does not know may have been taken before all the same: by a state that was lost, or after the backup
 * that this one was restored from. What was read under it carries its epochs, and what is read from now on must be newer.
 * Nobody can be asked how far they went, so they begin with the milliseconds since 1970, which no number of takings reaches.
 */
export function firstEpoch(now: number): number {
  return Math.max(1, Math.floor(now));
}

/**
 * @param ahead how far the clock that all processes share is ahead of the caller's, milliseconds. Where several machines
 *   hold leases, expiry must not depend on whose clock is right.
 */
export function leasesOf(session: Session, ahead = 0): Leases {
  const { builder } = session;

  const find = async (name: string) => {
    const [row] = await session.rows(builder.selectFrom('leases').selectAll().where('name', '=', name));
    return row;
  };

  /** @throws STATE_LEASE_LOST where holder or epoch are not the present ones. */
  const present = async (name: string, holder: string | null, epoch: number) => {
    const row = await find(name);
    if (row !== undefined && row.epoch === epoch && (holder === null || row.holder === holder)) return row;
    const now = row === undefined || row.holder === '' ? 'nobody' : `${row.holder} (epoch ${row.epoch})`;
    throw new ChangeoverError(
      'STATE_LEASE_LOST',
      `${name}: ${holder ?? 'epoch'} ${epoch} has lost it, ${now} has it now`,
    );
  };

  return {
    all: async () => {
      const rows = await session.rows(
        builder.selectFrom('leases').selectAll().where('holder', '!=', '').orderBy('name'),
      );
      return rows.map(({ name, holder, epoch, expires_at }) => ({
        name,
        holder,
        epoch,
        expiresAt: expires_at - ahead,
      }));
    },
    take: async (name, holder, now, forMs) => {
      const row = await find(name);
      const expiresAt = now + forMs;
      if (row === undefined) {
        const epoch = firstEpoch(now + ahead);
        const first = { name, holder, epoch, expires_at: expiresAt + ahead, next_sequence: 1 };
        await session.change(builder.insertInto('leases').values(first));
        return { name, holder, epoch, expiresAt };
      }
      const free = row.holder === '' || row.holder === holder || row.expires_at <= now + ahead;
      if (!free) return null;
      // Even ours gets a new epoch: what an earlier life of this holder still has under way must lose.
      const lease: Lease = { name, holder, epoch: row.epoch + 1, expiresAt };
      await session.change(
        builder
          .updateTable('leases')
          .set({ holder, epoch: lease.epoch, expires_at: expiresAt + ahead })
          .where('name', '=', name),
      );
      return lease;
    },
    verify: async (name, holder, epoch) => {
      await present(name, holder, epoch);
    },
    renew: async (name, holder, epoch, now, forMs) => {
      await present(name, holder, epoch);
      const expiresAt = now + forMs;
      await session.change(
        builder
          .updateTable('leases')
          .set({ expires_at: expiresAt + ahead })
          .where('name', '=', name),
      );
      return { name, holder, epoch, expiresAt };
    },
    release: async (name, holder, epoch) => {
      await session.change(
        builder
          .updateTable('leases')
          .set({ holder: '', expires_at: 0 })
          .where('name', '=', name)
          .where('holder', '=', holder)
          .where('epoch', '=', epoch),
      );
    },
    nextSequences: async (name, epoch, count) => {
      const row = await present(name, null, epoch);
      await session.change(
        builder
          .updateTable('leases')
          .set({ next_sequence: row.next_sequence + count })
          .where('name', '=', name),
      );
      return row.next_sequence;
    },
  };
}
