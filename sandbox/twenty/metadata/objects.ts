import type { Json } from '../json.ts';
import { capitalise } from '../json.ts';
import { namedUuid } from '../model/base.ts';
import type { FieldSettings, FieldType, ModelField, ModelObject } from '../model/types.ts';
import type { Engine } from '../operations/engine.ts';
import { checkObjectName } from './checks.ts';
import { indexName } from './fields.ts';
import {
  type FailedEntity,
  type Finding,
  notFound,
  same,
  userInput,
  VIEWS_PER_OBJECT,
  validationFailed,
} from './report.ts';

type Input = Readonly<Record<string, unknown>>;

/** Objects whose morph relation `target` takes every custom object in, and the name of the field at this end (O6). */
const TARGETED: readonly { readonly object: string; readonly field: string }[] = [
  { object: 'timelineActivity', field: 'timelineActivities' },
  { object: 'attachment', field: 'attachments' },
  { object: 'noteTarget', field: 'noteTargets' },
  { object: 'taskTarget', field: 'taskTargets' },
];

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

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
const DEFAULTS: readonly Default[] = [
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
const VIEWED: readonly (readonly string[])[] = [
  ['name', 'createdAt', 'createdBy', 'updatedAt', 'updatedBy'],
  ['createdAt', 'createdBy', 'updatedAt', 'updatedBy'],
];

function makeField(engine: Engine, object: string, base: Default): ModelField {
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

export function createObject(engine: Engine, input: Input): ModelObject {
  const nameSingular = text(input.nameSingular) ?? '';
  const namePlural = text(input.namePlural) ?? '';
  const findings = [...checkObjectName(nameSingular), ...checkObjectName(namePlural)];
  if (nameSingular === namePlural) {
    findings.push(same('INVALID_OBJECT_INPUT', 'The singular and plural names cannot be the same for an object'));
  }
  const identifier = engine.random.uuid();
  const about = { universalIdentifier: identifier, namePlural, nameSingular };
  if (findings.length > 0) {
    const failed = { metadataName: 'objectMetadata', errors: findings, about };
    throw validationFailed('Validation errors occurred while creating object', [failed], 'create');
  }
  if (engine.model.object(nameSingular) !== undefined || engine.model.byPlural(namePlural) !== undefined) {
    throw validationFailed(
      'Multiple validation errors occurred while creating object',
      alreadyThere(engine, nameSingular, namePlural, identifier),
      'create',
    );
  }
  return addObject(engine, input, { nameSingular, namePlural, identifier });
}

function addObject(
  engine: Engine,
  input: Input,
  names: { readonly nameSingular: string; readonly namePlural: string; readonly identifier: string },
): ModelObject {
  const { nameSingular, namePlural, identifier } = names;
  const own = DEFAULTS.map((base) => makeField(engine, nameSingular, base));
  const reverse = TARGETED.map(({ object, field }) => ({
    ...makeField(engine, nameSingular, {
      name: field,
      type: 'RELATION',
      isNullable: true,
      isSystem: false,
      defaultValue: null,
      settings: { relationType: 'ONE_TO_MANY' },
    }),
    isCustom: false,
    relations: [{ target: object, field: 'target' }],
  }));
  const searchVector = own.find(({ name }) => name === 'searchVector');
  const created: ModelObject = {
    id: engine.random.uuid(),
    universalIdentifier: identifier,
    nameSingular,
    namePlural,
    labelSingular: text(input.labelSingular) ?? nameSingular,
    labelPlural: text(input.labelPlural) ?? namePlural,
    description: text(input.description),
    icon: text(input.icon),
    isSystem: false,
    isActive: true,
    isCustom: true,
    isUIReadOnly: false,
    fields: [...own, ...reverse],
    indexes: [{ name: indexName(nameSingular, 'searchVector'), isUnique: false, fields: [searchVector?.id ?? ''] }],
  };
  engine.model.put(created, ...TARGETED.flatMap((end) => withTarget(engine, end, nameSingular)));
  engine.store.modelChanged();
  return created;
}

/** Adds the new object to the morph relation of a target object. */
function withTarget(
  engine: Engine,
  end: { readonly object: string; readonly field: string },
  name: string,
): ModelObject[] {
  const object = engine.model.object(end.object);
  if (object === undefined) return [];
  const fields = object.fields.map((field) =>
    field.type === 'MORPH_RELATION'
      ? { ...field, relations: [...field.relations, { target: name, field: end.field }] }
      : field,
  );
  const index = { name: indexName(end.object, `target${name}`), isUnique: false, fields: [engine.random.uuid()] };
  return [{ ...object, fields, indexes: [...object.indexes, index] }];
}

/** Everything the server tries to make for a new object fails when the object is there (recorded exchange 13). */
function alreadyThere(engine: Engine, nameSingular: string, namePlural: string, identifier: string): FailedEntity[] {
  const fieldIds = new Map<string, string>();
  const fieldId = (name: string): string => {
    const id = fieldIds.get(name) ?? engine.random.uuid();
    fieldIds.set(name, id);
    return id;
  };
  const objectNotFound: Finding = {
    code: 'OBJECT_METADATA_NOT_FOUND',
    message: 'Object metadata not found',
    userFriendlyMessage: 'Field to create related object not found',
  };
  const own = [...DEFAULTS.map(({ name }) => name), ...TARGETED.map(({ field }) => field)].map(
    (name): FailedEntity => ({
      metadataName: 'fieldMetadata',
      errors: [objectNotFound],
      about: { universalIdentifier: fieldId(name), name, objectMetadataUniversalIdentifier: identifier },
    }),
  );
  const targetName = `target${capitalise(nameSingular)}`;
  const targets = TARGETED.map(({ object }): FailedEntity => {
    const id = engine.random.uuid();
    const taken = `Name "${targetName}" is not available as it is already used by another field`;
    return {
      metadataName: 'fieldMetadata',
      errors: [
        {
          code: 'FIELD_ALREADY_EXISTS',
          message: 'Field with same universal identifier already exists in object',
          userFriendlyMessage: 'Field already exists',
        },
        same('NOT_AVAILABLE', taken, targetName),
        {
          code: 'OBJECT_METADATA_NOT_FOUND',
          message: 'Relation target object metadata not found',
          userFriendlyMessage: 'Object targeted by the relation not found',
        },
        {
          code: 'ENTITY_ALREADY_EXISTS',
          message: `Cannot create fieldMetadata: universalIdentifier "${id}" already exists in fieldMetadata maps from application "${namedUuid('application')}"`,
        },
      ],
      about: {
        universalIdentifier: id,
        name: targetName,
        objectMetadataUniversalIdentifier: engine.model.object(object)?.universalIdentifier ?? '',
      },
    };
  });
  const views = Array.from({ length: VIEWS_PER_OBJECT }, () => engine.random.uuid());
  return [
    ...own,
    ...targets,
    {
      metadataName: 'objectMetadata',
      errors: [same('OBJECT_ALREADY_EXISTS', 'Object already exists')],
      about: { universalIdentifier: identifier, namePlural, nameSingular },
    },
    ...views.map(
      (id): FailedEntity => ({
        metadataName: 'view',
        errors: [same('INVALID_VIEW_DATA', 'Object metadata not found')],
        about: { universalIdentifier: id },
      }),
    ),
    ...views.flatMap((view, index) =>
      (VIEWED[index] ?? []).map((name) => failedViewField(engine, view, fieldId(name))),
    ),
    ...TARGETED.map(({ object }) => failedIndex(engine, indexName(object, `target${nameSingular}`), false)),
    failedIndex(engine, indexName(nameSingular, 'searchVector'), true),
    {
      metadataName: 'searchFieldMetadata',
      errors: [
        same('FIELD_METADATA_NOT_FOUND', 'Field metadata not found'),
        {
          code: 'TS_VECTOR_FIELD_METADATA_NOT_FOUND',
          message: 'TS_VECTOR field metadata not found',
          userFriendlyMessage: 'Search vector field not found',
        },
        same('OBJECT_METADATA_NOT_FOUND', 'Object metadata not found'),
      ],
      about: { universalIdentifier: engine.random.uuid(), objectMetadataUniversalIdentifier: identifier },
    },
  ];
}

function failedViewField(engine: Engine, view: string, field: string): FailedEntity {
  return {
    metadataName: 'viewField',
    errors: [same('INVALID_VIEW_DATA', 'Field metadata not found'), same('INVALID_VIEW_DATA', 'View not found')],
    about: {
      universalIdentifier: engine.random.uuid(),
      viewUniversalIdentifier: view,
      fieldMetadataUniversalIdentifier: field,
    },
  };
}

function failedIndex(engine: Engine, name: string, ofObject: boolean): FailedEntity {
  const exists = same('INDEX_ALREADY_EXISTS', 'Index with same name already exists');
  const errors: Finding[] = ofObject
    ? [
        {
          code: 'INDEX_OBJECT_NOT_FOUND',
          message: 'Could not find index related object metadata',
          userFriendlyMessage: 'Index related object not found',
        },
        exists,
        {
          code: 'INDEX_FIELD_NOT_FOUND',
          message: 'Could not find index field related field metadata',
          userFriendlyMessage: 'Field referenced in index does not exist',
        },
      ]
    : [exists];
  return { metadataName: 'index', errors, about: { universalIdentifier: engine.random.uuid(), name } };
}

export function updateObject(engine: Engine, id: string, update: Input): ModelObject {
  const object = engine.model.objectById(id);
  if (object === undefined) throw notFound('Object metadata not found');
  if (text(update.nameSingular) !== null && update.nameSingular !== object.nameSingular) {
    throw userInput('Renaming an object is not simulated');
  }
  const updated: ModelObject = {
    ...object,
    labelSingular: text(update.labelSingular) ?? object.labelSingular,
    labelPlural: text(update.labelPlural) ?? object.labelPlural,
    description: text(update.description) ?? object.description,
    icon: text(update.icon) ?? object.icon,
    isActive: typeof update.isActive === 'boolean' ? update.isActive : object.isActive,
  };
  engine.model.put(updated);
  engine.store.modelChanged();
  return updated;
}

/** Removes a custom object, its rows, and every relation to it. */
export function deleteObject(engine: Engine, id: string): ModelObject {
  const object = engine.model.objectById(id);
  if (object === undefined) throw notFound('Object metadata not found');
  const name = object.nameSingular;
  if (!object.isCustom) throw userInput('Cannot delete a standard object');
  engine.store.dropTable(name);
  for (const other of engine.model.objects()) {
    const fields = other.fields.flatMap((field): ModelField[] => {
      if (!field.relations.some(({ target }) => target === name)) return [field];
      if (field.type !== 'MORPH_RELATION') return [];
      return [{ ...field, relations: field.relations.filter(({ target }) => target !== name) }];
    });
    if (other.nameSingular !== name) engine.model.put({ ...other, fields });
  }
  engine.model.remove(name);
  engine.store.modelChanged();
  engine.store.commit();
  return object;
}
