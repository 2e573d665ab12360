import { isNewer, type OrderingKey } from '../events/event.ts';

/** A watermark that some partitions have come to, and others not yet. */
export interface PendingWatermark extends OrderingKey {
  /** Partitions that have come to it. */
  readonly seen: readonly number[];
  /** How many live keys those partitions have gained since (or lost: below 0). */
  readonly ahead: number;
}

export interface Seen {
  readonly pending: readonly PendingWatermark[];
  /** Every partition has come to it. */
  readonly complete: boolean;
  /** Live keys that partitions beyond it have gained since. */
  readonly ahead: number;
}

/**
 * Notes that a partition has come to a watermark. Partitions are taken in at their own pace, and a page whose checkpoint was
 * lost is appended again with a watermark of its own: so several can be pending at once. One that is complete makes all
 * older ones complete or superseded.
 */
export function seeWatermark(
  pending: readonly PendingWatermark[],
  order: OrderingKey,
  partition: number,
  partitions: number,
): Seen {
  const before = pending.find((one) => compareOrder(one, order) === 0);
  const ahead = before?.ahead ?? 0;
  const seen = [...new Set([...(before?.seen ?? []), partition])].sort((a, b) => a - b);
  if (seen.length >= partitions) {
    return { pending: pending.filter((one) => compareOrder(one, order) > 0), complete: true, ahead };
  }
  const others = pending.filter((one) => compareOrder(one, order) !== 0);
  const all = [...others, { epoch: order.epoch, sequence: order.sequence, seen, ahead }];
  return { pending: all.sort(compareOrder), complete: false, ahead };
}

/** Notes that a partition gained live keys beyond the watermarks that it has come to, and others have not yet. */
export function wentAhead(
  pending: readonly PendingWatermark[],
  partition: number,
  gained: number,
): readonly PendingWatermark[] {
  if (gained === 0) return pending;
  return pending.map((one) => (one.seen.includes(partition) ? { ...one, ahead: one.ahead + gained } : one));
}

function compareOrder(a: OrderingKey, b: OrderingKey): number {
  if (isNewer(a, b)) return 1;
  return isNewer(b, a) ? -1 : 0;
}
