import type { TwentyFieldType } from '../twenty/model.ts';
import { type FieldRule, type FieldSpec, type MappingFile, type OptionSpec, restOf } from './file.ts';
import type { Findings, Path } from './finding.ts';
import { type OptionSet, optionSet } from './options.ts';
import type { ResolvedObjects } from './resolve.ts';
import { sharedField } from './shared-fields.ts';
import type { Stages } from './stages.ts';

/** A field that the mapping makes where it is missing: everything that several rules say about it, joined. */
export interface FieldPlan {
  readonly object: string;
  readonly field: string;
  readonly type: TwentyFieldType;
  readonly spec: FieldSpec;
  readonly options: readonly OptionSpec[];
  readonly because: string;
  readonly path: Path;
}

/** Why a field is wanted that stands in `provision.fields`. */
export const DECLARED = 'provision.fields';

/** Fields by `object.field`. */
export type FieldPlans = ReadonlyMap<string, FieldPlan>;

export function planFields(
  file: MappingFile,
  objects: ResolvedObjects,
  stages: Stages | null,
  findings: Findings,
): FieldPlans {
  const plans = new Map<string, FieldPlan>();
  const want = (object: string, field: string, given: 'shared' | FieldSpec, because: string, path: Path): void => {
    const plan = resolve(object, field, given, because, path, findings);
    if (plan === null) return;
    const key = `${object}.${field}`;
    const present = plans.get(key);
    plans.set(key, present === undefined ? plan : join(present, plan, findings));
  };
  for (const [key, given] of Object.entries(file.provision?.fields ?? {})) {
    const [object = '', field = ''] = key.split('.');
    want(object, field, given, DECLARED, ['provision', 'fields', key]);
  }
  if (stages?.pipelineField !== null && stages?.pipelineField !== undefined) {
    const [object = '', field = ''] = stages.pipelineField.split('.');
    want(object, field, { type: 'SELECT', label: 'Pipeline', options: stages.pipelines.all.map(asSpec) }, 'pipelines', [
      'pipelines',
      'pipeline',
    ]);
  }
  for (const { target, create, field, because, path } of creations(objects)) want(target, field, create, because, path);
  if (file.review !== undefined) {
    const targets = file.review.objects ?? [
      ...new Set([...objects.moved.values()].map((object) => object.spec.target)),
    ];
    for (const object of targets) {
      want(object, file.review.mark, { ...sharedOr(object, file.review.mark, 'BOOLEAN'), type: 'BOOLEAN' }, 'review', [
        'review',
      ]);
      if (file.review.reason !== undefined) {
        want(object, file.review.reason, { ...sharedOr(object, file.review.reason, 'TEXT'), type: 'TEXT' }, 'review', [
          'review',
        ]);
      }
    }
  }
  return plans;
}

function sharedOr(object: string, field: string, type: 'BOOLEAN' | 'TEXT'): FieldSpec {
  return sharedField(object, field) ?? { type };
}

function asSpec(option: { readonly source: string; readonly desired: { readonly value: string } }): OptionSpec {
  return { label: option.source, value: option.desired.value };
}

/** The options of a field as far as the mapping knows them: what it creates, or the stages. */
export function optionsOf(plans: FieldPlans, stages: Stages | null, object: string, field: string): OptionSet | null {
  const key = `${object}.${field}`;
  if (stages?.stageField === key) return stages.options;
  if (stages?.pipelineField === key) return stages.pipelines;
  const plan = plans.get(key);
  return plan === undefined || plan.options.length === 0 ? null : optionSet(plan.options);
}

interface Creation {
  readonly target: string;
  readonly field: string;
  readonly create: 'shared' | FieldSpec;
  readonly because: string;
  readonly path: Path;
}

