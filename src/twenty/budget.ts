import { ChangeoverError } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import type { ThrottlingForm } from './answers.ts';
import { BucketModel, type RateLimit } from './bucket.ts';
import type {
  Budget,
  BudgetAnswer,
  BudgetEvent,
  BudgetSnapshot,
  BudgetState,
  Permit,
  SharedBucket,
  WaitCause,
} from './budget-contract.ts';
import { LANES, LaneQueue } from './lanes.ts';
import type { Lane } from './twenty.ts';

export type { RateLimit } from './bucket.ts';
export type {
  Budget,
  BudgetAnswer,
  BudgetEvent,
  BudgetSnapshot,
  BudgetState,
  Permit,
  WaitCause,
} from './budget-contract.ts';

export interface BudgetOptions {
  readonly clock: Clock;
  /** Until the server says otherwise: 100 per minute, the default of a self-hosted server (twenty.md O5). */
  readonly limit?: RateLimit;
  /** What is in the bucket now; a restart assumes that it is empty. Cut to what has surely gathered since `at`. */
  readonly initial?: BudgetSnapshot;
  /** Share of the limit to use, 0 to 1, where others need the rest. */
  readonly share?: number;
  readonly observe?: (event: BudgetEvent) => void;
  /** Asked before every group, where other processes of ours call the same workspace. */
  readonly shared?: SharedBucket;
}

/** Kept back, so that a call counted twice or a grant that came late isn't refused. */
const RESERVE = 2;
/** A group is what gathers in a tenth of the window: ten calls every six seconds at 100 a minute. */
const GROUPS_PER_WINDOW = 10;
/** More at once only queue up in the server (twenty.md O7). */
const LARGEST_GROUP = 20;
/** Part of a group's time that may be given up to the uncertainty about when the server granted its calls. */
const SLACK_SHARE = 0.01;
/** The second bucket of a server with default settings. It only matters to bursts. */
const SHORT_LIMIT: RateLimit = { tokens: 100, windowMs: 1000 };

interface Ready {
  readonly calls: number;
  readonly wait: number | undefined;
  /** They go on what is kept for this lane, so nobody else may. */
  readonly only?: Lane;
}

interface Waiter {
  readonly lane: Lane;
  readonly since: number;
  readonly grant: (permit: Permit) => void;
}

export class RateBudget implements Budget {
  readonly #clock: Clock;
  readonly #observe: (event: BudgetEvent) => void;
  readonly #queue = new LaneQueue<Waiter>();
  readonly #buckets = new Map<number, BucketModel>();
  readonly #share: number;
  readonly #shared: SharedBucket | null;
  #main: BucketModel;
  /** Shrinks when the server refuses what the model thought was there: others use the bucket too. */
  #trust = 1;
  #slackFactor = 1;
  #lastRefusal = Number.NEGATIVE_INFINITY;
  #lastRecovery: number;
  #blockedUntil = Number.NEGATIVE_INFINITY;
  #blockedBy: WaitCause = 'pace';
  #blockedAt = 0;
  #inFlight = 0;
  #kept = 0;
  readonly #refusals: Partial<Record<ThrottlingForm, number>> = {};
  #nextGroupAt = Number.NEGATIVE_INFINITY;
  #pumping = false;
  #changed: (() => void) | undefined;

  constructor(options: BudgetOptions) {
    this.#clock = options.clock;
    this.#observe = options.observe ?? (() => undefined);
    this.#share = Math.min(1, Math.max(0.01, options.share ?? 1));
    this.#shared = options.shared ?? null;
    const now = this.#clock.monotonic();
    const limit = options.limit ?? options.initial?.limit ?? { tokens: 100, windowMs: 60_000 };
    this.#main = new BucketModel(limit, initialTokens(options, limit), now, slackOf(limit, 1));
    this.#buckets.set(limit.windowMs, this.#main);
    if (limit.windowMs > SHORT_LIMIT.windowMs) {
      this.#buckets.set(SHORT_LIMIT.windowMs, new BucketModel(SHORT_LIMIT, SHORT_LIMIT.tokens, now, 0));
    }
    this.#lastRecovery = now;
  }

