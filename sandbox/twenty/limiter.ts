/** One token bucket: `tokens` per `windowMs` at most, refilled evenly. */
export interface BucketLimit {
  readonly tokens: number;
  readonly windowMs: number;
}

export interface RateLimits {
  /** 100 per 1,000 ms by default. Null switches the bucket off. */
  readonly short: BucketLimit | null;
  /** 100 per 60,000 ms by default. Null switches the bucket off. */
  readonly long: BucketLimit | null;
}

export const DEFAULT_LIMITS: RateLimits = {
  short: { tokens: 100, windowMs: 1_000 },
  long: { tokens: 100, windowMs: 60_000 },
};

export const NO_LIMITS: RateLimits = { short: null, long: null };

interface BucketState {
  readonly tokens: number;
  /** Milliseconds; only whole tokens are counted from here. */
  readonly refilledAt: number;
}

/** What a check found. `commit` takes the token; until then another check sees the same state (O5: not atomic). */
export type BucketCheck =
  | { readonly granted: true; readonly commit: () => void }
  | { readonly granted: false; readonly limit: BucketLimit; readonly nextTokenMs: number };

/**
 * The real server's bucket (O5): a check counts the whole tokens that came since the last grant; a grant sets the clock
 * to now and so drops the fraction; a refusal changes nothing. A bucket never used is full.
 */
export class TokenBucket {
  readonly #limit: BucketLimit;
  #state: BucketState | undefined;

  constructor(limit: BucketLimit) {
    this.#limit = limit;
  }

  available(now: number): number {
    const { tokens, windowMs } = this.#limit;
    if (this.#state === undefined) return tokens;
    // Multiplied first: 600 ms of 100 per 60,000 ms must be one whole token, not 0.999….
    const refilled = Math.floor(((now - this.#state.refilledAt) * tokens) / windowMs);
    return Math.min(tokens, this.#state.tokens + Math.max(0, refilled));
  }

  check(now: number): BucketCheck {
    const available = this.available(now);
    if (available < 1) return { granted: false, limit: this.#limit, nextTokenMs: this.nextTokenMs(now) };
    return {
      granted: true,
      commit: () => {
        this.#state = { tokens: available - 1, refilledAt: now };
      },
    };
  }

  /** Milliseconds until one more token has gathered; 0 in a full bucket. */
  nextTokenMs(now: number): number {
    const { tokens, windowMs } = this.#limit;
    if (this.#state === undefined || this.available(now) >= tokens) return 0;
    const interval = windowMs / tokens;
    const gathered = Math.floor((now - this.#state.refilledAt) / interval);
    return Math.ceil(this.#state.refilledAt + (gathered + 1) * interval - now);
  }

  /** Takes every token, as if a burst had just been answered. */
  drain(now: number): void {
    this.#state = { tokens: 0, refilledAt: now };
  }
}

export type LimitVerdict =
  | { readonly granted: true }
  | { readonly granted: false; readonly limit: BucketLimit; readonly nextTokenMs: number };

export interface LimiterCounters {
  readonly granted: number;
  readonly refused: number;
}

/**
 * The workspace's limiter: the short bucket is asked and charged first, then the long one, so a call that the long one
 * refuses has still eaten a token of the short one (O5). `now` is given with every call: any clock will do.
 */
export class WorkspaceLimiter {
  #short: TokenBucket | undefined;
  #long: TokenBucket | undefined;
  #longLimit: BucketLimit | null = null;
  #granted = 0;
  #refused = 0;

  constructor(limits: RateLimits = DEFAULT_LIMITS) {
    this.configure(limits);
  }

  /** Other limits from now on, with full buckets. */
  configure(limits: RateLimits): void {
    this.#short = limits.short === null ? undefined : new TokenBucket(limits.short);
    this.#long = limits.long === null ? undefined : new TokenBucket(limits.long);
    this.#longLimit = limits.long;
  }

  /** One call: granted and charged, or refused with the limit that refuses. */
  take(now: number): LimitVerdict {
    const verdict = this.begin(now);
    if (verdict.granted) verdict.commit();
    return verdict;
  }

  /**
   * The same in two steps, as the real server does it: what is read here is written only at `commit`. Calls that begin
   * before others commit are all granted from the same tokens; that is how eight threads got 197 calls through.
   */
  begin(now: number): BucketCheck {
    const checks: BucketCheck[] = [];
    for (const bucket of [this.#short, this.#long]) {
      const check = bucket?.check(now);
      if (check === undefined) continue;
      if (!check.granted) {
        for (const earlier of checks) if (earlier.granted) earlier.commit();
        this.#refused += 1;
        return check;
      }
      checks.push(check);
    }
    return {
      granted: true,
      commit: () => {
        this.#granted += 1;
        for (const check of checks) if (check.granted) check.commit();
      },
    };
  }

  drain(now: number): void {
    this.#short?.drain(now);
    this.#long?.drain(now);
  }

  /** Tokens left in the long bucket, or undefined where it is off. */
  remaining(now: number): number | undefined {
    return this.#long?.available(now);
  }

  /** The long bucket as headers tell it; undefined where it is off. */
  state(now: number): (BucketLimit & { readonly remaining: number; readonly nextTokenMs: number }) | undefined {
    if (this.#long === undefined || this.#longLimit === null) return undefined;
    return { ...this.#longLimit, remaining: this.#long.available(now), nextTokenMs: this.#long.nextTokenMs(now) };
  }

  counters(): LimiterCounters {
    return { granted: this.#granted, refused: this.#refused };
  }
}
