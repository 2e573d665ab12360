import { capitalise, type Json } from '../json.ts';
import { namedUuid } from '../model/base.ts';
import type { FieldSettings, FieldType, ModelField } from '../model/types.ts';
import type { Engine } from '../operations/engine.ts';

/** Objects whose morph relation `target` takes every custom object in, and the name of the field at this end (O6). */
export const TARGETED: readonly { readonly object: string; readonly field: string }[] = [
  { object: 'timelineActivity', field: 'timelineActivities' },
  { object: 'attachment', field: 'attachments' },
  { object: 'noteTarget', field: 'noteTargets' },
  { object: 'taskTarget', field: 'taskTargets' },
];

const SYSTEM_ACTOR: Json = { name: "'System'", source: "'MANUAL'", workspaceMemberId: null };

interface Default {
  readonly name: string;
  readonly type: FieldType;
  readonly isNullable: boolean;
  readonly isSystem: boolean;
  readonly defaultValue: Json;
  readonly settings: FieldSettings | null;
}

const RELATIVE: FieldSettings = { displayFormat: 'RELATIVE' };

/** What every custom object comes with, in the server's order (recorded exchange 12). */
export const DEFAULTS: readonly Default[] = [
  { name: 'name', type: 'TEXT', isNullable: true, isSystem: false, defaultValue: null, settings: null },
  { name: 'id', type: 'UUID', isNullable: false, isSystem: true, defaultValue: 'uuid', settings: null },
  { name: 'createdAt', type: 'DATE_TIME', isNullable: false, isSystem: true, defaultValue: 'now', settings: RELATIVE },
  { name: 'createdBy', type: 'ACTOR', isNullable: false, isSystem: true, defaultValue: SYSTEM_ACTOR, settings: null },
  { name: 'deletedAt', type: 'DATE_TIME', isNullable: true, isSystem: true, defaultValue: null, settings: RELATIVE },
  { name: 'position', type: 'POSITION', isNullable: false, isSystem: true, defaultValue: 0, settings: null },
  { name: 'updatedAt', type: 'DATE_TIME', isNullable: false, isSystem: true, defaultValue: 'now', settings: RELATIVE },
  { name: 'updatedBy', type: 'ACTOR', isNullable: false, isSystem: true, defaultValue: SYSTEM_ACTOR, settings: null },
  { name: 'searchVector', type: 'TS_VECTOR', isNullable: true, isSystem: true, defaultValue: null, settings: null },
];

/** Positions in `DEFAULTS` of the fields each of the two views shows. */
export const VIEWED: readonly (readonly string[])[] = [
  ['name', 'createdAt', 'createdBy', 'updatedAt', 'updatedBy'],
  ['createdAt', 'createdBy', 'updatedAt', 'updatedBy'],
];

export function makeField(engine: Engine, object: string, base: Default): ModelField {
  return {
    ...base,
    id: engine.random.uuid(),
    universalIdentifier: namedUuid(`custom:${object}.${base.name}`),
    label: capitalise(base.name),
    description: null,
    icon: null,
    isUnique: false,
    isActive: true,
    isCustom: !base.isSystem,
    options: null,
    relations: [],
  };
}
