import type { Random } from '../../src/core/ports.ts';

/** What goes wrong with a call. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly message?: string }
  /** Status 200, and an envelope that says that something failed. */
  | { readonly kind: 'flag'; readonly message: string }
  /** Status 200, and a sentence instead of an envelope. */
  | { readonly kind: 'text'; readonly text: string }
  /** The answer breaks off in the middle. */
  | { readonly kind: 'truncated' }
  /** The token stops being valid, whatever its age. */
  | { readonly kind: 'tokenExpired' }
  /** A page without rows, although there are more. */
  | { readonly kind: 'emptyPage' }
  /** Somebody makes or deletes a record of this module before the page is read. */
  | { readonly kind: 'moves'; readonly deed: 'insert' | 'delete' }
  /** The last row of the page before stands on this one again. */
  | { readonly kind: 'repeatedRow' }
  /** The connection is cut before anything happens. */
  | { readonly kind: 'drop' }
  | { readonly kind: 'delay'; readonly ms: number };

export interface FaultPlan {
  readonly fault: Fault;
  /** Over `METHOD /path?query`; all calls where it is left out. */
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
