import type { DesiredField, DesiredOption, DesiredOptions } from './desired.ts';
import type { TwentyFieldType, WorkspaceField } from './model.ts';
import { fieldName, LONGEST_NAME, nameFault, OPTION_VALUE } from './names.ts';
import type { Draft } from './provision-draft.ts';
import { riskOf } from './provision-risk.ts';

/** Types the metadata API makes (twenty.md O6). */
const CREATABLE: ReadonlySet<TwentyFieldType> = new Set<TwentyFieldType>([
  'ACTOR',
  'ADDRESS',
  'ARRAY',
  'BOOLEAN',
  'CURRENCY',
  'DATE',
  'DATE_TIME',
  'EMAILS',
  'FILES',
  'FULL_NAME',
  'LINKS',
  'MULTI_SELECT',
  'NUMBER',
  'PHONES',
  'RATING',
  'RAW_JSON',
  'RELATION',
  'RICH_TEXT',
  'SELECT',
  'TEXT',
  'UUID',
]);

const RENAME = 'Give the field another name in the mapping.';

export function planField(draft: Draft, wanted: DesiredField): void {
  const { object, name } = wanted;
  if (!draft.knows(object)) {
    draft.conflict(
      object,
      name,
      `object "${object}" is not there, and nobody asks to make it`,
      'Check the name in the mapping.',
    );
    return;
  }
  const existing = draft.workspace.objects.get(object)?.fields.get(name);
  if (existing !== undefined) {
    compareField(draft, wanted, existing);
    return;
  }
  const faults = newFieldFaults(draft, wanted);
  for (const fault of faults) draft.conflict(object, name, fault, RENAME);
  if (faults.length === 0) draft.fields.push(wanted);
}

function newFieldFaults(draft: Draft, wanted: DesiredField): readonly string[] {
  const name = nameFault(wanted.name);
  if (name !== null) return [name];
  if (!CREATABLE.has(wanted.type)) return [`a field of type ${wanted.type} can't be made by the API`];
  if (columnsOf(draft, wanted.object).has(wanted.name)) return [`"${wanted.name}" is the column of a relation already`];
  if ((wanted.type === 'RELATION') !== (wanted.relation !== undefined)) {
    return [`${wanted.object}.${wanted.name}: a relation names its target, and nothing else does`];
  }
  if (wanted.relation !== undefined) return relationFaults(draft, wanted, wanted.relation);
  const selects = wanted.type === 'SELECT' || wanted.type === 'MULTI_SELECT';
  if (selects && (wanted.options ?? []).length === 0)
    return [`${wanted.object}.${wanted.name} needs at least one option`];
  return optionFaults(wanted.options ?? []);
}

function columnsOf(draft: Draft, object: string): ReadonlySet<string> {
  const fields = [...(draft.workspace.objects.get(object)?.fields.values() ?? [])];
  return new Set(fields.flatMap((field) => Object.values(field.relation?.columns ?? {})));
}

function relationFaults(
  draft: Draft,
  wanted: DesiredField,
  relation: NonNullable<DesiredField['relation']>,
): readonly string[] {
  if (!draft.knows(relation.target))
    return [`the target "${relation.target}" is not there, and nobody asks to make it`];
  const reverse = fieldName(relation.reverseLabel);
  const taken =
    draft.workspace.objects.get(relation.target)?.fields.has(reverse) === true ||
    (relation.target === wanted.object && reverse === wanted.name) ||
    draft.fields.some(
      (other) =>
        (other.object === relation.target && other.name === reverse) ||
        (other.relation?.target === relation.target && fieldName(other.relation.reverseLabel) === reverse),
    );
  return taken ? [`the other side, ${relation.target}.${reverse}, is taken: choose another reverse label`] : [];
}

/** A field that is there must be what is wanted; only options are added. */
function compareField(draft: Draft, wanted: DesiredField, existing: WorkspaceField): void {
  const found = difference(wanted, existing);
  if (found !== null) {
    draft.conflict(
      wanted.object,
      wanted.name,
      `${wanted.object}.${wanted.name} ${found.message}`,
      found.hint ?? RENAME,
    );
    return;
  }
  draft.present += 1;
  if (wanted.options !== undefined) addOptions(draft, wanted.object, existing, wanted.options, wanted.because);
}

interface Difference {
  readonly message: string;
  readonly hint?: string;
}

