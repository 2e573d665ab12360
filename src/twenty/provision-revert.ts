import { ChangeoverError } from '../core/errors.ts';
import type { TwentyClient } from './client.ts';
import { metadataCall, refusalOf } from './metadata.ts';
import type { WorkspaceField, WorkspaceObject } from './model.ts';
import { type Added, describeAdded } from './provision-added.ts';
import type { Call } from './transport.ts';
import { isDefault, optionFilter, usedFilter } from './usage.ts';

/** Something that stays, because somebody or something uses it. */
export interface InUse {
  readonly added: Added;
  readonly usedBy: string;
}

export interface RevertPlan {
  /** In the order in which they can go: options, relations and fields, objects. */
  readonly removable: readonly Added[];
  readonly inUse: readonly InUse[];
  /** On the list, but not there: never made, or taken away by a person. */
  readonly absent: readonly Added[];
}

export interface RevertContext {
  readonly client: TwentyClient;
  readonly signal?: AbortSignal;
  /** Called once the thing is gone, or was found to be. */
  readonly onRemoved?: (added: Added) => Promise<void>;
}

const ORDER: Readonly<Record<Added['kind'], number>> = { option: 0, field: 1, object: 2 };
const LANE = { lane: 'operator' } as const;

/** What of the added things can go. Reads the workspace, soft-deleted rows too; changes nothing. */
export async function planRevert(context: RevertContext, added: readonly Added[]): Promise<RevertPlan> {
  await context.client.refresh();
  const removable: Added[] = [];
  const inUse: InUse[] = [];
  const absent: Added[] = [];
  for (const each of [...added].sort((one, other) => ORDER[one.kind] - ORDER[other.kind])) {
    if (!isThere(context.client, each)) {
      absent.push(each);
      continue;
    }
    const usedBy = await usedByWhat(context, each, added);
    if (usedBy === null) removable.push(each);
    else inUse.push({ added: each, usedBy });
  }
  return { removable, inUse, absent };
}

/**
 * Removes what a plan found to be unused, and looks at each again before it goes. Can be interrupted and run again.
 * Throws TWENTY_MODEL_RIGHT_MISSING or TWENTY_PROVISION_REFUSED; what was removed before stays removed.
 */
export async function applyRevert(context: RevertContext, plan: RevertPlan, added: readonly Added[]): Promise<number> {
  for (const each of plan.absent) await context.onRemoved?.(each);
  let removed = 0;
  for (const each of plan.removable) {
    await context.client.refresh();
    if (isThere(context.client, each)) {
      const usedBy = await usedByWhat(context, each, added);
      if (usedBy !== null) {
        throw new ChangeoverError('TWENTY_PROVISION_REFUSED', `${describeAdded(each)} came into use: ${usedBy}`);
      }
      await remove(context, each);
      removed += 1;
    }
    await context.onRemoved?.(each);
  }
  return removed;
}

async function remove(context: RevertContext, added: Added): Promise<void> {
  const { client, signal } = context;
  const answer = await client.transport.free(removal(client, added), signal);
  await client.refresh();
  // Whatever was answered: gone is gone, also where the answer was lost or somebody was quicker.
  if (!isThere(client, added)) return;
  if (answer.kind === 'refused' && answer.reason === 'unauthorized') {
    throw await refusalOf(client.transport, answer, signal);
  }
  const message = answer.kind === 'ok' ? 'was accepted, but it is still there' : answer.message;
  throw new ChangeoverError('TWENTY_PROVISION_REFUSED', `remove ${describeAdded(added)}: ${message}`);
}

function removal(client: TwentyClient, added: Added): Call {
  const object = objectOf(client, added);
  if (added.kind === 'object') {
    return metadataCall('delete-object', 'mutation($i:DeleteOneObjectInput!){deleteOneObject(input:$i){id}}', {
      i: { id: object?.id },
    });
  }
  const field = object?.fields.get(added.field);
  if (added.kind === 'field') {
    return metadataCall('delete-field', 'mutation($i:DeleteOneFieldInput!){deleteOneField(input:$i){id}}', {
      i: { id: field?.id },
    });
  }
  // The others are sent with their ids, or their values would be lost (twenty.md O6).
  const options = (field?.options ?? []).filter((option) => option.value !== added.value);
  return metadataCall(
    'remove-option',
    'mutation($i:UpdateOneFieldMetadataInput!){updateOneField(input:$i){id options}}',
    { i: { id: field?.id, update: { options: options.map((option, position) => ({ ...option, position })) } } },
  );
}

