import type { DesiredField, DesiredModel, DesiredObject, DesiredOption, DesiredOptions } from '../twenty/desired.ts';
import { fieldName } from '../twenty/names.ts';
import type { Builder } from './builder.ts';
import type { FieldPlan } from './field-plans.ts';
import { optionSet } from './options.ts';

/** Types that hold options. */
const WITH_OPTIONS: ReadonlySet<string> = new Set(['SELECT', 'MULTI_SELECT']);

/** What the workspace must have before the first record moves (ALL-5). The same mapping wants the same, in the same order. */
export function desiredModel(builder: Builder): DesiredModel {
  const fields = [...builder.plans.values()].map(desiredField);
  return { objects: desiredObjects(builder), fields, options: stageOptions(builder), synced: syncedObjects(builder) };
}

function desiredObjects(builder: Builder): readonly DesiredObject[] {
  return Object.entries(builder.file.provision?.objects ?? {}).map(([nameSingular, object]) => ({
    nameSingular,
    namePlural: object.plural,
    labelSingular: object.label,
    labelPlural: object.labelPlural,
    icon: object.icon ?? 'IconBox',
    description: object.description ?? '',
  }));
}

function desiredField(plan: FieldPlan): DesiredField {
  const { spec } = plan;
  const label = spec.label ?? humanLabel(plan.field);
  return {
    object: plan.object,
    name: plan.field,
    label,
    type: plan.type,
    because: plan.because,
    ...(spec.description === undefined ? {} : { description: spec.description }),
    ...(spec.unique === undefined ? {} : { isUnique: spec.unique }),
    ...(WITH_OPTIONS.has(plan.type) ? { options: distinct(optionSet(plan.options).desired) } : {}),
    ...(spec.settings === undefined ? {} : { settings: spec.settings }),
    ...(spec.default === undefined ? {} : { defaultValue: spec.default }),
    ...(plan.type === 'RELATION' && spec.target !== undefined
      ? { relation: { target: spec.target, reverseLabel: spec.reverse ?? reverseLabel(plan) } }
      : {}),
  };
}

/** The stages as options of a field that is there already: `opportunity.stage`. Existing options stay (twenty.md §5). */
function stageOptions(builder: Builder): readonly DesiredOptions[] {
  const { stages } = builder;
  if (stages === null || builder.plans.has(stages.stageField)) return [];
  const [object = '', field = ''] = stages.stageField.split('.');
  return [{ object, field, options: distinct(stages.options.desired), because: 'pipelines' }];
}

function syncedObjects(builder: Builder): readonly string[] {
  const targets = new Set<string>();
  for (const { spec } of builder.objects.moved.values()) {
    targets.add(spec.target);
    for (const child of spec.children ?? []) targets.add(child.target);
  }
  targets.delete('workspaceMember');
  return [...targets].sort();
}

/** Several labels may mean one value (merged stages): the option is wanted once. */
function distinct(options: readonly DesiredOption[]): readonly DesiredOption[] {
  return [...new Map([...options].reverse().map((option) => [option.value, option])).values()].reverse();
}

function reverseLabel(plan: FieldPlan): string {
  return `${humanLabel(plan.object)} ${humanLabel(plan.field).toLowerCase()}`;
}

/** `leadSource` → `Lead source`. */
export function humanLabel(name: string): string {
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
  return (words.charAt(0).toUpperCase() + words.slice(1)).slice(0, 63);
}

/** Whether a name would be changed by the rules for names: then the workspace would refuse it. */
export function isLegalField(name: string): boolean {
  return fieldName(name) === name;
}
