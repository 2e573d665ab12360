import type { StoredMessage, Subscription, TopicPartition } from '../bus/bus.ts';
import { asChangeoverError, ChangeoverError } from '../core/errors.ts';
import type { Clock, Logger, Steps } from '../core/ports.ts';
import type { WatermarkEvent } from '../events/event.ts';
import type { EventLog } from '../events/log.ts';
import type { StateStore, StateTransaction } from '../state/state.ts';
import { INTAKE_GROUP } from './names.ts';

export interface IntakeDeps {
  readonly source: string;
  readonly objects: readonly string[];
  readonly state: StateStore;
  readonly events: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly steps: Steps;
  /** Something was stored: the writer may have work. */
  taken?(): void;
  /** Events a transaction takes at most. */
  readonly maxBatch?: number;
}

export interface Intake {
  /** The consumer group: `sink`. */
  readonly group: string;
  start(): Promise<void>;
  /** Resolves when everything that was in the log when this was called has been taken in. */
  caughtUp(signal?: AbortSignal): Promise<void>;
  /** Whether the object's log holds events that were not taken in when this was last known. */
  behind(object: string): boolean;
  /** Why a partition stands still; null while none does. */
  stopped(): Error | null;
  /** Messages of others found on our topics since the start: counted and set aside, never fatal. */
  foreign(): number;
  stop(): Promise<void>;
}

const MAX_BATCH = 500;

/** Takes events from the log into the state (SPEC.md I1). */
export function createIntake(deps: IntakeDeps): Intake {
  return new TheIntake(deps);
}

class TheIntake implements Intake {
  readonly group = INTAKE_GROUP;
  readonly #deps: IntakeDeps;
  readonly #objects = new Map<string, string>();
  /** The next offset per partition, as read by this process: a hole between two batches is the log's own. */
  readonly #next = new Map<string, number>();
  readonly #behind = new Set<string>();
  #subscription: Subscription | null = null;
  #stopped: Error | null = null;
  #foreign = 0;

  constructor(deps: IntakeDeps) {
    this.#deps = deps;
  }

  async start(): Promise<void> {
    const { events, source, objects, state } = this.#deps;
    const existing = new Set((await events.bus.topics()).map(({ topic }) => topic));
    for (const object of objects) {
      const topic = await events.topic(source, object);
      if (existing.has(topic)) this.#objects.set(topic, object);
      else this.#deps.logger.info({ source, object }, 'the object has no topic yet');
    }
    if (this.#objects.size === 0) return;
    await this.#findBehind();
    this.#subscription = await events.bus.subscribe({
      group: INTAKE_GROUP,
      topics: [...this.#objects.keys()],
      maxBatch: this.#deps.maxBatch ?? MAX_BATCH,
      startAt: async ({ topic, partition }) => {
        const position = await state.read((tx) => tx.positions.get(INTAKE_GROUP, topic, partition));
        if (position !== null) this.#next.set(nameOf(topic, partition), position);
        return position;
      },
      handle: (batch) => this.#take(batch),
      onStopped: (partition, error) => this.#stop(partition, error),
    });
  }

  async #findBehind(): Promise<void> {
    const { events, state } = this.#deps;
    for (const [topic, object] of this.#objects) {
      for (const { partition, end } of await events.bus.bounds(topic)) {
        const position = await state.read((tx) => tx.positions.get(INTAKE_GROUP, topic, partition));
        if (end > (position ?? 0)) this.#behind.add(object);
      }
    }
  }

  async caughtUp(signal?: AbortSignal): Promise<void> {
    await this.#subscription?.caughtUp(signal);
    this.#behind.clear();
    if (this.#stopped !== null) throw this.#stopped;
  }

  behind(object: string): boolean {
    return this.#behind.has(object);
  }

  stopped(): Error | null {
    return this.#stopped;
  }

  foreign(): number {
    return this.#foreign;
  }

  async stop(): Promise<void> {
    await this.#subscription?.stop();
    this.#subscription = null;
  }

  async #take(batch: {
    readonly topic: string;
    readonly partition: number;
    readonly messages: readonly StoredMessage[];
  }): Promise<void> {
    const { state, events, clock, steps, logger } = this.#deps;
    const { topic, partition } = batch;
    const [first] = batch.messages;
    const last = batch.messages.at(-1);
    if (first === undefined || last === undefined) return;
    const object = this.#objects.get(topic) ?? topic;
    const bounds = await events.bus.bounds(topic);
    const decoded = await events.decode(batch.messages);
    for (const result of decoded) {
      if (result.ok) continue;
      this.#foreign += 1;
      logger.warn(
        { topic, partition, offset: result.message.offset, message: result.error.message },
        'set aside: not an event of ours',
      );
    }
    steps.reached('intake');
    await state.transaction(async (tx) => {
      const position = await tx.positions.get(INTAKE_GROUP, topic, partition);
      this.#refuseGap(topic, partition, position, first.offset);
      // Somebody else took part of it in meanwhile: the state's position decides, not ours.
      const fresh = decoded.flatMap((result) =>
        result.ok && result.message.offset >= (position ?? 0) ? [result.event] : [],
      );
      await tx.records.take(
        fresh.filter((event) => event.kind === 'change'),
        clock.now(),
      );
      await this.#watermarks(
        tx,
        topic,
        partition,
        bounds.length,
        fresh.filter((event) => event.kind === 'watermark'),
      );
      if (position === null || last.offset + 1 > position)
        await tx.positions.set(INTAKE_GROUP, topic, partition, last.offset + 1);
    });
    steps.reached('after-intake');
    this.#next.set(nameOf(topic, partition), last.offset + 1);
    const end = bounds.find((one) => one.partition === partition)?.end ?? 0;
    if (last.offset + 1 >= end) this.#behind.delete(object);
    else this.#behind.add(object);
    this.#deps.taken?.();
  }

  /** A position outside what was read, or that moved without us, must not become a loss. */
  #refuseGap(topic: string, partition: number, position: number | null, first: number): void {
    const expected = this.#next.get(nameOf(topic, partition)) ?? null;
    if (position === null || first <= position || expected === position) return;
    throw new ChangeoverError(
      'SINK_POSITION_GAP',
      `${topic}/${partition} continues at ${first}, but the state has read up to ${position}`,
    );
  }

  /** Only the end of a snapshot counts, and only once every partition has come to it: before, keys may be missing. */
  async #watermarks(
    tx: StateTransaction,
    topic: string,
    partition: number,
    partitions: number,
    watermarks: readonly WatermarkEvent[],
  ): Promise<void> {
    for (const { kind: _kind, edge, run: _run, ...row } of watermarks) {
      if (edge !== 'end') continue;
      const name = `sink.watermark:${topic}`;
      const known = (await tx.settings.get(name)) as PendingWatermark | undefined | null;
      const same = known?.epoch === row.order.epoch && known.sequence === row.order.sequence;
      const seen = new Set([...(same ? known.seen : []), partition]);
      if (seen.size >= partitions) {
        await tx.watermarks.put(row);
        await tx.settings.delete(name);
      } else {
        await tx.settings.set(name, { ...row.order, seen: [...seen] } satisfies PendingWatermark);
      }
    }
  }

  #stop(partition: TopicPartition, error: Error): void {
    this.#stopped = error;
    this.#deps.logger.error(
      {
        topic: partition.topic,
        partition: partition.partition,
        code: asChangeoverError(error).code,
        message: error.message,
      },
      'intake of a partition stands still',
    );
  }
}

interface PendingWatermark {
  readonly epoch: number;
  readonly sequence: number;
  readonly seen: readonly number[];
}

function nameOf(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}
