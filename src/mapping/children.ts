import { parseRecordKey, recordKey } from '../core/identifiers.ts';
import type { TwentyFields } from '../twenty/model.ts';
import { compileCondition } from './conditions.ts';
import type { ChildSpec } from './file.ts';
import type { Path } from './finding.ts';
import { compileLinks, itemName } from './links.ts';
import type { ChildDraft } from './model.ts';
import type { Notes } from './outcome.ts';
import { parts } from './parts.ts';
import { compileFields } from './rules.ts';
import type { RecordScope } from './scope.ts';
import { compileShort, compileSource, type ObjectBuild } from './sources.ts';
import { asText, BadValue, foldKey, isEmpty, type Value } from './values.ts';

export type ChildrenProgram = (scope: RecordScope, notes: Notes) => readonly ChildDraft[];

/** The records that exist only because of this one, in the order of the mapping: shared ones before those that point at them. */
export function compileChildren(
  build: ObjectBuild,
  specs: readonly ChildSpec[],
  twentyObject: string,
  path: Path,
): ChildrenProgram {
  const names = new Set(specs.map((spec) => spec.name));
  if (names.size < specs.length)
    build.builder.findings.error('MAPPING_CONFLICT', 'two children have the same name', path);
  const compiled = specs.map((spec, index) => compileChild(build, spec, twentyObject, [...path, index], names));
  return (scope, notes) => compiled.flatMap((child) => child(scope, notes));
}

function compileChild(
  build: ObjectBuild,
  spec: ChildSpec,
  twentyObject: string,
  path: Path,
  names: ReadonlySet<string>,
): ChildrenProgram {
  const { builder } = build;
  const when = compileCondition(build, spec.when, [...path, 'when']);
  const items = compileItems(build, spec, path);
  const inner: ObjectBuild = { ...build, each: spec.each !== undefined };
  const fields = compileFields(inner, spec.fields ?? [], spec.target, [...path, 'fields']);
  const links = compileLinks(inner, spec.links ?? [], spec.target, [...path, 'links'], names, true);
  const sharedKey = spec.shared === undefined ? null : compileShort(inner, spec.shared.key, [...path, 'shared', 'key']);
  const sharedObject = spec.shared?.object ?? '';
  if (spec.shared !== undefined && spec.parent !== undefined) {
    builder.findings.error('MAPPING_INVALID', 'a shared child belongs to several records, so it has no parent', [
      ...path,
      'parent',
    ]);
  }
  if (spec.parent !== undefined) {
    builder.relations.push({
      object: build.object,
      twentyObject: spec.target,
      column: spec.parent,
      towards: { twenty: twentyObject },
      path: [...path, 'parent'],
    });
  }
  const draft = (name: string, scope: RecordScope, notes: Notes): ChildDraft | null => {
    const key = sharedKey === null ? null : foldKey(sharedKey(scope));
    if (key === '') return null;
    const empty = Object.fromEntries(links.columns.map((column) => [column, null]));
    return {
      name,
      target: spec.target,
      fields: { ...empty, ...fields(scope, notes) } as TwentyFields,
      parentColumn: spec.parent ?? null,
      links: links.run(scope, notes),
      sharedKey: key === null ? null : recordKey(parseRecordKey(scope.view.key).source, sharedObject, key),
    };
  };
  return (scope, notes) => {
    if (!when(scope)) return [];
    if (items === null) return [draft(spec.name, scope, notes)].filter((child) => child !== null);
    return items(scope).flatMap((item) => draft(itemName(spec.name, item), scope.withItem(item), notes) ?? []);
  };
}

/** The elements of `each`: those of `only`, in its spelling, and none of `except`. Each one once. */
function compileItems(
  build: ObjectBuild,
  spec: ChildSpec,
  path: Path,
): ((scope: RecordScope) => readonly string[]) | null {
  const { each } = spec;
  if (each === undefined) return null;
  const at = [...path, 'each'];
  const source = compileSource(build, each, at);
  const spelling = (words: string | readonly string[], member: string): ReadonlyMap<string, string> =>
    new Map(build.builder.words(words, [...at, member]).map((word) => [foldKey(word), word]));
  const only = each.only === undefined ? null : spelling(each.only, 'only');
  const except = each.except === undefined ? new Map<string, string>() : spelling(each.except, 'except');
  return (scope) => {
    const found = new Map<string, string>();
    for (const element of elementsOf(source, scope)) {
      const folded = foldKey(element);
      const named = only === null ? element : only.get(folded);
      if (named !== undefined && !except.has(folded) && !found.has(folded)) found.set(folded, named);
    }
    return [...found.values()];
  };
}

/** The elements of a list, or the lines of a text, without the empty ones; none where it cannot be read. */
export function elementsOf(source: ReturnType<typeof compileSource>, scope: RecordScope): readonly string[] {
  try {
    const { value } = source.read(scope, () => undefined);
    if (Array.isArray(value))
      return (value as readonly Value[])
        .filter((element) => !isEmpty(element))
        .map((element) => asText(element).trim());
    return parts(value, /\n/);
  } catch (thrown) {
    if (thrown instanceof BadValue) return [];
    throw thrown;
  }
}
