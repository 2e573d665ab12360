import type { Builder } from './builder.ts';
import { compileCondition } from './conditions.ts';
import type { ObjectSpec } from './file.ts';
import type { Path } from './finding.ts';
import { Halt, type Notes } from './outcome.ts';
import type { RecordScope } from './scope.ts';
import type { ObjectBuild } from './sources.ts';

/** What is asked before anything is mapped: exclusions, quality rules, questions. Throws a Halt where the record stops. */
export type Gates = (scope: RecordScope, notes: Notes) => void;

export function compileGates(build: ObjectBuild, spec: ObjectSpec, path: Path): Gates {
  const gates: Gates[] = [
    ...exclusions(build, spec, path),
    ...qualityRules(build, spec, path),
    ...questions(build, spec, path),
  ];
  return (scope, notes) => {
    for (const gate of gates) gate(scope, notes);
  };
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

function exclusions(build: ObjectBuild, spec: ObjectSpec, path: Path): readonly Gates[] {
  return (spec.exclude ?? []).map((rule, index) => {
    const test = compileCondition(build, rule.when, [...path, 'exclude', index, 'when']);
    return (scope) => {
      if (test(scope)) throw new Halt({ kind: 'excluded', rule: rule.rule });
    };
  });
}

function qualityRules(build: ObjectBuild, spec: ObjectSpec, path: Path): readonly Gates[] {
  return (spec.quality ?? []).map((rule, index) => {
    const at = [...path, 'quality', index];
    const when = compileCondition(build, rule.when, [...at, 'when']);
    const passes = compileCondition(build, rule.require, [...at, 'require']);
    const decided =
      rule.decide === undefined
        ? (rule.onFail ?? 'ask')
        : (build.builder.choice(rule.decide, [...at, 'decide']) ?? 'ask');
    const id = `quality/${rule.rule}`;
    const what =
      rule.ask ??
      `${rule.field === undefined ? 'The record' : rule.field} fails the quality rule ${rule.rule}. Load it all the same, fix it in the source, or leave it out?`;
    return (scope) => {
      if (!when(scope) || passes(scope)) return;
      const answer = decided === 'ask' ? (scope.view.answers?.[id] ?? 'ask') : decided;
      if (answer === 'load') return;
      if (answer === 'exclude') throw new Halt({ kind: 'excluded', rule: id });
      throw new Halt({
        kind: 'question',
        question: { id, queue: 'quality', question: what, choices: ['load', 'fix', 'exclude'], blocking: true },
      });
    };
  });
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
