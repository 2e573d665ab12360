import type { DesiredField, DesiredModel, DesiredObject } from './desired.ts';
import type { Workspace } from './model.ts';
import { nameFault } from './names.ts';
import { Draft, type PlanOptions, type ProvisionPlan } from './provision-draft.ts';
import { missingOptions, planField, planOptions } from './provision-fields.ts';
import { deletionField, foreignError, foreignSyncFields, syncFields } from './sync-fields.ts';

/** What is missing in the workspace. Adds only: nothing is ever removed, renamed or retyped. Reads memory, makes no call. */
export function planProvision(
  workspace: Workspace,
  desired: DesiredModel,
  deployment: string,
  options: PlanOptions = {},
): ProvisionPlan {
  const draft = new Draft(workspace);
  for (const { object, owner } of foreignSyncFields(workspace, desired.synced, deployment)) {
    if (owner === 'unmarked' && options.adoptUnmarked === true) continue;
    const error = foreignError(object, owner);
    draft.conflict(object, null, error.message, error.hint, 'TWENTY_SYNC_FIELDS_FOREIGN');
  }
  for (const object of desired.objects) planObject(draft, object);
  const fields = mergeFields(draft, addedFields(desired, deployment));
  for (const field of fields) planField(draft, field);
  for (const wanted of desired.options) planOptions(draft, wanted);
  // Two sources may name a pipeline alike: it is one option, and one view.
  draft.views.push(...new Map((desired.views ?? []).map((view) => [`${view.object}/${view.name}`, view])).values());
  return draft.plan(deployment);
}

/** Every field that provisioning adds, there already or not; the sync fields first. */
export function addedFields(desired: DesiredModel, deployment: string): readonly DesiredField[] {
  return [
    ...desired.synced.flatMap((object) => syncFields(object, deployment)),
    ...(desired.flagged ?? []).map((object) => deletionField(object, deployment)),
    ...desired.fields,
  ];
}

function planObject(draft: Draft, wanted: DesiredObject): void {
  const { nameSingular, namePlural } = wanted;
  const existing = draft.workspace.objects.get(nameSingular);
  if (existing !== undefined) {
    if (existing.isActive) draft.present += 1;
    else
      draft.conflict(
        nameSingular,
        null,
        `object "${nameSingular}" is there but switched off`,
        'Activate it in the data model settings.',
      );
    return;
  }
  if (draft.objects.has(nameSingular)) return;
  const fault = nameFault(nameSingular) ?? nameFault(namePlural);
  if (fault !== null) {
    draft.conflict(nameSingular, null, fault, 'Choose other names in the mapping.');
    return;
  }
  const others = [...draft.workspace.objects.values(), ...draft.objects.values()];
  const taken = others.some(
    (other) =>
      other.namePlural === namePlural || other.nameSingular === namePlural || other.namePlural === nameSingular,
  );
  if (taken || nameSingular === namePlural) {
    draft.conflict(
      nameSingular,
      null,
      `the names "${nameSingular}" and "${namePlural}" are not free`,
      'Choose other names in the mapping.',
    );
    return;
  }
  draft.objects.set(nameSingular, wanted);
}

/** Several mappings may want the same field (ALL-6): once is enough, if they mean the same. Options are put together. */
function mergeFields(draft: Draft, fields: readonly DesiredField[]): readonly DesiredField[] {
  const merged = new Map<string, DesiredField>();
  for (const field of fields) {
    const key = `${field.object}.${field.name}`;
    const first = merged.get(key);
    if (first === undefined) {
      merged.set(key, field);
      continue;
    }
    const agree =
      first.type === field.type &&
      first.relation?.target === field.relation?.target &&
      (first.isUnique ?? false) === (field.isUnique ?? false);
    if (!agree) {
      draft.conflict(
        field.object,
        field.name,
        `${key} is wanted as ${first.type} (${first.because}) and as ${field.type} (${field.because})`,
        'Give one of them another name in its mapping.',
      );
      continue;
    }
    const more = missingOptions(first.options ?? [], field.options ?? []);
    if (more.length > 0) merged.set(key, { ...first, options: [...(first.options ?? []), ...more] });
  }
  return [...merged.values()];
}
