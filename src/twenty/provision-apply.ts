import { ChangeoverError } from '../core/errors.ts';
import type { Clock, Logger } from '../core/ports.ts';
import type { Answer } from './answers.ts';
import type { TwentyClient } from './client.ts';
import type { DesiredField, DesiredModel, DesiredOption } from './desired.ts';
import { metadataCall, refusalOf } from './metadata.ts';
import type { FieldOption, TwentyFieldType, WorkspaceField } from './model.ts';
import { type Added, addedBy } from './provision-added.ts';
import type { PlanOptions, ProvisionChange, ProvisionPlan } from './provision-draft.ts';
import { planProvision } from './provision-plan.ts';

export interface ProvisionContext {
  readonly client: TwentyClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal?: AbortSignal;
  /** Called after each change, for progress. */
  readonly onChange?: (change: ProvisionChange, done: 'made' | 'found') => void;
  /** Keeps what is about to be added, before the first call of a change: `provision revert` goes by it. */
  readonly onAdding?: (added: readonly Added[]) => Promise<void>;
}

export interface ProvisionResult {
  readonly made: number;
  /** Was there by the time its turn came: an earlier, interrupted run or a person made it. */
  readonly found: number;
}

const ATTEMPTS = 6;
const LONGEST_POLL_MS = 120_000;

/**
 * Does what a plan says, one change after the other (the server serialises them anyway). Looks at the workspace before
 * each change, so it can be interrupted at any moment and run again; running it twice changes nothing. Ends when a read
 * with every new field works. Throws TWENTY_PROVISION_CONFLICT, TWENTY_SYNC_FIELDS_FOREIGN, TWENTY_MODEL_RIGHT_MISSING,
 * TWENTY_PROVISION_REFUSED, TWENTY_SCHEMA_STALE.
 */
export async function applyProvision(context: ProvisionContext, plan: ProvisionPlan): Promise<ProvisionResult> {
  const [conflict] = plan.conflicts;
  if (conflict !== undefined) {
    const place = { object: conflict.object, ...(conflict.field === null ? {} : { field: conflict.field }) };
    const message = plan.conflicts.map((each) => each.message).join('; ');
    throw new ChangeoverError(conflict.code, message, { place, hint: conflict.hint });
  }
  let made = 0;
  let found = 0;
  await context.client.refresh();
  for (const change of plan.changes) {
    if (!isThere(context, change)) await context.onAdding?.(addedBy(change));
    const done = await applyChange(context, change);
    if (done === 'made') made += 1;
    else found += 1;
    context.onChange?.(change, done);
  }
  if (plan.changes.length > 0) await waitUntilReadable(context, plan);
  return { made, found };
}

/** Reads the workspace again and plans once more: empty changes and conflicts mean that everything is there. */
export async function verifyProvision(
  context: ProvisionContext,
  desired: DesiredModel,
  deployment: string,
  options: PlanOptions = {},
): Promise<ProvisionPlan> {
  return planProvision(await context.client.refresh(), desired, deployment, options);
}

async function applyChange(context: ProvisionContext, change: ProvisionChange): Promise<'made' | 'found'> {
  const { client, clock, logger, signal } = context;
  for (let attempt = 1; ; attempt += 1) {
    if (isThere(context, change)) return attempt === 1 ? 'found' : 'made';
    const answer = await client.transport.free(mutation(context, change), signal);
    if (answer.kind === 'ok') {
      await client.refresh();
      if (isThere(context, change)) return 'made';
    } else if (answer.kind === 'refused') {
      // "Not available": somebody, or our own call that got no answer, was first. Looking again tells.
      await client.refresh();
      if (!isThere(context, change)) throw await refused(context, change, answer);
      return 'found';
    }
    if (attempt === ATTEMPTS) {
      const message = answer.kind === 'ok' ? 'was accepted, but is not in the data model' : answer.message;
      throw new ChangeoverError('TWENTY_SCHEMA_STALE', `${describeChange(change)}: ${message}`);
    }
    logger.warn(
      { change: describeChange(change), attempt, answer: answer.kind },
      'a change of the data model is tried again',
    );
    await clock.sleep(Math.max(client.transport.pauseMs(), 1000), signal);
    await client.refresh();
  }
}

async function refused(
  context: ProvisionContext,
  change: ProvisionChange,
  answer: Extract<Answer, { kind: 'refused' }>,
): Promise<ChangeoverError> {
  if (answer.reason === 'unauthorized') return refusalOf(context.client.transport, answer, context.signal);
  return new ChangeoverError('TWENTY_PROVISION_REFUSED', `${describeChange(change)}: ${answer.message}`);
}

function isThere(context: ProvisionContext, change: ProvisionChange): boolean {
  const { objects } = context.client.workspace();
  switch (change.kind) {
    case 'create-object':
      return objects.has(change.object.nameSingular);
    case 'create-field': {
      const field = objects.get(change.field.object)?.fields.get(change.field.name);
      return field !== undefined && field.type === change.field.type;
    }
    case 'add-options': {
      const values = new Set(
        objects
          .get(change.object)
          ?.fields.get(change.field)
          ?.options?.map((option) => option.value),
      );
      return change.options.every((option) => values.has(option.value));
    }
  }
}

