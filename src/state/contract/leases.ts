/** What only one process may do at a time: `reader:<source>/<object>`, `writer:<workspace>`. */
export interface Lease {
  readonly name: string;
  readonly holder: string;
  /** Grows each time the lease changes hands or is taken anew. */
  readonly epoch: number;
  readonly expiresAt: number;
}

export interface Leases {
  /** Those that somebody has or had last, expired ones too. */
  all(): Promise<readonly Lease[]>;
  /** Takes it if free, expired, or ours, each time with a greater epoch; null when somebody else holds it. */
  take(name: string, holder: string, now: number, forMs: number): Promise<Lease | null>;
  /** Throws STATE_LEASE_LOST when holder and epoch are not the present ones; expiry alone is no loss. Called inside every commit that needs the lease. */
  verify(name: string, holder: string, epoch: number): Promise<void>;
  renew(name: string, holder: string, epoch: number, now: number, forMs: number): Promise<Lease>;
  release(name: string, holder: string, epoch: number): Promise<void>;
  /** Hands out `count` consecutive sequence numbers under the lease; returns the first. From 1, and never again from there: they go on under the next epoch. */
  nextSequences(name: string, epoch: number, count: number): Promise<number>;
}
