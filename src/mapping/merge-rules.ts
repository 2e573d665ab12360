import type { Builder } from './builder.ts';
import type { MergingSpec, ObjectSpec } from './file.ts';
import type { Path } from './finding.ts';
import type { MergeRule } from './model.ts';
import { didYouMean } from './suggest.ts';

/** A line of the mapping that fills a field of a row that several records may share, and what it says of that. */
interface Line {
  readonly field: string;
  readonly said: MergingSpec | undefined;
  readonly path: Path;
}

/**
 * Whose value a field of a row of several records has, by field or relation column; a field that no line speaks of has
 * the first value. Two lines of one field (first and last name) are merged as one, and must say the same.
 */
export function compileMergeRules(builder: Builder, spec: ObjectSpec, path: Path): ReadonlyMap<string, MergeRule> {
  const rules = new Map<string, MergeRule>();
  for (const { field, said, path: at } of linesOf(spec, path)) {
    if (said === undefined) continue;
    const rule = ruleOf(said);
    if (rule.kind === 'prefer') checkObjects(builder, spec, rule.objects, at);
    const known = rules.get(field);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(rule)) {
      builder.findings.error(
        'MAPPING_CONFLICT',
        `two lines of ${field} say differently which record's value a shared row has`,
        at,
        'A field is merged as a whole: give all its lines the same `merging`.',
      );
    }
    rules.set(field, rule);
  }
  refuseInRows(builder, spec, path);
  return rules;
}

function ruleOf(said: MergingSpec): MergeRule {
  if (typeof said !== 'string')
    return 'rest' in said ? { kind: 'all', rest: said.rest } : { kind: 'prefer', objects: said.prefer };
  return said === 'all' ? { kind: 'all', rest: null } : { kind: said };
}

function linesOf(spec: ObjectSpec, path: Path): readonly Line[] {
  return [
    ...spec.fields.map(({ to, merging }, index) => ({
      field: to.split('.')[0] ?? to,
      said: merging,
      path: [...path, 'fields', index, 'merging'],
    })),
    ...(spec.owners ?? []).map(({ to, merging }, index) => ({
      field: to,
      said: merging,
      path: [...path, 'owners', index, 'merging'],
    })),
    ...(spec.links ?? []).flatMap(({ attempts, merging }, index) =>
      attempts.map(({ to }) => ({ field: to, said: merging, path: [...path, 'links', index, 'merging'] })),
    ),
  ];
}

/** Objects of other sources stand in other files: of those nothing is known here. */
function checkObjects(builder: Builder, spec: ObjectSpec, objects: readonly string[], path: Path): void {
  const known = [...builder.objects.moved.values()].filter((one) => one.spec.target === spec.target);
  const names = known.map(({ name }) => name);
  for (const object of objects) {
    const own = object.startsWith(`${builder.file.source}/`) ? object.slice(builder.file.source.length + 1) : object;
    if (own.includes('/') || names.includes(own)) continue;
    builder.findings.error(
      'MAPPING_UNKNOWN_NAME',
      `${JSON.stringify(object)} is no object that becomes a ${spec.target}.${didYouMean(own, names)}`,
      path,
      'An object of another source is named with it: source/object.',
    );
  }
}

/** A row that a record brings along is of that record alone: a rule would have no effect. */
function refuseInRows(builder: Builder, spec: ObjectSpec, path: Path): void {
  for (const [index, child] of (spec.children ?? []).entries()) {
    const at = [...path, 'children', index];
    const lines = [
      ...(child.fields ?? []).map(({ merging }, place) => ({ merging, path: [...at, 'fields', place, 'merging'] })),
      ...(child.links ?? []).map(({ merging }, place) => ({ merging, path: [...at, 'links', place, 'merging'] })),
    ];
    for (const line of lines) {
      if (line.merging === undefined) continue;
      builder.findings.error(
        'MAPPING_INVALID',
        `a row that a record brings along (${child.name}) is never shared`,
        line.path,
        'Leave `merging` out: it is for fields of the record itself.',
      );
    }
  }
}
