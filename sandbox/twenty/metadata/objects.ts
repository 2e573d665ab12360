import type { ModelField, ModelObject, RelationEnd } from '../model/types.ts';
import type { Engine } from '../operations/engine.ts';
import { checkObjectName } from './checks.ts';
import { alreadyThere } from './conflict.ts';
import { DEFAULTS, makeField, TARGETED } from './defaults.ts';
import { indexName } from './index-names.ts';
import { notFound, same, userInput, validationFailed } from './report.ts';

type Input = Readonly<Record<string, unknown>>;

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
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
    relations: [{ target: object, field: hasMorph(engine, object) ? 'target' : nameSingular }],
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

/** Newer versions link by one morph relation, older ones by a relation for each object (twenty.md §6). */
function hasMorph(engine: Engine, object: string): boolean {
  return engine.model.object(object)?.fields.some(({ type }) => type === 'MORPH_RELATION') === true;
}

function targetField(engine: Engine, object: string, end: RelationEnd): ModelField {
  const name = end.target;
  return {
    ...makeField(engine, object, {
      name,
      type: 'RELATION',
      isNullable: true,
      isSystem: false,
      defaultValue: null,
      settings: { relationType: 'MANY_TO_ONE', onDelete: 'CASCADE', joinColumnName: `${name}Id` },
    }),
    isCustom: false,
    relations: [end],
  };
}

/** Lets a target object point at the new object. */
function withTarget(
  engine: Engine,
  end: { readonly object: string; readonly field: string },
  name: string,
): ModelObject[] {
  const object = engine.model.object(end.object);
  if (object === undefined) return [];
  const relation = { target: name, field: end.field };
  const fields = hasMorph(engine, end.object)
    ? object.fields.map((field) =>
        field.type === 'MORPH_RELATION' ? { ...field, relations: [...field.relations, relation] } : field,
      )
    : [...object.fields, targetField(engine, end.object, relation)];
  const index = { name: indexName(end.object, `target${name}`), isUnique: false, fields: [engine.random.uuid()] };
  return [{ ...object, fields, indexes: [...object.indexes, index] }];
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
