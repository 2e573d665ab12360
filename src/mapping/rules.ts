import type { Builder } from './builder.ts';
import { cleanText } from './clean.ts';
import { clear, put, type Target } from './composites.ts';
import { compileCondition, type Test } from './conditions.ts';
import type { FieldRule } from './file.ts';
import type { Path } from './finding.ts';
import { decimalOf } from './numbers.ts';
import type { OptionSet } from './options.ts';
import { Halt, type Notes } from './outcome.ts';
import type { Scope } from './scope.ts';
import { type CompiledSource, compileSource, type ObjectBuild } from './sources.ts';
import { didYouMean } from './suggest.ts';
import { asText, BadValue, isEmpty, NotAnOption, shown, type Value } from './values.ts';

const LONGEST_TEXT = 100_000;

/** The rules of one Twenty record, ready to run in order; later ones win where both give a value. */
export type FieldsProgram = (scope: Scope, notes: Notes) => Record<string, Value>;

export function compileFields(
  build: ObjectBuild,
  rules: readonly FieldRule[],
  twentyObject: string,
  path: Path,
): FieldsProgram {
  const compiled = rules.flatMap((rule, index) => {
    const ready = compileRule(build, rule, twentyObject, [...path, index]);
    return ready === null ? [] : [ready];
  });
  return (scope, notes) => {
    const fields: Record<string, Value> = {};
    for (const rule of compiled) if (rule.when(scope)) rule.run(scope, notes, fields);
    return fields;
  };
}

interface CompiledRule {
  readonly when: Test;
  run(scope: Scope, notes: Notes, fields: Record<string, Value>): void;
}

type EmptyPolicy = 'clear' | 'leave' | 'default';
type InvalidPolicy = 'refuse' | 'leave' | 'hold' | { readonly text: string };

interface Ready {
  readonly to: string;
  readonly target: Target;
  readonly source: CompiledSource;
  readonly fallback: Value;
  readonly onEmpty: EmptyPolicy;
  readonly onNull: EmptyPolicy;
  readonly onInvalid: InvalidPolicy;
  readonly maxText: number;
}

function compileRule(build: ObjectBuild, rule: FieldRule, twentyObject: string, path: Path): CompiledRule | null {
  const { builder } = build;
  const [field = ''] = rule.to.split('.');
  const options = builder.options(twentyObject, field);
  const when = compileCondition(build, rule.when, [...path, 'when']);
  const source = compileSource(build, rule, path, options);
  const kind = source.kind === 'constant' ? 'any' : source.kind;
  const target = builder.target(rule.to, kind, twentyObject, [...path, 'to']);
  if (target === null) return null;
  const constant = source.kind === 'constant' && source.steps.length === 0;
  const named = constant ? namedOption(builder, rule.value as Value, options, [...path, 'value']) : null;
  const fallback =
    rule.default === undefined ? null : namedOption(builder, rule.default as Value, options, [...path, 'default']);
  const onEmpty =
    rule.onEmpty ?? (rule.default === undefined ? (builder.file.defaults?.onEmpty ?? 'clear') : 'default');
  if ((onEmpty === 'default' || rule.onNull === 'default') && rule.default === undefined) {
    builder.findings.error(
      'MAPPING_INVALID',
      `${rule.to} is to take its default, but has none`,
      path,
      'Add `default`.',
    );
  }
  const ready: Ready = {
    to: rule.to,
    target,
    source: constant ? { ...source, read: () => ({ value: named, missing: false }) } : source,
    fallback,
    onEmpty,
    onNull: rule.onNull ?? onEmpty,
    onInvalid: rule.onInvalid ?? builder.file.defaults?.onInvalid ?? 'refuse',
    maxText: builder.file.defaults?.maxText ?? LONGEST_TEXT,
  };
  builder.writes.push({
    object: build.object,
    twentyObject,
    to: rule.to,
    target,
    kind: source.kind,
    columns: source.columns,
    steps: source.steps,
    constants: [...(constant && named !== null ? [named] : []), ...(rule.default === undefined ? [] : [fallback])],
    clears: !constant && (ready.onEmpty === 'clear' || ready.onNull === 'clear'),
    created: builder.plans.has(`${twentyObject}.${field}`),
    path: [...path, 'to'],
  });
  if (typeof ready.onInvalid === 'object') recordText(build, twentyObject, ready.onInvalid.text, source, path);
  return { when, run: (scope, notes, fields) => runRule(ready, scope, notes, fields) };
}

/** The raw text of unreadable values is written too: it counts as a field of the mapping. */
function recordText(build: ObjectBuild, twentyObject: string, text: string, source: CompiledSource, path: Path): void {
  build.builder.writes.push({
    object: build.object,
    twentyObject,
    to: text,
    target: { field: text, part: null, composite: null },
    kind: 'text',
    columns: source.columns,
    steps: [],
    constants: [],
    clears: true,
    created: true,
    path: [...path, 'onInvalid'],
  });
}

