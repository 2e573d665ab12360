import type { Builder } from './builder.ts';
import { compileCondition } from './conditions.ts';
import type { ObjectSpec } from './file.ts';
import type { Path } from './finding.ts';
import type { QualityFailure, QualityThreshold, RecordQuestion } from './model.ts';
import { Halt, type Notes } from './outcome.ts';
import type { RecordScope } from './scope.ts';
import type { ObjectBuild } from './sources.ts';
import { BadValue } from './values.ts';

/** What is asked before anything is mapped: exclusions, quality rules, questions. Throws a Halt where the record stops. */
export type Gates = (scope: RecordScope, notes: Notes) => void;

export interface CompiledGates {
  readonly pass: Gates;
  readonly thresholds: readonly QualityThreshold[];
  /** See `ObjectQuality.failures`. */
  failures(scope: RecordScope): readonly QualityFailure[] | null;
}

export function compileGates(build: ObjectBuild, spec: ObjectSpec, path: Path): CompiledGates {
  const excluded = compileExclusions(build, spec, path);
  const rules = compileQuality(build, spec, path);
  const asked = questions(build, spec, path);
  return {
    pass: (scope, notes) => {
      const rule = excluded(scope);
      if (rule !== null) throw new Halt({ kind: 'excluded', rule });
      for (const quality of rules) enforce(quality, scope);
      for (const gate of asked) gate(scope, notes);
    },
    thresholds: rules.flatMap(({ rule, field, threshold }) =>
      threshold === null ? [] : [{ rule, field, share: threshold }],
    ),
    failures: (scope) => {
      if (safely(() => excluded(scope) !== null, false)) return null;
      return rules
        .filter((quality) => !isDecided(quality, scope) && safely(() => quality.fails(scope), true))
        .map((quality) => ({ rule: quality.rule, question: quality.decided === 'ask' ? quality.question : null }));
    },
  };
}

/** A value that cannot be read passes no rule; drafting says what becomes of the record. */
function safely(test: () => boolean, otherwise: boolean): boolean {
  try {
    return test();
  } catch (thrown) {
    if (thrown instanceof BadValue) return otherwise;
    throw thrown;
  }
}

/** Questions that a choice answers for every record. */
export function decidedQuestions(builder: Builder, spec: ObjectSpec, path: Path): ReadonlyMap<string, string> {
  const decided = new Map<string, string>();
  for (const [index, question] of (spec.questions ?? []).entries()) {
    if (question.decide === undefined) continue;
    const at = [...path, 'questions', index, 'decide'];
    const value = builder.choice(question.decide, at);
    if (value === null || value === 'ask') continue;
    if (!question.choices.includes(value)) {
      builder.findings.error(
        'MAPPING_UNKNOWN_NAME',
        `the choice ${question.decide} says ${JSON.stringify(value)}, which the question ${question.id} does not offer`,
        at,
      );
    }
    decided.set(question.id, value);
  }
  return decided;
}

/** The rule that leaves a record out; null where none does. */
function compileExclusions(build: ObjectBuild, spec: ObjectSpec, path: Path): (scope: RecordScope) => string | null {
  const rules = (spec.exclude ?? []).map((rule, index) => ({
    rule: rule.rule,
    applies: compileCondition(build, rule.when, [...path, 'exclude', index, 'when']),
  }));
  return (scope) => rules.find(({ applies }) => applies(scope))?.rule ?? null;
}

interface QualityRule {
  readonly rule: string;
  readonly field: string | null;
  readonly threshold: number | null;
  /** What the mapping says of every record that fails; `ask` leaves it to people. */
  readonly decided: string;
  readonly question: RecordQuestion;
  fails(scope: RecordScope): boolean;
}

function compileQuality(build: ObjectBuild, spec: ObjectSpec, path: Path): readonly QualityRule[] {
  return (spec.quality ?? []).map((rule, index) => {
    const at = [...path, 'quality', index];
    const when = compileCondition(build, rule.when, [...at, 'when']);
    const passes = compileCondition(build, rule.require, [...at, 'require']);
    const decided =
      rule.decide === undefined
        ? (rule.onFail ?? 'ask')
        : (build.builder.choice(rule.decide, [...at, 'decide']) ?? 'ask');
    const question =
      rule.ask ??
      `${rule.field === undefined ? 'The record' : rule.field} fails the quality rule ${rule.rule}. Load it all the same, fix it in the source, or leave it out?`;
    return {
      rule: rule.rule,
      field: rule.field ?? null,
      threshold: rule.threshold ?? null,
      decided,
      question: {
        id: `quality/${rule.rule}`,
        queue: 'quality',
        question,
        choices: ['load', 'fix', 'exclude'],
        blocking: true,
      },
      fails: (scope) => when(scope) && !passes(scope),
    };
  });
}

function enforce(quality: QualityRule, scope: RecordScope): void {
  if (!quality.fails(scope)) return;
  const answer = quality.decided === 'ask' ? (answerTo(quality, scope) ?? 'ask') : quality.decided;
  if (answer === 'load') return;
  if (answer === 'exclude') throw new Halt({ kind: 'excluded', rule: quality.question.id });
  throw new Halt({ kind: 'question', question: quality.question });
}

/** A person said what is to become of this record; `fix` says that it is still to be mended. */
function isDecided(quality: QualityRule, scope: RecordScope): boolean {
  const answer = answerTo(quality, scope);
  return answer === 'load' || answer === 'exclude';
}

function answerTo(quality: QualityRule, scope: RecordScope): string | undefined {
  return scope.view.answers?.[quality.question.id];
}

function questions(build: ObjectBuild, spec: ObjectSpec, path: Path): readonly Gates[] {
  return (spec.questions ?? []).map((question, index) => {
    const test = compileCondition(build, question.when, [...path, 'questions', index, 'when']);
    const asked = {
      id: `question/${question.id}`,
      queue: question.queue ?? 'record',
      question: question.ask,
      choices: question.choices,
      blocking: question.blocking ?? true,
    };
    return (scope, notes) => {
      if (!test(scope) || scope.answer(question.id) !== null) return;
      if (asked.blocking) throw new Halt({ kind: 'question', question: asked });
      notes.questions.push(asked);
    };
  });
}
