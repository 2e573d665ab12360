import type { Random } from '../../src/core/ports.ts';

/** A fault of a simulated system, and the calls that it acts on. Which faults there are is each system's own affair. */
export interface FaultPlan<Fault> {
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

interface Armed<Fault> {
  readonly plan: FaultPlan<Fault>;
  skip: number;
  left: number;
}

/** Faults in the order in which they were asked for; the first that acts on a call is taken. */
export class Faults<Fault> {
  readonly #random: Random;
  #armed: Armed<Fault>[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  add(plan: FaultPlan<Fault>): void {
    this.#armed.push({ plan, skip: plan.after ?? 0, left: plan.count ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#armed = [];
  }

  /** What goes wrong with this call. Counts it against the plan that acts on it. */
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

  /** A whole number between the two, both included. */
  between([least, most]: readonly [number, number]): number {
    return least + Math.floor(this.#random.next() * (most - least + 1));
  }
}
