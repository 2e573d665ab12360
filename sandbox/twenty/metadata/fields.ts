import { isObject, type Json, jsonEquals } from '../json.ts';
import type { Model } from '../model/model.ts';
import { buildShape } from '../model/shape.ts';
import type { FieldOption, FieldSettings, FieldType, ModelField, ModelIndex, ModelObject } from '../model/types.ts';
import { type Engine, plainDefault } from '../operations/engine.ts';
import type { Store } from '../store/store.ts';
import type { Row } from '../store/table.ts';
import { checkFieldName, checkOptions } from './checks.ts';
import { uniqueIndexName } from './index-names.ts';
import { changeOptions } from './options.ts';
import { type CreatedField, changed, createRelation, withoutField } from './relations.ts';
import { fieldFailed, migrationFailed, notFound, same, userInput, validationFailed } from './report.ts';

type Input = Readonly<Record<string, unknown>>;

/** Types that cannot be made through the API (O6). */
const NOT_CREATABLE: readonly FieldType[] = ['NUMERIC', 'POSITION', 'TS_VECTOR'];

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function fieldType(model: Model, value: unknown): FieldType {
  const type = model.typeNamed(value);
  if (type === undefined) throw userInput(`Unknown field type ${String(value)}`);
  return type;
}

/** Options as stored; those sent without an id get a new one. */
export function readOptions(engine: Engine, value: unknown): FieldOption[] | null {
  if (!Array.isArray(value)) return null;
  return value.filter(isObject).map((option, index) => ({
    id: text(option.id) ?? engine.random.uuid(),
    color: text(option.color),
    label: text(option.label) ?? '',
    value: text(option.value) ?? '',
    position: typeof option.position === 'number' ? option.position : index,
  }));
}

function ratingOptions(engine: Engine): FieldOption[] {
  return [1, 2, 3, 4, 5].map((stars) => ({
    id: engine.random.uuid(),
    color: null,
    label: String(stars),
    value: `RATING_${stars}`,
    position: stars - 1,
  }));
}

function plainField(engine: Engine, input: Input, type: FieldType, name: string): ModelField {
  const options = type === 'RATING' ? ratingOptions(engine) : readOptions(engine, input.options);
  const settings = isObject(input.settings) ? (input.settings as FieldSettings) : null;
  return {
    id: engine.random.uuid(),
    universalIdentifier: engine.random.uuid(),
    name,
    label: text(input.label) ?? name,
    description: text(input.description),
    icon: text(input.icon),
    type,
    isNullable: input.isNullable !== false,
    isUnique: input.isUnique === true,
    isSystem: false,
    isActive: true,
    isCustom: true,
    defaultValue: (input.defaultValue ?? (type === 'BOOLEAN' ? false : null)) as Json,
    options,
    settings,
    relations: [],
  };
}

/** Makes a field, its index where it is unique, and the other end where it is a relation (O6). */
export function createField(engine: Engine, input: Input): CreatedField {
  const object = engine.model.objectById(String(input.objectMetadataId));
  if (object === undefined) throw notFound('Object metadata not found');
  const type = fieldType(engine.model, input.type);
  const name = text(input.name) ?? '';
  const field = plainField(engine, input, type, name);
  const findings = [...checkFieldName(object, name), ...checkOptions(type, field.options, field.defaultValue)];
  if (NOT_CREATABLE.includes(type)) {
    findings.push(same('INVALID_FIELD_INPUT', `Field type ${type} is not supported for creation`, type));
  }
  const fail = (): never => {
    throw fieldFailed(object, name, field.universalIdentifier, findings, () => engine.random.uuid());
  };
  if (findings.length > 0) fail();
  if (type === 'RELATION') return createRelation(engine, object, field, input);
  const indexes: ModelIndex[] = field.isUnique
    ? [{ name: uniqueIndexName(object.nameSingular, name), isUnique: true, fields: [field.id] }]
    : [];
  fillDefault(engine.store, object, field, indexes);
  engine.model.put({ ...object, fields: [...object.fields, field], indexes: [...object.indexes, ...indexes] });
  changed(engine);
  return { object, field };
}

/** Rows that are there already get the default, untouched otherwise. Refuses what the database would refuse. */
function fillDefault(store: Store, object: ModelObject, field: ModelField, indexes: readonly ModelIndex[]): void {
  const table = store.table(object.nameSingular);
  const value = plainDefault(field.defaultValue);
  if (value === null) {
    if (!field.isNullable && table.size > 0) throw migrationFailed('create', 'fieldMetadata');
    return;
  }
  if (indexes.length > 0 && table.size > 1) throw migrationFailed('create', 'index');
  for (const row of [...table.rows()]) store.put(object.nameSingular, { ...row, [field.name]: value });
}

