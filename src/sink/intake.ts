import type { BatchHandler, StoredMessage, Subscription, TopicPartition } from '../bus/bus.ts';
import { asChangeoverError, ChangeoverError } from '../core/errors.ts';
import type { Clock, Logger, Steps } from '../core/ports.ts';
import type { EventLog } from '../events/log.ts';
import type { StateStore, StateTransaction } from '../state/state.ts';
import type { BreakerLimits } from './breaker.ts';
import { countDecisions } from './breaker-gate.ts';
import { decisionsOf, setAside, type Undecodable } from './foreign.ts';
import { INTAKE_GROUP } from './names.ts';
import { NOTICE_TOPICS, type NoticeTopic, takeNotices } from './notice-intake.ts';
import { takeEvents } from './take.ts';

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
  /** Stands in notices. */
  readonly run?: string;
  /** When messages that nobody can decode stop an object. */
  readonly breaker?: BreakerLimits;
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
  /** What taking in waits for and goes on from by itself, such as room for the state; null while it waits for nothing. */
  waiting(): ChangeoverError | null;
  /** Messages that were no events of ours, found since the start: set aside (SPEC.md §11), never fatal. */
  foreign(): number;
  stop(): Promise<void>;
}

const MAX_BATCH = 500;
/** How often an object that stands still looks whether somebody let it go on. */
const LOOK_MS = 1000;

/** Takes events from the log into the state (SPEC.md I1). */
export function createIntake(deps: IntakeDeps): Intake {
  return new TheIntake(deps);
}

type Batch = Parameters<BatchHandler>[0];

class TheIntake implements Intake {
  readonly group = INTAKE_GROUP;
  readonly #deps: IntakeDeps;
  readonly #objects = new Map<string, string>();
  /** The source's topics that tell what became of its records. */
  readonly #notices = new Map<string, NoticeTopic>();
  /** The next offset per partition, as read by this process: a hole between two batches is the log's own. */
  readonly #next = new Map<string, number>();
  readonly #behind = new Set<string>();
  /** Why a partition stands still, by its name. */
  readonly #stopped = new Map<string, Error>();
  /** What a partition waits for, by its name. */
  readonly #waiting = new Map<string, ChangeoverError>();
  readonly #closing = new AbortController();
  /** Aborted with the reason once a partition stands still: nobody may wait for its end. */
  #standing = new AbortController();
  #subscription: Subscription | null = null;
  #foreign = 0;

  constructor(deps: IntakeDeps) {
    this.#deps = deps;
  }

  async start(): Promise<void> {
    const { events, source, objects } = this.#deps;
    const existing = new Set((await events.bus.topics()).map(({ topic }) => topic));
    for (const object of objects) {
      const topic = await events.topic(source, object);
      if (existing.has(topic)) this.#objects.set(topic, object);
      else this.#deps.logger.info({ source, object }, 'the object has no topic yet');
    }
    if (this.#objects.size === 0) return;
    for (const topic of NOTICE_TOPICS) this.#notices.set(await events.notices.declare(source, topic), topic);
    await this.#findBehind();
    this.#subscription = await events.bus.subscribe({
      group: INTAKE_GROUP,
      topics: [...this.#objects.keys(), ...this.#notices.keys()],
      maxBatch: this.#deps.maxBatch ?? MAX_BATCH,
      startAt: (where) => this.#startAt(where),
      handle: (batch) => this.#tellingOfWaits(batch),
      onStopped: (partition, error) => this.#stop(partition, error),
    });
  }

