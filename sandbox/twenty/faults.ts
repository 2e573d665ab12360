/**
 * What a failing call does. `drop`: the connection is cut before anything happens. `answerLost`: the work is done and
 * committed, then the connection is cut. `halfApplied`: the first half of a batch's rows is written, then HTTP 500, as
 * upserts may do (they are no transaction). `throttle`: the answer of an empty bucket. A number: that HTTP status, nothing
 * done.
 */
export type FaultAction = 'drop' | 'answerLost' | 'halfApplied' | 'throttle' | number;

export interface FaultMatch {
  /** Regular expression over `METHOD /path?query`. */
  readonly request?: string;
  /** `createMany`, `findMany`, `createOneField` …: the operation's name. */
  readonly operation?: string;
  /** Object in the singular. */
  readonly object?: string;
}

export interface FaultPlan {
  /** Which calls; all of them where it is left out. */
  readonly match?: FaultMatch;
  /** Milliseconds before the call is worked on: it lands late. */
  readonly latencyMs?: number;
  /** Called when the call has come; it is worked on once what this gives is settled. For programs, not over HTTP. */
  readonly hold?: () => Promise<unknown>;
  /** Milliseconds between the commit and the answer: the write is there before the client knows. */
  readonly answerDelayMs?: number;
  readonly fail?: FaultAction;
  /** Calls to let pass first. */
  readonly after?: number;
  /** Calls this plan acts on; for ever where it is left out. */
  readonly count?: number;
}

export interface Fault {
  readonly latencyMs: number;
  readonly holds: readonly NonNullable<FaultPlan['hold']>[];
  readonly answerDelayMs: number;
  readonly fail: FaultAction | undefined;
}

export interface FaultTarget {
  readonly request: string;
  readonly operations: readonly string[];
  readonly objects: readonly string[];
}

interface Armed {
  readonly plan: FaultPlan;
  skip: number;
  left: number;
}

/** Faults in the order in which they were asked for; several may act on one call. */
export class Faults {
  #armed: Armed[] = [];

  add(plan: FaultPlan): void {
    this.#armed.push({ plan, skip: plan.after ?? 0, left: plan.count ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#armed = [];
  }

  pending(): readonly FaultPlan[] {
    return this.#armed.map(({ plan, left }) => (Number.isFinite(left) ? { ...plan, count: left } : plan));
  }

  /** What happens to this call. Counts it against every plan that acts on it. */
  next(target: FaultTarget): Fault {
    let fault: Fault = { latencyMs: 0, holds: [], answerDelayMs: 0, fail: undefined };
    for (const armed of this.#armed) {
      if (!matches(armed.plan.match ?? {}, target)) continue;
      if (armed.skip > 0) {
        armed.skip -= 1;
        continue;
      }
      if (fault.fail !== undefined && armed.plan.fail !== undefined) continue;
      armed.left -= 1;
      fault = {
        latencyMs: fault.latencyMs + (armed.plan.latencyMs ?? 0),
        holds: armed.plan.hold === undefined ? fault.holds : [...fault.holds, armed.plan.hold],
        answerDelayMs: fault.answerDelayMs + (armed.plan.answerDelayMs ?? 0),
        fail: fault.fail ?? armed.plan.fail,
      };
    }
    this.#armed = this.#armed.filter(({ left }) => left > 0);
    return fault;
  }
}

function matches(match: FaultMatch, target: FaultTarget): boolean {
  if (match.request !== undefined && !new RegExp(match.request).test(target.request)) return false;
  if (match.operation !== undefined && !target.operations.includes(match.operation)) return false;
  return match.object === undefined || target.objects.includes(match.object);
}
