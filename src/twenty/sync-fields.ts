import { ChangeoverError } from '../core/errors.ts';
import type { DesiredField } from './desired.ts';
import type { Workspace, WorkspaceField, WorkspaceObject } from './model.ts';

/** The fields that a deployment keeps on every object it writes, in one removable set (design §8). */
export const SYNC_FIELD_NAMES = [
  'sourceKey',
  'sourceKeys',
  'sourceVersion',
  'sourceModifiedAt',
  'sourceChecksum',
  'sourceBucket',
] as const;

export type SyncFieldName = (typeof SYNC_FIELD_NAMES)[number];

type SyncField = Pick<DesiredField, 'label' | 'type' | 'isUnique' | 'settings'> & { readonly means: string };

const SYNC_FIELDS: Readonly<Record<SyncFieldName, SyncField>> = {
  sourceKey: { label: 'Source key', type: 'TEXT', isUnique: true, means: 'The source record this one comes from' },
  sourceKeys: { label: 'Source keys', type: 'ARRAY', means: 'All source records merged into this one' },
  sourceVersion: { label: 'Source version', type: 'TEXT', means: 'The version of the source record last written' },
  sourceModifiedAt: {
    label: 'Source modified at',
    type: 'DATE_TIME',
    means: 'When the source record was last changed',
  },
  sourceChecksum: {
    label: 'Source checksum',
    type: 'NUMBER',
    // 31 bits would fit an int; a bigint column keeps sums from overflowing (twenty.md §0).
    settings: { type: 'number', dataType: 'bigint', decimals: 0 },
    means: 'Checksum of the values written, for reconciliation',
  },
  sourceBucket: {
    label: 'Source bucket',
    type: 'NUMBER',
    settings: { type: 'number', dataType: 'int', decimals: 0 },
    means: 'Group of records for reconciliation',
  },
};

/** The sync fields as a mapping would ask for them. The description names the deployment that owns them. */
export function syncFields(object: string, deployment: string): readonly DesiredField[] {
  return SYNC_FIELD_NAMES.map((name) => {
    const { means, ...field } = SYNC_FIELDS[name];
    return {
      object,
      name,
      ...field,
      description: `${means}. Kept by Changeover, deployment ${deployment}; do not edit.`,
      because: `sync field of every record that is written to ${object}`,
    };
  });
}

/** When the source deleted the record of a row that stays; on objects whose mapping says keep, and there alone. */
export const DELETION_FIELD = 'sourceDeletedAt';

/** Whether the name is that of a field which Changeover keeps itself: no mapping may write it. */
export function isSyncField(name: string): boolean {
  return name === DELETION_FIELD || SYNC_FIELD_NAMES.some((one) => one === name);
}

/** The field that flags kept rows, as a mapping would ask for it. */
export function deletionField(object: string, deployment: string): DesiredField {
  return {
    object,
    name: DELETION_FIELD,
    label: 'Source deleted at',
    type: 'DATE_TIME',
    description: `When the source deleted this record, which stays here. Kept by Changeover, deployment ${deployment}; do not edit.`,
    because: `records of ${object} stay, flagged, when the source deletes them (onDelete: keep)`,
  };
}

/** Whose a sync field is: a deployment's id, `unmarked` where its description names none, null where it isn't there. */
export function syncFieldOwner(object: WorkspaceObject): string | null {
  const owners = SYNC_FIELD_NAMES.flatMap((name) => {
    const field = object.fields.get(name);
    return field === undefined ? [] : [ownerOf(field)];
  });
  return owners.find((owner) => owner !== 'unmarked') ?? owners[0] ?? null;
}

function ownerOf(field: WorkspaceField): string {
  return /Changeover, deployment ([^\s;]+);/.exec(field.description ?? '')?.[1] ?? 'unmarked';
}

/** Objects whose sync fields belong to somebody else. */
export function foreignSyncFields(
  workspace: Workspace,
  objects: readonly string[],
  deployment: string,
): readonly { readonly object: string; readonly owner: string }[] {
  return objects.flatMap((name) => {
    const object = workspace.objects.get(name);
    const owner = object === undefined ? null : syncFieldOwner(object);
    return owner === null || owner === deployment ? [] : [{ object: name, owner }];
  });
}

/**
 * Throws TWENTY_SYNC_FIELDS_FOREIGN before anything is written to a workspace that another deployment writes to. Fields that
 * name no deployment were made by hand, and taken over when the workspace was provisioned.
 */
export function checkDeployment(workspace: Workspace, objects: readonly string[], deployment: string): void {
  const [first] = foreignSyncFields(workspace, objects, deployment).filter(({ owner }) => owner !== 'unmarked');
  if (first !== undefined) throw foreignError(first.object, first.owner);
}

export function foreignError(object: string, owner: string): ChangeoverError {
  const whose = owner === 'unmarked' ? 'name no deployment' : `belong to deployment ${owner}`;
  return new ChangeoverError('TWENTY_SYNC_FIELDS_FOREIGN', `the sync fields of ${object} ${whose}`, {
    place: { object },
  });
}
