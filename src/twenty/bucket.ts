/** So many calls in so many milliseconds, as the server says it: "100 tokens per 60000 ms". */
export interface RateLimit {
  readonly tokens: number;
  readonly windowMs: number;
}

/**
 * What we know for certain of the server's token bucket (twenty.md §0, O5). The server's rules: the bucket refills
 * continuously, whole tokens only; a grant drops the fraction of a token that had gathered; a refusal keeps it.
 *
 * We don't see when the server granted a call, only when it was sent and answered. A later grant drops more of what had
 * gathered, so the model takes the latest moment that is likely: `slackMs` after sending, or the answer, if that was earlier.
 * Everything here rounds towards fewer tokens.
 */
export class BucketModel {
  #limit: RateLimit;
  #tokens: number;
  /** No later grant than this is expected of the calls that were answered. Milliseconds of the monotonic clock. */
  #since: number;
  /** When the newest call without an answer was sent. */
  #newestSent = Number.NEGATIVE_INFINITY;
  #inFlight = 0;
  #slackMs: number;
  /** Lowest "remaining" that the server reported while calls were in flight. */
  #reported = Number.POSITIVE_INFINITY;

  constructor(limit: RateLimit, tokens: number, now: number, slackMs: number) {
    this.#limit = limit;
    this.#tokens = Math.max(0, Math.min(limit.tokens, Math.floor(tokens)));
    this.#since = now;
    this.#slackMs = slackMs;
  }

  get limit(): RateLimit {
    return this.#limit;
  }

  /** Milliseconds in which one token gathers. A per mille more than by the book: two clocks never run alike. */
  get interval(): number {
    return (this.#limit.windowMs / this.#limit.tokens) * 1.0005;
  }

  setSlack(slackMs: number): void {
    this.#slackMs = slackMs;
  }

  setLimit(limit: RateLimit, now: number): void {
    if (limit.tokens === this.#limit.tokens && limit.windowMs === this.#limit.windowMs) return;
    this.#fold(now);
    this.#limit = limit;
    this.#tokens = Math.min(this.#tokens, limit.tokens);
  }

  available(now: number): number {
    const gathered = Math.max(0, Math.floor((now - this.#lastGrant() - 2) / this.interval));
    return Math.min(this.#limit.tokens, this.#tokens + gathered);
  }

  /** Milliseconds from now until so many tokens are there. */
  timeUntil(tokens: number, now: number): number {
    const missing = Math.min(tokens, this.#limit.tokens) - this.#tokens;
    if (missing <= 0) return 0;
    return Math.max(0, Math.ceil(this.#lastGrant() + 2 + missing * this.interval - now));
  }

  take(calls: number, now: number): void {
    this.#fold(now);
    this.#tokens -= calls;
    this.#newestSent = now;
    this.#inFlight += calls;
  }

  answered(sentAt: number, now: number, remaining: number | undefined): void {
    // A bucket learned of while calls were in the air has not counted those.
    this.#inFlight = Math.max(0, this.#inFlight - 1);
    this.#since = Math.max(this.#since, Math.min(now, sentAt + this.#slackMs));
    if (remaining !== undefined) {
      this.#reported = Math.min(this.#reported, remaining);
      if (remaining < this.#tokens) this.#tokens = Math.max(0, Math.floor(remaining));
    }
    if (this.#inFlight > 0) return;
    this.#newestSent = Number.NEGATIVE_INFINITY;
    // Upwards only once nothing is in flight: until then answers may be older than calls already granted.
    if (Number.isFinite(this.#reported)) this.#tokens = Math.min(this.#limit.tokens, Math.floor(this.#reported));
    this.#reported = Number.POSITIVE_INFINITY;
  }

  /** The server says it is empty. */
  empty(now: number): void {
    this.#tokens = 0;
    this.#since = now;
  }

  #lastGrant(): number {
    return this.#inFlight > 0 ? Math.max(this.#since, this.#newestSent + this.#slackMs) : this.#since;
  }

  #fold(now: number): void {
    this.#tokens = this.available(now);
    this.#since = Math.max(this.#since, now);
  }
}
