import type { WatermarkEvent } from '../events/event.ts';
import type { ReadEvent } from '../events/log.ts';
import type { StateTransaction, TakenEvent } from '../state/state.ts';
import { type PendingWatermark, seeWatermark, wentAhead } from './pending-watermarks.ts';

/** A partition of an object's topic, and how many the topic has. */
export interface TakenFrom {
  readonly source: string;
  readonly object: string;
  readonly topic: string;
  readonly partition: number;
  readonly partitions: number;
}

/** Changes up to the end of a snapshot; null where the batch ends first. */
interface Stretch {
  readonly changes: readonly TakenEvent[];
  readonly end: WatermarkEvent | null;
}

/**
 * Events of one partition, in their order, into the state. Only the end of a snapshot counts, and only once every partition
 * has come to it: before, keys may be missing. Partitions are taken in at their own pace, so one may be beyond the end when
 * the last one comes to it; what came after it there is left out of the count that identity B compares.
 */
export async function takeEvents(
  tx: StateTransaction,
  from: TakenFrom,
  events: readonly ReadEvent[],
  now: number,
): Promise<void> {
  const name = `sink.watermarks:${from.topic}`;
  const known = ((await tx.settings.get(name)) ?? []) as readonly PendingWatermark[];
  let pending = known;
  for (const { changes, end } of stretchesOf(events)) {
    pending = await takeChanges(tx, from, changes, pending, now);
    if (end === null) continue;
    const { kind: _kind, edge: _edge, run: _run, ...row } = end;
    const seen = seeWatermark(pending, row.order, from.partition, from.partitions);
    pending = seen.pending;
    if (seen.complete) await tx.watermarks.put(row, seen.ahead);
  }
  if (pending === known) return;
  if (pending.length > 0) await tx.settings.set(name, pending);
  else await tx.settings.delete(name);
}

async function takeChanges(
  tx: StateTransaction,
  { source, object, partition }: TakenFrom,
  changes: readonly TakenEvent[],
  pending: readonly PendingWatermark[],
  now: number,
): Promise<readonly PendingWatermark[]> {
  if (changes.length === 0) return pending;
  const isBeyond = pending.some(({ seen }) => seen.includes(partition));
  const live = async () =>
    isBeyond ? ((await tx.ledger.rows(source)).find((row) => row.object === object)?.live ?? 0) : 0;
  const before = await live();
  await tx.records.take(changes, now);
  return wentAhead(pending, partition, (await live()) - before);
}

function stretchesOf(events: readonly ReadEvent[]): readonly Stretch[] {
  const stretches: Stretch[] = [];
  let changes: TakenEvent[] = [];
  for (const read of events) {
    if (!read.ok) continue;
    const { event, message } = read;
    if (event.kind === 'change') {
      changes.push({ ...event, place: { partition: message.partition, offset: message.offset } });
    } else if (event.edge === 'end') {
      stretches.push({ changes, end: event });
      changes = [];
    }
  }
  return changes.length === 0 ? stretches : [...stretches, { changes, end: null }];
}
