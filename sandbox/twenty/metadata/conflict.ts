import { capitalise } from '../json.ts';
import { namedUuid } from '../model/base.ts';
import type { Engine } from '../operations/engine.ts';
import { DEFAULTS, TARGETED, VIEWED } from './defaults.ts';
import { indexName } from './index-names.ts';
import { type FailedEntity, type Finding, same, VIEWS_PER_OBJECT } from './report.ts';

/** Everything the server tries to make for a new object fails when the object is there (recorded exchange 13). */
export function alreadyThere(
  engine: Engine,
  nameSingular: string,
  namePlural: string,
  identifier: string,
): FailedEntity[] {
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