function mutation(context: ProvisionContext, change: ProvisionChange) {
  switch (change.kind) {
    case 'create-object':
      return metadataCall(
        'create-object',
        'mutation($i:CreateOneObjectInput!){createOneObject(input:$i){id nameSingular namePlural}}',
        { i: { object: change.object } },
      );
    case 'create-field':
      return metadataCall(
        'create-field',
        'mutation($i:CreateOneFieldMetadataInput!){createOneField(input:$i){id name type}}',
        { i: { field: fieldInput(context, change.field) } },
      );
    case 'add-options': {
      const field = fieldIn(context, change.object, change.field);
      return metadataCall(
        'add-options',
        'mutation($i:UpdateOneFieldMetadataInput!){updateOneField(input:$i){id options}}',
        {
          i: { id: field.id, update: { options: withNewOptions(field.options ?? [], change.options) } },
        },
      );
    }
  }
}

function fieldInput(context: ProvisionContext, wanted: DesiredField): Readonly<Record<string, unknown>> {
  return {
    objectMetadataId: objectId(context, wanted.object),
    type: typeOnServer(context, wanted.type),
    name: wanted.name,
    label: wanted.label,
    ...(wanted.description === undefined ? {} : { description: wanted.description }),
    ...(wanted.isUnique === true ? { isUnique: true } : {}),
    ...(wanted.options === undefined ? {} : { options: withNewOptions([], wanted.options) }),
    ...(wanted.settings === undefined ? {} : { settings: wanted.settings }),
    ...(wanted.defaultValue === undefined ? {} : { defaultValue: wanted.defaultValue }),
    ...(wanted.relation === undefined
      ? {}
      : {
          relationCreationPayload: {
            type: 'MANY_TO_ONE',
            targetObjectMetadataId: objectId(context, wanted.relation.target),
            targetFieldLabel: wanted.relation.reverseLabel,
            targetFieldIcon: 'IconLink',
          },
        }),
  };
}

/** Older servers call rich text otherwise; what the standard fields are called is what new ones must be. */
function typeOnServer(context: ProvisionContext, type: TwentyFieldType): string {
  for (const object of context.client.workspace().objects.values()) {
    for (const field of object.fields.values()) {
      if (field.type === type && field.typeOnServer !== undefined) return field.typeOnServer;
    }
  }
  return type;
}

/** Colours that Twenty's options may have. */
const COLOURS = ['green', 'turquoise', 'sky', 'blue', 'purple', 'pink', 'red', 'orange', 'yellow', 'gray'];

/** Every option that is there, with its id: sent without ids they would be new, and stored values lost (twenty.md O6). */
export function withNewOptions(
  existing: readonly FieldOption[],
  wanted: readonly DesiredOption[],
): readonly Readonly<Record<string, unknown>>[] {
  const known = new Set(existing.map((option) => option.value));
  const first = existing.reduce((highest, option) => Math.max(highest, option.position + 1), 0);
  return [
    ...existing.map((option) => ({ ...option })),
    ...wanted
      .filter((option) => !known.has(option.value))
      .map((option, index) => ({
        value: option.value,
        label: option.label,
        color: option.color ?? COLOURS[(first + index) % COLOURS.length],
        position: first + index,
      })),
  ];
}

function objectId(context: ProvisionContext, name: string): string {
  const object = context.client.workspace().objects.get(name);
  if (object !== undefined) return object.id;
  throw new ChangeoverError('TWENTY_UNKNOWN_OBJECT', `object "${name}" is gone`, { place: { object: name } });
}

function fieldIn(context: ProvisionContext, object: string, name: string): WorkspaceField {
  const field = context.client.workspace().objects.get(object)?.fields.get(name);
  if (field !== undefined) return field;
  throw new ChangeoverError('TWENTY_UNKNOWN_FIELD', `${object}.${name} is gone`, { place: { object, field: name } });
}

/** The record API learns of new fields a little later (twenty.md §5): asks for them until it gives them. */
async function waitUntilReadable(context: ProvisionContext, plan: ProvisionPlan): Promise<void> {
  const { client, clock, signal } = context;
  const fields = new Map<string, string[]>();
  for (const change of plan.changes) {
    if (change.kind === 'create-object') fields.set(change.object.nameSingular, []);
    if (change.kind === 'create-field') {
      fields.set(change.field.object, [...(fields.get(change.field.object) ?? []), change.field.name]);
    }
  }
  const started = clock.monotonic();
  for (const [object, names] of fields) {
    for (let wait = 500; ; wait = Math.min(wait * 2, 10_000)) {
      const problem = await readProblem(context, object, names);
      if (problem === null) break;
      if (clock.monotonic() - started > LONGEST_POLL_MS) {
        throw new ChangeoverError('TWENTY_SCHEMA_STALE', `${object} can't be read with its new fields: ${problem}`, {
          place: { object },
        });
      }
      await clock.sleep(wait, signal);
      await client.refresh();
    }
  }
}

async function readProblem(
  context: ProvisionContext,
  object: string,
  fields: readonly string[],
): Promise<string | null> {
  const { client, signal } = context;
  try {
    const pages = client.scan({
      object,
      fields,
      deleted: false,
      pageSize: 1,
      lane: 'operator',
      ...(signal === undefined ? {} : { signal }),
    });
    for await (const _page of pages) break;
    return null;
  } catch (thrown) {
    if (!(thrown instanceof ChangeoverError)) throw thrown;
    if (thrown.code === 'TWENTY_SCHEMA_CHANGED' || thrown.code === 'TWENTY_REFUSED') return thrown.message;
    throw thrown;
  }
}

export function describeChange(change: ProvisionChange): string {
  switch (change.kind) {
    case 'create-object':
      return `create object ${change.object.nameSingular}`;
    case 'create-field':
      return `create field ${change.field.object}.${change.field.name} (${change.field.type})`;
    case 'add-options':
      return `add ${change.options.length} options to ${change.object}.${change.field}`;
  }
}
