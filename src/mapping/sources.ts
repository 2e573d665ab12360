import type { Builder } from './builder.ts';
import type { CellReader } from './cells.ts';
import type { ShortValue, ValueSource } from './file.ts';
import type { Path } from './finding.ts';
import type { OptionSet } from './options.ts';
import { runSteps } from './pipeline.ts';
import { PSEUDO_COLUMNS, type Scope } from './scope.ts';
import { didYouMean } from './suggest.ts';
import { compileTemplate } from './template-text.ts';
import type { BoundTransform, TransformContext } from './transforms/transform.ts';
import { asText, isEmpty, type Kind, type Value } from './values.ts';

/** What the rules of one object share. */
export interface ObjectBuild {
  readonly builder: Builder;
  /** The source object. */
  readonly object: string;
  readonly readers: ReadonlyMap<string, CellReader>;
  /** Whether `@item` is there. */
  readonly each: boolean;
  readonly questions: ReadonlySet<string>;
}

export interface Read {
  readonly value: Value;
  /** The source told null, not an empty text. */
  readonly missing: boolean;
}

/** A value source, ready to run. */
export interface CompiledSource {
  /** What comes out after the transforms, as far as it is known beforehand. */
  readonly kind: Kind | 'constant';
  readonly columns: readonly string[];
  readonly steps: readonly BoundTransform[];
  /** Throws a BadValue or NotAnOption. */
  read(scope: Scope, lose: TransformContext['lose']): Read;
}

export function compileSource(
  build: ObjectBuild,
  spec: ValueSource,
  path: Path,
  options: OptionSet | null = null,
): CompiledSource {
  const start = startOf(build, spec, path);
  const bound = build.builder.steps(spec, path);
  const steps = bound.map((entry) => entry.step);
  const kind = kindAfter(build, start.kind, bound);
  const context = build.builder.context(options);
  return {
    kind,
    columns: start.columns,
    steps,
    read: (scope, lose) => {
      const value = start.read(scope);
      return {
        value: steps.length === 0 ? value : runSteps(steps, value, { ...context, lose }),
        missing: isMissing(value),
      };
    },
  };
}

/** A column by its name, or a whole source; as text without spaces around it, empty where there is none. */
export function compileShort(build: ObjectBuild, spec: ShortValue, path: Path): (scope: Scope) => string {
  const source =
    typeof spec === 'string' ? compileSource(build, { from: spec }, path) : compileSource(build, spec, path);
  return (scope) => {
    const { value } = source.read(scope, () => undefined);
    return Array.isArray(value)
      ? asText((value as readonly Value[]).find((element) => !isEmpty(element)) ?? null).trim()
      : asText(value).trim();
  };
}

interface Start {
  readonly kind: Kind | 'constant';
  readonly columns: readonly string[];
  read(scope: Scope): Value;
}

function startOf(build: ObjectBuild, spec: ValueSource, path: Path): Start {
  const ways = [spec.from, spec.value, spec.template].filter((way) => way !== undefined).length;
  if (ways !== 1) {
    build.builder.findings.error(
      'MAPPING_INVALID',
      'a value comes from exactly one of `from`, `value` and `template`',
      path,
    );
  }
  if (spec.from !== undefined) return fromColumns(build, spec.from, [...path, 'from']);
  if (spec.template !== undefined) {
    const template = compileTemplate(spec.template);
    if (template === null) {
      build.builder.findings.error(
        'MAPPING_INVALID',
        'a brace of the template is not closed',
        [...path, 'template'],
        'Write {{ for a brace itself.',
      );
      return { kind: 'text', columns: [], read: () => null };
    }
    for (const column of template.columns) checkColumn(build, column, [...path, 'template']);
    return {
      kind: 'text',
      columns: template.columns,
      read: (scope) => template.fill((column) => asText(scope.raw(column)).trim()),
    };
  }
  const constant = (spec.value ?? null) as Value;
  return { kind: 'constant', columns: [], read: () => constant };
}

function fromColumns(build: ObjectBuild, from: string | readonly string[], path: Path): Start {
  if (typeof from === 'string') {
    checkColumn(build, from, path);
    return { kind: kindOfColumn(build, from), columns: [from], read: (scope) => scope.typed(from) };
  }
  from.forEach((column, index) => {
    checkColumn(build, column, [...path, index]);
  });
  return { kind: 'list', columns: from, read: (scope) => from.map((column) => scope.typed(column)) };
}

export function checkColumn(build: ObjectBuild, column: string, path: Path): void {
  if (!column.startsWith('@')) {
    build.builder.use(build.object, column, path);
    return;
  }
  if (column === '@item' && !build.each) {
    build.builder.findings.error('MAPPING_UNKNOWN_COLUMN', '@item is there only in a child with `each`', path);
  } else if (!(PSEUDO_COLUMNS as readonly string[]).includes(column)) {
    const near = didYouMean(column, PSEUDO_COLUMNS);
    build.builder.findings.error(
      'MAPPING_UNKNOWN_COLUMN',
      `there is no column ${JSON.stringify(column)}.${near}`,
      path,
    );
  }
}

function kindOfColumn(build: ObjectBuild, column: string): Kind {
  if (column === '@created' || column === '@modified') return 'timestamp';
  if (column.startsWith('@')) return 'text';
  return build.readers.get(column)?.kind ?? 'any';
}

/** The kind after the last transform; a transform that cannot take what comes to it is reported. */
function kindAfter(
  build: ObjectBuild,
  start: Kind | 'constant',
  steps: readonly { readonly step: BoundTransform; readonly path: Path }[],
): Kind | 'constant' {
  let kind = start;
  for (const { step, path } of steps) {
    const elements = kind === 'list' && !step.whole;
    if (kind !== 'any' && kind !== 'constant' && !elements && !step.takes.includes(kind)) {
      build.builder.findings.error(
        'MAPPING_TRANSFORM_TYPE',
        `${step.name} cannot take ${kind}, only ${step.takes.join(', ')}`,
        path,
      );
    }
    if (elements) continue;
    kind = step.gives === 'same' ? kind : step.gives;
  }
  return kind;
}

function isMissing(value: Value): boolean {
  return value === null || (Array.isArray(value) && value.every((element) => element === null));
}
