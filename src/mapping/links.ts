import type { TwentyFields } from '../twenty/model.ts';
import { compileCondition, type Test } from './conditions.ts';
import type { AttemptSpec, FallbackSpec, LinkSpec, PlaceholderSpec } from './file.ts';
import type { Path } from './finding.ts';
import type { LinkAttempt, LinkFallback, LinkRequest } from './model.ts';
import type { Notes } from './outcome.ts';
import { compileFields } from './rules.ts';
import type { Scope } from './scope.ts';
import { compileShort, type ObjectBuild } from './sources.ts';
import { didYouMean } from './suggest.ts';
import { foldKey } from './values.ts';

/** The relations of a record: what to try, in order. `columns` are all that any attempt may write. */
export interface LinksProgram {
  readonly columns: readonly string[];
  run(scope: Scope, notes: Notes): readonly LinkRequest[];
}

export function compileLinks(
  build: ObjectBuild,
  specs: readonly LinkSpec[],
  twentyObject: string,
  path: Path,
  children: ReadonlySet<string>,
  inChild: boolean,
): LinksProgram {
  const columns = new Set<string>();
  const links = specs.map((spec, index) => {
    const at = [...path, index];
    const when = compileCondition(build, spec.when, [...at, 'when']);
    const attempts = spec.attempts.flatMap((attempt, place) => {
      const ready = compileAttempt(build, spec.name, attempt, twentyObject, [...at, 'attempts', place], children);
      columns.add(attempt.to);
      return ready === null ? [] : [ready];
    });
    const many = Array.isArray(spec.otherwise);
    const fallbacks = (Array.isArray(spec.otherwise) ? spec.otherwise : [spec.otherwise]).map((fallback, place) =>
      compileFallback(
        build,
        fallback,
        spec.name,
        twentyObject,
        many ? [...at, 'otherwise', place] : [...at, 'otherwise'],
        inChild,
        columns,
      ),
    );
    return { spec, when, attempts, fallbacks };
  });
  return {
    columns: [...columns],
    run: (scope, notes) =>
      links
        .filter((link) => link.when(scope))
        .map(({ spec, attempts, fallbacks }) => ({
          name: spec.name,
          attempts: attempts.flatMap((attempt) => attempt(scope) ?? []),
          otherwise: fallbacks.map((fallback) => fallback(scope, notes)).find((found) => found !== null) ?? {
            kind: 'leave',
          },
        })),
  };
}

type Attempt = (scope: Scope) => LinkAttempt | null;

function compileAttempt(
  build: ObjectBuild,
  link: string,
  spec: AttemptSpec,
  twentyObject: string,
  path: Path,
  children: ReadonlySet<string>,
): Attempt | null {
  const { builder } = build;
  const when = compileCondition(build, spec.when, [...path, 'when']);
  const wrong = (message: string): null => {
    builder.findings.error(
      'MAPPING_INVALID',
      message,
      path,
      'Give `object` with `id`, `object` with `index` and `value`, or `child`.',
    );
    return null;
  };
  if (spec.child !== undefined) return compileChildAttempt(build, spec, spec.child, children, when, path);
  if (spec.object === undefined) return wrong('an attempt names the object it looks for');
  const object = spec.object;
  builder.links.push({
    object: build.object,
    towards: object,
    link: spec.link ?? null,
    index: spec.index ?? null,
    path: [...path, 'object'],
  });
  if (spec.link === undefined) {
    builder.relations.push({
      object: build.object,
      twentyObject,
      column: spec.to,
      towards: { source: object },
      path: [...path, 'to'],
    });
  }
  const label = spec.label ?? describe(link, spec);
  if (spec.id !== undefined && spec.index === undefined) {
    const read = compileShort(build, spec.id, [...path, 'id']);
    const shared = builder.sharedObjects.has(object);
    const through = spec.link;
    return (scope) => {
      const id = when(scope) ? read(scope) : '';
      if (id === '') return null;
      const base = { column: spec.to, label, object, id: shared ? foldKey(id) : id };
      return through === undefined ? { ...base, by: 'id' } : { ...base, by: 'through', link: through };
    };
  }
  if (spec.index === undefined || spec.value === undefined || spec.id !== undefined)
    return wrong('an attempt looks either by `id`, or by `index` and `value`');
  const read = compileShort(build, spec.value, [...path, 'value']);
  const { index } = spec;
  const among = spec.among ?? 'only';
  const through = spec.link;
  return (scope) => {
    const value = when(scope) ? foldKey(read(scope)) : '';
    if (value === '') return null;
    const base = { column: spec.to, label, object, index, value, among };
    return through === undefined ? { ...base, by: 'lookup' } : { ...base, by: 'through-lookup', link: through };
  };
}

