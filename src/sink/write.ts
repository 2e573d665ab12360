import type { OrderingKey } from '../events/event.ts';
import type { IntentRow, Operation, TargetRow } from '../state/state.ts';
import type { TwentyFields } from '../twenty/model.ts';

/** One thing to do to one target. */
export interface Write {
  readonly operation: Operation;
  readonly target: IntentRow['target'];
  /** What is sent: everything for a new or uncertain row, else what changed. Empty for deletions. */
  readonly fields: TwentyFields;
  /** The row as we knew it; null where we did not. */
  readonly present: TargetRow | null;
  /** A stranger's row: read it before the first write. */
  readonly adopts: boolean;
  /** It gives a row that was there before us its earlier values back: read again right before (SPEC.md §17). */
  readonly returns?: boolean;
  /** The edits by people that it was planned with (EditStand.seen). */
  readonly edits: string;
  readonly source: string;
}

/**
 * Records that are planned together and stay in the writer's hands until all their writes are through; then they are
 * planned again, and that plan is the verdict.
 */
export interface Unit {
  readonly keys: readonly string[];
  /** Those of them that were due: the writes are for their sake. The others only share a row with them. */
  readonly due: ReadonlySet<string>;
  /** The events the writes were planned for. */
  readonly orders: ReadonlyMap<string, OrderingKey>;
  /** The mappings they were planned under (`versionOf`); null: by none, and so under any. */
  readonly mappings: string | null;
  /** Target keys still to be written. */
  readonly open: Set<string>;
}

/** A write and who waits for it: several units share a placeholder. */
export interface Task {
  readonly write: Write;
  readonly units: Set<Unit>;
  /** Reading of the monotonic clock when it was queued. */
  readonly since: number;
}

export function intentRow(task: Task): IntentRow {
  const keys = new Set<string>();
  for (const unit of task.units) for (const key of unit.keys) keys.add(key);
  return { target: task.write.target, fields: task.write.fields, recordKeys: [...keys].sort() };
}
