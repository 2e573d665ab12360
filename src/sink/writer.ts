import { ChangeoverError } from '../core/errors.ts';
import type { Fence } from './caller.ts';
import { Calls } from './calls.ts';
import { type Coming, WRITER_DEFAULTS, type WriterDeps, type WriterOptions } from './deps.ts';
import { Desk } from './desk.ts';
import type { WatchResult } from './edit-watch.ts';
import { type Closed, firstClosed, type GateParts, isOpen, OBJECT_GATES } from './gates.ts';
import { IdleWaiters } from './idle.ts';
import { LOOK_MS } from './later.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { LeftRecords } from './left.ts';
import { Pauses } from './pauses.ts';
import { dropLonely, suspectAll } from './placeholders.ts';
import { Planning } from './planning.ts';
import { Polls } from './polls.ts';
import { Publishing } from './publishing.ts';
import { Restored } from './restored.ts';
import { Sending } from './sending.ts';
import { Settling } from './settling.ts';
import { Signal } from './signal.ts';
import type { Writer, WriterStatus } from './writer-contract.ts';
import { isMoreComing, type WriterParts } from './writer-parts.ts';

export function createWriter(deps: WriterDeps): Writer {
  return new TheWriter(deps, { ...WRITER_DEFAULTS, ...deps.options });
}

/** What records may wait for. */
const COMING: readonly Coming[] = ['merge', 'fallback'];

/**
 * One life: takes the lease, settles what others left open, then turn after turn asks the gates (gates.ts), reads back what was
 * not answered (settling.ts), plans what is due (planning.ts), sends what is queued (sending.ts), and waits.
 */
class TheWriter implements Writer {
  readonly #parts: WriterParts;
  readonly #gates: GateParts;
  readonly #planning: Planning;
  readonly #sending: Sending;
  readonly #settling: Settling;
  readonly #idle = new IdleWaiters();
  readonly #stopping = new AbortController();
  readonly #filesEnd = new AbortController();
  #state: WriterStatus['state'] = 'stopped';
  #reason: string | null = null;
  #failure: unknown = null;
  #running: Promise<void> | null = null;