function compileChildAttempt(
  build: ObjectBuild,
  spec: AttemptSpec,
  child: string,
  children: ReadonlySet<string>,
  when: Test,
  path: Path,
): Attempt {
  if (!children.has(child)) {
    const near = didYouMean(child, children);
    build.builder.findings.error('MAPPING_UNKNOWN_NAME', `there is no child ${JSON.stringify(child)}.${near}`, [
      ...path,
      'child',
    ]);
  }
  const label = spec.label ?? `the ${child} of the record`;
  return (scope) => {
    if (!when(scope)) return null;
    const name = scope.item === null ? child : itemName(child, scope.item);
    return { column: spec.to, label, by: 'id', object: build.object, id: `${scope.view.id}>${name}` };
  };
}

/** `topic:vip` */
export function itemName(child: string, item: string): string {
  return `${child}:${foldKey(item)}`;
}

function describe(link: string, spec: AttemptSpec): string {
  const found = spec.index === undefined ? `${spec.object} by id` : `${spec.object} by ${spec.index}`;
  return spec.link === undefined ? `${link}: ${found}` : `${link}: ${spec.link} of the ${found}`;
}

type Fallback = (scope: Scope, notes: Notes) => LinkFallback | null;

function compileFallback(
  build: ObjectBuild,
  spec: FallbackSpec,
  link: string,
  twentyObject: string,
  path: Path,
  inChild: boolean,
  columns: Set<string>,
): Fallback {
  const given = typeof spec === 'string' ? { [spec]: spec === 'hold' ? `no ${link} was found` : true } : spec;
  const { when, hold, leave, skip, placeholder } = given as Exclude<FallbackSpec, string>;
  const test = compileCondition(build, when, [...path, 'when']);
  const ways = [hold, leave, skip, placeholder].filter((way) => way !== undefined).length;
  if (ways !== 1)
    build.builder.findings.error('MAPPING_INVALID', 'say exactly one of hold, leave, skip and placeholder', path);
  if (skip !== undefined && !inChild) {
    build.builder.findings.error(
      'MAPPING_INVALID',
      '`skip` is for links of children: a record itself is held or left unlinked',
      path,
    );
  }
  if (placeholder !== undefined) {
    columns.add(placeholder.to);
    const make = compilePlaceholder(build, placeholder, twentyObject, [...path, 'placeholder']);
    return (scope, notes) => (test(scope) ? make(scope, notes) : null);
  }
  const fixed: LinkFallback =
    hold !== undefined ? { kind: 'hold', reason: hold } : skip !== undefined ? { kind: 'skip' } : { kind: 'leave' };
  return (scope) => (test(scope) ? fixed : null);
}

function compilePlaceholder(
  build: ObjectBuild,
  spec: PlaceholderSpec,
  twentyObject: string,
  path: Path,
): (scope: Scope, notes: Notes) => LinkFallback {
  const { builder } = build;
  const target = builder.objects.moved.get(spec.object)?.spec.target;
  if (target === undefined) {
    const near = didYouMean(spec.object, builder.objects.moved.keys());
    builder.findings.error(
      'MAPPING_LINK_UNMAPPED',
      `a placeholder stands for a record of ${JSON.stringify(spec.object)}, which is not mapped.${near}`,
      [...path, 'object'],
    );
    return () => ({ kind: 'leave' });
  }
  builder.relations.push({
    object: build.object,
    twentyObject,
    column: spec.to,
    towards: { twenty: target },
    path: [...path, 'to'],
  });
  const key = compileShort(build, spec.key, [...path, 'key']);
  const shared = typeof spec.key !== 'string' && spec.key.value !== undefined;
  const fields = compileFields(build, spec.fields, target, [...path, 'fields']);
  return (scope, notes) => {
    const value = foldKey(key(scope));
    if (value === '') return { kind: 'leave' };
    return {
      kind: 'placeholder',
      column: spec.to,
      placeholder: {
        name: `${spec.object}/${shared ? 'shared' : 'name'}/${value}`,
        object: spec.object,
        target,
        fields: fields(scope, notes) as TwentyFields,
      },
    };
  };
}
