import type { Lane } from '../twenty/twenty.ts';
import type { Sort } from './portions.ts';
import type { Task } from './write.ts';

/** Writes that can share a call. */
export interface Batch extends Sort {
  readonly lane: Lane;
  readonly tasks: readonly Task[];
}

interface Bucket extends Sort {
  readonly lane: Lane;
  /** Those that waited longest first. */
  tasks: Set<Task>;
}

export interface TakeOptions {
  /** Rows of a full batch. */
  batchSize(sort: Sort): number;
  /** Reading of the monotonic clock. */
  readonly now: number;
  readonly latencyMs: number;
  /** Nothing more is coming for any batch: half-empty ones may go. */
  readonly flush: boolean;
}

/** Writes waiting for their call, by operation, object and lane. A batch leaves full, or when waiting longer gains nothing. */
export class Queue {
  readonly #buckets = new Map<string, Bucket>();
  readonly #byTarget = new Map<string, Task>();

  get size(): number {
    return this.#byTarget.size;
  }

  of(targetKey: string): Task | null {
    return this.#byTarget.get(targetKey) ?? null;
  }

  add(task: Task, lane: Lane): void {
    this.#bucket(task, lane).tasks.add(task);
    this.#byTarget.set(task.write.target.targetKey, task);
  }

  /** Before all others: they waited longer. */
  putBack(tasks: readonly Task[], laneOf: (task: Task) => Lane): void {
    for (const [bucket, back] of Map.groupBy(tasks, (task) => this.#bucket(task, laneOf(task)))) {
      bucket.tasks = new Set([...back, ...bucket.tasks]);
      for (const task of back) this.#byTarget.set(task.write.target.targetKey, task);
    }
  }

  #bucket(task: Task, lane: Lane): Bucket {
    const { operation, target } = task.write;
    const name = JSON.stringify([operation, target.object, lane]);
    const bucket = this.#buckets.get(name) ?? { operation, object: target.object, lane, tasks: new Set<Task>() };
    this.#buckets.set(name, bucket);
    return bucket;
  }

  remove(task: Task): void {
    for (const bucket of this.#buckets.values()) bucket.tasks.delete(task);
    if (this.#byTarget.get(task.write.target.targetKey) === task) this.#byTarget.delete(task.write.target.targetKey);
  }

  /** The next batch to send; null: better to wait. */
  take(options: TakeOptions): Batch | null {
    const full: Bucket[] = [];
    const ripe: Bucket[] = [];
    for (const bucket of this.#buckets.values()) {
      if (bucket.tasks.size >= options.batchSize(bucket)) full.push(bucket);
      else if (
        bucket.tasks.size > 0 &&
        (options.flush || options.now - oldest(bucket) >= patience(bucket, options.latencyMs))
      )
        ripe.push(bucket);
    }
    const bucket = first(full) ?? first(ripe);
    if (bucket === null) return null;
    const tasks = [...bucket.tasks].slice(0, options.batchSize(bucket));
    for (const task of tasks) this.remove(task);
    return { operation: bucket.operation, object: bucket.object, lane: bucket.lane, tasks };
  }

  /** When a batch may leave though it is not full, by the monotonic clock; null where nothing is queued. */
  ripeAt(latencyMs: number): number | null {
    let found: number | null = null;
    for (const bucket of this.#buckets.values()) {
      if (bucket.tasks.size === 0) continue;
      const ripe = oldest(bucket) + patience(bucket, latencyMs);
      if (found === null || ripe < found) found = ripe;
    }
    return found;
  }
}

/** Nobody waits for a record of a first load, and a fuller batch saves calls. */
function patience(bucket: Bucket, latencyMs: number): number {
  return bucket.lane === 'live' || bucket.lane === 'operator' ? latencyMs : 5 * latencyMs;
}

function oldest(bucket: Bucket): number {
  const [first] = bucket.tasks;
  return first?.since ?? Number.POSITIVE_INFINITY;
}

/** Whoever waited longest; nobody starves. */
function first(buckets: readonly Bucket[]): Bucket | null {
  let best: Bucket | null = null;
  for (const bucket of buckets) if (best === null || oldest(bucket) < oldest(best)) best = bucket;
  return best;
}
