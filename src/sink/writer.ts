import { asChangeoverError, ChangeoverError } from '../core/errors.ts';
import type { Intent } from '../state/state.ts';
import { adoptBefore } from './adopt.ts';
import { BreakerGate } from './breaker-gate.ts';
import type { Fence } from './caller.ts';
import { WRITER_DEFAULTS, type WriterDeps, type WriterOptions } from './deps.ts';
import { Desk, type Planned } from './desk.ts';
import { dueRows } from './due.ts';
import { EditWatch, type WatchResult } from './edit-watch.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { type ClosedObject, closedObjects, type ObjectGate } from './object-gates.ts';
import { pollMembers } from './owners.ts';
import { dropLonely, suspectAll } from './placeholders.ts';
import { Publisher } from './publisher.ts';
import { QualityGate } from './quality-gate.ts';
import { type AfterRefusal, sendThrough } from './refusal.ts';
import { report } from './report.ts';
import { settleIntent } from './settle.ts';
import { Signal } from './signal.ts';
import { indexedObjects, refreshUniques, wakeWaiters } from './unique-index.ts';
import type { Task } from './write.ts';
import type { Writer, WriterStatus } from './writer-contract.ts';

export function createWriter(deps: WriterDeps): Writer {
  return new TheWriter(deps, { ...WRITER_DEFAULTS, ...deps.options });
}

interface Unanswered {
  readonly intent: Intent;
  readonly tasks: readonly Task[];
}

/** How often the state is looked at when nobody woke us: decisions of other processes arrive this way. */
const LOOK_MS = 1000;
const UNAUTHORIZED_MS = 60_000;
const FAILED_MS = 5000;

class TheWriter implements Writer {
  readonly #deps: WriterDeps;
  readonly #options: WriterOptions;
  readonly #desk: Desk;
  readonly #signal: Signal;
  readonly #watch: EditWatch;
  readonly #gates: readonly ObjectGate[];
  #closed: readonly ClosedObject[] = [];
  readonly #publisher: Publisher | null;
  readonly #stopping = new AbortController();
  readonly #inFlight = new Set<Promise<void>>();
  readonly #unanswered = new Map<string, Unanswered>();
  /** Left for others that are in hand: looked at again after every commit. */
  #postponed = new Set<string>();
  /** Left because more is coming: looked at again now and then. */
  #later = new Set<string>();
  #laterSince = 0;
  /** Left because an object is closed: looked at again when the closed objects are others. */
  #shut = new Set<string>();
  /** What the topics say of refusals was read: nothing is decided before. */
  #informed: boolean;
  #publishing: Promise<void> | null = null;
  #publishAgain = Number.NEGATIVE_INFINITY;
  #publishFailed = false;
  #state: WriterStatus['state'] = 'stopped';
  #reason: string | null = null;
  #pausedUntil: number | null = null;
  readonly #filesEnd = new AbortController();
  #failure: unknown = null;
  #idleWaiters: ((failure: unknown) => void)[] = [];
  #paused = false;
  #running: Promise<void> | null = null;
  #lastPoll = 0;
  #pollPending = false;
  #polling = false;
  /** Somebody asked for everything to be read again at once. */
  #pollAsked = false;

  constructor(deps: WriterDeps, options: WriterOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#desk = new Desk(deps, options);
    this.#signal = new Signal(deps.clock);
    this.#watch = new EditWatch(deps, (memberId) => this.#desk.book.nameOf(memberId));
    this.#gates = [new QualityGate(deps), new BreakerGate(deps)];
    const { log } = deps;
    this.#publisher = log === undefined ? null : new Publisher({ ...deps, events: log });
    this.#informed = this.#publisher === null;
  }