  async #startAt({ topic, partition }: TopicPartition): Promise<number | null> {
    const { events, state } = this.#deps;
    const position = await state.read((tx) => tx.positions.get(INTAKE_GROUP, topic, partition));
    if (position === null) return null;
    if (this.#notices.has(topic)) {
      // What retention took of them the state knows, or planning finds out: no reason to stand still.
      const bounds = (await events.bus.bounds(topic)).find((one) => one.partition === partition);
      return Math.max(position, bounds?.start ?? 0);
    }
    this.#next.set(nameOf(topic, partition), position);
    return position;
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
    const standing = this.#standing.signal;
    standing.throwIfAborted();
    await this.#subscription?.caughtUp(signal === undefined ? standing : AbortSignal.any([signal, standing]));
    this.#behind.clear();
    standing.throwIfAborted();
  }

  behind(object: string): boolean {
    return this.#behind.has(object);
  }

  stopped(): Error | null {
    const [first] = this.#stopped.values();
    return first ?? null;
  }

  waiting(): ChangeoverError | null {
    const [first] = this.#waiting.values();
    return first ?? null;
  }

  foreign(): number {
    return this.#foreign;
  }

  async stop(): Promise<void> {
    this.#closing.abort();
    await this.#subscription?.stop();
    this.#subscription = null;
  }

  /** The subscription tries again by itself what fails for a reason that passes; that it does is said here, once per reason. */
  async #tellingOfWaits(batch: Batch): Promise<void> {
    const { topic, partition } = batch;
    const name = nameOf(topic, partition);
    const notices = this.#notices.get(topic);
    try {
      await (notices === undefined ? this.#take(batch) : this.#takeNotices(batch, notices));
    } catch (thrown) {
      const error = asChangeoverError(thrown);
      if (error.retry === 'later') {
        const { code, message, hint } = error;
        if (this.#waiting.get(name)?.code !== code)
          this.#deps.logger.warn({ topic, partition, code, hint }, `intake waits: ${message}`);
        this.#waiting.set(name, error);
      }
      throw thrown;
    }
    if (this.#waiting.delete(name)) this.#deps.logger.info({ topic, partition }, 'intake goes on');
  }

  async #take({ topic, partition, messages }: Batch): Promise<void> {
    const { state, events, clock, source, steps } = this.#deps;
    const [first] = messages;
    const last = messages.at(-1);
    if (first === undefined || last === undefined) return;
    const object = this.#objects.get(topic) ?? topic;
    const bounds = await events.bus.bounds(topic);
    const decoded = await events.decode(messages);
    const failed = decoded.filter((result) => !result.ok);
    steps.reached('intake');
    await state.transaction(async (tx) => {
      const breaker = (await tx.breakers.get(source, [object])).get(object);
      if (breaker?.open?.intake === true) throw new ChangeoverError('SINK_BREAKER_OPEN', breaker.open.reason.message);
      const position = await tx.positions.get(INTAKE_GROUP, topic, partition);
      this.#refuseGap(topic, partition, position, first.offset);
      // Somebody else took part of it in meanwhile: the state's position decides, not ours.
      const isFresh = ({ message }: { readonly message: StoredMessage }) => message.offset >= (position ?? 0);
      const fresh = decoded.filter(isFresh);
      await takeEvents(tx, { source, object, topic, partition, partitions: bounds.length }, fresh, clock.now());
      await this.#setAside(tx, object, failed.filter(isFresh));
      if (position === null || last.offset + 1 > position)
        await tx.positions.set(INTAKE_GROUP, topic, partition, last.offset + 1);
    });
    steps.reached('after-intake');
    this.#tellOf(failed);
    this.#next.set(nameOf(topic, partition), last.offset + 1);
    const end = bounds.find((one) => one.partition === partition)?.end ?? 0;
    if (last.offset + 1 >= end) this.#behind.delete(object);
    else this.#behind.add(object);
    this.#deps.taken?.();
  }

  /** What the topics of notices say, that this state does not know yet (SPEC.md §9). */
  async #takeNotices({ topic: name, partition, messages }: Batch, topic: NoticeTopic): Promise<void> {
    const { state, events, clock, steps } = this.#deps;
    const notices = await events.notices.decode(messages);
    const failed = notices.filter((one) => !one.ok);
    steps.reached('intake');
    const news = await state.transaction(async (tx) => {
      const position = await tx.positions.get(INTAKE_GROUP, name, partition);
      await this.#setAside(
        tx,
        null,
        failed.filter(({ message }) => message.offset >= (position ?? 0)),
      );
      return takeNotices(tx, { topic, name, partition, notices }, { now: clock.now() });
    });
    steps.reached('after-intake');
    this.#tellOf(failed);
    if (news > 0) this.#deps.taken?.();
  }

  /** Never fatal: kept with its place and bytes. Too many of them stop the object. */
  async #setAside(tx: StateTransaction, object: string | null, failed: readonly Undecodable[]): Promise<void> {
    if (failed.length === 0) return;
    const { source, clock, breaker, run } = this.#deps;
    const owner = { source, object };
    const now = clock.now();
    await setAside(tx, owner, failed, { now, run: run ?? '' });
    if (breaker === undefined) return;
    await countDecisions(tx, { now, limits: breaker, mappingOf: () => null }, decisionsOf(owner, failed));
  }

  #tellOf(failed: readonly Undecodable[]): void {
    this.#foreign += failed.length;
    for (const { message, error } of failed) {
      const { topic, partition, offset } = message;
      this.#deps.logger.warn(
        { topic, partition, offset, code: error.code, message: error.message },
        'put aside: not an event of ours',
      );
    }
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

  #stop({ topic, partition }: TopicPartition, error: Error): void {
    this.#stopped.set(nameOf(topic, partition), error);
    this.#standing.abort(error);
    const { code, message } = asChangeoverError(error);
    this.#deps.logger.error({ topic, partition, code, message }, 'intake of a partition stands still');
    if (code === 'SINK_BREAKER_OPEN') void this.#goOnOnceClosed(topic, partition);
  }

  /** A breaker is closed by a person, in whichever process; the state says when. */
  async #goOnOnceClosed(topic: string, partition: number): Promise<void> {
    const { state, source, clock, logger } = this.#deps;
    const object = this.#objects.get(topic) ?? topic;
    while (!this.#closing.signal.aborted) {
      await clock.sleep(LOOK_MS, this.#closing.signal).catch(() => undefined);
      if (this.#closing.signal.aborted) return;
      try {
        const breaker = (await state.read((tx) => tx.breakers.get(source, [object]))).get(object);
        if (breaker?.open?.intake === true) continue;
      } catch (thrown) {
        logger.warn({ topic, message: asChangeoverError(thrown).message }, 'the breaker could not be read');
        continue;
      }
      this.#stopped.delete(nameOf(topic, partition));
      if (this.#stopped.size === 0) this.#standing = new AbortController();
      this.#subscription?.resume([topic]);
      return;
    }
  }
}

function nameOf(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}
