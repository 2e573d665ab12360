import type { Random } from '../../src/core/ports.ts';

/** What goes wrong with a call. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly message?: string }
  /** 429, with a Retry-After where seconds are given. */
  | { readonly kind: 'throttle'; readonly seconds?: number }
  /** An error text, with status 200. */
  | { readonly kind: 'error-in-answer'; readonly message: string }
  /** A page of a gateway instead of JSON. */
  | { readonly kind: 'html'; readonly status: number }
  /** The answer breaks off in the middle. */
  | { readonly kind: 'truncated' }
  /** A page without records, in the middle of others. */
  | { readonly kind: 'empty-page' }
  /** The page tells another total than the others do. */
  | { readonly kind: 'other-total'; readonly total: number }
  /** The page begins with the last record of the page before. */
  | { readonly kind: 'repeated-record' }
  /** Records are left out that are there. */
  | { readonly kind: 'blind'; readonly ids: readonly string[] }
  | { readonly kind: 'drop' }
  | { readonly kind: 'delay'; readonly ms: number };

export interface FaultPlan {
  readonly fault: Fault;
  /** Over `METHOD /path?query`; every call where it is left out. */
  readonly match?: RegExp;
  /** Calls to let pass first. */
  readonly after?: number;
  /** Calls it acts on; for ever where it is left out. */
  readonly count?: number;
  /** Share of the matching calls that it acts on, 0 to 1. */
  readonly rate?: number;
}

interface Armed {
  readonly plan: FaultPlan;
  skip: number;
  left: number;
}

/** Faults in the order in which they were asked for; the first that acts on a call is taken. */
export class Faults {
  readonly #random: Random;
  #armed: Armed[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  add(plan: FaultPlan): void {
    this.#armed.push({ plan, skip: plan.after ?? 0, left: plan.count ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#armed = [];
  }

  next(request: string): Fault | undefined {
    const acting = this.#armed.find((armed) => {
      if (armed.plan.match?.test(request) === false) return false;
      if (armed.skip > 0) {
        armed.skip -= 1;
        return false;
      }
      return this.#random.next() < (armed.plan.rate ?? 1);
    });
    if (acting === undefined) return undefined;
    acting.left -= 1;
    this.#armed = this.#armed.filter(({ left }) => left > 0);
    return acting.plan.fault;
  }
}
