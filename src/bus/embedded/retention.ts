import type Database from 'better-sqlite3';
import type { TopicPartition } from '../bus.ts';
import type { Topic } from './catalogue.ts';
import { guarded } from './errors.ts';
import type { PartitionLog } from './partition-log.ts';

export interface RetentionOptions {
  /** Removes what is too old even where a group has not read it; that group then stops with BUS_POSITION_OUT_OF_LOG. */
  readonly evenUnread?: boolean;
}

export interface RetentionResult extends TopicPartition {
  readonly removed: number;
  /** Old enough to go, but some group has not read them. */
  readonly kept: number;
}

/** Messages removed per transaction: a short one, so that appends wait little. */
const CHUNK = 2000;

/** Cuts the start of each partition up to its first message that is young enough; never leaves a hole. */
export async function removeExpired(
  store: {
    readonly file: string;
    readonly database: Database.Database;
    readonly now: number;
    readonly topics: readonly Topic[];
    lowest(log: PartitionLog): number | null;
    open(): boolean;
  },
  options: RetentionOptions,
): Promise<readonly RetentionResult[]> {
  const results: RetentionResult[] = [];
  for (const { retentionMs, partitions } of store.topics) {
    if (retentionMs === null) continue;
    for (const log of partitions) {
      const from = log.start;
      const expired = guarded(store.file, () => log.offsetAtTime(store.now - retentionMs));
      const unread = options.evenUnread === true ? null : store.lowest(log);
      const target = unread === null ? expired : Math.max(from, Math.min(expired, unread));
      while (log.start < target && store.open()) {
        const to = Math.min(target, log.start + CHUNK);
        guarded(store.file, () => store.database.transaction(() => log.deleteTo(to)).immediate());
        log.moveStart(to);
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
      }
      results.push({
        topic: log.topic,
        partition: log.partition,
        removed: log.start - from,
        kept: expired - log.start,
      });
    }
  }
  return results;
}
