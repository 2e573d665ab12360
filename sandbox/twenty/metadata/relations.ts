import { isObject } from '../json.ts';
import type { ModelField, ModelIndex, ModelObject } from '../model/types.ts';
import type { Engine } from '../operations/engine.ts';
import { nameTaken } from './checks.ts';
import { indexName } from './index-names.ts';
import { fieldFailed, notFound, same } from './report.ts';

type Input = Readonly<Record<string, unknown>>;

export interface CreatedField {
  readonly object: ModelObject;
  readonly field: ModelField;
}

/** `Support cases` → `supportCases`. */
export function camelCase(label: string): string {
  const words = label
    .normalize('NFKD')
    .replace(/[^a-zA-Z0-9 ]/g, ' ')
    .trim()
    .split(/\s+/);
  return words
    .map((word, index) => (index === 0 ? word.charAt(0).toLowerCase() : word.charAt(0).toUpperCase()) + word.slice(1))
    .join('');
}

/** To be called after every change of the model: indexes, views and the file follow. */
export function changed(engine: Engine): void {
  engine.store.modelChanged();
  engine.store.commit();
}

/** Makes both ends of a relation. The other end is named after its label (O6). */
export function createRelation(engine: Engine, object: ModelObject, field: ModelField, input: Input): CreatedField {
  const payload = isObject(input.relationCreationPayload) ? input.relationCreationPayload : {};
  const target = engine.model.objectById(String(payload.targetObjectMetadataId));
  if (target === undefined) throw notFound('Relation target object metadata not found');
  const label = typeof payload.targetFieldLabel === 'string' ? payload.targetFieldLabel : object.labelPlural;
  const reverseName = camelCase(label);
  const self = target.nameSingular === object.nameSingular;
  if (nameTaken(target, reverseName) || (self && reverseName === field.name)) {
    const message = `Name "${reverseName}" is not available as it is already used by another field`;
    throw fieldFailed(target, reverseName, engine.random.uuid(), [same('NOT_AVAILABLE', message, reverseName)], () =>
      engine.random.uuid(),
    );
  }
  const manyToOne = payload.type !== 'ONE_TO_MANY';
  const near = relationField(field, manyToOne, target.nameSingular, reverseName);
  const far = relationField(
    {
      ...field,
      id: engine.random.uuid(),
      universalIdentifier: engine.random.uuid(),
      name: reverseName,
      label,
      icon: typeof payload.targetFieldIcon === 'string' ? payload.targetFieldIcon : null,
      isUnique: false,
    },
    !manyToOne,
    object.nameSingular,
    field.name,
  );
  const withNear = addField(object, near);
  if (self) engine.model.put(addField(withNear, far));
  else engine.model.put(withNear, addField(target, far));
  changed(engine);
  return { object: withNear, field: near };
}

function relationField(field: ModelField, manyToOne: boolean, target: string, reverse: string): ModelField {
  return {
    ...field,
    defaultValue: null,
    options: null,
    settings: manyToOne
      ? { onDelete: 'SET_NULL', relationType: 'MANY_TO_ONE', joinColumnName: `${field.name}Id` }
      : { relationType: 'ONE_TO_MANY' },
    relations: [{ target, field: reverse }],
  };
}

function addField(object: ModelObject, field: ModelField): ModelObject {
  const index: ModelIndex[] =
    field.settings?.relationType === 'MANY_TO_ONE'
      ? [{ name: indexName(object.nameSingular, field.name), isUnique: false, fields: [field.id] }]
      : [];
  return { ...object, fields: [...object.fields, field], indexes: [...object.indexes, ...index] };
}

export function withoutField(object: ModelObject, id: string): ModelObject {
  return {
    ...object,
    fields: object.fields.filter((field) => field.id !== id),
    indexes: object.indexes.filter((index) => !index.fields.includes(id)),
  };
}
