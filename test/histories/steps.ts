import fc from 'fast-check';
import type { FieldValues } from '../../src/events/event.ts';
import { type Kind, NO_NAME, OBJECTS, REFUSED_NAME } from './invented.ts';

/** What happens next in a history. */
export type Step =
  /** The source creates, changes or (null) deletes a record. `anew`: it comes back as another one of the same id. */
  | {
      readonly does: 'source';
      readonly object: Kind;
      readonly id: string;
      readonly after: FieldValues | null;
      readonly anew: boolean;
    }
  /** The source changes or (null) deletes the record whose row a person touched last: so the two meet. */
  | { readonly does: 'follow'; readonly after: Readonly<Record<Kind, FieldValues>> | null }
  /** Events that were in the log come again: so many, from so far back. */
  | { readonly does: 'replay'; readonly back: number; readonly count: number }
  /** Somebody does something in Twenty; `row`: which of the live rows, counted round. */
  | {
      readonly does: 'person';
      readonly deed: Deed;
      readonly object: Kind;
      readonly row: number;
      readonly value: string;
      /** For a mapped field: which of them, counted round, and what it becomes. */
      readonly field: number;
      readonly text: string;
    }
  /** Somebody answers every question that is open about what people did: the n-th of its choices, counted round. */
  | { readonly does: 'answer'; readonly choice: number }
  | {
      readonly does: 'fault';
      readonly operation: Operation;
      readonly how: Fault;
      readonly after: number;
      readonly count: number;
    }
  /** The process dies at the n-th step of the writer from here, and another one takes over. */
  | { readonly does: 'death'; readonly at: number }
  /** Intake begins anew at the state's position. */
  | { readonly does: 'restart' }
  | { readonly does: 'wait'; readonly ms: number }
  | { readonly does: 'poll' }
  | { readonly does: 'poll-edits' }
  /** Everything comes to rest. */
  | { readonly does: 'rest' };

export type Deed = 'create' | 'give-value' | 'edit-own-field' | 'edit-mapped-field' | 'delete' | 'restore' | 'destroy';
export type Operation = 'createMany' | 'deleteMany' | 'destroyMany' | 'findMany';
export type Fault =
  | { readonly kind: 'cut-before' | 'cut-after' | 'unavailable' | 'throttled' | 'refused' }
  | { readonly kind: 'late'; readonly workMs: number; readonly answerMs: number };

/**
 * The times that matter, in the proportions of the real ones but shorter: the writer looks around once a second, and
 * the seconds in which nothing happens are what a history costs.
 */
export const TIMES = { timeoutMs: 6000, deadlineMs: 9000 } as const;

/** What people write: what the source never says, and what it may say too. */
const TEXTS = ['Edited', 'Redone', 'Ada', 'Manager'];

export const DOMAINS = ['a.example', 'b.example'];
export const EMAILS = ['a@example.com', 'b@example.com'];
export const CODES = ['X', 'Y'];
const IDS = ['1', '2', '3'];
const reference = fc.constantFrom('', ...IDS);
const name = fc.constantFrom('Ada', 'Bob', 'Cyd', 'Ada', 'Bob', 'Cyd', NO_NAME, REFUSED_NAME);

const VALUES: Readonly<Record<Kind, fc.Arbitrary<FieldValues>>> = {
  company: fc.record({ name, domain: fc.constantFrom('', ...DOMAINS), parent: reference }),
  contact: fc.record({
    name: fc.constantFrom('Ada', 'Bob'),
    job: fc.constantFrom('', 'Engineer', 'Manager', 'spam'),
    email: fc.constantFrom('', ...EMAILS),
    company: reference,
  }),
  deal: fc.record({
    name: fc.constantFrom('Ada', 'Bob', 'Cyd', REFUSED_NAME),
    code: fc.constantFrom('', ...CODES),
    company: reference,
  }),
  note: fc.record({ title: fc.constantFrom('Ada', 'Bob', REFUSED_NAME), contact: reference }),
};

/** The unique values of each object, which people give to rows too. */
export const UNIQUE: Readonly<Record<Kind, readonly string[]>> = {
  company: DOMAINS,
  contact: EMAILS,
  deal: CODES,
  note: [''],
};