function difference(wanted: DesiredField, existing: WorkspaceField): Difference | null {
  if (existing.type !== wanted.type) return { message: `is there as ${existing.type}, and ${wanted.type} is wanted` };
  if (!existing.isActive) {
    return { message: 'is there but switched off', hint: 'Activate the field in the data model settings.' };
  }
  if (wanted.isUnique === true && !existing.isUnique) {
    const hint = 'Make it unique in the data model settings; that fails while values repeat.';
    return { message: 'is there but not unique', hint };
  }
  if (wanted.relation !== undefined) {
    const { relation } = existing;
    const fits = relation?.type === 'MANY_TO_ONE' && relation.targets.includes(wanted.relation.target);
    if (!fits) {
      return {
        message: `points at ${relation?.targets.join(', ') ?? 'nothing'}, and ${wanted.relation.target} is wanted`,
      };
    }
  }
  return numberDifference(wanted.settings?.dataType, existing.settings?.dataType ?? 'float');
}

/** A bigint column takes what an int one would. */
function numberDifference(wanted: unknown, found: unknown): Difference | null {
  if (wanted === undefined || wanted === found || (wanted === 'int' && found === 'bigint')) return null;
  return { message: `holds numbers of type ${String(found)}, and ${String(wanted)} is wanted` };
}

export function planOptions(draft: Draft, wanted: DesiredOptions): void {
  const planned = draft.fields.findIndex((field) => field.object === wanted.object && field.name === wanted.field);
  const field = draft.fields[planned];
  if (field !== undefined) {
    const more = missingOptions(field.options ?? [], wanted.options);
    draft.fields[planned] = { ...field, options: [...(field.options ?? []), ...more] };
    return;
  }
  const existing = draft.workspace.objects.get(wanted.object)?.fields.get(wanted.field);
  if (existing === undefined) {
    draft.conflict(
      wanted.object,
      wanted.field,
      `${wanted.object}.${wanted.field} is not there`,
      'Check the name in the mapping.',
    );
    return;
  }
  addOptions(draft, wanted.object, existing, wanted.options, wanted.because);
}

function addOptions(
  draft: Draft,
  object: string,
  existing: WorkspaceField,
  options: readonly DesiredOption[],
  because: string,
): void {
  if (existing.type !== 'SELECT' && existing.type !== 'MULTI_SELECT') {
    draft.conflict(object, existing.name, `${object}.${existing.name} is ${existing.type} and has no options`, RENAME);
    return;
  }
  const planned = draft.options.find((change) => change.object === object && change.field === existing.name);
  const known = [...(existing.options ?? []), ...(planned?.options ?? [])];
  const missing = missingOptions(known, options);
  draft.present += options.length - missing.length;
  for (const option of missing) {
    const twin = known.find((other) => other.label === option.label);
    if (twin === undefined) continue;
    draft.warnings.push(
      `${object}.${existing.name} has the label "${option.label}" under the value ${twin.value}; ${option.value} is added beside it`,
    );
  }
  const faults = optionFaults(missing);
  if (missing.length > 0 && (existing.options ?? []).some((option) => option.id === null)) {
    // Sent without ids they would be new ones, and stored values would be lost (twenty.md O6).
    faults.push(
      `the options of ${object}.${existing.name} have no ids, so none can be added without losing stored values`,
    );
  }
  for (const fault of faults)
    draft.conflict(object, existing.name, fault, 'Change the options in the mapping, or add them by hand.');
  if (missing.length === 0 || faults.length > 0) return;
  const change = {
    kind: 'add-options',
    object,
    field: existing.name,
    options: [...(planned?.options ?? []), ...missing],
    why: because,
    risk: riskOf({ kind: 'add-options', object, field: existing.name }),
  } as const;
  if (planned === undefined) draft.options.push(change);
  else draft.options.splice(draft.options.indexOf(planned), 1, change);
}

/** The options of `wanted` whose values are not known yet, each once. */
export function missingOptions(
  known: readonly { readonly value: string }[],
  wanted: readonly DesiredOption[],
): readonly DesiredOption[] {
  const values = new Set(known.map((option) => option.value));
  return wanted.filter((option) => {
    if (values.has(option.value)) return false;
    values.add(option.value);
    return true;
  });
}

export function optionFaults(options: readonly DesiredOption[]): string[] {
  const faults: string[] = [];
  const values = new Set<string>();
  for (const { value, label } of options) {
    if (!OPTION_VALUE.test(value) || value.length > LONGEST_NAME)
      faults.push(`"${value}" is no legal option value: UPPER_SNAKE, at most ${LONGEST_NAME} characters`);
    if (label === '' || label.length > LONGEST_NAME || label.includes(','))
      faults.push(`"${label}" is no legal option label: 1 to ${LONGEST_NAME} characters, no comma`);
    if (values.has(value)) faults.push(`the option value ${value} is given twice`);
    values.add(value);
  }
  return faults;
}
