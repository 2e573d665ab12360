import { SeededRandom } from '../../sandbox/samples/smart-crm-online/random.ts';
import type { Step } from '../../src/core/ports.ts';

/** Where a kill landed, as the test prints it. */
export const PLACES = [
  'diff',
  'append',
  'intake',
  'before a call',
  'in flight',
  'after an answer',
  'any moment',
] as const;
export type Place = (typeof PLACES)[number];

export const PLACE_OF: Readonly<Record<Step, Place>> = {
  diff: 'diff',
  'after-poll': 'append',
  'before-append': 'append',
  'after-append': 'append',
  'before-checkpoint': 'append',
  'after-checkpoint': 'append',
  intake: 'intake',
  'after-intake': 'intake',
  'before-intent': 'before a call',
  'before-call': 'before a call',
  'in-flight': 'in flight',
  'after-answer': 'after an answer',
  'after-outcome': 'after an answer',
  parked: 'after an answer',
  'before-publish': 'after an answer',
  'after-publish': 'after an answer',
  'before-release': 'before a call',
  'after-release': 'before a call',
  'file-staged': 'before a call',
  'file-asked': 'in flight',
  'file-sent': 'in flight',
  'file-completed': 'after an answer',
  'before-attach': 'before a call',
  'attach-in-flight': 'in flight',
  'after-attach': 'after an answer',
};

export type KillPlan =
  /** Killed while it stands still at the `pass`-th time that it comes to the step. */
  | { readonly kind: 'at-step'; readonly step: Exclude<Step, 'in-flight'>; readonly pass: number }
  /**
   * Killed while a call is under way. `delayMs` before the work is done: the write lands after the death. After the work:
   * the write is there, and nobody was told.
   */
  | { readonly kind: 'in-flight'; readonly pass: number; readonly write: 'late' | 'done'; readonly delayMs: number }
  /** Killed so long after the first step, wherever that is. */
  | { readonly kind: 'timed'; readonly afterMs: number };

export function stepOf(plan: KillPlan): Step | null {
  if (plan.kind === 'timed') return null;
  return plan.kind === 'in-flight' ? 'in-flight' : plan.step;
}

/** Of 50 kills; the sum of the parts is 50. Those of reading can only come after an export. */
const SHARES: readonly (readonly [Step | null, number])[] = [
  ['diff', 7],
  ['before-append', 3],
  ['after-append', 2],
  ['after-checkpoint', 2],
  ['intake', 3],
  ['after-intake', 3],
  ['before-intent', 3],
  ['before-call', 5],
  ['in-flight', 10],
  ['after-answer', 6],
  ['after-outcome', 3],
  [null, 3],
];

const READING: ReadonlySet<Step | null> = new Set<Step | null>([
  'diff',
  'before-append',
  'after-append',
  'after-checkpoint',
  'intake',
  'after-intake',
]);
/** The furthest pass of a step at which a kill is planned; drawn evenly from 1. */
const FURTHEST: Readonly<Record<Step, number>> = {
  diff: 8,
  'after-poll': 1,
  'before-append': 3,
  'after-append': 3,
  'before-checkpoint': 1,
  'after-checkpoint': 3,
  intake: 3,
  'after-intake': 3,
  'before-intent': 6,
  'before-call': 6,
  'in-flight': 6,
  'after-answer': 6,
  'after-outcome': 6,
  parked: 1,
  'before-publish': 1,
  'after-publish': 1,
  'before-release': 1,
  'after-release': 1,
  // These exports bring no files: deaths there are planned by test/end-to-end/files.test.ts.
  'file-staged': 1,
  'file-asked': 1,
  'file-sent': 1,
  'file-completed': 1,
  'before-attach': 1,
  'attach-in-flight': 1,
  'after-attach': 1,
};
/** How often a death is looked for in reading while there is something to read; else in writing. */
const READING_WHILE_FRESH = 0.6;
const LONGEST_TIMED_MS = 2_500;
/** A write lands at most so long after the death: well before the deadline of its intent. */
const LATEST_LANDING_MS = 700;

/** Deals out the kills of one run, the same ones for the same seed. */
export class Deck {
  readonly #random: SeededRandom;
  #reading: (Step | null)[];
  #writing: (Step | null)[];
  #inFlight = 0;

  constructor(seed: number, kills: number) {
    this.#random = new SeededRandom(seed);
    const steps = dealt(kills);
    this.#reading = this.#random.shuffled(steps.filter((step) => READING.has(step)));
    this.#writing = this.#random.shuffled(steps.filter((step) => !READING.has(step)));
  }

  get left(): number {
    return this.#reading.length + this.#writing.length;
  }

  /** Draws the next kill. `fresh`: nobody has read the newest export to its end. Null: let it come to rest. */
  draw(fresh: boolean): KillPlan | null {
    const reading = fresh && (this.#writing.length === 0 || this.#random.chance(READING_WHILE_FRESH));
    const from = reading && this.#reading.length > 0 ? this.#reading : this.#writing;
    const step = from.pop();
    return step === undefined ? null : this.#plan(step);
  }

  /** A kill whose step never came is dealt again. */
  putBack(plan: KillPlan): void {
    const step = stepOf(plan);
    (READING.has(step) ? this.#reading : this.#writing).unshift(step);
  }

  #plan(step: Step | null): KillPlan {
    if (step === null) return { kind: 'timed', afterMs: this.#random.integer(0, LONGEST_TIMED_MS) };
    const pass = this.#random.integer(1, FURTHEST[step]);
    if (step !== 'in-flight') return { kind: 'at-step', step, pass };
    this.#inFlight += 1;
    if (this.#inFlight % 2 === 0) return { kind: 'in-flight', pass, write: 'done', delayMs: 150 };
    return { kind: 'in-flight', pass, write: 'late', delayMs: this.#random.integer(150, LATEST_LANDING_MS) };
  }
}

/** So many kills in the proportions of SHARES; the rest of a division goes to the first ones. */
function dealt(kills: number): (Step | null)[] {
  const whole = SHARES.reduce((sum, [, share]) => sum + share, 0);
  const steps = SHARES.flatMap(([step, share]) =>
    Array.from({ length: Math.floor((share * kills) / whole) }, () => step),
  );
  for (let next = 0; steps.length < kills; next += 1) steps.push(SHARES[next % SHARES.length]?.[0] ?? null);
  return steps;
}