  run(signal: AbortSignal): Promise<void> {
    if (this.#running !== null) throw new ChangeoverError('INTERNAL', 'the writer runs already');
    signal.addEventListener('abort', () => this.#stopping.abort(signal.reason), { once: true });
    if (signal.aborted) this.#stopping.abort(signal.reason);
    this.#running = this.#run()
      .catch((thrown: unknown) => {
        this.#failure ??= thrown;
        throw thrown;
      })
      .finally(() => {
        this.#state = 'stopped';
        this.#wakeIdle();
      });
    return this.#running;
  }

  idle(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      const stop = () => reject(signal?.reason);
      signal?.addEventListener('abort', stop, { once: true });
      this.#idleWaiters.push((failure) => {
        signal?.removeEventListener('abort', stop);
        if (failure === null) resolve();
        else reject(failure);
      });
      this.#signal.raise();
    });
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#signal.raise();
  }

  get paused(): boolean {
    return this.#paused;
  }

  async pollMembers(): Promise<number> {
    const { state, twenty, clock } = this.#deps;
    const released = await pollMembers({ state, twenty, book: this.#desk.book }, { lane: 'live', now: clock.now() });
    this.#signal.raise();
    return released;
  }

  async pollUniques(): Promise<number> {
    const { state, twenty, clock } = this.#deps;
    const objects = this.#deps
      .mappings()
      .flatMap((mapping) => [...mapping.objects.values()].map((object) => object.target));
    let rows = 0;
    for (const object of indexedObjects(twenty.workspace(), objects)) {
      rows += await refreshUniques({ state, twenty }, object, { lane: 'live', now: clock.now() });
    }
    await wakeWaiters(state);
    this.#signal.raise();
    return rows;
  }

  pollEdits(): Promise<WatchResult> {
    return this.#lookForEdits(true);
  }

  async #lookForEdits(all: boolean): Promise<WatchResult> {
    const result = await this.#watch.poll('live', all);
    if (result.lost > 0)
      this.#deps.logger.warn({ edits: result.lost }, 'edits by people were written over before they were seen');
    this.#signal.raise();
    return result;
  }

  pollSoon(): void {
    this.#pollAsked = true;
    this.#signal.raise();
  }

  wake(): void {
    // Whoever decided something may have left a notice of it.
    this.#desk.unpublished = true;
    this.#signal.raise();
    this.#deps.files?.wake();
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new ChangeoverError('CANCELLED', 'the writer was stopped'));
    this.#signal.raise();
    await this.#running?.catch(() => undefined);
  }

  status(): WriterStatus {
    return {
      state: this.#state,
      reason: this.#reason,
      queued: this.#desk.queue.size,
      inFlight: this.#inFlight.size,
      unanswered: this.#unanswered.size,
      pausedUntil: this.#pausedUntil,
      paused: this.#paused,
      waiting: this.#pausedUntil === null ? null : this.#reason,
      closed: this.#closed,
    };
  }

  async #run(): Promise<void> {
    this.#state = 'waiting-for-lease';
    const lease = new LeaseKeeper(this.#deps, this.#options.leaseMs, (error) => this.#fail(error));
    if (!(await lease.take(this.#stopping.signal))) return;
    let moving: Promise<void> = Promise.resolve();
    try {
      this.#state = 'starting';
      await this.#start();
      moving = this.#moveFiles(lease.fence);
      while (!this.#stopping.signal.aborted && this.#failure === null) await this.#turn(lease.fence);
    } finally {
      // Calls under way come to their end; their outcome is committed or, without the lease, refused.
      this.#filesEnd.abort();
      await Promise.allSettled([...this.#inFlight, moving]);
      await this.#publishLast(lease.fence);
      await lease.release();
    }
    if (this.#failure !== null) throw this.#failure;
  }

  /** Files go beside records, from here to the end of this life. */
  async #moveFiles(fence: Fence): Promise<void> {
    const { files } = this.#deps;
    if (files === undefined) return;
    const ended = AbortSignal.any([this.#stopping.signal, this.#filesEnd.signal]);
    const beside = { mayWork: () => this.#mayMoveFiles, wake: () => this.#signal.raise() };
    await files.run(fence, beside, ended).catch((thrown: unknown) => this.#fail(thrown));
  }

  get #mayMoveFiles(): boolean {
    return this.#state !== 'unconfirmed' && this.#state !== 'starting' && !this.#paused && this.#pausedUntil === null;
  }

  /** Open intents first: their rows get no other write before they were read back (SPEC.md I11). */
  async #start(): Promise<void> {
    const open = await this.#deps.state.read((tx) => tx.intents.all());
    for (const intent of open) {
      this.#unanswered.set(intent.id, { intent, tasks: [] });
      this.#desk.block(
        intent.id,
        intent.rows.flatMap((row) => [row.target.targetKey, ...row.recordKeys]),
      );
    }
    await suspectAll(this.#desk);
    this.#pollPending = true;
  }

  /** One look at everything: settle, plan, send, wait. */
  async #turn(fence: Fence): Promise<void> {
    const seen = this.#signal.mark();
    this.#publishIfTime(fence);
    if (!this.#confirmedNow(await this.#confirmed())) {
      this.#wakeIdle();
      await this.#signal.wait(seen, LOOK_MS, this.#stopping.signal);
      return;
    }
    const now = this.#deps.clock.now();
    if (this.#pausedUntil !== null && now >= this.#pausedUntil) this.#pausedUntil = null;
    if (this.#pausedUntil === null && !this.#paused) {
      this.#pollIfTime(now);
      this.#settleExpired(fence, now);
    }
    const planned = this.#pollPending || !this.#informed ? 0 : await this.#plan(fence);
    if (this.#pausedUntil === null && !this.#paused) this.#dispatch(fence, planned);
    if (planned > 0 && this.#inFlight.size < this.#options.parallel) return;
    const quiet =
      planned === 0 && this.#inFlight.size === 0 && this.#desk.openTasks === 0 && this.#unanswered.size === 0;
    const ready = this.#informed && !this.#pollPending && !this.#telling;
    if (this.#desk.filesDue) {
      this.#desk.filesDue = false;
      this.#deps.files?.wake();
    }
    if (quiet && ready && this.#postponed.size + this.#later.size === 0) {
      if ((await dropLonely(this.#desk)) > 0) return;
      this.#state = 'idle';
      const files = (await this.#deps.files?.busy()) ?? false;
      if (!files && !this.#signal.raisedSince(seen)) this.#wakeIdle();
    } else this.#state = this.#pausedUntil === null && !this.#paused ? 'writing' : 'paused';
    await this.#signal.wait(seen, await this.#untilNext(), this.#stopping.signal);
    const time = this.#deps.clock.monotonic();
    if (time - this.#laterSince >= LOOK_MS) {
      this.#laterSince = time;
      this.#later.clear();
      this.#postponed.clear();
    }
  }

  async #confirmed(): Promise<string | null> {
    const mappings = this.#deps.mappings();
    return this.#deps.state.read(async (tx) => {
      for (const mapping of mappings) {
        const row = await tx.mappings.current(mapping.source);
        if (row?.hash !== mapping.hash) return mapping.source;
      }
      return null;
    });
  }

  /** No record moves under a mapping that nobody confirmed, or that changed since (SPEC.md I8). */
  #confirmedNow(unconfirmed: string | null): boolean {
    if (unconfirmed === null) {
      this.#reason = null;
      return true;
    }
    this.#state = 'unconfirmed';
    this.#reason = `the mapping of ${unconfirmed} that is loaded is not the one that was confirmed`;
    return false;
  }

  async #plan(fence: Fence): Promise<number> {
    const room = this.#options.passSize - this.#desk.queue.size;
    if (room <= 0) return 0;
    const closed = await closedObjects(this.#gates, this.#deps.mappings());
    this.#close(closed);
    const except = new Set([...this.#desk.held(), ...this.#postponed, ...this.#later, ...this.#shut]);
    const result = await this.#deps.state.transaction(async (tx) => {
      const now = this.#deps.clock.now();
      const rows = await dueRows(tx, this.#deps.mappings(), { now, limit: room, except, closed });
      if (rows.length === 0) return null;
      const released = rows.some((row) => row.attempt > 0 && row.dueAt !== null);
      if (released) this.#deps.steps.reached('before-release');
      await fence.verify(tx);
      return { rows: rows.length, released, planned: await this.#desk.plan(tx, rows) };
    });
    if (result === null) return 0;
    if (result.released) this.#deps.steps.reached('after-release');
    report(this.#deps, result.planned.settled);
    this.#leave(result.planned);
    return result.rows;
  }

  #close(closed: readonly ClosedObject[]): void {
    const names = (all: readonly ClosedObject[]) => all.map(({ source, object }) => `${source}/${object}`).join();
    if (names(closed) !== names(this.#closed)) this.#shut.clear();
    this.#closed = closed;
    this.#desk.close(closed);
  }

  #leave(planned: Omit<Planned, 'settled'>): void {
    for (const key of planned.postponed) this.#postponed.add(key);
    for (const key of planned.later) this.#later.add(key);
    for (const key of planned.closed) this.#shut.add(key);
  }

  #dispatch(fence: Fence, planned: number): void {
    this.#desk.dropClosed();
    while (this.#inFlight.size < this.#options.parallel && !this.#stopping.signal.aborted) {
      const flush = planned === 0 && this.#inFlight.size === 0 && !this.#moreComing();
      const batch = this.#desk.queue.take({
        batchSize: this.#deps.twenty.batchSize(),
        now: this.#deps.clock.monotonic(),
        latencyMs: this.#options.latencyMs,
        flush,
      });
      if (batch === null) return;
      this.#spawn(async () => {
        const ready = await adoptBefore(this.#desk, batch);
        for (const result of await sendThrough(this.#desk, fence, ready, fence.lost)) this.#after(result);
      }, batch.tasks);
    }
  }

  #moreComing(): boolean {
    const ask = this.#deps.moreComing;
    if (ask === undefined) return false;
    return this.#deps
      .mappings()
      .some((mapping) => [...mapping.objects.keys()].some((object) => ask(mapping.source, object, 'batch')));
  }

  #after(result: AfterRefusal): void {
    switch (result.kind) {
      case 'done':
        report(this.#deps, result.settled);
        this.#leave(result);
        return;
      case 'nothing':
        return;
      case 'pause':
        this.#desk.requeue(result.tasks);
        this.#pause(result.cause, result.forMs);
        return;
      case 'unauthorized':
        this.#desk.requeue(result.tasks);
        this.#pause('unauthorized', UNAUTHORIZED_MS);
        return;
      case 'unanswered':
        this.#unanswered.set(result.intent.id, { intent: result.intent, tasks: result.tasks });
        return;
    }
  }

  #pause(cause: 'throttled' | 'outage' | 'unauthorized', forMs: number): void {
    const until = this.#deps.clock.now() + forMs;
    if (this.#pausedUntil === null || until > this.#pausedUntil) this.#pausedUntil = until;
    this.#reason = `Twenty: ${cause}`;
    this.#deps.events?.waiting(cause, forMs);
  }

  /** Runs one call beside the others; what it throws ends the writer only where the state or the lease is gone. */
  #spawn(work: () => Promise<void>, tasks: readonly Task[]): void {
    const running = work()
      .catch((thrown: unknown) => {
        const error = asChangeoverError(thrown);
        if (error.code.startsWith('STATE_') || error.code === 'INTERNAL' || error.code === 'CANCELLED') {
          this.#fail(error);
          return;
        }
        this.#desk.landed(tasks);
        this.#desk.abandon(new Set(tasks.flatMap((task) => [...task.units])));
        this.#deps.logger.warn(
          { code: error.code, message: error.message },
          'a call failed; its records are planned again',
        );
        this.#pause('outage', error.retryAfterMs ?? FAILED_MS);
      })
      .finally(() => {
        this.#inFlight.delete(running);
        this.#postponed.clear();
        this.#signal.raise();
      });
    this.#inFlight.add(running);
  }

  #settleExpired(fence: Fence, now: number): void {
    for (const [id, { intent, tasks }] of [...this.#unanswered]) {
      if (now < intent.deadline || this.#inFlight.size >= this.#options.parallel) continue;
      this.#unanswered.delete(id);
      const lane = this.#desk.lane(intent.rows[0]?.target.targetKey.split('/')[0] ?? '');
      this.#spawn(async () => {
        try {
          const result = await settleIntent(this.#desk, fence, intent, tasks, lane);
          report(this.#deps, result.settled);
          this.#leave(result);
        } catch (thrown) {
          const error = asChangeoverError(thrown);
          if (!error.code.startsWith('TWENTY_')) throw thrown;
          this.#unanswered.set(id, { intent, tasks });
          this.#pause('outage', error.retryAfterMs ?? FAILED_MS);
        }
      }, []);
    }
  }

  /** Members and unique values: at the start, before anything is planned, and now and then. */
  #pollIfTime(now: number): void {
    const { pollMs } = this.#options;
    const time = pollMs !== null && now - this.#lastPoll >= pollMs;
    if (!this.#pollPending && !time && !this.#pollAsked) return;
    if (this.#polling) return;
    this.#polling = true;
    const all = this.#pollAsked;
    this.#pollAsked = false;
    this.#spawn(async () => {
      try {
        await this.pollMembers();
        await this.pollUniques();
        await this.#lookForEdits(all);
        this.#pollPending = false;
      } finally {
        this.#polling = false;
        // From its end: a poll slower than its interval would else never let the writer come to rest.
        this.#lastPoll = this.#deps.clock.now();
      }
    }, []);
  }
  /** Milliseconds until something happens by itself. */
  async #untilNext(): Promise<number> {
    const now = this.#deps.clock.now();
    let next = LOOK_MS;
    const oldest = this.#desk.queue.oldest();
    if (oldest !== null) next = Math.min(next, oldest + this.#options.latencyMs - this.#deps.clock.monotonic());
    if (this.#pausedUntil !== null) next = Math.min(LOOK_MS, this.#pausedUntil - now);
    for (const { intent } of this.#unanswered.values()) next = Math.min(next, intent.deadline - now);
    // One whose time has come is in hand already, or its object is closed.
    const parked = await this.#deps.state.read((tx) => tx.records.nextDueAt(now));
    if (parked !== null) next = Math.min(next, parked - now);
    return Math.max(1, next);
  }

  /** Something was decided that is on its way to its topic. */
  get #telling(): boolean {
    if (this.#publisher === null || this.#publishFailed) return false;
    return this.#publishing !== null || this.#desk.unpublished;
  }

  /** Beside everything else: a log that cannot be reached keeps nothing from being written once it was read. */
  #publishIfTime(fence: Fence): void {
    const publisher = this.#publisher;
    if (publisher === null || this.#publishing !== null) return;
    if (this.#deps.clock.monotonic() < this.#publishAgain && !(this.#desk.unpublished && !this.#publishFailed)) return;
    this.#desk.unpublished = false;
    this.#publishing = this.#publish(publisher, fence).finally(() => {
      this.#publishing = null;
      this.#signal.raise();
    });
  }

  async #publish(publisher: Publisher, fence: Fence): Promise<void> {
    const { clock, logger, mappings } = this.#deps;
    try {
      if (!this.#informed) {
        await publisher.readBack(
          mappings().map(({ source }) => source),
          fence,
        );
        this.#informed = true;
      }
      await publisher.publish(fence);
      this.#publishFailed = false;
      this.#publishAgain = clock.monotonic() + LOOK_MS;
    } catch (thrown) {
      const error = asChangeoverError(thrown);
      if (error.code.startsWith('STATE_') || error.code === 'INTERNAL') {
        this.#fail(error);
        return;
      }
      logger.warn(
        { code: error.code, message: error.message },
        'notices wait in the outbox: the log did not take them',
      );
      this.#publishFailed = true;
      this.#publishAgain = clock.monotonic() + (error.retryAfterMs ?? FAILED_MS);
    }
  }

  /** At an orderly end, what was decided last is told too. */
  async #publishLast(fence: Fence): Promise<void> {
    await this.#publishing;
    if (this.#publisher === null || this.#failure !== null || !this.#informed) return;
    await this.#publish(this.#publisher, fence);
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#signal.raise();
  }

  #wakeIdle(): void {
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const done of waiters) done(this.#failure);
  }
}
