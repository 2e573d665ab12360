import type { Clock } from '../../../src/core/ports.ts';
import { CODE, Refusal } from '../errors.ts';

/** Service protection: what one user may ask of one web server in a sliding window. */
export interface ProtectionLimits {
  readonly requests: number;
  readonly executionSeconds: number;
  readonly concurrent: number;
  readonly windowSeconds: number;
}

/** As documented; environments may have others. */
export const DOCUMENTED_LIMITS: ProtectionLimits = {
  requests: 6_000,
  executionSeconds: 1_200,
  concurrent: 52,
  windowSeconds: 300,
};

export type LimitKind = 'requests' | 'executionTime' | 'concurrency';

interface Served {
  readonly at: number;
  executionMs: number;
}

interface ServerState {
  served: Served[];
  running: number;
  /** Refused calls in a row: who goes on hammering waits longer. */
  refusals: number;
}

const LONGEST_WAIT_SECONDS = 300;

/** Counts calls per web server and refuses them by the three limits. */
export class Protection {
  readonly #clock: Clock;
  readonly #dateForm: boolean;
  readonly #servers = new Map<number, ServerState>();
  #limits: ProtectionLimits | null;

  constructor(clock: Clock, limits: ProtectionLimits | null, retryAfter: 'seconds' | 'date') {
    this.#clock = clock;
    this.#limits = limits;
    this.#dateForm = retryAfter === 'date';
  }

  configure(limits: ProtectionLimits | null): void {
    this.#limits = limits;
    this.#servers.clear();
  }

  /** Lets a call in and returns what ends it, with the time it took; throws 429. */
  enter(server: number): (executionMs: number) => void {
    const limits = this.#limits;
    if (limits === null) return () => undefined;
    const state = this.#state(server);
    const now = this.#clock.now();
    const window = limits.windowSeconds * 1_000;
    state.served = state.served.filter(({ at }) => at > now - window);
    const spent = state.served.reduce((sum, { executionMs }) => sum + executionMs, 0);
    const untilOldest = Math.ceil(((state.served[0]?.at ?? now) + window - now) / 1_000);
    if (state.running >= limits.concurrent) throw this.#refuse(state, 'concurrency', 1);
    if (state.served.length >= limits.requests) throw this.#refuse(state, 'requests', untilOldest);
    if (spent >= limits.executionSeconds * 1_000) throw this.#refuse(state, 'executionTime', untilOldest);
    const entry: Served = { at: now, executionMs: 0 };
    state.served.push(entry);
    state.running += 1;
    state.refusals = 0;
    return (executionMs) => {
      state.running -= 1;
      entry.executionMs = executionMs;
    };
  }

  /** Headers that real servers send with every answer; the second number has a thousands separator. */
  headers(server: number): Record<string, string> {
    const limits = this.#limits;
    if (limits === null) return { 'x-ms-dop-hint': '4' };
    const state = this.#state(server);
    const spent = state.served.reduce((sum, { executionMs }) => sum + executionMs, 0) / 1_000;
    return {
      'x-ms-dop-hint': '4',
      'x-ms-ratelimit-burst-remaining-xrm-requests': String(Math.max(0, limits.requests - state.served.length)),
      'x-ms-ratelimit-time-remaining-xrm-requests': Math.max(0, limits.executionSeconds - spent).toLocaleString(
        'en-US',
        {
          minimumFractionDigits: 2,
          maximumFractionDigits: 2,
        },
      ),
    };
  }

  /** The refusal of a limit, for faults on demand. */
  refusal(kind: LimitKind, seconds: number): Refusal {
    return new Refusal(429, KINDS[kind].code, KINDS[kind].message, { 'retry-after': this.#retryAfter(seconds) });
  }

  #refuse(state: ServerState, kind: LimitKind, seconds: number): Refusal {
    const wait = Math.min(LONGEST_WAIT_SECONDS, Math.max(1, seconds) + state.refusals);
    state.refusals += 1;
    return this.refusal(kind, wait);
  }

  #retryAfter(seconds: number): string {
    return this.#dateForm ? new Date(this.#clock.now() + seconds * 1_000).toUTCString() : String(seconds);
  }

  #state(server: number): ServerState {
    const known = this.#servers.get(server);
    if (known !== undefined) return known;
    const made: ServerState = { served: [], running: 0, refusals: 0 };
    this.#servers.set(server, made);
    return made;
  }
}

const KINDS: Readonly<Record<LimitKind, { readonly code: string; readonly message: string }>> = {
  requests: {
    code: CODE.requests,
    message: 'Number of requests exceeded the limit of 6000 over time window of 300 seconds.',
  },
  executionTime: {
    code: CODE.executionTime,
    message:
      'Combined execution time of incoming requests exceeded limit of 1,200,000 milliseconds over time window of 300 seconds. Decrease number of concurrent requests or reduce the duration of requests and try again later.',
  },
  concurrency: { code: CODE.concurrency, message: 'Number of concurrent requests exceeded the limit of 52.' },
};