/** Changes what the input names. Options are matched by id (O6); a new name takes the stored values along. */
export function updateField(engine: Engine, id: string, update: Input): CreatedField {
  const found = engine.model.field(id);
  if (found === undefined) throw notFound('Field metadata not found');
  const { object, field } = found;
  const changedField: ModelField = {
    ...field,
    name: text(update.name) ?? field.name,
    label: text(update.label) ?? field.label,
    description: update.description === undefined ? field.description : text(update.description),
    icon: update.icon === undefined ? field.icon : text(update.icon),
    isActive: typeof update.isActive === 'boolean' ? update.isActive : field.isActive,
    isNullable: typeof update.isNullable === 'boolean' ? update.isNullable : field.isNullable,
    isUnique: typeof update.isUnique === 'boolean' ? update.isUnique : field.isUnique,
    defaultValue: update.defaultValue === undefined ? field.defaultValue : (update.defaultValue as Json),
    settings: isObject(update.settings) ? (update.settings as FieldSettings) : field.settings,
    options: update.options === undefined ? field.options : readOptions(engine, update.options),
  };
  const findings = [
    ...(changedField.name === field.name ? [] : checkFieldName(object, changedField.name)),
    ...checkOptions(field.type, changedField.options, changedField.defaultValue),
  ];
  if (findings.length > 0) {
    const about = {
      universalIdentifier: field.universalIdentifier,
      name: changedField.name,
      objectMetadataUniversalIdentifier: object.universalIdentifier,
    };
    const failed = { metadataName: 'fieldMetadata', errors: findings, about };
    throw validationFailed('Multiple validation errors occurred while updating field', [failed], 'update');
  }
  const updated = withIndex(engine, { ...object, fields: replace(object.fields, changedField) }, changedField);
  if (update.options !== undefined) changeOptions(engine.store, object.nameSingular, field, changedField);
  if (changedField.name !== field.name) renameStored(engine.store, object.nameSingular, field, changedField);
  engine.model.put(updated);
  changed(engine);
  return { object: updated, field: changedField };
}

function replace(fields: readonly ModelField[], field: ModelField): ModelField[] {
  return fields.map((candidate) => (candidate.id === field.id ? field : candidate));
}

/** Makes or drops the unique index; values that repeat make it fail as the server's migration does. */
function withIndex(engine: Engine, object: ModelObject, field: ModelField): ModelObject {
  const single = (index: ModelIndex): boolean =>
    index.isUnique && index.fields.length === 1 && index.fields[0] === field.id;
  const exists = object.indexes.some(single);
  if (exists === field.isUnique) return object;
  if (!field.isUnique) return { ...object, indexes: object.indexes.filter((index) => !single(index)) };
  const index = { name: uniqueIndexName(object.nameSingular, field.name), isUnique: true, fields: [field.id] };
  const indexed = { ...object, indexes: [...object.indexes, index] };
  const objects = new Map(engine.model.objects().map((known) => [known.nameSingular, known]));
  const unique = buildShape(indexed, objects).uniques.find(({ name }) => name === index.name);
  if (unique !== undefined && engine.store.table(object.nameSingular).firstDuplicate(unique) !== undefined) {
    throw migrationFailed('create', 'index');
  }
  return indexed;
}

function renameStored(store: Store, object: string, before: ModelField, after: ModelField): void {
  for (const row of [...store.table(object).rows()]) {
    const { [before.name]: value = null, ...rest } = row;
    store.put(object, { ...(rest as Row), [after.name]: value });
  }
}

/** Removes a custom field with its values and its index, and the other end of a relation. */
export function deleteField(engine: Engine, id: string): CreatedField {
  const found = engine.model.field(id);
  if (found === undefined) throw notFound('Field metadata not found');
  const { object, field } = found;
  if (!field.isCustom) {
    const about = {
      universalIdentifier: field.universalIdentifier,
      name: field.name,
      objectMetadataUniversalIdentifier: object.universalIdentifier,
    };
    const errors = [same('FIELD_MUTATION_NOT_ALLOWED', 'Cannot delete a standard field')];
    const failed = { metadataName: 'fieldMetadata', errors, about };
    throw validationFailed('Validation errors occurred while deleting field', [failed], 'delete');
  }
  dropStored(engine, object.nameSingular, field);
  const ends = field.relations.map(({ target, field: name }) => ({ target, name }));
  engine.model.put(withoutField(object, field.id));
  for (const { target, name } of ends) {
    const other = engine.model.object(target);
    const reverse = other?.fields.find((candidate) => candidate.name === name && candidate.type === 'RELATION');
    if (other === undefined || reverse === undefined) continue;
    dropStored(engine, target, reverse);
    engine.model.put(withoutField(other, reverse.id));
  }
  changed(engine);
  return found;
}

function dropStored(engine: Engine, object: string, field: ModelField): void {
  const key = field.type === 'RELATION' ? field.settings?.joinColumnName : field.name;
  if (key === undefined) return;
  for (const row of [...engine.store.table(object).rows()]) {
    const { [key]: value, ...rest } = row;
    if (!jsonEquals(value, undefined)) engine.store.put(object, rest as Row);
  }
}

export function fieldOf(model: Model, id: string): CreatedField {
  const found = model.field(id);
  if (found === undefined) throw notFound('Field metadata not found');
  return found;
}