/** Every `create`, and every text field that takes unreadable values. */
function* creations(objects: ResolvedObjects): Generator<Creation> {
  for (const { name, spec, path } of objects.moved.values()) {
    yield* ofRules(spec.target, spec.fields, name, [...path, 'fields']);
    for (const [index, owner] of (spec.owners ?? []).entries()) {
      if (owner.create === undefined) continue;
      const field = owner.to.replace(/Id$/, '');
      yield {
        target: spec.target,
        field,
        create: owner.create,
        because: `${name}, owner`,
        path: [...path, 'owners', index],
      };
    }
    for (const [index, child] of (spec.children ?? []).entries()) {
      yield* ofRules(child.target, child.fields ?? [], `${name}, ${child.name}`, [
        ...path,
        'children',
        index,
        'fields',
      ]);
    }
    for (const [index, link] of (spec.links ?? []).entries()) {
      const fallbacks = Array.isArray(link.otherwise) ? link.otherwise : [link.otherwise];
      for (const [place, fallback] of fallbacks.entries()) {
        const placeholder = typeof fallback === 'string' ? undefined : fallback.placeholder;
        const target = placeholder === undefined ? undefined : objects.moved.get(placeholder.object)?.spec.target;
        if (placeholder === undefined || target === undefined) continue;
        const at = [
          ...path,
          'links',
          index,
          'otherwise',
          ...(Array.isArray(link.otherwise) ? [place] : []),
          'placeholder',
          'fields',
        ];
        yield* ofRules(target, placeholder.fields, `${name}, placeholder`, at);
      }
    }
  }
}

function* ofRules(target: string, rules: readonly FieldRule[], because: string, path: Path): Generator<Creation> {
  for (const [index, rule] of rules.entries()) {
    const [field = ''] = rule.to.split('.');
    const columns = rule.from === undefined ? '' : ` ${[rule.from].flat().join(', ')}`;
    if (rule.create !== undefined)
      yield { target, field, create: rule.create, because: `${because}${columns}`, path: [...path, index, 'to'] };
    const rest = restOf(rule.merging);
    if (rest !== null) {
      const text = sharedField(target, rest) ?? { type: 'TEXT' as const };
      const why = `${because}${columns}, what a merged row has no room for`;
      yield { target, field: rest, create: text, because: why, path: [...path, index, 'merging'] };
    }
    if (typeof rule.onInvalid === 'object') {
      const text = sharedField(target, rule.onInvalid.text) ?? { type: 'TEXT' as const };
      yield {
        target,
        field: rule.onInvalid.text,
        create: text,
        because: `${because}${columns}, unreadable values`,
        path: [...path, index, 'onInvalid'],
      };
    }
  }
}

function resolve(
  object: string,
  field: string,
  given: 'shared' | FieldSpec,
  because: string,
  path: Path,
  findings: Findings,
): FieldPlan | null {
  const shared = sharedField(object, field);
  if (given === 'shared' && shared === null) {
    findings.error(
      'MAPPING_UNKNOWN_FIELD',
      `${object}.${field} is not among the shared fields`,
      path,
      'Give type and label instead of `shared`; docs/guide/mapping.md lists the shared fields.',
    );
    return null;
  }
  const own = given === 'shared' ? {} : given;
  const type = own.type ?? shared?.type;
  if (type === undefined) {
    findings.error(
      'MAPPING_INVALID',
      `${object}.${field} is to be created, but has no type`,
      path,
      'Add `type`, such as TEXT.',
    );
    return null;
  }
  if (shared?.type !== undefined && shared.type !== type) {
    findings.error(
      'MAPPING_CONFLICT',
      `${object}.${field} is a shared field of type ${shared.type}, not ${type}`,
      path,
      'Take the shared type, or another name: all sources of a workspace use this one alike.',
    );
    return null;
  }
  const spec: FieldSpec = { ...shared, ...own, type };
  if (type === 'RELATION' && spec.target === undefined) {
    findings.error(
      'MAPPING_INVALID',
      `the relation ${object}.${field} does not say its target`,
      path,
      'Add `target` and `reverse`.',
    );
    return null;
  }
  return { object, field, type, spec, options: [...(shared?.options ?? []), ...(own.options ?? [])], because, path };
}

function join(a: FieldPlan, b: FieldPlan, findings: Findings): FieldPlan {
  if (a.type !== b.type) {
    findings.error(
      'MAPPING_CONFLICT',
      `${a.object}.${a.field} is created as ${a.type} (${a.because}) and as ${b.type} (${b.because})`,
      b.path,
    );
    return a;
  }
  const known = new Set(a.options.map(labelOf));
  const options = [...a.options, ...b.options.filter((option) => !known.has(labelOf(option)))];
  return {
    ...a,
    spec: { ...b.spec, ...a.spec },
    options,
    because: a.because === b.because ? a.because : `${a.because}; ${b.because}`,
  };
}

function labelOf(option: OptionSpec): string {
  return typeof option === 'string' ? option : option.label;
}
