import type { Random } from '../../src/core/ports.ts';
import type { LimitKind } from './http/protection.ts';

/** What goes wrong with a call. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly code?: string; readonly message?: string }
  /** 429, with a Retry-After between the two. */
  | { readonly kind: 'throttle'; readonly limit: LimitKind; readonly seconds: readonly [least: number, most: number] }
  /** A page of a gateway instead of JSON. */
  | { readonly kind: 'html'; readonly status: number }
  /** The answer breaks off in the middle, at a length that looks whole. */
  | { readonly kind: 'truncated' }
  /** Links lead to another origin. */
  | { readonly kind: 'foreignLinks'; readonly origin: string }
  /** Neither a next link nor a delta link. */
  | { readonly kind: 'noLinks' }
  | { readonly kind: 'redirect'; readonly to: string }
  /** The connection is cut before anything happens. */
  | { readonly kind: 'drop' }
  /** The work is done, then the connection is cut. */
  | { readonly kind: 'answerLost' }
  | { readonly kind: 'delay'; readonly ms: number };

export interface FaultPlan {
  readonly fault: Fault;
  /** Over `METHOD /path?query`; all calls of the API where it is left out. */
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

  /** Seconds between the two, both included. */
  seconds([least, most]: readonly [number, number]): number {
    return least + Math.floor(this.#random.next() * (most - least + 1));
  }
}