function objectOf(client: TwentyClient, added: Added): WorkspaceObject | undefined {
  return client.workspace().objects.get(added.object);
}

function isThere(client: TwentyClient, added: Added): boolean {
  const object = objectOf(client, added);
  if (added.kind === 'object') return object !== undefined;
  const field = object?.fields.get(added.field);
  if (added.kind === 'field') return field !== undefined;
  return field?.options?.some((option) => option.value === added.value) === true;
}

async function usedByWhat(context: RevertContext, added: Added, all: readonly Added[]): Promise<string | null> {
  const object = objectOf(context.client, added);
  if (object === undefined) return null;
  if (added.kind === 'object') return objectUse(context, object, all);
  const field = object.fields.get(added.field);
  if (field === undefined) return null;
  return added.kind === 'field' ? fieldUse(context, object, field) : optionUse(context, object, field, added.value);
}

async function fieldUse(context: RevertContext, object: WorkspaceObject, field: WorkspaceField) {
  return rows(await count(context, object, usedFilter(field)), `of ${object.namePlural} with a value in it`);
}

async function optionUse(context: RevertContext, object: WorkspaceObject, field: WorkspaceField, value: string) {
  if (isDefault(field, { value })) return `it is the default of ${object.nameSingular}.${field.name}`;
  if ((field.options ?? []).length <= 1) return 'a field with options must keep one';
  if ((field.options ?? []).some((option) => option.id === null)) {
    return 'the options have no ids, so removing one would take the values of all';
  }
  return rows(await count(context, object, optionFilter(field, value)), `of ${object.namePlural} with this option`);
}

/** Rows, a field that a person added, or a relation to it that is not ours. */
async function objectUse(context: RevertContext, object: WorkspaceObject, all: readonly Added[]) {
  const used = rows(await count(context, object, undefined), `of ${object.namePlural}`);
  if (used !== null) return used;
  const ours = new Set(all.map(describeAdded));
  for (const other of context.client.workspace().objects.values()) {
    for (const field of other.fields.values()) {
      const points = field.relation?.type === 'MANY_TO_ONE' && field.relation.targets.includes(object.nameSingular);
      const links = points && field.type === 'RELATION' && !LINK_OBJECTS.has(other.nameSingular);
      if (links && !ours.has(`${other.nameSingular}.${field.name}`)) {
        return `the relation ${other.nameSingular}.${field.name} points at it`;
      }
    }
  }
  const stranger = [...object.fields.values()].find(
    (field) =>
      field.relation === null && !MADE_WITH_IT.has(field.name) && !ours.has(`${object.nameSingular}.${field.name}`),
  );
  return stranger === undefined ? null : `the field ${object.nameSingular}.${stranger.name}, which is not ours`;
}

/** The server lets these point at every object. */
const LINK_OBJECTS = new Set(['noteTarget', 'taskTarget', 'attachment', 'timelineActivity', 'favorite']);
/** What a new object comes with (twenty.md O6). */
const MADE_WITH_IT = new Set([
  'id',
  'name',
  'createdAt',
  'updatedAt',
  'deletedAt',
  'createdBy',
  'updatedBy',
  'position',
  'searchVector',
]);

function count(context: RevertContext, object: WorkspaceObject, where: Readonly<Record<string, unknown>> | undefined) {
  const { client, signal } = context;
  return client.count(object.nameSingular, {
    ...LANE,
    deleted: true,
    ...(where === undefined ? {} : { where }),
    ...(signal === undefined ? {} : { signal }),
  });
}

function rows(found: number, which: string): string | null {
  return found === 0 ? null : `${found} ${found === 1 ? 'record' : 'records'} ${which}`;
}