const source = fc.constantFrom(...OBJECTS).chain((object) =>
  fc.record({
    does: fc.constant('source' as const),
    object: fc.constant(object),
    id: fc.constantFrom(...IDS),
    after: fc.option(VALUES[object], { nil: null, freq: 5 }),
    anew: fc.nat({ max: 7 }).map((n) => n === 7),
  }),
);

const follow = fc.record({
  does: fc.constant('follow' as const),
  after: fc.option(fc.record(VALUES), { nil: null, freq: 6 }),
});

const person = fc.constantFrom(...OBJECTS).chain((object) =>
  fc.record({
    does: fc.constant('person' as const),
    deed: fc.constantFrom<Deed[]>(
      'create',
      'give-value',
      'edit-own-field',
      'edit-mapped-field',
      'edit-mapped-field',
      'edit-mapped-field',
      'edit-mapped-field',
      'delete',
      'restore',
      'destroy',
    ),
    object: fc.constant(object),
    row: fc.nat({ max: 5 }),
    value: fc.constantFrom(...UNIQUE[object]),
    field: fc.nat({ max: 1 }),
    text: fc.constantFrom(...TEXTS),
  }),
);

const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ kind: fc.constantFrom('cut-before', 'cut-after', 'unavailable', 'throttled', 'refused') }),
  // Before the deadline of an intent the call is through; its answer may come whenever it likes.
  fc.record({
    kind: fc.constant('late' as const),
    workMs: fc.integer({ min: 0, max: TIMES.deadlineMs - 1000 }),
    answerMs: fc.integer({ min: 0, max: 2 * TIMES.deadlineMs }),
  }),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 14, arbitrary: source },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('replay' as const),
      back: fc.integer({ min: 1, max: 12 }),
      count: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 7, arbitrary: person },
  { weight: 5, arbitrary: follow },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('fault' as const),
      operation: fc.constantFrom<Operation[]>('createMany', 'createMany', 'deleteMany', 'destroyMany', 'findMany'),
      how: fault,
      after: fc.nat({ max: 2 }),
      count: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constant('death' as const), at: fc.integer({ min: 1, max: 12 }) }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('restart' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 10_000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('poll' as const) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('poll-edits' as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('answer' as const), choice: fc.nat({ max: 1 }) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('rest' as const) }) },
);

/** A history; a failing one is printed a line a step. */
export interface History {
  readonly steps: readonly Step[];
  /** What every question is answered with that is still open at the end. */
  readonly choice: number;
  readonly [fc.toStringMethod]: () => string;
}

export const histories: fc.Arbitrary<History> = fc
  .record({
    // People find something there.
    before: fc.array(source, { maxLength: 3, size: 'max' }),
    steps: fc.array(step, { minLength: 1, maxLength: 18, size: 'max' }),
    choice: fc.nat({ max: 1 }),
  })
  .map(({ before, steps: then, choice }) => ({ steps: [...before, ...then], choice }))
  .map(({ steps, choice }) => ({
    steps,
    choice,
    [fc.toStringMethod]: () => `\n${steps.map((one) => `  ${said(one)}`).join('\n')}\n  at the end, choice ${choice}\n`,
  }));

/** A step in words. */
export function said(step: Step): string {
  switch (step.does) {
    case 'source':
      return step.after === null
        ? `the source deletes ${step.object} ${step.id}`
        : `the source writes ${step.object} ${step.id}${step.anew ? ' anew' : ''}: ${JSON.stringify(step.after)}`;
    case 'follow':
      return `the source ${step.after === null ? 'deletes' : 'writes'} what a person touched: ${JSON.stringify(step.after)}`;
    case 'replay':
      return `${step.count} events come again, from ${step.back} back`;
    case 'person':
      return `a person: ${step.deed} ${step.object} (row ${step.row}, value ${JSON.stringify(step.value)}, field ${step.field}, text ${JSON.stringify(step.text)})`;
    case 'answer':
      return `questions are answered with choice ${step.choice}`;
    case 'fault':
      return `${step.count} ${step.operation} after ${step.after} will be ${JSON.stringify(step.how)}`;
    case 'death':
      return `the writer dies at step ${step.at} from here`;
    case 'restart':
      return 'intake begins anew';
    case 'wait':
      return `${step.ms} ms pass`;
    case 'poll':
      return 'unique values are polled';
    case 'poll-edits':
      return 'edits are polled';
    case 'rest':
      return 'everything comes to rest';
  }
}