/** A constant of a field whose options the mapping knows may be written as the label. */
function namedOption(builder: Builder, value: Value, options: OptionSet | null, path: Path): Value {
  if (options === null || isEmpty(value)) return value;
  if (Array.isArray(value))
    return (value as readonly Value[]).map((element) => namedOption(builder, element, options, path));
  const option = options.find(asText(value));
  if (option !== null) return option.desired.value;
  const known = options.all.map((one) => one.source);
  builder.findings.error(
    'MAPPING_UNKNOWN_OPTION',
    `${JSON.stringify(value)} is none of the options.${didYouMean(asText(value), known)}`,
    path,
  );
  return value;
}

function runRule(rule: Ready, scope: Scope, notes: Notes, fields: Record<string, Value>): void {
  const textField = typeof rule.onInvalid === 'object' ? rule.onInvalid.text : null;
  if (textField !== null && fields[textField] === undefined) fields[textField] = null;
  const losses: (() => void)[] = [];
  let value: Value;
  let missing = false;
  try {
    const read = rule.source.read(scope, (kind, before, after) =>
      losses.push(() => notes.lose(rule.to, kind, before, after)),
    );
    value = read.value;
    missing = read.missing;
  } catch (thrown) {
    const rest = invalid(rule, thrown, scope, notes, fields);
    if (isEmpty(rest)) {
      clear(fields, rule.target);
      return;
    }
    value = rest;
  }
  for (const loss of losses) loss();
  if (!isEmpty(value)) {
    put(fields, rule.target, toTwenty(value, rule, notes));
    return;
  }
  switch (missing ? rule.onNull : rule.onEmpty) {
    case 'clear':
      clear(fields, rule.target);
      return;
    case 'leave':
      return;
    case 'default':
      put(fields, rule.target, toTwenty(rule.fallback, rule, notes));
  }
}

/** What becomes of a value that cannot be read; gives what is left of it. */
function invalid(rule: Ready, thrown: unknown, scope: Scope, notes: Notes, fields: Record<string, Value>): Value {
  if (thrown instanceof NotAnOption) return unknownOption(rule, thrown, scope, notes, fields);
  if (!(thrown instanceof BadValue)) throw thrown;
  if (rule.onInvalid === 'refuse') {
    throw new Halt({ kind: 'refused', field: rule.to, code: thrown.code, reason: thrown.message });
  }
  if (rule.onInvalid === 'hold') {
    const id = `value/${rule.to}`;
    if (scope.view.answers?.[id] !== 'leave') {
      const question = `${thrown.message}. Leave ${rule.to} empty, or wait until the source has it right?`;
      throw new Halt({
        kind: 'question',
        question: { id, queue: 'record', question, choices: ['leave', 'wait'], blocking: true },
      });
    }
  }
  keepText(rule, thrown.value, notes, fields);
  return thrown.rest;
}

function unknownOption(
  rule: Ready,
  thrown: NotAnOption,
  scope: Scope,
  notes: Notes,
  fields: Record<string, Value>,
): Value {
  const id = `option/${rule.to}/${thrown.value}`;
  if (thrown.policy === 'refuse') {
    throw new Halt({ kind: 'refused', field: rule.to, code: 'MAPPING_OPTION_NOT_LISTED', reason: thrown.message });
  }
  if (thrown.policy === 'hold' && scope.view.answers?.[id] !== 'leave') {
    const question = `${JSON.stringify(shown(thrown.value))} is none of the options of ${rule.to}. Leave it empty, or wait until the mapping lists it?`;
    throw new Halt({
      kind: 'question',
      question: { id, queue: 'schema', question, choices: ['leave', 'wait'], blocking: true },
    });
  }
  keepText(rule, thrown.value, notes, fields);
  return null;
}

function keepText(rule: Ready, text: string, notes: Notes, fields: Record<string, Value>): void {
  if (typeof rule.onInvalid === 'object') {
    const present = fields[rule.onInvalid.text];
    fields[rule.onInvalid.text] = typeof present === 'string' ? `${present}; ${text}` : text;
    notes.lose(rule.to, 'retyped', text, text);
    return;
  }
  notes.lose(rule.to, 'dropped', text, null);
}

/** The value as it is sent: storable, within limits, numbers as numbers. What that takes away is listed. */
function toTwenty(value: Value, rule: Ready, notes: Notes): Value {
  if (typeof value === 'string') {
    if (rule.source.kind === 'decimal') return asNumber(value, rule, notes);
    const cleaned = cleanText(value, rule.maxText);
    if (cleaned.stripped > 0) notes.lose(rule.to, 'dropped', value, cleaned.text);
    if (cleaned.truncated) notes.lose(rule.to, 'truncated', value, cleaned.text);
    return cleaned.text;
  }
  if (Array.isArray(value)) return (value as readonly Value[]).map((element) => toTwenty(element, rule, notes));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, toTwenty(member as Value, rule, notes)]),
    );
  }
  return value;
}

function asNumber(decimal: string, rule: Ready, notes: Notes): number {
  const number = Number(decimal);
  const exact = decimalOf(number);
  if (exact === null || Number(exact) !== number || exact.replace('-', '') !== canonical(decimal))
    notes.lose(rule.to, 'rounded', decimal, number);
  return number;
}

function canonical(decimal: string): string {
  const plain = decimal.replace('-', '');
  return plain.includes('.') ? plain.replace(/\.?0+$/, '') : plain;
}
