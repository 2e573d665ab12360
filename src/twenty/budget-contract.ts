import type { ThrottlingForm } from './answers.ts';
import type { RateLimit } from './bucket.ts';
import type { Lane } from './twenty.ts';

/** Why a call waited: the ordinary pace, a refusal by the limit, or a server that was down. */
export type WaitCause = 'pace' | 'refused' | 'outage';

export type BudgetEvent =
  | { readonly kind: 'waited'; readonly cause: WaitCause; readonly lane: Lane; readonly seconds: number }
  | { readonly kind: 'refused'; readonly retryAfterMs: number; readonly form: ThrottlingForm }
  | { readonly kind: 'limit'; readonly limit: RateLimit };

/** What the answer to a call says of the bucket. */
export type BudgetAnswer =
  | { readonly kind: 'granted'; readonly remaining?: number; readonly limit?: number }
  | {
      readonly kind: 'refused';
      readonly form: ThrottlingForm;
      readonly retryAfterMs?: number;
      readonly limit?: RateLimit;
    }
  /** No answer, or one that never reached the limiter: the token may be spent. */
  | { readonly kind: 'unknown' };

/** The right to make one call. Settled exactly once, when the answer is there or given up. */
export interface Permit {
  settle(answer: BudgetAnswer): void;
}

/**
 * What a restart may be told, so that it needn't assume an empty bucket. `at` is wall-clock time. Only true while no call
 * is made after it: take it at a clean stop, and throw it away as soon as it was read.
 */
export interface BudgetSnapshot {
  readonly tokens: number;
  readonly at: number;
  readonly limit: RateLimit;
}

/**
 * Where several processes spend from one bucket: what each may take is decided here, whatever its own model says.
 * Never rejects: where it cannot be asked, it says to wait.
 */
export interface SharedBucket {
  /** Takes all the calls, or none; `kept` more must stay. Milliseconds to wait before asking again; 0: they are taken. */
  take(calls: number, limit: RateLimit, kept: number): Promise<number>;
  /** The server says that it is empty. */
  emptied(limit: RateLimit): Promise<void>;
}

export interface BudgetState {
  readonly limit: RateLimit;
  readonly remaining: number;
  /** Calls a minute that are made at present: fewer than the limit after refusals, or with a share of it. */
  readonly callsPerMinute: number;
  readonly keptForCutover: number;
  /** Callers that wait, by lane. */
  readonly waiting: Readonly<Record<Lane, number>>;
  /** Milliseconds for which nobody is let go, and why. */
  readonly stopped: { readonly ms: number; readonly cause: WaitCause } | null;
  /** Refusals since the start, by the form in which the server said them. */
  readonly refusals: Readonly<Partial<Record<ThrottlingForm, number>>>;
}

/** The one budget of a workspace (design §9). */
export interface Budget {
  /** Waits for a turn. Rejects with CANCELLED when the signal is aborted first. */
  acquire(lane: Lane, signal?: AbortSignal): Promise<Permit>;
  /** Calls that could be made at once, the reserve kept. */
  remaining(): number;
  /** Milliseconds that so many more calls take, if nobody else calls. */
  estimate(calls: number): number;
  /** Calls that are let go together: whoever keeps so many waiting uses the limit fully. */
  groupSize(): number;
  limit(): RateLimit;
  /**
   * Keeps so many calls in the bucket for the cutover lane from now on: the other lanes leave them there. 0 ends it. Never
   * so many that the others could not go on.
   */
  keepForCutover(calls: number): void;
  /** How it stands, for people and metrics. */
  state(): BudgetState;
  /** Stops every lane, after an outage; a longer stop that is already on stays. */
  pause(ms: number, cause: Exclude<WaitCause, 'pace'>): void;
  snapshot(): BudgetSnapshot;
}