  acquire(lane: Lane, signal?: AbortSignal): Promise<Permit> {
    return new Promise<Permit>((resolve, reject) => {
      const cancelled = () =>
        new ChangeoverError('CANCELLED', 'cancelled while waiting for the rate budget', { cause: signal?.reason });
      if (signal?.aborted === true) return reject(cancelled());
      const stop = () => {
        if (this.#queue.remove(lane, waiter)) reject(cancelled());
      };
      const waiter: Waiter = {
        lane,
        since: this.#clock.monotonic(),
        grant: (permit) => {
          signal?.removeEventListener('abort', stop);
          resolve(permit);
        },
      };
      signal?.addEventListener('abort', stop, { once: true });
      this.#queue.add(lane, waiter);
      this.#wake();
    });
  }

  remaining(): number {
    const now = this.#clock.monotonic();
    if (now < this.#blockedUntil) return 0;
    return this.#free(now);
  }

  estimate(calls: number): number {
    const now = this.#clock.monotonic();
    const blocked = Math.max(0, this.#blockedUntil - now);
    const missing = calls - this.#free(now);
    if (missing <= 0) return Math.ceil(blocked);
    const group = this.groupSize();
    const perGroup = group * this.#interval() + slackOf(this.#main.limit, this.#slackFactor);
    return Math.ceil(blocked + (missing / group) * perGroup);
  }

  groupSize(): number {
    return groupOf(this.#main.limit);
  }

  limit(): RateLimit {
    return this.#main.limit;
  }

  keepForCutover(calls: number): void {
    this.#kept = Math.max(0, Math.floor(calls));
    this.#wake();
  }

  state(): BudgetState {
    const stopped = Math.max(0, this.#blockedUntil - this.#clock.monotonic());
    const waiting = Object.fromEntries(LANES.map((lane) => [lane, this.#queue.length(lane)])) as Record<Lane, number>;
    return {
      limit: this.#main.limit,
      remaining: this.remaining(),
      callsPerMinute: 60_000 / this.#interval(),
      keptForCutover: this.#keptOf(this.#main.limit),
      waiting,
      stopped: stopped > 0 ? { ms: Math.ceil(stopped), cause: this.#blockedBy } : null,
      refusals: { ...this.#refusals },
    };
  }

  pause(ms: number, cause: Exclude<WaitCause, 'pace'>): void {
    const now = this.#clock.monotonic();
    if (now + ms <= this.#blockedUntil) return;
    if (now >= this.#blockedUntil) this.#blockedAt = now;
    this.#blockedUntil = now + ms;
    this.#blockedBy = cause;
    this.#wake();
  }

  snapshot(): BudgetSnapshot {
    return {
      tokens: this.#main.available(this.#clock.monotonic()),
      at: this.#clock.now(),
      limit: this.#main.limit,
    };
  }

  /** Calls in the bucket that lanes other than the cutover's may take. */
  #free(now: number): number {
    return Math.max(0, this.#main.available(now) - RESERVE - this.#keptOf(this.#main.limit));
  }

  /** What is kept back of a bucket for the cutover: a group of the others always fits beside it. */
  #keptOf(limit: RateLimit): number {
    return Math.max(0, Math.min(this.#kept, limit.tokens - reserveOf(limit) - groupOf(limit)));
  }

  #interval(): number {
    return this.#main.interval / (this.#share * this.#trust);
  }

  /** Calls that may be in the air at once: a server that is slower than its limit gets no heap of them. */
  #mostInFlight(): number {
    return Math.max(2 * this.groupSize(), 4);
  }

  #wake(): void {
    this.#changed?.();
    if (this.#pumping) return;
    this.#pumping = true;
    // Later, so that callers who ask in the same turn go together.
    queueMicrotask(() => void this.#pump());
  }

  async #pump(): Promise<void> {
    while (this.#queue.size > 0) {
      const wait = await this.#release();
      if (wait !== 0) await this.#rest(wait);
    }
    this.#pumping = false;
  }

  /** Sleeps until time or a change; `undefined` waits for a change alone. */
  async #rest(ms: number | undefined): Promise<void> {
    const nap = new AbortController();
    const changed = new Promise<void>((resolve) => {
      this.#changed = resolve;
    });
    const slept =
      ms === undefined ? new Promise<void>(() => undefined) : this.#clock.sleep(ms, nap.signal).catch(() => undefined);
    await Promise.race([changed, slept]);
    this.#changed = undefined;
    nap.abort();
  }

  /** Lets go whom it can. Says how long to wait for the rest: 0 is look again, undefined is until something changes. */
  async #release(): Promise<number | undefined> {
    const before = this.#ready();
    if (before.wait !== 0 || this.#shared === null) return this.#letGo(before);
    // What is kept for the cutover is kept from the others of every process.
    const kept = before.only === 'cutover' ? 0 : this.#keptOf(this.#main.limit);
    const others = await this.#shared.take(before.calls, this.#main.limit, kept);
    if (others > 0) return this.#urgent(before, others);
    // Much may have happened meanwhile: callers may be gone, and the server may have refused somebody.
    const after = this.#ready();
    return this.#letGo({ ...after, calls: Math.min(before.calls, after.calls) });
  }

  /** The others wait: the cutover alone goes on what was kept for it in the bucket of all processes. */
  async #urgent({ calls, only }: Ready, wait: number): Promise<number | undefined> {
    const urgent = Math.min(calls, this.#queue.length('cutover'));
    if (this.#shared === null || only === 'cutover' || urgent === 0) return wait;
    const sooner = await this.#shared.take(urgent, this.#main.limit, 0);
    return sooner > 0 ? Math.min(wait, sooner) : this.#letGo({ calls: urgent, wait: 0, only: 'cutover' });
  }

  #letGo({ calls, wait, only }: Ready): number | undefined {
    if (wait !== 0) return wait;
    const now = this.#clock.monotonic();
    for (const bucket of this.#buckets.values()) bucket.take(calls, now);
    this.#nextGroupAt = Math.max(now, this.#nextGroupAt) + calls * this.#interval();
    for (let call = 0; call < calls; call += 1) this.#grant(now, only);
    return 0;
  }

  /** How many calls may go together, and how long until they may; undefined is until something changes. */
  #ready(): Ready {
    const now = this.#clock.monotonic();
    if (now < this.#blockedUntil) return { calls: 0, wait: Math.ceil(this.#blockedUntil - now) };
    this.#recover(now);
    const calls = Math.min(this.groupSize(), this.#queue.size, this.#mostInFlight() - this.#inFlight);
    if (calls <= 0) return { calls: 0, wait: undefined };
    const wait = Math.max(
      this.#heldBack(now),
      this.#gathered(calls, now, (limit) => this.#keptOf(limit)),
    );
    const urgent = Math.min(calls, this.#queue.length('cutover'));
    if (wait <= 0 || urgent === 0) return { calls, wait: Math.max(0, wait) };
    // The cutover alone goes on what was kept for it.
    const sooner = Math.max(
      0,
      this.#gathered(urgent, now, () => 0),
    );
    return sooner < wait ? { calls: urgent, wait: sooner, only: 'cutover' } : { calls, wait };
  }

  /** Milliseconds until every bucket holds so many calls beyond what is kept back in it. */
  #gathered(calls: number, now: number, kept: (limit: RateLimit) => number): number {
    const times = [...this.#buckets.values()].map((bucket) =>
      bucket.timeUntil(calls + reserveOf(bucket.limit) + kept(bucket.limit), now),
    );
    return Math.max(0, ...times);
  }

  /** With a share of the limit, or after refusals, the pace is slower than the bucket's own. */
  #heldBack(now: number): number {
    return this.#share * this.#trust >= 1 ? 0 : Math.max(0, Math.ceil(this.#nextGroupAt - now));
  }

  #grant(now: number, only: Lane | undefined): void {
    const waiter = this.#queue.take(only);
    if (waiter === undefined) return;
    this.#inFlight += 1;
    this.#account(waiter, now);
    let settled = false;
    waiter.grant({
      settle: (answer) => {
        if (settled) return;
        settled = true;
        this.#settle(now, answer);
      },
    });
  }

  #account(waiter: Waiter, now: number): void {
    const waited = now - waiter.since;
    if (waited <= 0) return;
    const blocked = Math.max(0, Math.min(now, this.#blockedUntil) - Math.max(waiter.since, this.#blockedAt));
    if (blocked > 0) {
      this.#observe({ kind: 'waited', cause: this.#blockedBy, lane: waiter.lane, seconds: blocked / 1000 });
    }
    if (waited > blocked) {
      this.#observe({ kind: 'waited', cause: 'pace', lane: waiter.lane, seconds: (waited - blocked) / 1000 });
    }
  }

  #settle(sentAt: number, answer: BudgetAnswer): void {
    const now = this.#clock.monotonic();
    this.#inFlight -= 1;
    for (const bucket of this.#buckets.values()) {
      const remaining = bucket === this.#main && answer.kind === 'granted' ? answer.remaining : undefined;
      bucket.answered(sentAt, now, remaining);
    }
    if (answer.kind === 'granted' && answer.limit !== undefined) {
      this.#learn({ tokens: answer.limit, windowMs: this.#main.limit.windowMs }, now);
    }
    if (answer.kind === 'refused') this.#refused(answer, sentAt, now);
    this.#wake();
  }

  #refused(answer: Extract<BudgetAnswer, { kind: 'refused' }>, sentAt: number, now: number): void {
    const known = answer.limit === undefined ? this.#main : this.#buckets.get(answer.limit.windowMs);
    const news = answer.limit !== undefined && known?.limit.tokens !== answer.limit.tokens;
    if (answer.limit !== undefined) this.#learn(answer.limit, now);
    const bucket = answer.limit === undefined ? this.#main : (this.#buckets.get(answer.limit.windowMs) ?? this.#main);
    bucket.empty(now);
    void this.#shared?.emptied(bucket.limit);
    const retryAfterMs = answer.retryAfterMs ?? 0;
    if (retryAfterMs > 0) this.pause(retryAfterMs, 'refused');
    this.#refusals[answer.form] = (this.#refusals[answer.form] ?? 0) + 1;
    this.#observe({ kind: 'refused', retryAfterMs, form: answer.form });
    // The others of the same group tell nothing new.
    if (sentAt <= this.#lastRefusal) return;
    const recently = now - this.#lastRefusal < 2 * this.#main.limit.windowMs;
    this.#lastRefusal = now;
    this.#lastRecovery = now;
    if (news) return;
    this.#slackFactor = Math.min(4, this.#slackFactor * 2);
    if (recently) this.#trust = Math.max(0.1, this.#trust * 0.75);
    for (const each of this.#buckets.values()) each.setSlack(slackOf(each.limit, this.#slackFactor));
  }

  /** A window without a refusal gives back a little of what refusals took. */
  #recover(now: number): void {
    if (now - this.#lastRecovery < this.#main.limit.windowMs) return;
    this.#lastRecovery = now;
    this.#trust = Math.min(1, this.#trust + 0.05);
    this.#slackFactor = Math.max(1, this.#slackFactor * 0.9);
    for (const each of this.#buckets.values()) each.setSlack(slackOf(each.limit, this.#slackFactor));
  }

  #learn(limit: RateLimit, now: number): void {
    if (limit.tokens < 1 || limit.windowMs < 1) return;
    const known = this.#buckets.get(limit.windowMs);
    if (known?.limit.tokens === limit.tokens) return;
    if (known === undefined) this.#buckets.set(limit.windowMs, new BucketModel(limit, 0, now, slackOf(limit, 1)));
    else known.setLimit(limit, now);
    this.#main = slowest([...this.#buckets.values()]) ?? this.#main;
    this.#observe({ kind: 'limit', limit });
  }
}

/** The bucket that governs: the one whose tokens gather most slowly. */
function slowest(buckets: readonly BucketModel[]): BucketModel | undefined {
  return buckets.reduce<BucketModel | undefined>(
    (found, bucket) => (found === undefined || bucket.interval > found.interval ? bucket : found),
    undefined,
  );
}

function groupOf(limit: RateLimit): number {
  const share = Math.round(limit.tokens / GROUPS_PER_WINDOW);
  return Math.max(1, Math.min(share, LARGEST_GROUP, limit.tokens - reserveOf(limit)));
}

function reserveOf(limit: RateLimit): number {
  return Math.min(RESERVE, limit.tokens - 1);
}

function slackOf(limit: RateLimit, factor: number): number {
  return ((groupOf(limit) * limit.windowMs) / limit.tokens) * SLACK_SHARE * factor;
}

function initialTokens(options: BudgetOptions, limit: RateLimit): number {
  const initial = options.initial;
  if (initial === undefined) return 0;
  // A clock that went backwards, or a snapshot from the future, says nothing.
  const elapsed = options.clock.now() - initial.at;
  if (elapsed < 0) return 0;
  return initial.tokens + Math.floor(elapsed / ((limit.windowMs / limit.tokens) * 1.001));
}