  constructor(deps: WriterDeps, options: WriterOptions) {
    const desk = new Desk(deps, options);
    const signal = new Signal(deps.clock);
    const pauses = new Pauses(deps);
    const left = new LeftRecords();
    const fail = (error: unknown) => this.#fail(error);
    const { logger } = deps;
    const stopping = this.#stopping.signal;
    const calls = new Calls({ parallel: options.parallel, desk, left, pauses, signal, logger, stopping, fail });
    const parts = { deps, options, desk, signal, pauses, calls, left, stopping, fail };
    const polls = new Polls(parts);
    const restored = new Restored(parts, polls);
    const objectGates = Object.values(OBJECT_GATES).map((make) => make(deps));
    this.#parts = parts;
    this.#gates = { deps, pauses, polls, publishing: new Publishing(parts), restored };
    this.#planning = new Planning(parts, objectGates);
    this.#settling = new Settling(parts);
    this.#sending = new Sending(parts, this.#settling);
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
        this.#idle.wake(this.#failure);
      });
    return this.#running;
  }

  idle(signal?: AbortSignal): Promise<void> {
    const rest = this.#idle.wait(signal);
    this.#parts.signal.raise();
    return rest;
  }

  pause(): void {
    this.#parts.pauses.byOperator = true;
  }

  resume(): void {
    this.#parts.pauses.byOperator = false;
    this.#parts.signal.raise();
  }

  get paused(): boolean {
    return this.#parts.pauses.byOperator;
  }

  pollMembers(): Promise<number> {
    return this.#gates.polls.members();
  }

  pollUniques(): Promise<number> {
    return this.#gates.polls.uniques();
  }

  pollEdits(): Promise<WatchResult> {
    return this.#gates.polls.edits(true);
  }

  pollSoon(): void {
    this.#gates.polls.ask();
    this.#parts.signal.raise();
  }

  wake(): void {
    const { deps, desk, signal } = this.#parts;
    // Whoever decided something may have left a notice of it.
    desk.unpublished = true;
    signal.raise();
    deps.files?.wake();
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new ChangeoverError('CANCELLED', 'the writer was stopped'));
    this.#parts.signal.raise();
    await this.#running?.catch(() => undefined);
  }

  status(): WriterStatus {
    const { desk, calls, pauses } = this.#parts;
    return {
      state: this.#state,
      reason: this.#reason ?? pauses.laneReason,
      queued: desk.queue.size,
      inFlight: calls.size,
      unanswered: this.#settling.size,
      pausedUntil: pauses.laneUntil,
      paused: pauses.byOperator,
      waiting: pauses.laneReason,
      closed: this.#planning.closed,
      phases: this.#planning.waiting,
    };
  }

  async #run(): Promise<void> {
    const { deps, options, calls } = this.#parts;
    const { publishing } = this.#gates;
    this.#state = 'waiting-for-lease';
    const lease = new LeaseKeeper(deps, options.leaseMs, (error) => this.#fail(error));
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
      await Promise.all([calls.ended(), moving]);
      await publishing.ended();
      if (this.#failure === null) await publishing.last(lease.fence);
      await lease.release();
    }
    if (this.#failure !== null) throw this.#failure;
  }

  /** Open intents first: their rows get no other write before they were read back (SPEC.md I11). */
  async #start(): Promise<void> {
    await this.#settling.takeOver();
    await suspectAll(this.#parts.desk);
    await this.#gates.restored.begin();
    this.#gates.polls.begin();
  }

  /** Files go beside records, from here to the end of this life. */
  async #moveFiles(fence: Fence): Promise<void> {
    const { files } = this.#parts.deps;
    if (files === undefined) return;
    const ended = AbortSignal.any([this.#stopping.signal, this.#filesEnd.signal]);
    const beside = { mayWork: () => this.#mayMoveFiles, wake: () => this.#parts.signal.raise() };
    await files.run(fence, beside, ended).catch((thrown: unknown) => this.#fail(thrown));
  }

  get #mayMoveFiles(): boolean {
    return this.#state !== 'unconfirmed' && this.#state !== 'starting' && isOpen(this.#gates, 'calls');
  }

  /** One look at everything: settle, plan, send, wait. */
  async #turn(fence: Fence): Promise<void> {
    const { signal, calls } = this.#parts;
    const { publishing, polls } = this.#gates;
    const seen = signal.mark();
    publishing.ifTime(fence);
    if (await this.#kept(fence)) {
      await signal.wait(seen, LOOK_MS, this.#stopping.signal);
      return;
    }
    if (isOpen(this.#gates, 'calls')) {
      polls.ifTime();
      this.#settling.expired(fence);
    }
    const planned = isOpen(this.#gates, 'planning') ? await this.#planning.plan(fence) : 0;
    if (isOpen(this.#gates, 'calls')) this.#sending.dispatch(fence, planned);
    if (planned > 0 && !calls.full) return;
    if (await this.#restOrNot(seen, planned)) return;
    await signal.wait(seen, await this.#untilNext(), this.#stopping.signal);
    this.#lookAgain();
  }

  /** Whether a gate keeps everything from happening, and says so. */
  async #kept(fence: Fence): Promise<boolean> {
    this.#parts.pauses.lookAtTime();
    const closed = await firstClosed(this.#gates, fence, (doing) => this.#show(doing));
    if (closed === null) this.#reason = null;
    else this.#show(closed);
    if (closed?.rests === true) this.#idle.wake(this.#failure);
    return closed !== null;
  }

  #show({ state, reason }: Closed): void {
    this.#state = state;
    this.#reason = reason;
  }

  /** Whether it has come to rest; where that brings something to do after all, true. */
  async #restOrNot(seen: number, planned: number): Promise<boolean> {
    const { deps, desk, signal, calls, left } = this.#parts;
    const { polls, publishing } = this.#gates;
    if (desk.filesDue) {
      desk.filesDue = false;
      deps.files?.wake();
    }
    const nothing = planned === 0 && calls.size === 0 && desk.openTasks === 0 && this.#settling.size === 0;
    if (!nothing || !isOpen(this.#gates, 'planning') || publishing.underWay || left.soonAgain) {
      this.#state = isOpen(this.#gates, 'calls') ? 'writing' : 'paused';
      return false;
    }
    if ((await dropLonely(desk)) > 0 || polls.takeAskedAtRest()) return true;
    this.#state = 'idle';
    const files = (await deps.files?.busy()) ?? false;
    if (!files && !signal.raisedSince(seen)) this.#idle.wake(this.#failure);
    return false;
  }

  /** Milliseconds until something happens by itself. */
  async #untilNext(): Promise<number> {
    const { deps, options, desk, calls, pauses } = this.#parts;
    const now = deps.clock.now();
    const time = deps.clock.monotonic();
    let next = LOOK_MS;
    // A batch that could leave, had it a call to leave with, is looked at when one of those under way is through.
    const canLeave = !pauses.byOperator && !calls.full;
    const ripe = canLeave ? desk.queue.ripeAt(options.latencyMs) : null;
    if (ripe !== null) next = Math.min(next, ripe - time);
    if (pauses.laneUntil !== null) next = Math.min(LOOK_MS, pauses.laneUntil - now);
    next = Math.min(next, this.#settling.nextAt - time);
    // One whose time has come is in hand already, or its object is closed.
    const parked = await deps.state.read((tx) => tx.records.nextDueAt(now));
    if (parked !== null) next = Math.min(next, parked - now);
    return Math.max(1, next);
  }

  /** Records that were left are taken again, each when its time has come. */
  #lookAgain(): void {
    const { deps, left } = this.#parts;
    const coming = COMING.filter((why) => isMoreComing(deps, why));
    left.lookAgain(deps.clock.monotonic(), coming);
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#stopping.abort(error);
    this.#parts.signal.raise();
  }
}
