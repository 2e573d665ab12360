import type { Condition } from './file.ts';
import type { Path } from './finding.ts';
import type { Scope } from './scope.ts';
import { checkColumn, type ObjectBuild } from './sources.ts';
import { didYouMean } from './suggest.ts';
import { asText, isEmpty, type Value } from './values.ts';

export type Test = (scope: Scope) => boolean;

export const ALWAYS: Test = () => true;

/** A condition, ready to run: all of its members must hold. Choices are decided here and now. */
export function compileCondition(build: ObjectBuild, spec: Condition | undefined, path: Path): Test {
  if (spec === undefined) return ALWAYS;
  const tests: Test[] = [];
  for (const [name, wanted] of Object.entries(spec.choice ?? {})) {
    const value = build.builder.choice(name, [...path, 'choice', name]);
    const options = build.builder.file.choices?.[name]?.options ?? [];
    for (const one of [wanted].flat()) {
      if (value !== null && !options.includes(one)) {
        const near = didYouMean(one, options);
        build.builder.findings.error(
          'MAPPING_UNKNOWN_NAME',
          `the choice ${name} has no option ${JSON.stringify(one)}.${near}`,
          [...path, 'choice', name],
        );
      }
    }
    const holds = value !== null && [wanted].flat().includes(value);
    tests.push(() => holds);
  }
  for (const [question, wanted] of Object.entries(spec.answer ?? {})) {
    if (!build.questions.has(question)) {
      const near = didYouMean(question, build.questions);
      build.builder.findings.error('MAPPING_UNKNOWN_NAME', `there is no question ${JSON.stringify(question)}.${near}`, [
        ...path,
        'answer',
        question,
      ]);
    }
    const answers = [wanted].flat();
    tests.push((scope) => {
      const answer = scope.answer(question);
      return answer !== null && answers.includes(answer);
    });
  }
  tests.push(...columnTests(build, spec, path));
  const all = (spec.all ?? []).map((inner, index) => compileCondition(build, inner, [...path, 'all', index]));
  tests.push(...all);
  if (spec.any !== undefined) {
    const any = spec.any.map((inner, index) => compileCondition(build, inner, [...path, 'any', index]));
    tests.push((scope) => any.some((test) => test(scope)));
  }
  if (spec.not !== undefined) {
    const not = compileCondition(build, spec.not, [...path, 'not']);
    tests.push((scope) => !not(scope));
  }
  if (tests.length === 0 && spec.column === undefined && spec.matches === undefined)
    build.builder.findings.error('MAPPING_INVALID', 'a condition that says nothing', path);
  return (scope) => tests.every((test) => test(scope));
}

function columnTests(build: ObjectBuild, spec: Condition, path: Path): readonly Test[] {
  const { column, equals, empty, filled, contains } = spec;
  const asked =
    equals !== undefined ||
    spec.in !== undefined ||
    empty ||
    filled ||
    contains !== undefined ||
    spec.matches !== undefined;
  if (column === undefined) {
    if (asked)
      build.builder.findings.error(
        'MAPPING_INVALID',
        'the condition does not say which column it is about',
        path,
        'Add `column`.',
      );
    return [];
  }
  if (!asked)
    build.builder.findings.error(
      'MAPPING_INVALID',
      `the condition does not say what ${column} must be`,
      path,
      'Add equals, in, empty, filled, contains or matches.',
    );
  checkColumn(build, column, [...path, 'column']);
  const tests: Test[] = [];
  const text = (scope: Scope): string => asText(scope.raw(column)).trim();
  if (empty) tests.push((scope) => isEmpty(scope.raw(column)));
  if (filled) tests.push((scope) => !isEmpty(scope.raw(column)));
  if (equals !== undefined) tests.push((scope) => text(scope) === String(equals).trim());
  if (spec.in !== undefined) {
    const words = new Set(build.builder.words(spec.in, [...path, 'in']).map((word) => word.trim()));
    tests.push((scope) => words.has(text(scope)));
  }
  if (contains !== undefined) {
    tests.push((scope) => {
      const raw = scope.raw(column);
      return Array.isArray(raw)
        ? (raw as readonly Value[]).some((element) => asText(element).trim() === contains)
        : asText(raw).includes(contains);
    });
  }
  if (spec.matches !== undefined) {
    const expression = expressionOf(spec.matches);
    if (expression === null)
      build.builder.findings.error('MAPPING_INVALID', `${JSON.stringify(spec.matches)} is not a regular expression`, [
        ...path,
        'matches',
      ]);
    else tests.push((scope) => expression.test(text(scope)));
  }
  return tests;
}

function expressionOf(source: string): RegExp | null {
  const ignoring = source.startsWith('(?i)');
  try {
    return new RegExp(ignoring ? source.slice(4) : source, ignoring ? 'iu' : 'u');
  } catch {
    return null;
  }
}
