import type {
  DesiredField,
  DesiredModel,
  DesiredObject,
  DesiredOption,
  DesiredOptions,
  DesiredView,
} from '../twenty/desired.ts';
import { fieldName } from '../twenty/names.ts';
import type { Builder } from './builder.ts';
import { DECLARED, type FieldPlan } from './field-plans.ts';
import { optionSet } from './options.ts';

/** Types that hold options. */
const WITH_OPTIONS: ReadonlySet<string> = new Set(['SELECT', 'MULTI_SELECT']);

/** What the workspace must have before the first record moves (ALL-5). The same mapping wants the same, in the same order. */
export function desiredModel(builder: Builder): DesiredModel {
  const unwritten = unwrittenObjects(builder);
  const fields = [...builder.plans.values()].filter((plan) => isWritten(builder, plan, unwritten)).map(desiredField);
  return {
    objects: desiredObjects(builder).filter(({ nameSingular }) => !unwritten.has(nameSingular)),
    fields,
    options: stageOptions(builder),
    synced: syncedObjects(builder),
    flagged: flaggedObjects(builder),
    views: [...pipelineViews(builder), ...reviewViews(builder)],
  };
}

/** Objects that the mapping would make and that, as its choices stand, no record becomes and no relation points at. */
function unwrittenObjects({ file, objects, relations, plans }: Builder): ReadonlySet<string> {
  const written = new Set<string>();
  for (const { spec } of objects.moved.values()) {
    written.add(spec.target);
    for (const child of spec.children ?? []) written.add(child.target);
  }
  for (const { twentyObject, column } of relations) {
    const target = plans.get(fieldOfColumn(twentyObject, column))?.spec.target;
    if (target !== undefined) written.add(target);
  }
  return new Set(Object.keys(file.provision?.objects ?? {}).filter((name) => !written.has(name)));
}

/** A relation that is declared beside the rules is wanted where a rule sets it; every other plan comes of a rule. */
function isWritten({ relations, writes }: Builder, plan: FieldPlan, unwritten: ReadonlySet<string>): boolean {
  if (unwritten.has(plan.object) || unwritten.has(plan.spec.target ?? '')) return false;
  if (plan.because !== DECLARED || plan.type !== 'RELATION') return true;
  const key = `${plan.object}.${plan.field}`;
  return (
    relations.some(({ twentyObject, column }) => fieldOfColumn(twentyObject, column) === key) ||
    writes.some(({ twentyObject, target }) => `${twentyObject}.${target.field}` === key)
  );
}

/** `note`, `ticketId` → `note.ticket`. */
function fieldOfColumn(object: string, column: string): string {
  return `${object}.${column.replace(/Id$/, '')}`;
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

/** What records of objects that say keep become: their rows are flagged once the source has deleted them. */
function flaggedObjects(builder: Builder): readonly string[] {
  const kept = [...builder.objects.moved.values()].filter(({ spec }) => spec.policies?.onDelete === 'keep');
  const targets = new Set(kept.map(({ spec }) => spec.target));
  targets.delete('workspaceMember');
  return [...targets].sort();
}

/** One for each pipeline, so that a team sees its own stages alone (ALL-8). One pipeline alone needs none. */
function pipelineViews({ stages, plans }: Builder): readonly DesiredView[] {
  const field = stages?.pipelineField ?? null;
  if (stages === null || field === null || stages.pipelines.all.length < 2) return [];
  const [object = '', name = ''] = field.split('.');
  const label = plans.get(field)?.spec.label ?? humanLabel(name);
  return stages.pipelines.all.map(({ desired }) => ({
    object,
    name: desired.label,
    filter: { label, is: desired.label },
    because: 'pipelines',
  }));
}

/** Of every object that can be marked: what waits for a person's look (ALL-10). */
function reviewViews({ file, plans }: Builder): readonly DesiredView[] {
  const mark = file.review?.mark;
  return [...plans.values()]
    .filter((plan) => plan.field === mark && plan.type === 'BOOLEAN')
    .map((plan) => {
      const label = plan.spec.label ?? humanLabel(plan.field);
      return { object: plan.object, name: label, filter: { label, is: 'true' }, because: 'review' };
    });
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
